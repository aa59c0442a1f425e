"""Writing down for whom a confirmed order counts, and putting that right until its month is closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import Unit
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ledger.months import open_moment
from shop.ordering.events import OrderConfirmed
from shop.ordering.models import Channel, Order
from shop.ordering.outside.models import OutsideOrder, OutsideSource
from shop.purchases.buyers import OF_ORGANISATIONS, rule_of
from shop.purchases.channels import kinds_by_channel
from shop.purchases.models import CountedPurchase, Funding, PurchaseKind

LONGEST_NUMBER: Final = 64


class MonthIsClosed(Conflict):
    code = "purchase_month_closed"
    default_message = msg("The month of this order is closed: what its statement says stays.")


@dataclass(frozen=True, slots=True)
class Correction:
    """What an admin says about one counted order."""

    unit_id: int | None
    funding: Funding
    kind: PurchaseKind
    outside_number: str = ""


def count_purchase(session: Session, event: OrderConfirmed) -> None:
    """An organisation's order counts for its department, a person's for theirs if they had agreed when ordering."""
    order = session.get_one(Order, event.order_id)
    if session.get(CountedPurchase, order.id) is not None:
        return
    if order.organisation_id is not None:
        unit_id, funding = rule_of(session, order.organisation_id)
        if order.channel is not Channel.SHOP:  # whoever placed it said for whom
            unit_id = order.unit_id or unit_id
    elif order.counts_for_unit and order.unit_id is not None:
        unit_id, funding = order.unit_id, Funding.PERSONAL
    else:
        return
    session.add(
        CountedPurchase(
            order_id=order.id,
            unit_id=unit_id,
            organisation_id=order.organisation_id,
            funding=funding,
            kind=kinds_by_channel(session)[order.channel],
            outside_number=_number_elsewhere(session, order) if order.channel is Channel.OUTSIDE else None,
            counted_at=order.confirmed_at or utc_now(),
        )
    )


def _number_elsewhere(session: Session, order: Order) -> str | None:
    """As its source calls it, so that a platform's own list of the same order is not counted once more.

    Where another source has the same number, with the source's name before it.
    """
    row = session.execute(
        sa.select(OutsideOrder.number, OutsideSource.slug)
        .join(OutsideSource, OutsideSource.id == OutsideOrder.source_id)
        .where(OutsideOrder.order_id == order.id)
    ).one_or_none()
    if row is None:
        return None
    taken = sa.select(CountedPurchase.order_id).where(CountedPurchase.outside_number == row.number)
    named = row.number if session.scalar(taken) is None else f"{row.slug}/{row.number}"
    return named[:LONGEST_NUMBER]


def counted_purchase(session: Session, order_number: str) -> CountedPurchase:
    """Raises NotFound, also for an order that counts for nobody."""
    statement = sa.select(CountedPurchase).join(Order, Order.id == CountedPurchase.order_id)
    found = session.scalar(statement.where(Order.number == order_number))
    if found is None:
        raise NotFound()
    return found


def correct_purchase(
    session: Session, order_number: str, said: Correction, *, actor_id: int | None, now: datetime
) -> None:
    """Raises NotFound, MonthIsClosed, InvalidInput. Locks the counted purchase."""
    order_id = counted_purchase(session, order_number).order_id
    counted = session.get_one(CountedPurchase, order_id, with_for_update=True, populate_existing=True)
    if is_closed(session, order_id):
        raise MonthIsClosed()
    values = _judged(session, counted, said)
    facts: dict[str, Any] = {
        name: [getattr(counted, name), value]
        for name, value in values.items()
        if getattr(counted, name) != value
    }
    for name, value in values.items():
        setattr(counted, name, value)
    session.flush()
    if facts:
        audit(session, actor_id, "purchase.corrected", "order", order_number, facts, now=now)


def is_closed(session: Session, order_id: int) -> bool:
    """Whether the books of its month are closed. Who closes it waits for this transaction."""
    confirmed_at = session.scalar(sa.select(Order.confirmed_at).where(Order.id == order_id))
    return confirmed_at is not None and open_moment(session, confirmed_at) != confirmed_at


def _judged(session: Session, counted: CountedPurchase, said: Correction) -> dict[str, Any]:
    number = tidy(said.outside_number)[:LONGEST_NUMBER] or None
    errors = {}
    if said.unit_id is not None and session.get(Unit, said.unit_id) is None:
        errors["unit_id"] = msg("Please choose one from the list.")
    if counted.organisation_id is None and (said.unit_id is None or said.funding is not Funding.PERSONAL):
        errors["funding"] = msg(
            "A person's own purchase is paid with own money, and counts for a department."
        )
    if counted.organisation_id is not None and said.funding not in OF_ORGANISATIONS:
        errors["funding"] = msg("An organisation does not pay with a person's own money.")
    same = sa.select(CountedPurchase.order_id).where(
        CountedPurchase.outside_number == number, CountedPurchase.order_id != counted.order_id
    )
    if number is not None and session.scalar(same) is not None:
        errors["outside_number"] = msg("Another order has this number already.")
    if errors:
        raise InvalidInput(errors=errors)
    return {
        "unit_id": said.unit_id,
        "funding": said.funding,
        "kind": said.kind,
        "outside_number": number,
    }
