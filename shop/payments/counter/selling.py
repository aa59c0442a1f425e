"""A sale over the counter: one transaction, for who pays and takes the goods is gone a moment later."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import Organisation
from shop.catalogue.split import current_rule
from shop.inventory.allocation import Candidate, Choice
from shop.inventory.holds import sell_what_left
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.money import plain_yuan
from shop.kit.references import random_code
from shop.kit.text import msg
from shop.ordering.composing import compose_order
from shop.ordering.direct.goods import direct_lines
from shop.ordering.direct.wish import DirectWish, Item
from shop.ordering.events import OrderConfirmed
from shop.ordering.history import note
from shop.ordering.lines import Line
from shop.ordering.models import Channel, InvoiceKind, Order, OrderStatus
from shop.ordering.outside.models import OUTSIDE, OutsideOrder, OutsideSource, PaidHow, provider_of_source
from shop.ordering.placing import write_order
from shop.ordering.planning import Plan, holds_for
from shop.ordering.shelves.errors import ShelfClosed, ShelfShort
from shop.ordering.shelves.models import MoveKind, Shelf
from shop.ordering.shelves.queries import candidates_there, find_shelf, lots_of_variants
from shop.ordering.shelves.stock import Why, change_stock, lock_lots
from shop.ordering.shelves.words import COUNTER_PAID
from shop.ordering.transitions import ORDER_STATES
from shop.ordering.wish import InvoiceWish, Pickup, Recipient
from shop.payments.counter.errors import PricesChanged
from shop.payments.events import FeeKnown, PaymentSucceeded
from shop.payments.models import Payment, PaymentStatus
from shop.payments.outside.taken import fee_of
from shop.payments.providers.outside import FEE, PAID_HOW
from shop.payments.starting import REFERENCE_LENGTH
from shop.storage.event_log import record
from shop.storage.locks import LockRank, lock_row

SOLD: Final = "sold_over_counter"  # in the order's history
MOST_LINES: Final = 40
MOST_UNITS: Final = 500
_NO_TRUCK: Final = 0


@dataclass(frozen=True, slots=True)
class Sale:
    """What a keeper says: `seen_fen` is the total that the buyer was told, `token` makes one sale of one form.

    `organisation_id`: who it was bought for, and who then finds it among their purchases.
    """

    shelf_id: int
    items: tuple[Item, ...]
    paid_how: PaidHow
    seen_fen: int
    token: str
    organisation_id: int | None = None
    wants_invoice: bool = False  # in the organisation's own title

    def checkout_token(self) -> str:
        return hashlib.sha256(f"{OUTSIDE}:counter:{self.shelf_id}:{self.token}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Sold:
    order_number: str
    receipt: str
    is_new: bool


def sell(session: Session, sale: Sale, *, point_ids: Collection[int], actor_id: int, now: datetime) -> Sold:
    """Sold, paid and handed over. Locks the shelf, then the lots of what is sold.

    Raises NotFound for a shelf of others, ShelfClosed, InvalidInput, NotForSale, PricesChanged, ShelfShort; then
    nothing is sold.
    """
    source = find_shelf(session, sale.shelf_id, point_ids=point_ids).source
    shelf = _lock_shelf(session, sale.shelf_id)
    if (known := _sold_before(session, sale)) is not None:
        return known
    if not source.active:
        raise ShelfClosed()
    _judge(sale)
    lines = [replace(line, return_exempt=False) for line in direct_lines(session, sale.items, now=now)]
    total_fen = sum(line.line_fen for line in lines)
    if total_fen != sale.seen_fen:
        raise PricesChanged(total=plain_yuan(total_fen))
    choices = _choose(session, shelf.id, lines, now)
    order = _write(session, shelf, source, sale, lines, choices, actor_id, now)
    receipt = _number_it(session, order, source, sale, actor_id, now)
    units: dict[int, int] = {}
    for one in choices:
        units[one.lot.lot_id] = units.get(one.lot.lot_id, 0) - one.units
    why = Why(MoveKind.SOLD, order.checkout_token, actor_id, order_id=order.id)
    change_stock(session, shelf.id, units, why, now=now)
    payment = _pay(session, order, source, sale, now)
    _hand_over(session, order, payment, source, receipt, actor_id, now)
    return Sold(order.number, receipt, is_new=True)


def _lock_shelf(session: Session, shelf_id: int) -> Shelf:
    """Who sells at one shelf takes turns: receipts are numbered one after the other."""
    shelf = lock_row(session, LockRank.SHELF, sa.select(Shelf).where(Shelf.id == shelf_id))
    assert shelf is not None  # noqa: S101  found a moment ago, and shelves stay
    return shelf


def _sold_before(session: Session, sale: Sale) -> Sold | None:
    row = session.execute(
        sa.select(Order.number, OutsideOrder.number)
        .join(OutsideOrder, OutsideOrder.order_id == Order.id)
        .where(Order.checkout_token == sale.checkout_token())
    ).one_or_none()
    return None if row is None else Sold(*row, is_new=False)


def _judge(sale: Sale) -> None:
    errors = {}
    if sale.paid_how not in COUNTER_PAID:
        errors["paid_how"] = msg("Please say how it was paid.")
    if not sale.items or len(sale.items) > MOST_LINES:
        errors["items"] = msg("Please tap what is bought.")
    if any(not 0 < item.quantity <= MOST_UNITS for item in sale.items):
        errors["items"] = msg("At most 500 of each.")
    if errors:
        raise InvalidInput(errors=errors)


def _choose(session: Session, shelf_id: int, lines: Sequence[Line], now: datetime) -> list[Choice]:
    """What spoils first goes first: whose goods come to the shelf was decided when they were brought."""
    variants = {line.variant_id for line in lines}
    lock_lots(session, lots_of_variants(session, shelf_id, variants))
    by_variant: dict[int, list[Candidate]] = {}
    for lot in candidates_there(session, shelf_id, variants, now=now):
        by_variant.setdefault(lot.variant_id, []).append(lot)
    return [one for line in lines for one in _of_line(line, by_variant.get(line.variant_id, []))]


def _of_line(line: Line, lots: Sequence[Candidate]) -> list[Choice]:
    missing, chosen = line.quantity, []
    for lot in lots:
        if units := min(missing, lot.available):
            chosen.append(Choice(line.number, lot, units, lot.packing_place_id))
            missing -= units
    if missing:
        goods = f"{line.product_name_zh} {line.variant_name_zh}"
        raise ShelfShort(goods=goods, left=line.quantity - missing)
    return chosen


def _write(
    session: Session,
    shelf: Shelf,
    source: OutsideSource,
    sale: Sale,
    lines: Sequence[Line],
    choices: Sequence[Choice],
    actor_id: int,
    now: datetime,
) -> Order:
    wish = DirectWish(
        token=sale.checkout_token(),
        items=sale.items,
        recipient=Recipient(source.collector, source.contact_phone),
        delivery=Pickup(shelf.pickup_point_id, _NO_TRUCK),
        payment_method=OUTSIDE,
        channel=Channel.COUNTER,
        invoice=_invoice(session, sale),
    ).as_wish()
    rule = current_rule(session, now)
    order = compose_order(wish, lines, freight_fen=0, split_version=rule.version, now=now)
    order.channel, order.organisation_id, order.run_id = Channel.COUNTER, sale.organisation_id, None
    line_ids = write_order(session, order, lines, Plan(tuple(choices), ()), wish)
    holds = []
    for line in lines:
        of_line = [one for one in choices if one.line == line.number]
        holds += holds_for(line_ids[line.variant_id], line.parts, line.line_fen, of_line, rule)
    sell_what_left(session, holds, now=now)
    return order


def _invoice(session: Session, sale: Sale) -> InvoiceWish:
    """In the organisation's title, where it has one and wants it: it is asked for with the sale."""
    if sale.organisation_id is None or not sale.wants_invoice:
        return InvoiceWish()
    own = session.get_one(Organisation, sale.organisation_id)
    if not own.invoice_title or not own.tax_number:
        return InvoiceWish()
    return InvoiceWish(InvoiceKind.ORGANISATION, own.invoice_title, own.tax_number)


def _number_it(
    session: Session, order: Order, source: OutsideSource, sale: Sale, actor_id: int, now: datetime
) -> str:
    """The receipt's number: the day, and the how-manieth sale of it. The shelf is locked."""
    today = shanghai_date(now)
    sold = sa.select(sa.func.count()).where(
        OutsideOrder.source_id == source.id, OutsideOrder.number.startswith(f"{today:%y%m%d}-")
    )
    receipt = f"{today:%y%m%d}-{(session.scalar(sold) or 0) + 1:03d}"
    session.add(
        OutsideOrder(
            order_id=order.id, source_id=source.id, number=receipt, ordered_on=today, paid_how=sale.paid_how,
            paid_on=today, entered_at=now, entered_by_id=actor_id,
        )
    )  # fmt: skip
    session.flush()
    return receipt


def _pay(session: Session, order: Order, source: OutsideSource, sale: Sale, now: datetime) -> Payment:
    fee_fen = fee_of(source, order.total_fen, None)
    payment = Payment(
        order_id=order.id,
        attempt=1,
        provider=provider_of_source(source.slug),
        status=PaymentStatus.SUCCEEDED,
        amount_fen=order.total_fen,
        received_fen=order.total_fen,
        fee_fen=fee_fen or None,
        method=sale.paid_how.value,
        reference=random_code(REFERENCE_LENGTH),
        request={PAID_HOW: sale.paid_how.value, FEE: fee_fen},
        created_at=now,
        asked_at=now,
        succeeded_at=now,
        ended_at=now,
    )
    session.add(payment)
    session.flush()
    return payment


def _hand_over(
    session: Session,
    order: Order,
    payment: Payment,
    source: OutsideSource,
    receipt: str,
    actor_id: int,
    now: datetime,
) -> None:
    """The order is confirmed and has left at one moment; it is completed as any other."""
    for status in (OrderStatus.CONFIRMED, OrderStatus.SHIPPED):
        order.status = ORDER_STATES.step(order.status, status)
    order.confirmed_at = order.shipped_at = now
    session.flush()
    note(session, order.id, SOLD, now, actor_id, source=source.name_zh, outside_number=receipt)
    record(session, PaymentSucceeded(payment.id, order.id))
    record(session, OrderConfirmed(order.id, payment.id))
    if payment.fee_fen:
        record(session, FeeKnown(payment.id))
    facts: dict[str, Any] = {
        "source": source.name_zh, "outside_number": receipt, "amount_fen": order.total_fen,
    }  # fmt: skip
    if order.organisation_id is not None:
        facts["organisation"] = session.get_one(Organisation, order.organisation_id).name
    audit(session, actor_id, "order.sold_over_counter", "order", order.number, facts, now=now)
