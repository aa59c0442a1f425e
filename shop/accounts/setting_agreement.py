"""Which settings have to fit each other: now, and at each moment at which one of them is planned to change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from shop.kit.errors import InvalidInput
from shop.kit.text import msg

_TOO_FEW_HOURS: Final = msg(
    "The reminder comes earlier than that before the deadline: please choose more hours."
)
_IN_BOTH: Final = (("notice_zh", "notice_en"), ("pickup_hint_zh", "pickup_hint_en"))


def judge_together(
    current: Mapping[str, Any],
    changed: Mapping[str, Any],
    planned: Sequence[tuple[datetime, Mapping[str, Any]]],
    *,
    begins: datetime,
) -> None:
    """What holds from `begins` on, with everything that is planned. Raises InvalidInput naming a changed field."""
    wanted = dict(current)
    steps = sorted([*planned, (begins, changed)], key=itemgetter(0))
    for moment, together in groupby(steps, key=itemgetter(0)):
        for _moment, step in together:
            wanted |= step
        if moment >= begins:
            _refuse_early_reminder(wanted, changed)
            _refuse_no_hours(wanted, changed)
            _refuse_one_language(wanted, changed)


def _refuse_one_language(wanted: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    """Raises InvalidInput for words to everybody that one of the two languages lacks."""
    for pair in _IN_BOTH:
        touched = next((name for name in pair if name in changed), None)
        if touched and bool(wanted[pair[0]]) != bool(wanted[pair[1]]):
            empty = next(name for name in pair if not wanted[name])
            raise InvalidInput(msg("Please write it in both languages, or in none."), field=empty)


def _refuse_early_reminder(wanted: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    """A reminder that is due before its task opens would be sent with it. Raises InvalidInput."""
    pair = ("remind_before_hours", "accept_within_hours")
    touched = next((name for name in pair if name in changed), None)
    if touched and wanted[pair[0]] >= wanted[pair[1]]:
        sentence = msg(
            "A household is reminded before the hours to accept a task are over: please choose fewer hours."
        )
        raise InvalidInput(sentence if touched == pair[0] else _TOO_FEW_HOURS, field=touched)


def _refuse_no_hours(wanted: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    """Raises InvalidInput for working time that ends before it begins."""
    pair = ("service_closes_hour", "service_opens_hour")
    touched = next((name for name in pair if name in changed), None)
    if touched and wanted[pair[0]] <= wanted[pair[1]]:
        raise InvalidInput(msg("Working time ends before it begins."), field=touched)
