"""One transfer for many orders: a gift that is paid in advance, under one reference."""
