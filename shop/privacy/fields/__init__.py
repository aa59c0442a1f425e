"""The map, a file for each domain."""
