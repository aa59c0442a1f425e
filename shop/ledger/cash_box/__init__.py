"""The cash that a shelf took: counted by two persons when it is handed over, and what was missing is booked."""
