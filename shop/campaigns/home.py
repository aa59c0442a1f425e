"""Delivery home: the address of a choice, and what its freight costs the union."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from shop.campaigns.own_models import HomeAddress
from shop.campaigns.reading import Offer
from shop.delivery.errors import NotServed
from shop.inventory.candidates import read_offer as read_lots
from shop.ordering.checks import check_way, freight_of
from shop.ordering.direct.goods import direct_lines
from shop.ordering.direct.wish import DirectWish, Item
from shop.ordering.lines import variants_of
from shop.ordering.models import Channel
from shop.ordering.placing import find_way
from shop.ordering.planning import plan_way
from shop.ordering.wish import Courier, Recipient

ON_ACCOUNT = "on_account"


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody has it sent, already tidy; `phone` in E.164, divisions by their official names."""

    name: str
    phone: str
    province: str
    city: str
    district: str
    street: str

    @property
    def recipient(self) -> Recipient:
        return Recipient(self.name, self.phone)

    @property
    def courier(self) -> Courier:
        return Courier(self.province, self.city, self.district, self.street)


def freight_home(
    session: Session, offer: Offer, units: Mapping[int, int], home: Home, *, now: datetime
) -> int:
    """In fen, on the parcels planned now. Nothing is held. Raises NotServed, SoldOut, WouldNotKeep, NotForSale."""
    asked = DirectWish(
        token="",
        items=items_of(offer, units),
        recipient=home.recipient,
        delivery=home.courier,
        payment_method=ON_ACCOUNT,
        channel=Channel.CAMPAIGN,
    )
    wish, lines = asked.as_wish(), direct_lines(session, asked.items, now=now)
    zone, until, brings = find_way(session, wish, lines, now)
    lots = read_lots(session, variants_of(lines), now)
    way = plan_way(lines, brings(lots), until, few_parcels=True)
    check_way(lines, lots, brings(lots), way, wish)
    if zone is None:
        raise NotServed(field="province", province=home.province)
    return freight_of(way.plan, wish, zone)


def items_of(offer: Offer, units: Mapping[int, int]) -> tuple[Item, ...]:
    """At the campaign's frozen prices."""
    return tuple(
        Item(variant_id, count, offer.goods[variant_id].price_fen)
        for variant_id, count in sorted(units.items())
        if count
    )


def write_home(session: Session, member_id: int, home: Home | None) -> None:
    """In the place of what was there; None: it is collected. The choice is written and flushed."""
    found = session.get(HomeAddress, member_id, populate_existing=True)
    if home is None:
        if found is not None:
            session.delete(found)
        session.flush()
        return
    address = found or HomeAddress(member_id=member_id)
    for name, value in asdict(home).items():
        setattr(address, name, value)
    session.add(address)
    session.flush()


def home_of(session: Session, member_id: int) -> Home | None:
    row = session.get(HomeAddress, member_id)
    return as_home(row) if row is not None else None


def as_home(row: HomeAddress) -> Home:
    return Home(row.name, row.phone, row.province, row.city, row.district, row.street)
