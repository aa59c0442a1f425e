"""Whom the shop lets take its money. One file each, all behind the interface in `base`."""
