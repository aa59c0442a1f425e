"""Import each screen's module here: its views hang themselves on the blueprint."""

from shop.web.account.blueprint import account as blueprint

__all__ = ["blueprint"]
