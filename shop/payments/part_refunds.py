"""A part of an order's price goes back: for units, for freight, or an amount; and somebody bears it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.models import ReturnWish
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.claim_models import Claim, ClaimStatus
from shop.ordering.locking import lock_order
from shop.ordering.models import OrderStatus
from shop.ordering.unsent_units import unsent_units
from shop.payments.errors import NothingToRefund
from shop.payments.goods_back import Origins, find_origin, origins_of_order
from shop.payments.models import RefundBearer
from shop.payments.refund_limits import LeftToRefund, RefundedUnits, left_to_refund
from shop.payments.refunds import AsSeen, demand_as_seen, payment_to_refund, refund_asked_with, write_refund

BEARERS: Final = (RefundBearer.SHOP, RefundBearer.HOUSEHOLD, RefundBearer.VILLAGE, RefundBearer.COURIER)
# Their goods must have left: what did not leave is called off instead.
_SUPPLIERS: Final = (RefundBearer.HOUSEHOLD, RefundBearer.VILLAGE)
LONGEST_REASON: Final = 300


class RestNotSent(Conflict):
    """All of the price of an order of which something has still to leave."""

    code = "rest_not_sent"
    default_message = msg(
        "Part of this order has not left. To give all of the money back, please refund it in full on the order's page: what has not left is called off then."
    )


class SeenOtherwise(Conflict):
    """Somebody refunded something of the order since the preview was made."""

    code = "seen_otherwise"
    default_message = msg(
        "Something of this order was refunded meanwhile. Please look again before you go on."
    )


@dataclass(frozen=True, slots=True)
class PartRefund:
    bearer: RefundBearer
    reason: str
    units: tuple[RefundedUnits, ...] = ()
    freight_fen: int = 0
    free_fen: int = 0
    claim_id: int | None = None

    @property
    def amount_fen(self) -> int:
        return sum(one.amount_fen for one in self.units) + self.freight_fen + self.free_fen


def refuse_senseless(part: PartRefund, left: LeftToRefund, origins: Origins) -> None:
    """Pure. Raises InvalidInput, by the field that is wrong."""
    errors: dict[str, str] = {}
    if not tidy(part.reason):
        errors["reason"] = msg("Please say why.")
    if part.bearer not in BEARERS or (part.bearer in _SUPPLIERS and not left.has_left):
        errors["bearer"] = msg("Nothing of it has left yet, so no household or village can bear it.")
    errors |= _wrong_units(part.units, left) | _wrong_goods(part.units, origins)
    if not 0 <= part.freight_fen <= left.freight_fen:
        errors["freight"] = msg("That is more freight than was paid and is not refunded yet.")
    if part.free_fen < 0:
        errors["free"] = msg("Please enter an amount in yuan.")
    if not errors and part.amount_fen <= 0:
        errors["free"] = msg("Please choose what is refunded.")
    elif not errors and part.amount_fen > left.fen:
        errors["free"] = msg("More cannot be refunded than was paid and is not refunded yet.")
    if errors:
        raise InvalidInput(errors=errors)


def ask_part_refund(
    session: Session,
    order_id: int,
    part: PartRefund,
    *,
    token: str,
    actor_id: int | None,
    now: datetime,
    seen_left_fen: int | None = None,
    as_seen: AsSeen | None = None,
) -> int:
    """Ask for a part back; returns the refund's id. The same token asks once. Locks the order.

    Raises InvalidInput, NothingToRefund, or SeenOtherwise when less or more than `seen_left_fen` is left to refund. When
    everything goes back, `as_seen` is asked, and ParcelsMoved raised, or RestNotSent.
    """
    order = lock_order(session, order_id)
    payment = payment_to_refund(session, order_id)
    known = refund_asked_with(session, payment.id, token)
    if known is not None:
        return known
    if order.status is OrderStatus.CANCELLED:
        raise NothingToRefund()
    left = left_to_refund(session, order_id)
    if seen_left_fen is not None and seen_left_fen != left.fen:
        raise SeenOtherwise()
    if part.amount_fen >= left.fen:
        demand_as_seen(session, as_seen)
        if unsent_units(session, order_id):
            raise RestNotSent()
    refuse_senseless(part, left, origins_of_order(session, order_id, now=now))
    return write_refund(
        session,
        payment,
        amount_fen=part.amount_fen,
        bearer=part.bearer,
        reason=tidy(part.reason)[:LONGEST_REASON],
        token=token,
        actor_id=actor_id,
        now=now,
        units=part.units,
        freight_fen=part.freight_fen,
        claim_id=_claim_of(session, order_id, part.claim_id),
    )


def _claim_of(session: Session, order_id: int, claim_id: int | None) -> int | None:
    """A claim of this order that was not refused, else none. Raises NotFound."""
    if claim_id is None:
        return None
    granted = (ClaimStatus.ACCEPTED, ClaimStatus.PARTLY)
    found = sa.select(Claim.id).where(
        Claim.id == claim_id, Claim.order_id == order_id, Claim.status.in_(granted)
    )
    if session.scalar(found) is None:
        raise NotFound()
    return claim_id


def _wrong_units(units: Sequence[RefundedUnits], left: LeftToRefund) -> dict[str, str]:
    errors = {}
    for one in units:
        line = left.lines.get(one.order_line_id)
        if line is None or not 0 < one.units <= line.units:
            errors[f"units-{one.order_line_id}"] = msg("Not so many units can be refunded.")
        elif not 0 < one.amount_fen <= line.most_for(one.units):
            errors[f"fen-{one.order_line_id}"] = msg("That is more than these units cost, or nothing.")
    return errors


def _wrong_goods(units: Sequence[RefundedUnits], origins: Origins) -> dict[str, str]:
    errors = {}
    for one in units:
        if one.goods is None:
            continue
        name, origin = f"goods-{one.order_line_id}", find_origin(origins, one.order_line_id, one.goods)
        if origin is None or one.units > origin.units:
            errors[name] = msg("Not so many of these units can have come back.")
        elif one.goods.wish is ReturnWish.RESTOCK and not origin.sellable:
            errors[name] = msg(
                "These units cannot be sold again: their lot is closed or past its best-before date, or they are exempt from return."
            )
    return errors
