"""Import each screen's module here: its views hang themselves on the blueprint."""

from shop.web.farm.blueprint import farm as blueprint

__all__ = ["blueprint"]
