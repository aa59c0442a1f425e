"""What the shop knows of people: the map of every personal column, and what stands on it: copies, erasure, retention."""
