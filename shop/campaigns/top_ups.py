"""What a member buys beyond the allowance: ordinary orders of their own, with their own payment, refund and invoice.

The choice says of which goods; each live top-up is an order that holds and, once paid, buys them. Nothing of it is on
the union's account. An order that does not fit the choice any more is given up here and called off afterwards, since
its money may be with a payment service.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.errors import NoPhone, OwnPartToConfirm
from shop.campaigns.home import Home, freight_home, items_of
from shop.campaigns.member_models import CampaignMember
from shop.campaigns.own_models import TopUp
from shop.campaigns.reading import Offer
from shop.campaigns.trucks import NoTruck, truck_for
from shop.kit.money import plain_yuan
from shop.ordering.direct.placing import place_direct_order
from shop.ordering.direct.wish import DirectWish
from shop.ordering.models import Channel, Order, OrderLine, OrderStatus
from shop.ordering.wish import InvoiceWish, Pickup, Recipient


@dataclass(frozen=True, slots=True)
class OwnPart:
    """What a member says about paying the rest: `phone` in E.164 or empty.

    `seen_fen` to pay and `refund_seen_fen` to get back are what stood on the button.
    """

    payment_method: str = ""
    seen_fen: int = 0
    refund_seen_fen: int = 0
    phone: str = ""
    invoice: InvoiceWish = field(default_factory=InvoiceWish)
    language: str = "zh"
    preorder_terms: str = ""


@dataclass(frozen=True, slots=True)
class Live:
    """A top-up that counts. `place`: the pickup point, or the address as its order has it."""

    order_id: int
    number: str
    status: OrderStatus
    goods_fen: int
    total_fen: int
    place: tuple[object, ...]
    units: Mapping[int, int]

    @property
    def is_paid(self) -> bool:
        return self.status not in {OrderStatus.AWAITING_PAYMENT, OrderStatus.CANCELLED}

    @property
    def refund_fen(self) -> int:
        """What comes back when it is called off; once it is on its way it stays its buyer's."""
        return self.total_fen if self.status is OrderStatus.CONFIRMED else 0

    @property
    def is_unpaid(self) -> bool:
        return self.status is OrderStatus.AWAITING_PAYMENT


@dataclass(frozen=True, slots=True)
class Sorted:
    """Which orders stay, which are given up, and what has to be ordered beside them."""

    kept: tuple[Live, ...]
    dropped: tuple[Live, ...]
    rest: Mapping[int, int]


def live_of(session: Session, member_id: int) -> list[Live]:
    """The oldest first. Two statements."""
    orders = session.scalars(
        sa.select(Order)
        .join(TopUp, TopUp.order_id == Order.id)
        .where(TopUp.member_id == member_id, TopUp.given_up_at.is_(None))
        .order_by(Order.id)
        .execution_options(populate_existing=True)
    ).all()
    units: dict[int, dict[int, int]] = {order.id: {} for order in orders}
    if orders:
        lines = sa.select(OrderLine.order_id, OrderLine.variant_id, OrderLine.quantity)
        for order_id, variant_id, count in session.execute(lines.where(OrderLine.order_id.in_(units))):
            units[order_id][variant_id] = count
    return [
        Live(one.id, one.number, one.status, one.goods_fen, one.total_fen, _place(one), units[one.id])
        for one in orders
    ]


def own_units(live: Sequence[Live]) -> dict[int, int]:
    """Of each variant, over all of them."""
    found = Counter[int]()
    for one in live:
        found.update(one.units)
    return dict(found)


def sort_out(live: Sequence[Live], wanted: Mapping[int, int], place: tuple[object, ...]) -> Sorted:
    """What is paid stays as long as all of it is still wanted there; what is not paid yet stays if it is just the rest. Pure."""
    rest, kept, dropped = Counter(wanted), [], []
    for one in sorted(live, key=lambda one: one.is_unpaid):
        fits = one.place == place and one.status is not OrderStatus.CANCELLED
        if fits and (one.units == dict(+rest) if one.is_unpaid else _holds(rest, one.units)):
            kept.append(one)
            rest.subtract(one.units)
        else:
            dropped.append(one)
    return Sorted(tuple(kept), tuple(dropped), dict(+rest))


def place_of(point_id: int | None, home: Home | None) -> tuple[object, ...]:
    """As `Live.place`."""
    if home is not None:
        return ("home", home.province, home.city, home.district, home.street)
    return ("point", point_id)


def settle(
    session: Session,
    member: CampaignMember,
    offer: Offer,
    live: Sequence[Live],
    wanted: Mapping[int, int],
    point_id: int | None,
    home: Home | None,
    own: OwnPart,
    *,
    user_id: int | None,
    token: str,
    now: datetime,
) -> int | None:
    """Give up what does not fit and order the rest; the id of an order that waits for its money. The member is locked.

    Raises OwnPartToConfirm before the member has seen what it costs or gives up, NoPhone, NoTruck, and what placing an
    order raises.
    """
    found = sort_out(live, wanted, place_of(point_id, home))
    is_sent = home is not None and bool(found.rest)
    freight_fen = (
        freight_home(session, offer, found.rest, home, now=now) if home is not None and is_sent else 0
    )
    _demand_seen(offer, found, own, freight_fen)
    if found.rest and not _phone(member, home, own):
        raise NoPhone(field="own_phone", **_to_see(offer, found, freight_fen))
    give_up(session, [one.order_id for one in found.dropped], now=now)
    if not found.rest:
        return next((one.order_id for one in found.kept if one.is_unpaid), None)
    wish = _wish(session, member, offer, found.rest, point_id, home, own, user_id, token, freight_fen, now)
    placed = place_direct_order(session, wish, now=now)
    session.add(TopUp(order_id=placed.order_id, member_id=member.id, made_at=now))
    session.flush()
    return placed.order_id


def _demand_seen(offer: Offer, found: Sorted, own: OwnPart, freight_fen: int) -> None:
    """Nobody pays, and no paid order is called off, before its member has seen it. Raises OwnPartToConfirm."""
    facts = _to_see(offer, found, freight_fen)
    if (own.seen_fen if found.rest else 0) != facts["own_fen"]:
        raise OwnPartToConfirm(field="units", **facts)
    if facts["refund_fen"] != own.refund_seen_fen and facts["refund_fen"]:
        raise OwnPartToConfirm(None if found.rest else OwnPartToConfirm.gives_up, field="units", **facts)


def _to_see(offer: Offer, found: Sorted, freight_fen: int) -> dict[str, Any]:
    own_fen = freight_fen + sum(offer.goods[one].price_fen * count for one, count in found.rest.items())
    refund_fen = sum(one.refund_fen for one in found.dropped)
    return {
        "own": plain_yuan(own_fen),
        "own_fen": own_fen,
        "units": dict(found.rest),
        "refund": plain_yuan(refund_fen),
        "refund_fen": refund_fen,
        "given_up": [one.number for one in found.dropped if one.refund_fen],
    }


def _phone(member: CampaignMember, home: Home | None, own: OwnPart) -> str:
    return home.recipient.phone if home is not None else own.phone or member.phone or ""


def give_up(session: Session, order_ids: Sequence[int], *, now: datetime) -> None:
    """They count for nothing any more; calling them off follows."""
    if order_ids:
        session.execute(
            sa.update(TopUp)
            .where(TopUp.order_id.in_(order_ids), TopUp.given_up_at.is_(None))
            .values(given_up_at=now),
            execution_options={"synchronize_session": False},
        )


def _wish(
    session: Session,
    member: CampaignMember,
    offer: Offer,
    units: Mapping[int, int],
    point_id: int | None,
    home: Home | None,
    own: OwnPart,
    user_id: int | None,
    token: str,
    freight_fen: int,
    now: datetime,
) -> DirectWish:
    name = home.recipient.name if home is not None else member.name
    return DirectWish(
        token=_token(session, member.id, token),
        items=items_of(offer, units),
        recipient=Recipient(name, _phone(member, home, own), member.email),
        delivery=home.courier if home is not None else _truck(session, offer, point_id, now),
        payment_method=own.payment_method,
        channel=Channel.SHOP,
        user_id=user_id,
        language=own.language,
        note=offer.campaign.title,
        invoice=own.invoice,
        preorder_terms=own.preorder_terms,
        freight_fen=freight_fen,
    )


def _token(session: Session, member_id: int, token: str) -> str:
    """Another one for each order: a form that comes back after others were sent asks for a new one."""
    made = session.scalar(sa.select(sa.func.count(TopUp.order_id)).where(TopUp.member_id == member_id))
    return f"top-up-{sha256(f'{member_id} {made} {token}'.encode()).hexdigest()[:48]}"


def _truck(session: Session, offer: Offer, point_id: int | None, now: datetime) -> Pickup:
    """The one that brings the union's goods, too."""
    day = offer.campaign.distribution_on
    run = truck_for(session, point_id, day, now=now) if point_id is not None else None
    if run is None or point_id is None:
        raise NoTruck(field="run", point=offer.points[point_id].name_zh if point_id is not None else "")
    return Pickup(point_id, run.id)


def _place(order: Order) -> tuple[object, ...]:
    if order.pickup_point_id is not None:
        return ("point", order.pickup_point_id)
    return ("home", order.province, order.city, order.district, order.street)


def _holds(rest: Mapping[int, int], units: Mapping[int, int]) -> bool:
    return all(rest.get(one, 0) >= count for one, count in units.items())
