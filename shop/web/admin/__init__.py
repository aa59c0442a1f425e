"""Import each screen's module here: its views hang themselves on the blueprint."""

from shop.web.admin import navigation, reports
from shop.web.admin.blueprint import admin as blueprint

__all__ = ["blueprint", "navigation", "reports"]
