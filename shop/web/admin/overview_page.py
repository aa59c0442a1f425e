"""The overview of the reports in words and shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext

from shop.kit.text import msg
from shop.reports.attention import Remark
from shop.reports.overview import Figures, Line, Overview, Week
from shop.web.admin.ridge import Ridge, ridge
from shop.web.filters import percent, yuan
from shop.web.phrases import language
from shop.web.times import day

WIDE, NARROW = (1000, 12), (390, 6)
MOST_CATEGORIES = 8
TEN_THOUSAND_YUAN = 1_000_000
ICONS = ("alarm", "basket", "chat-dots", "graph-down", "graph-up")  # of remarks, whose names come as data


@dataclass(frozen=True)
class OverviewPage:
    overview: Overview
    headline: str
    comparison: str
    wide: Ridge
    narrow: Ridge
    ridge_words: str
    kpis: list[dict[str, Any]]
    categories: list[dict[str, Any]]
    villages: list[dict[str, Any]]
    remarks: list[dict[str, Any]]
    days: dict[str, Any]


def overview_page(seen: Overview, remarks: Sequence[Remark]) -> OverviewPage:
    days: dict[str, Any] = {"from": seen.span.first.isoformat(), "to": seen.span.last.isoformat()}
    return OverviewPage(
        overview=seen,
        headline=_headline(seen),
        comparison=_comparison(seen),
        wide=_ridge(seen.weeks, *WIDE),
        narrow=_ridge(seen.weeks, *NARROW),
        ridge_words=_ridge_words(seen.weeks),
        kpis=_kpis(seen, days),
        categories=[_bar(line, seen.categories) for line in seen.categories[:MOST_CATEGORIES]],
        villages=[_bar(line, seen.villages) for line in seen.villages],
        remarks=[_remark(one, days) for one in remarks],
        days=days,
    )


def rough(fen: int) -> str:
    """An amount in a sentence: `5.82 万元` from ten thousand yuan up, else whole yuan."""
    if language() == "zh":
        return f"{fen / TEN_THOUSAND_YUAN:.2f} 万元" if fen >= TEN_THOUSAND_YUAN else f"{fen // 100} 元"
    return yuan(fen - fen % 100, whole=True)


def _headline(seen: Overview) -> str:
    now = seen.now
    if not now.orders:
        return str(gettext("Nothing was sold in these days"))
    if seen.borne_fen > 0:
        words = gettext(
            "%(paid)s sold before refunds, %(reached)s reached %(households)s households; the shop bore refunds of %(borne)s",
            paid=rough(now.paid_fen),
            reached=rough(now.household_fen),
            households=now.households,
            borne=rough(seen.borne_fen),
        )
        return str(words)
    words = gettext(
        "%(sold)s sold, %(reached)s of it reached %(households)s households",
        sold=rough(now.sold_fen),
        reached=rough(now.household_fen),
        households=now.households,
    )
    return str(words)


def _comparison(seen: Overview) -> str:
    change = _change(seen.now.sold_fen, seen.then.sold_fen) if seen.then else None
    days = _days(seen.span.first, seen.span.last)
    if change is None or seen.before is None:
        return days
    words = msg("%(days)s, %(change)s against %(before)s")
    before = _days(seen.before.first, seen.before.last)
    return str(gettext(words, days=days, change=change, before=before))


def _days(first: date, last: date) -> str:
    has_years = first.year != last.year
    return f"{day(first, year=has_years, weekday=False)} – {day(last, year=has_years, weekday=False)}"


def _change(now: int, then: int) -> str | None:
    """`+14.2 %`; nothing where there is nothing to compare with."""
    return f"{'+' if now >= then else '−'}{percent(abs(now - then) / then)}" if then > 0 else None


def _kpis(seen: Overview, days: dict[str, Any]) -> list[dict[str, Any]]:
    """Label, value, the report that shows more, and a note with its tone."""
    now, then = seen.now, seen.then
    punctual, refunded = now.on_time + now.late, now.refunded_orders
    sold_before, households_before = (then.sold_fen, then.households) if then else (None, None)
    kpis = (
        (msg("Sales after refunds"), yuan(now.sold_fen), "sales-by-day", _against(now.sold_fen, sold_before)),
        (msg("To households"), yuan(now.household_fen), "sales-by-household", _of_sales(seen)),
        (msg("Orders"), f"{now.orders:,}", "orders", _on_average(now)),
        (
            msg("Households that sold"),
            f"{now.households:,}",
            "fairness",
            _against(now.households, households_before),
        ),
        (
            msg("Ready in time"),
            percent(now.on_time / punctual) if punctual else "–",
            "punctuality",
            _late(now),
        ),
        (
            msg("Refunded orders"),
            f"{refunded:,}",
            "orders",
            (percent(refunded / now.orders) if now.orders else "", ""),
        ),
    )
    earlier = _a_year_ago(seen)
    return [
        _kpi(label, value, report, days, (_both(note[0], earlier.get(label, "")), note[1]))
        for label, value, report, note in kpis
    ]


def _a_year_ago(seen: Overview) -> dict[str, str]:
    """What stood on each of these cards then, where there was a shop."""
    found = seen.year_ago
    if found is None:
        return {}
    values = {
        "Sales after refunds": yuan(found.sold_fen),
        "To households": yuan(found.household_fen),
        "Orders": f"{found.orders:,}",
        "Households that sold": f"{found.households:,}",
    }
    return {label: str(gettext("a year ago %(value)s", value=value)) for label, value in values.items()}


def _both(note: str, other: str) -> str:
    return " · ".join(filter(None, (note, other)))


def _of_sales(seen: Overview) -> tuple[str, str]:
    """Of the sales that stand: what the shop gave back from its own money took nothing from anybody's share."""
    standing_fen = seen.now.sold_fen + max(seen.borne_fen, 0)
    if standing_fen <= 0:
        return "", ""
    share = percent(seen.now.household_fen / standing_fen)
    if seen.borne_fen > 0:
        return gettext("%(share)s of sales before the refunds that the shop bears", share=share), ""
    return gettext("%(share)s of sales", share=share), ""


def _on_average(now: Figures) -> tuple[str, str]:
    if not now.orders:
        return "", ""
    return gettext("%(amount)s on average", amount=yuan(now.paid_fen // now.orders)), ""


def _late(now: Figures) -> tuple[str, str]:
    return (gettext("late: %(count)s", count=now.late), "dn") if now.late else ("", "")


def _kpi(label: str, value: str, report: str, days: dict[str, Any], note: tuple[str, str]) -> dict[str, Any]:
    href = url_for("admin.report", **{"name": report, **days})
    return {"label": gettext(label), "value": value, "href": href, "note": note[0], "tone": note[1]}


def _against(now: int, then: int | None) -> tuple[str, str]:
    change = _change(now, then or 0)
    if change is None:
        return "", ""
    return gettext("%(change)s against before", change=change), "up" if now >= (then or 0) else "dn"


def _bar(line: Line, lines: Sequence[Line]) -> dict[str, Any]:
    """A line with its share of the largest one, in hundredths of a percent of the bar's width."""
    largest = max([one.fen for one in lines] + [1])
    change = _change(line.fen, line.before_fen)
    fell = line.fen < line.before_fen
    return {
        "line": line,
        "width": f"{max(line.fen, 0) * 100 / largest:.2f}%",
        "change": change or (gettext("new") if line.fen else ""),
        "tone": "bad-t" if fell else "ok-t",
        "fell": fell,
    }


def _remark(one: Remark, days: dict[str, Any]) -> dict[str, Any]:
    report: dict[str, Any] = {"name": one.report, **days}
    href = url_for("admin.report", **report) if one.report else url_for("admin.claims")
    return {
        "tone": one.tone.value,
        "icon": one.icon,
        "title": gettext(one.title, **one.facts),
        "hint": gettext(one.hint, **one.facts),
        "href": href,
    }


def _ridge(weeks: Sequence[Week], width: int, count: int) -> Ridge:
    shown = weeks[-count:]
    return ridge(
        [week.sold_fen for week in shown],
        [week.household_fen for week in shown],
        [f"{week.monday.month}/{week.monday.day}" for week in shown],
        [f"{week.sold_fen / 100_000:.1f}" for week in shown],
        width=width,
    )


def _ridge_words(weeks: Sequence[Week]) -> str:
    first, last = weeks[0], weeks[-1]
    words = gettext(
        "Sales by week: %(first)s in the week from %(first_day)s, %(last)s in the week from %(last_day)s",
        first=yuan(first.sold_fen),
        first_day=day(first.monday, weekday=False),
        last=yuan(last.sold_fen),
        last_day=day(last.monday, weekday=False),
    )
    return str(words)
