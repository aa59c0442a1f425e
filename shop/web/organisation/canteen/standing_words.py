"""What became of a day of a standing order, and what somebody did with it, in words."""

from __future__ import annotations

from typing import Any, Final

from flask_babel import gettext

from shop.canteens.standing_models import StandingEvent
from shop.canteens.words import OTHER, REASONS
from shop.kit.clock import calendar_day
from shop.kit.text import msg
from shop.web.filters import bilingual
from shop.web.times import day

HAPPENED: Final = {
    "set_up": msg("Set up"),
    "changed": msg("Other quantities from %(first)s on"),
    "paused": msg("Paused from %(first)s to %(last)s"),
    "skipped": msg("%(first)s skipped"),
    "went_on": msg("The pause from %(first)s to %(last)s taken back"),
    "tried_again": msg("%(first)s tried again"),
    "stopped": msg("Stopped"),
}


def why_not(code: str, facts: dict[str, Any]) -> str:
    """A day of rest is called by its name."""
    sentence = gettext(REASONS.get(code, OTHER))
    name = bilingual(facts, "name") if "name_zh" in facts else ""
    return f"{name}: {sentence}" if name else sentence


def happened(event: StandingEvent) -> str:
    facts = event.facts
    first = calendar_day(facts.get("first") or facts.get("from_on") or facts.get("day") or "")
    last = calendar_day(facts.get("last") or "")
    said = {"first": day(first, year=True) if first else "", "last": day(last, year=True) if last else ""}
    return str(gettext(HAPPENED[event.kind], **said))
