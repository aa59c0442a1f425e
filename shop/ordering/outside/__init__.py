"""Where orders come from that nobody placed in the shop, and which order is which there."""
