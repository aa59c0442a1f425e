"""Orders that wait for a person of the team: whole piles, for the dashboard's first few and for the list of all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings
from shop.fulfilment.late_parcels import late_parcels
from shop.fulfilment.later_trucks import missed_orders, paid_too_late
from shop.fulfilment.parcel_reports import open_reports
from shop.fulfilment.reach import Reach
from shop.fulfilment.receipt import uncollected_orders
from shop.reports.piles import MOST_LISTED, Item, Pile

EVERYTHING = Reach(everything=True)


def orders_of_pile(session: Session, pile: Pile, *, now: datetime) -> Sequence[Item]:
    """TRUCKS, PARCELS, LATE and UNCOLLECTED; `ref` is the order's number."""
    if pile is Pile.PARCELS:
        return _reported(session)
    if pile is Pile.LATE:
        return _late(session, now)
    return _without_truck(session) if pile is Pile.TRUCKS else _uncollected(session, now)


def _without_truck(session: Session) -> list[Item]:
    """Left behind by their own truck, and paid too late for any so far."""
    left = {
        one.number: Item(
            ref=one.number,
            text_zh=one.number,
            text_en=one.number,
            kind="called_off" if one.called_off else "left",
            detail_zh=f"{one.village_zh} · {one.run_code}",
            detail_en=f"{one.village_en} · {one.run_code}",
            since=one.since,
        )
        for one in missed_orders(session, EVERYTHING, limit=MOST_LISTED)
    }
    late = {number: Item(number, number, number, since=at) for number, at in paid_too_late(session)}
    return list((late | left).values())


def _reported(session: Session) -> list[Item]:
    """Parcels that a keeper reported missing or broken; `kind` says which."""
    return [
        Item(
            ref=one.order_number,
            text_zh=one.order_number,
            text_en=one.order_number,
            kind=one.trouble.value,
            detail_zh=" · ".join(filter(None, (one.parcel, one.word))),
            detail_en=" · ".join(filter(None, (one.parcel, one.word))),
            since=one.at,
            key=f"{one.order_number}/{one.parcel}",
        )
        for one in open_reports(session)
    ]


def _late(session: Session, now: datetime) -> list[Item]:
    """`kind` is what the carrier says of it."""
    return [
        Item(
            ref=one.order_number,
            text_zh=one.order_number,
            text_en=one.order_number,
            kind=one.state.value,
            detail_zh=one.says or one.tracking_number,
            detail_en=one.says or one.tracking_number,
            since=one.shipped_at,
            key=one.code,
        )
        for one in late_parcels(session, EVERYTHING, now=now, limit=MOST_LISTED)
    ]


def _uncollected(session: Session, now: datetime) -> list[Item]:
    days = read_shop_settings(session).complete_after_days
    rows = uncollected_orders(session, after_days=days, now=now)
    return [
        Item(row.number, row.number, row.number, detail_zh=row.recipient, since=row.shipped_at)
        for row in rows
    ]
