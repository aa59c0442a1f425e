"""An order sheet: quantities in cases are priced, shown, and then ordered on the canteen's account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, User
from shop.accounts.shop_settings import read_shop_settings
from shop.canteens.cases import MOST_CASES, most_for_unit, unit_price
from shop.canteens.errors import NothingOrdered, NotOnTheSheet, SheetChanged
from shop.canteens.goods import SheetGood, sheet_goods
from shop.canteens.models import CanteenLine, CanteenOrder
from shop.canteens.ways import refuse_too_soon
from shop.inventory.candidates import read_offer
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.ordering.approvals.procurement import NOTHING_SAID, Procurement
from shop.ordering.checks import check_way, freight_of
from shop.ordering.direct.goods import direct_lines
from shop.ordering.direct.placing import place_direct_order
from shop.ordering.direct.wish import DirectWish, Item
from shop.ordering.lines import variants_of
from shop.ordering.models import Channel, DeliveryKind, InvoiceKind, Order, OrderLine
from shop.ordering.placing import Placed, find_way
from shop.ordering.planning import plan_way
from shop.ordering.wish import Courier, InvoiceWish, Pickup, Recipient
from shop.payments.models import ON_ACCOUNT

WRONG_NUMBER: Final = msg("Please enter a whole number of cases, at most 500.")


@dataclass(frozen=True, slots=True)
class SheetWish:
    """What a canteen asks for. `cases` by variant; `seen_total_fen`: what stood beside the button, if anybody looked."""

    token: str
    cases: Mapping[int, int]
    delivery: Pickup | Courier
    deliver_on: date
    recipient: Recipient
    note: str = ""
    procurement: Procurement = NOTHING_SAID
    language: str = "zh"
    seen_total_fen: int | None = None
    standing_id: int | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class SheetLine:
    """`price_fen` of a unit in its tier; `most_fen` of the line is what the order says.

    `over_percent`: so much above the weight that is expected is paid at most.
    """

    good: SheetGood
    cases: int
    over_percent: int

    @property
    def units(self) -> int:
        return self.cases * self.good.units_per_case

    @property
    def price_fen(self) -> int:
        return unit_price(self.good.tiers, self.units)

    @property
    def ordered_unit_fen(self) -> int:
        return most_for_unit(self.price_fen, self.over_percent) if self.good.by_weight else self.price_fen

    @property
    def expected_fen(self) -> int:
        return self.price_fen * self.units

    @property
    def most_fen(self) -> int:
        return self.ordered_unit_fen * self.units


@dataclass(frozen=True, slots=True)
class Quote:
    """`total_fen` is the most that is paid: what is weighed may cost less."""

    lines: Sequence[SheetLine]
    freight_fen: int

    @property
    def expected_fen(self) -> int:
        return sum(one.expected_fen for one in self.lines) + self.freight_fen

    @property
    def total_fen(self) -> int:
        return sum(one.most_fen for one in self.lines) + self.freight_fen

    @property
    def is_weighed(self) -> bool:
        return any(one.good.by_weight for one in self.lines)


def price_lines(session: Session, organisation_id: int, cases: Mapping[int, int]) -> list[SheetLine]:
    """Raises NothingOrdered, NotOnTheSheet, or InvalidInput for a number that makes no sense."""
    wanted = {variant_id: count for variant_id, count in cases.items() if count}
    if not wanted:
        raise NothingOrdered(field="cases")
    wrong = {f"cases-{one}": WRONG_NUMBER for one, count in wanted.items() if not 1 <= count <= MOST_CASES}
    if wrong:
        raise InvalidInput(errors=wrong)
    goods = {one.variant_id: one for one in sheet_goods(session, organisation_id, set(wanted))}
    if goods.keys() != wanted.keys():
        raise NotOnTheSheet()
    over = read_shop_settings(session).weight_over_percent
    return [SheetLine(good, wanted[variant_id], over) for variant_id, good in goods.items()]


def quote_sheet(session: Session, organisation_id: int, wish: SheetWish, *, now: datetime) -> Quote:
    """What it would cost now; nothing is held. Raises as `price_lines`, and what is sold out or does not go that way."""
    priced = price_lines(session, organisation_id, wish.cases)
    asked = _direct(session, organisation_id, None, wish, priced).as_wish()
    lines = direct_lines(session, _items(priced), now=now)
    refuse_too_soon(session, wish.delivery, wish.deliver_on, {one.ready_hours for one in lines}, now=now)
    zone, until, brings = find_way(session, asked, lines, now)
    offer = read_offer(session, variants_of(lines), now)
    way = plan_way(lines, brings(offer), until, few_parcels=asked.kind is DeliveryKind.COURIER)
    check_way(lines, offer, brings(offer), way, asked)
    return Quote(priced, freight_of(way.plan, asked, zone))


def order_sheet(
    session: Session, organisation_id: int, user_id: int | None, wish: SheetWish, *, now: datetime
) -> Placed:
    """Place the order; it is accepted on account in a second transaction. The same token orders once.

    Raises as `quote_sheet`, and SheetChanged when something else stood beside the button.
    """
    priced = price_lines(session, organisation_id, wish.cases)
    asked = _direct(session, organisation_id, user_id, wish, priced)
    hours = {one.ready_hours for one in direct_lines(session, asked.items, now=now)}
    refuse_too_soon(session, wish.delivery, wish.deliver_on, hours, now=now)
    placed = place_direct_order(session, asked, now=now)
    if not placed.is_new:
        return placed
    freight_fen = _freight(session, placed.order_id)
    if wish.seen_total_fen is not None and Quote(priced, freight_fen).total_fen != wish.seen_total_fen:
        raise SheetChanged()
    _write_down(session, placed.order_id, organisation_id, wish, priced)
    return placed


def _write_down(
    session: Session, order_id: int, organisation_id: int, wish: SheetWish, priced: Sequence[SheetLine]
) -> None:
    """How it was ordered, line by line, beside the order."""
    ids = dict(
        session.execute(
            sa.select(OrderLine.variant_id, OrderLine.id).where(OrderLine.order_id == order_id)
        ).all()
    )
    session.add(
        CanteenOrder(
            order_id=order_id,
            organisation_id=organisation_id,
            deliver_on=wish.deliver_on,
            standing_id=wish.standing_id,
        )
    )
    session.add_all(
        CanteenLine(
            order_line_id=ids[one.good.variant_id],
            order_id=order_id,
            cases=one.cases,
            units_per_case=one.good.units_per_case,
            expected_g=one.good.net_weight_g if one.good.by_weight else None,
            weighed_price_fen=one.price_fen if one.good.by_weight else None,
        )
        for one in priced
    )
    session.flush()


def _items(priced: Sequence[SheetLine]) -> tuple[Item, ...]:
    return tuple(Item(one.good.variant_id, one.units, one.ordered_unit_fen) for one in priced)


def _direct(
    session: Session,
    organisation_id: int,
    user_id: int | None,
    wish: SheetWish,
    priced: Sequence[SheetLine],
) -> DirectWish:
    organisation = session.get_one(Organisation, organisation_id)
    buyer = session.get(User, user_id) if user_id is not None else None
    day = f"送货日 {wish.deliver_on:%Y-%m-%d}"
    return DirectWish(
        token=wish.token,
        items=_items(priced),
        recipient=wish.recipient,
        delivery=wish.delivery,
        payment_method=ON_ACCOUNT,
        channel=Channel.CANTEEN,
        user_id=user_id,
        organisation_id=organisation_id,
        unit_id=buyer.unit_id if buyer else None,
        language=wish.language,
        note=f"{day} {wish.note}".strip()[:300],
        invoice=InvoiceWish(InvoiceKind.ORGANISATION, organisation.invoice_title, organisation.tax_number),
        procurement=wish.procurement,
    )


def _freight(session: Session, order_id: int) -> int:
    return session.scalars(sa.select(Order.freight_fen).where(Order.id == order_id)).one()
