"""Sales over a counter: goods of a shelf, paid at once, and undone the same day."""
