"""The organiser's page: for a draft what is missing, then how far the choosing is, and what to decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.terms import grant_of
from shop.campaigns.access import Desk
from shop.campaigns.closing_progress import progress_of as closing_progress
from shop.campaigns.day.beside import packs_of
from shop.campaigns.day.deadlines import is_over
from shop.campaigns.day.hands import hand_of
from shop.campaigns.day.leftovers import leftover_units
from shop.campaigns.day.lists import added, counts_of
from shop.campaigns.demand import demand_of
from shop.campaigns.expected import packages_expected
from shop.campaigns.limiting import Limit, limit_good
from shop.campaigns.models import CampaignState
from shop.campaigns.opening import open_campaign, unpaid_goods, what_is_missing
from shop.campaigns.order_places import all_orders
from shop.campaigns.orders_list import Orders, orders_of
from shop.campaigns.papers import papers_of
from shop.campaigns.progress import Progress, chosen_by_day, progress_of, same_names, units_of
from shop.campaigns.reading import read_offer
from shop.campaigns.reminding import last_reminder, remind
from shop.campaigns.spending import yearly_cap_fen
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.ordering.approvals.spending import limits_beyond
from shop.payments.terms.debts import Debt, PayTo, debts_by_account, owed_by, owed_for
from shop.web.database import read_session
from shop.web.error_pages import translated
from shop.web.filters import yuan
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.campaigns.approving import bill_facts
from shop.web.organisation.campaigns.forms import LimitForm
from shop.web.organisation.campaigns.frame import at_desk, campaign_page, managed, own_desk, press
from shop.web.viewer import current_user_id

UNITS_SHOWN: Final = 12
REFERENCES_SHOWN: Final = 12  # of orders at points; parcels home may be thousands


@organisation.get("/<slug>/campaigns/<int:campaign_id>")
@signed_in
def campaign(slug: str, campaign_id: int) -> str:
    desk, session, now = own_desk(slug, campaign_id), read_session(), utc_now()
    offer = read_offer(session, campaign_id)
    facts: dict[str, Any] = {
        "offer": offer,
        "papers": papers_of(session, campaign_id),
        "progress": progress_of(session, desk),
        "now": now,
    }
    if desk.campaign.state is CampaignState.DRAFT:
        facts["missing"] = what_is_missing(session, offer, now=now)
        facts["unpaid"] = unpaid_goods(session, offer)
        return campaign_page(
            "draft", desk, warnings=_warnings(session, desk, facts["progress"], now), **facts
        )
    why, facts_of_it = desk.campaign.refusal.get("message", ""), desk.campaign.refusal.get("facts", {})
    return campaign_page(
        "desk",
        desk,
        units=units_of(session, desk)[:UNITS_SHOWN],
        days=chosen_by_day(session, desk),
        same_names=same_names(session, desk),
        reminder=last_reminder(session, desk),
        demand=demand_of(session, offer, packages_expected(session, [campaign_id])[campaign_id], now=now)
        if desk.sees_all
        else [],
        closing=closing_progress(session, desk.campaign),
        orders=orders_of(session, campaign_id) if desk.sees_all else Orders(),
        transfers=_transfers(session, desk),
        references_shown=REFERENCES_SHOWN,
        refused=translated(why, facts_of_it) if why else "",
        can_act=desk.may_manage or not desk.sees_all,
        **_handed_out(session, desk, now),
        **bill_facts(desk, now),
        **facts,
    )


def _transfers(session: Session, desk: Desk) -> list[tuple[PayTo, list[Debt]]]:
    """What is still to be transferred of a closed campaign, for who sees all of it."""
    is_closed = desk.campaign.state is CampaignState.CLOSED
    return debts_by_account(session, all_orders(desk.campaign.id)) if is_closed and desk.sees_all else []


def _warnings(session: Session, desk: Desk, progress: Progress, now: datetime) -> list[str]:
    """What would be refused at the close, or to members, if all of the budget is used."""
    organisation_id, allowance_fen = desk.organisation.id, desk.campaign.allowance_fen
    budget_fen, cap_fen = progress.members * allowance_fen, yearly_cap_fen(session)
    grant = grant_of(session, organisation_id)
    owed_fen = owed_by(session, {organisation_id}).get(organisation_id, 0)
    left_fen = max(grant.limit_fen - owed_fen, 0) if grant else 0
    found = []
    if cap_fen and allowance_fen > cap_fen:
        found.append(
            gettext(
                "The allowance is more than the %(cap)s that all campaigns of a year may come to for one member: nobody"
                " can use all of it.",
                cap=yuan(cap_fen),
            )
        )
    if budget_fen > left_fen:
        found.append(
            gettext(
                "The budget is %(budget)s, and %(left)s are free of what the shop lets you owe: the close is refused if"
                " more is chosen.",
                budget=yuan(budget_fen),
                left=yuan(left_fen),
            )
        )
    if limits_beyond(session, organisation_id, current_user_id(), budget_fen, now=now):
        found.append(
            gettext(
                "The budget of %(budget)s is above a spending limit of your organisation: the close may need approval.",
                budget=yuan(budget_fen),
            )
        )
    return found


def _handed_out(session: Session, desk: Desk, now: datetime) -> dict[str, Any]:
    """The day of distribution in short, once the campaign is closed: who has theirs, and the units left over."""
    if desk.campaign.state is not CampaignState.CLOSED:
        return {}
    handed = added(counts_of(session, hand_of(desk, current_user_id()), desk.campaign.id))
    left_over = leftover_units(session, desk, current_user_id())
    return {
        "owed_fen": owed_for(session, all_orders(desk.campaign.id)) if desk.sees_all else 0,
        "handed": handed,
        "left_over": left_over,
        "left_packs": packs_of(session, left_over),
        "is_over": is_over(session, desk.campaign, now=now),
    }


@organisation.post("/<slug>/campaigns/<int:campaign_id>/open")
@limiter.limit(FORMS)
@signed_in
def open_welfare_campaign(slug: str, campaign_id: int) -> Response:
    managed(slug, campaign_id)
    actor_id, now = current_user_id(), utc_now()
    return press(
        lambda s: open_campaign(s, campaign_id, actor_id=actor_id, now=now),
        gettext("It is open: prices are frozen, and members are told when choosing begins."),
        at_desk(slug, campaign_id),
    )


@organisation.post("/<slug>/campaigns/<int:campaign_id>/remind")
@limiter.limit(FORMS)
@signed_in
def remind_members(slug: str, campaign_id: int) -> Response:
    own_desk(slug, campaign_id)
    actor_id, now = current_user_id(), utc_now()
    return press(
        lambda s: remind(s, campaign_id, actor_id=actor_id, now=now),
        lambda people: ngettext(
            "%(num)s person is being reminded.", "%(num)s people are being reminded.", people
        ),
        at_desk(slug, campaign_id),
    )


@organisation.post("/<slug>/campaigns/<int:campaign_id>/limit")
@limiter.limit(FORMS)
@signed_in
def limit_campaign_good(slug: str, campaign_id: int) -> Response:
    managed(slug, campaign_id)
    form, actor_id, now = LimitForm(), current_user_id(), utc_now()
    variant_id, typed = form.variant_id.data, form.limit.data
    if variant_id is None or typed not in set(Limit):
        raise NotFound()
    limit, units = Limit(typed), form.units.data
    return press(
        lambda s: limit_good(s, campaign_id, variant_id, limit, units, actor_id=actor_id, now=now),
        gettext("Decided. It holds from now on."),
        at_desk(slug, campaign_id, "#demand"),
    )
