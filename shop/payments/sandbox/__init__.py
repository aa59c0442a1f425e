"""A payment service of our own for demos and tests: the far side of the `sandbox` provider. No real money.

It keeps its own two tables and knows nothing of orders and payments but what the provider tells it, as a real one.
"""
