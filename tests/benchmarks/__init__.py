"""Measurements beside a reference page: `make bench`. Nothing here fails a build."""
