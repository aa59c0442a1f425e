"""Import each screen's module here: its views hang themselves on the blueprint."""

from shop.web.storefront.blueprint import storefront as blueprint

__all__ = ["blueprint"]
