"""Import each screen's module here: its views hang themselves on the blueprint."""

from shop.web.point.blueprint import point as blueprint

__all__ = ["blueprint"]
