"""Text from and for people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import TypeVar

Cell = TypeVar("Cell")

_FULL_WIDTH_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_NUMBER_SIGNS = str.maketrans("．。，－−＋％￥　", "..,--+%¥ ")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FORMULA_STARTS = tuple("=+-@＝＋－＠﹢﹣﹦﹫\t\r\n|")
ROW_DIGITS = 15
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}")
_IN_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(?![0-9,])")


def msg(message_id: str) -> str:
    """Mark an English sentence for the message catalogue; faces translate it when they show it."""
    return message_id


def normalise_digits(text: str) -> str:
    """Full-width digits, which Chinese keyboards give, as plain ones; other scripts' digits stay as they are."""
    return text.translate(_FULL_WIDTH_DIGITS)


def plain_number(typed: str) -> str:
    """A typed number in plain digits and signs, whatever keyboard it came from, without marks between thousands.

    `￥３，０００．５` is `¥3000.5`. A comma that stands anywhere else stays, so that what reads the number refuses it.
    """
    plain = normalise_digits(typed).translate(_NUMBER_SIGNS).strip()
    return _IN_THOUSANDS.sub(lambda found: found[0].replace(",", ""), plain, count=1)


def typed_number(typed: str) -> int:
    """A whole number as people type it. Raises ValueError as `whole_number` does."""
    return whole_number(plain_number(typed))


def half_width(text: str) -> str:
    """Letters, digits, signs and spaces that a Chinese keyboard gave in full width, as plain ones."""
    return unicodedata.normalize("NFKC", text)


def whole_number(text: str) -> int:
    """One to nine plain digits. Raises ValueError for signs, points, exponents, underscores and other scripts."""
    stripped = text.strip()
    if not _WHOLE_NUMBER.fullmatch(stripped):
        raise ValueError("a whole number is needed")
    return int(stripped)


def form_number(text: str, *, digits: int = ROW_DIGITS) -> int | None:
    """The number of a row, or of a page, that a form or an address names; None for what cannot be one.

    Plain digits, and no more of them than every database counts in.
    """
    is_number = text.isascii() and text.isdigit() and len(text) <= digits
    return int(text) if is_number else None


def form_numbers(texts: Iterable[str]) -> list[int]:
    """What of these names rows, in the same order; the rest is as good as absent."""
    return [number for text in texts if (number := form_number(text)) is not None]


def tidy(text: str) -> str:
    """One line of typed text: NFC, no control or invisible characters, single spaces."""
    cleaned = _INVISIBLE.sub("", _CONTROLS.sub("", unicodedata.normalize("NFC", text)))
    return " ".join(cleaned.split())


def tidy_lines(text: str) -> str:
    """Typed text that may have lines: as `tidy`, line by line, without blank ends."""
    return "\n".join(tidy(line) for line in text.splitlines()).strip()


def safe_cell(value: Cell) -> Cell | str:
    """A spreadsheet cell that no program takes for a formula; numbers and dates stay what they are.

    Text that begins with = + - @ or a control, also after spaces or in full width, gets a leading apostrophe.
    """
    if not isinstance(value, str):
        return value
    cleaned = _CONTROLS.sub("", value)
    first = unicodedata.normalize("NFKC", cleaned).lstrip(" \u00a0\u3000\ufeff\u200b")
    if cleaned.startswith(_FORMULA_STARTS) or first.startswith(_FORMULA_STARTS):
        return f"'{cleaned}"
    return cleaned


def like_pattern(typed: str) -> str:
    """Typed text as the inside of a LIKE pattern whose escape character is a backslash."""
    return typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
