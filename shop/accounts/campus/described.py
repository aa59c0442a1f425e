"""What a provider's fields say of a person, whatever it calls them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shop.accounts.campus.config import FieldNames
from shop.accounts.campus.models import CampusKind


def said(fields: FieldNames, what: str, sent: Mapping[str, Any]) -> str:
    """The first of the names for `what` that is there and not empty; of a list its first."""
    return next((text for name in fields.names[what] if (text := _text(sent.get(name)))), "")


def kind_said(fields: FieldNames, sent: Mapping[str, Any]) -> CampusKind:
    """By the words that mean staff and student; every value of a list counts, and staff who also study are staff."""
    words = [word.casefold() for name in fields.names["kind"] for word in _texts(sent.get(name))]
    if any(_means(word, fields.staff_words) for word in words):
        return CampusKind.STAFF
    if any(_means(word, fields.student_words) for word in words):
        return CampusKind.STUDENT
    return CampusKind.OTHER


def is_complete(fields: FieldNames, sent: Mapping[str, Any]) -> bool:
    return all(said(fields, what, sent) for what in ("name", "number", "kind", "unit"))


def _means(word: str, words: tuple[str, ...]) -> bool:
    return word in {one.casefold() for one in words}


def _text(value: Any) -> str:
    return next(iter(_texts(value)), "")


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [
        str(one).strip()
        for one in values
        if isinstance(one, (str, int)) and not isinstance(one, bool) and str(one).strip()
    ]
