"""What the university's departments buy: which purchases count for whom, how much they meant to buy, and the statement."""
