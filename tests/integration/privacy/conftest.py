"""Admins in browsers, as the back office's tests have them, and small words for what they do."""

from __future__ import annotations

from tests.integration.admin.conftest import admin, clerk, desk_of, place, see, shop

__all__ = ["admin", "clerk", "desk_of", "place", "see", "shop"]
