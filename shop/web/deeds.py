"""What a button does, whether it is pressed on a page or comes later from a phone that had no network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Press:
    """What the form said, when it is carried out, and on which day it was pressed: a lot picked "today" is of that
    day. `made_at` is None when somebody sits before the page; `key` is a phone's name for the press.

    Of a field with several values each stands on a line of its own.
    """

    fields: Mapping[str, str]
    now: datetime
    today: date
    made_at: datetime | None = None
    key: str = ""

    def many(self, name: str) -> list[str]:
        return [line.strip() for line in self.fields.get(name, "").splitlines() if line.strip()]

    def text(self, name: str) -> str:
        return self.fields.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Deed:
    """`done` is the sentence that is said afterwards, or makes it of what the work returned; `back` is the endpoint
    or the address of the page that follows, or makes it. A refusal with `has_form` is shown in the form, where it can be put right.

    `too_late` says in words what stands instead; `note_unused` writes down that it did not stand.
    """

    work: Callable[[Session], Any]
    done: str | Callable[[Any], str]
    back: str | Callable[[Any], str]
    has_form: bool = False
    too_late: Callable[[], str] | None = None
    note_unused: Callable[[Session], None] | None = None

    def said_of(self, result: Any) -> str:
        return self.done if isinstance(self.done, str) else self.done(result)

    def page_after(self, result: Any = None) -> str:
        """The address of the page that follows; without a result, of the one where it was pressed, if any."""
        if callable(self.back):
            return self.back(result) if result is not None else ""
        return self.back if self.back.startswith("/") else url_for(self.back)
