"""The sandbox's own site: demo money on a page that stands, for browsers, on another origin than the shop."""

from shop.web.sandbox.page import blueprint

__all__ = ["blueprint"]
