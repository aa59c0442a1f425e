"""The organiser's dashboard: the newest campaign beside the one before and the one of a year ago, and what waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from flask import render_template, url_for
from flask_babel import gettext

from shop.campaigns.access import MANAGERS
from shop.campaigns.figures import Beside, CampaignFigures, beside, campaigns_in_figures
from shop.campaigns.models import CampaignState
from shop.kit.clock import utc_now
from shop.kit.text import msg
from shop.payments.terms.debts import open_debts
from shop.reports.comparing import Compared
from shop.web.database import read_session
from shop.web.figures import Alarm, Kind, Told, alarms, figure
from shop.web.guards import signed_in
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.membership import own_organisation

ICONS = ("person-x", "clock", "exclamation-triangle", "person-check", "receipt")

Reading = Callable[[CampaignFigures], int]
_READINGS: Final[tuple[tuple[str, Kind, bool, Reading], ...]] = (
    (msg("Members"), Kind.COUNT, False, lambda one: one.progress.members),
    (msg("Have chosen"), Kind.COUNT, False, lambda one: one.progress.chosen),
    (msg("Have not chosen"), Kind.COUNT, True, lambda one: one.progress.waiting),
    (msg("Budget"), Kind.FEN, False, lambda one: one.budget_fen),
    (msg("Chosen within the budget"), Kind.FEN, False, lambda one: one.progress.allowance_fen),
    (msg("Paid by members themselves"), Kind.FEN, False, lambda one: one.progress.own_fen),
)


@organisation.get("/<slug>/campaigns/figures")
@signed_in
def campaign_figures(slug: str) -> str:
    member = own_organisation(slug)
    session, now, own = read_session(), utc_now(), member.organisation
    found = campaigns_in_figures(session, own.id, user_id=member.user_id, role=member.role)
    seen = beside(found)
    waits = [*_campaigns_that_wait(slug, found, now)]
    if not any(one.of_units for one in found):
        overdue = sum(1 for debt in open_debts(session, own.id) if debt.days_overdue(now))
        waits.append(
            Alarm(gettext("Transfers past due"), overdue, url_for("organisation.bills", slug=slug), "receipt")
        )
    return render_template(
        "organisation/campaigns/figures.html",
        organisation=own,
        seen=seen,
        figures=_figures(slug, seen),
        waits=alarms(waits),
        people=_series(found, _READINGS[0], _READINGS[1]),
        money=_series(found, _READINGS[3], _READINGS[4]),
        may_make=member.role in MANAGERS,
    )


def _figures(slug: str, seen: Beside) -> list[dict[str, Any]]:
    if seen.now is None:
        return []
    href = url_for("organisation.campaign", slug=slug, campaign_id=seen.now.id)
    return [
        figure(
            Compared(
                read(seen.now),
                read(seen.before) if seen.before else 0,
                read(seen.year_ago) if seen.year_ago and seen.year_ago != seen.before else None,
                (),
            ),
            Told("", label, kind, href, less_is_better=less),
            has_before=seen.before is not None,
        )
        for label, kind, less, read in _READINGS
    ]


def _campaigns_that_wait(slug: str, found: Sequence[CampaignFigures], now: datetime) -> Iterator[Alarm]:
    for one in found:
        at: dict[str, Any] = {"slug": slug, "campaign_id": one.id}
        page = url_for("organisation.campaign", **at)
        if one.state is CampaignState.OPEN and one.closes_at > now:
            yield Alarm(
                gettext("%(campaign)s: have not chosen", campaign=one.title),
                one.progress.waiting,
                url_for("organisation.campaign_members", look="waiting", **at),
                "person-x",
            )
        elif one.state is CampaignState.OPEN:
            yield Alarm(
                gettext("%(campaign)s: choosing has ended, and it is not closed", campaign=one.title),
                1,
                page,
                "clock",
            )
        if one.is_refused and one.state is not CampaignState.CLOSED:
            yield Alarm(
                gettext("%(campaign)s: the close was refused", campaign=one.title),
                1,
                page,
                "exclamation-triangle",
            )
        if one.state is CampaignState.WAITING:
            yield Alarm(
                gettext("%(campaign)s: the bill waits for approval", campaign=one.title),
                1,
                page,
                "person-check",
            )


def _series(
    found: Sequence[CampaignFigures], *readings: tuple[str, Kind, bool, Reading]
) -> list[dict[str, Any]]:
    """A point for each campaign, the oldest first."""
    return [
        {
            "label": gettext(label),
            "points": [
                {"label": f"{one.distribution_on:%Y-%m}", "value": read(one)} for one in reversed(found)
            ],
        }
        for label, _kind, _less, read in readings
    ]
