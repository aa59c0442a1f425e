"""Quotations (报价): what an organisation asks for, versions of an offer, its acceptance, and the goods' acceptance."""
