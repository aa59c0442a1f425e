"""How papers speak: in one language, with amounts and days as they are printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shop.kit.clock import in_shanghai, shanghai_date
from shop.kit.money import format_yuan


@dataclass(frozen=True)
class Tongue:
    """`say` turns a message id into the language; `chinese`: which of two names is used."""

    say: Callable[[str], str]
    chinese: bool

    def __call__(self, message_id: str, **facts: object) -> str:
        sentence = self.say(message_id)
        return sentence % facts if facts else sentence

    def name(self, thing: Any, name: str) -> str:
        """`name_zh` or `name_en` of a row; the other one where that is empty."""
        zh, en = str(getattr(thing, f"{name}_zh")), str(getattr(thing, f"{name}_en"))
        return (zh or en) if self.chinese else (en or zh)

    def yuan(self, fen: int) -> str:
        return f"{'−' if fen < 0 else ''}¥{format_yuan(abs(fen))}"

    def day(self, at: datetime | date | None) -> str:
        """In Shanghai; nothing for what has not been yet."""
        if at is None:
            return ""
        return f"{shanghai_date(at) if isinstance(at, datetime) else at:%Y-%m-%d}"

    def moment(self, at: datetime) -> str:
        return f"{in_shanghai(at):%Y-%m-%d %H:%M}"
