"""What a buyer agrees to who orders goods before they are harvested; it is kept on the order line as it was said."""

from __future__ import annotations

from flask_babel import gettext


def preorder_terms() -> str:
    """In the language of the page."""
    said: str = gettext(
        "These goods are not harvested yet. If the harvest is short, orders are served in the order in which they were"
        " placed; what is missing comes from another household, or is paid back. If it is late, you are told at once,"
        " and may wait or have the money back."
    )
    return said
