"""What the team takes down of one order from elsewhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.money import share
from shop.kit.text import msg
from shop.ordering.direct.wish import Item
from shop.ordering.outside.models import OUTSIDE, OutsideSource, PaidHow, SourceKind
from shop.ordering.wish import Courier, Pickup, Recipient

_BASIS = 10_000
# Goods of an order are still to be delivered: nobody takes down what is older.
LONGEST_AGO: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Taken:
    """One order as it was made there. Without a `number` there it gets ours.

    `sum_fen`: what its buyer pays in all, freight included; None: the goods at their prices and the shop's freight.
    `organisation_id`: for which its goods were bought, so that they count for its department.
    `fee_fen`: what the source keeps; None: its usual part. `token`: one order however often the form is sent.
    `prices_sure`: somebody says that prices are right which are far from the shop's own.
    """

    source_id: int
    number: str
    ordered_on: date
    items: tuple[Item, ...]
    recipient: Recipient
    delivery: Pickup | Courier
    paid_how: PaidHow
    paid_on: date | None = None
    sum_fen: int | None = None
    fee_fen: int | None = None
    note: str = ""
    organisation_id: int | None = None
    language: str = "zh"
    prices_sure: bool = False
    token: str = ""

    def checkout_token(self) -> str:
        """The same number of the same source makes the same order, whoever enters it."""
        said = f"{self.source_id}:{self.number}" if self.number else f"form:{self.token}"
        return hashlib.sha256(f"{OUTSIDE}:{said}".encode()).hexdigest()


def judge(taken: Taken, source: OutsideSource, *, now: datetime) -> dict[str, str]:
    """What is wrong with its days, its payment and its number, by field. Pure."""
    today, errors = shanghai_date(now), {}
    if taken.ordered_on > today:
        errors["ordered_on"] = msg("This day has not come yet.")
    elif taken.ordered_on < today - LONGEST_AGO:
        errors["ordered_on"] = msg("This day is more than a year ago. Please check it.")
    if not taken.number and source.kind is SourceKind.PLATFORM:
        errors["number"] = msg("A platform's order has a number there: please enter it.")
    if taken.paid_how is PaidHow.NOT_YET:
        if taken.paid_on is not None:
            errors["paid_on"] = msg("It is not paid yet: please leave this day out.")
    elif taken.paid_on is None:
        errors["paid_on"] = msg("Please say on which day it was paid.")
    elif taken.paid_on > today:
        errors["paid_on"] = msg("This day has not come yet.")
    elif taken.paid_on < taken.ordered_on:
        errors["paid_on"] = msg("It cannot be paid before it was ordered. Please check both days.")
    if taken.paid_how is PaidHow.PLATFORM and source.kind is not SourceKind.PLATFORM:
        errors["paid_how"] = msg("Only a platform collects by itself.")
    return errors


def refuse_wrong(taken: Taken, source: OutsideSource, *, now: datetime) -> None:
    """Raises InvalidInput with a sentence for every field that is wrong."""
    errors = judge(taken, source, now=now)
    if not source.active:
        errors["source_id"] = msg("This source takes no orders any more.")
    if errors:
        raise InvalidInput(errors=errors)


def fee_of(source: OutsideSource, total_fen: int, said_fen: int | None) -> int:
    """What the source keeps of a payment, in fen; never more than there is. Pure."""
    usual = share(total_fen, source.fee_bp, _BASIS)
    return min(total_fen, usual if said_fen is None else said_fen)
