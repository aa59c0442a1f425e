"""How canteens buy: an order sheet in cases at standing prices, orders that repeat, and goods that are paid by weight."""
