"""What may still be changed once a campaign is open: texts, more time, more money, more ways; never less of anything.

Members have chosen by what stood there, so nothing that they were told is taken from them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from shop.accounts.contacts import normalise_mobile
from shop.campaigns.models import Campaign
from shop.campaigns.planning import MOST_FEN, TOO_LATE, Plan, text_errors
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.money import plain_yuan
from shop.kit.text import msg, tidy


def correct(campaign: Campaign, plan: Plan, *, cap_fen: int, now: datetime) -> None:
    """The campaign is open and locked. Raises InvalidInput, with everything that is refused in its place."""
    plan = replace(
        plan,
        opens_at=_unless_the_same(campaign.opens_at, plan.opens_at),
        closes_at=_unless_the_same(campaign.closes_at, plan.closes_at),
    )
    errors = text_errors(plan) | _window_errors(campaign, plan, now) | _money_errors(campaign, plan, cap_fen)
    if plan.distribution_on != campaign.distribution_on:
        errors["distribution_on"] = msg("The day stands: places, trucks and villages are planned by it.")
    if plan.free_choice != campaign.free_choice:
        errors["free_choice"] = msg("What is offered stands once members choose.")
    for name in ("own_top_up", "home_delivery"):
        if getattr(campaign, name) and not getattr(plan, name):
            errors[name] = msg("Members may have used this already: it stays.")
    if plan.freight_counts != campaign.freight_counts and campaign.home_delivery:
        errors["freight_counts"] = msg("What is offered stands once members choose.")
    if errors:
        raise InvalidInput(errors=errors, cap=plain_yuan(cap_fen))
    campaign.title, campaign.contact = tidy(plan.title)[:80], tidy(plan.contact)[:60]
    campaign.contact_phone = normalise_mobile(plan.contact_phone)
    if plan.closes_at != campaign.closes_at:
        campaign.last_call_at = None  # there is another end to be reminded of
    campaign.opens_at, campaign.closes_at = plan.opens_at, plan.closes_at
    campaign.allowance_fen = plan.allowance_fen
    campaign.freight_counts = plan.freight_counts
    campaign.own_top_up, campaign.home_delivery = plan.own_top_up, plan.home_delivery


def _unless_the_same(stands: datetime, typed: datetime) -> datetime:
    """Pages show minutes: who sends back what stood there has changed nothing."""
    return stands if typed == stands.replace(second=0, microsecond=0) else typed


def _window_errors(campaign: Campaign, plan: Plan, now: datetime) -> dict[str, str]:
    errors: dict[str, str] = {}
    has_begun = campaign.opens_at <= now
    if plan.closes_at < campaign.closes_at and has_begun:
        errors["closes_at"] = msg("An open campaign can only be given more time.")
    elif plan.closes_at <= max(plan.opens_at, now):
        errors["closes_at"] = msg("Choosing must end after it begins.")
    elif shanghai_date(plan.closes_at) >= campaign.distribution_on and plan.closes_at != campaign.closes_at:
        errors["closes_at"] = TOO_LATE
    if plan.opens_at != campaign.opens_at and has_begun:
        errors["opens_at"] = msg("Choosing has begun already.")
    return errors


def _money_errors(campaign: Campaign, plan: Plan, cap_fen: int) -> dict[str, str]:
    more = plan.allowance_fen > campaign.allowance_fen
    if plan.allowance_fen < campaign.allowance_fen:
        return {"allowance_fen": msg("Members may have chosen by it: it can only be raised.")}
    if more and plan.allowance_fen > MOST_FEN:
        return {"allowance_fen": msg("From 0.01 to 5,000 yuan.")}
    if more and cap_fen and plan.allowance_fen > cap_fen:
        return {"allowance_fen": msg("All campaigns of a year together may come to ¥%(cap)s a head.")}
    return {}
