"""What somebody keeps an eye on: goods put on a wishlist, and sold-out packs to be told of."""
