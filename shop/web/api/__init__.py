"""Import each screen's module here: its views hang themselves on the blueprint."""

from shop.web.api.blueprint import api as blueprint

__all__ = ["blueprint"]
