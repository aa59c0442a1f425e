"""What is typed for a campaign, and what of it makes no sense. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from shop.accounts.contacts import normalise_mobile
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy
from shop.ordering.approvals.procurement import Procurement

MOST_FEN: Final = 500_000  # a head: five thousand yuan
TOO_LATE: Final = msg("The goods are harvested and carried after the close: choose a later day.")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is typed; `allowance_fen` is a head's, `contact_phone` a mobile number in any spelling."""

    title: str
    opens_at: datetime
    closes_at: datetime
    distribution_on: date
    allowance_fen: int
    free_choice: bool
    contact: str
    contact_phone: str
    own_top_up: bool = False
    home_delivery: bool = False
    freight_counts: bool = True
    procurement: Procurement | None = None  # None: the organisation's default project, and its only people


def judge(plan: Plan, now: datetime) -> None:
    """Of a draft. Raises InvalidInput, with every mistake in its place."""
    errors = text_errors(plan)
    if plan.closes_at <= plan.opens_at:
        errors["closes_at"] = msg("Choosing must end after it begins.")
    elif plan.closes_at <= now:
        errors["closes_at"] = msg("This is over already.")
    if plan.distribution_on <= shanghai_date(plan.closes_at):
        errors["distribution_on"] = TOO_LATE
    if not 0 < plan.allowance_fen <= MOST_FEN:
        errors["allowance_fen"] = msg("From 0.01 to 5,000 yuan.")
    if errors:
        raise InvalidInput(errors=errors)


def text_errors(plan: Plan) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not tidy(plan.title):
        errors["title"] = msg("Please give it a name.")
    if not tidy(plan.contact):
        errors["contact"] = msg("Please say whom members can ask.")
    try:
        normalise_mobile(plan.contact_phone)
    except InvalidInput as error:
        errors["contact_phone"] = error.message
    return errors
