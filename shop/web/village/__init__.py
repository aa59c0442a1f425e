"""Import each screen's module here: its views hang themselves on the blueprint."""

from shop.web.village.blueprint import village as blueprint

__all__ = ["blueprint"]
