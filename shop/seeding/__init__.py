"""Fills a new shop from a seed file: read and checked as a whole, then written by natural keys."""
