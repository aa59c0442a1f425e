"""Own villages in figures: how the work went, for the coordinator; what was earned, for the first secretary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.inventory.expiring import find_expiring
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.text import msg
from shop.reports.comparing import Comparison
from shop.reports.definition import Span
from shop.reports.village_figures import households_left_out, income_figures, village_lines, work_figures
from shop.web.asked_days import AskedDays, asked_days
from shop.web.database import read_session
from shop.web.day_presets import presets
from shop.web.figures import Alarm, Kind, Told, alarms, change_of, course, days_of, told
from shop.web.filters import percent
from shop.web.guards import requires
from shop.web.language import current_language
from shop.web.village.blueprint import village
from shop.web.village.declaring import own_keepers
from shop.web.village.desk import page, reach, to_decide

ICONS = (
    "bell",
    "truck",
    "signpost-split",
    "boxes",
    "exclamation-octagon",
    "envelope-heart",
    "basket",
    "people",
)


@village.get("/figures")
@requires(RoleName.COORDINATOR)
def work_in_figures() -> str | tuple[str, int]:
    """The coordinator's dashboard."""
    days = _days()
    seen = work_figures(read_session(), reach().village_ids, days.span, current_language())
    figures = (
        Told("tasks", msg("Tasks"), href=_report("punctuality", days.span)),
        Told("on_time", msg("Ready in time"), href=_report("punctuality", days.span)),
        Told("late", msg("Ready too late"), href=_report("punctuality", days.span), less_is_better=True),
        Told("declined", msg("Declined"), href=_report("punctuality", days.span), less_is_better=True),
        Told(
            "missing",
            msg("Units not delivered"),
            href=_report("unfulfilled-by-product", days.span),
            less_is_better=True,
        ),
        Told("weighed_g", msg("Weighed in"), Kind.GRAMS, href=_report("intake", days.span)),
    )
    lines = (Told("tasks", msg("Tasks")), Told("late", msg("Ready too late")))
    return _page(
        "village/figures.html",
        days,
        seen,
        figures,
        here="work",
        headline=_punctual(seen),
        waits=alarms(_work_that_waits()),
        lines=course(seen, lines),
        unit="count",
    )


@village.get("/income")
@requires(RoleName.COORDINATOR)
def income() -> str | tuple[str, int]:
    """The first secretary's dashboard."""
    session, days, own = read_session(), _days(), reach().village_ids
    seen = income_figures(session, own, days.span, current_language())
    behind = _report("sales-by-village", days.span)
    figures = (
        Told("village_fen", msg("To the village"), Kind.FEN, href=behind),
        Told("household_fen", msg("To households"), Kind.FEN, href=behind),
        Told("households", msg("Households that earned"), href=behind),
        Told("packing_fen", msg("Packing"), Kind.FEN, href=behind),
        Told("fund_fen", msg("Village fund"), Kind.FEN, href=behind),
    )
    villages = village_lines(session, own, days.span, current_language())
    lines = (Told("village_fen", msg("To the village")), Told("household_fen", msg("To households")))
    return _page(
        "village/income.html",
        days,
        seen,
        figures,
        here="income",
        headline=_days_and_change(seen, "village_fen"),
        waits=alarms(_what_a_secretary_looks_at(days.span)),
        lines=course(seen, lines),
        unit="yuan",
        villages=[(one, change_of(one.village_fen, one.before_fen)) for one in villages],
        bars=[{"label": one.name, "value": max(one.village_fen, 0)} for one in villages],
    )


def _work_that_waits() -> Sequence[Alarm]:
    waiting, work = to_decide(), url_for("village.work")
    return (
        Alarm(gettext("Tasks to decide"), waiting.work, work, "bell"),
        Alarm(gettext("Orders without a truck"), waiting.missed, work, "truck"),
        Alarm(gettext("Parcels late with their courier"), waiting.late, work, "signpost-split"),
        Alarm(
            gettext("Recalled goods to put aside or to open"),
            waiting.recalled + waiting.boxes + waiting.apart,
            work,
            "exclamation-octagon",
        ),
        Alarm(gettext("Packaging that runs out"), waiting.packaging, url_for("village.packaging"), "boxes"),
        Alarm(gettext("Questions and thanks"), waiting.letters, url_for("village.letters"), "envelope-heart"),
    )


def _what_a_secretary_looks_at(span: Span) -> Sequence[Alarm]:
    session, today = read_session(), shanghai_date(utc_now())
    left_out = households_left_out(session, reach().village_ids, span)
    expiring = len(find_expiring(session, own_keepers().condition(), today=today))
    waiting = to_decide()
    return (
        Alarm(
            gettext("Households with goods on sale that earned nothing in these days"),
            left_out,
            url_for("village.households"),
            "people",
        ),
        Alarm(gettext("Goods that spoil soon"), expiring, url_for("village.expiring"), "basket"),
        Alarm(gettext("What the coordinator has to decide"), waiting.total, url_for("village.work"), "bell"),
        Alarm(gettext("Questions and thanks"), waiting.letters, url_for("village.letters"), "envelope-heart"),
    )


def _page(
    template: str, days: AskedDays, seen: Comparison, figures: Sequence[Told], **facts: Any
) -> str | tuple[str, int]:
    shown = page(
        template,
        "figures",
        days=days,
        span=days.span,
        presets=presets(shanghai_date(utc_now())),
        figures=told(seen, figures),
        these=days_of(seen.span),
        before=days_of(seen.before) if seen.before else "",
        year_ago=days_of(seen.year_ago) if seen.year_ago else "",
        **facts,
    )
    return (shown, 400) if days.problem else shown


def _days() -> AskedDays:
    return asked_days(lambda last: last.replace(day=1))


def _report(name: str, span: Span) -> str:
    days: dict[str, Any] = {"from": span.first.isoformat(), "to": span.last.isoformat()}
    return url_for("village.own_report", **{"name": name, **days})


def _punctual(seen: Comparison) -> str:
    on_time, late = (seen.figures[key].now for key in ("on_time", "late"))
    if not on_time + late:
        return str(gettext("Nothing was made ready in these days"))
    return str(
        gettext("%(share)s of the tasks were ready in time", share=percent(on_time / (on_time + late)))
    )


def _days_and_change(seen: Comparison, key: str) -> str:
    found = seen.figures[key]
    change = change_of(found.now, found.before) if seen.before else ""
    if not found.now:
        return str(gettext("Nothing was earned in these days"))
    return str(gettext("%(change)s against before", change=change)) if change else ""
