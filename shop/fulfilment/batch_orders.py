"""Parcels as couriers' batch-order tables want them: a row each, with the headings of that carrier.

Each carrier's page for many orders at once takes a table with a customer's order number, the recipient, what is in the
box and how heavy it is; it gives the table back with a tracking number beside that order number, which is our parcel code.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.delivery.carriers import CARRIERS
from shop.fulfilment.models import ParcelStatus
from shop.fulfilment.parcel_list import ParcelFilter, ParcelRow, codes, labels
from shop.fulfilment.parcel_words import address_in_a_line, contents_in_a_line, dialled
from shop.fulfilment.reach import Reach
from shop.kit.errors import NotFound
from shop.ordering.models import DeliveryKind

MOST_ROWS: Final = 500


def _phone(parcel: ParcelRow) -> str:
    return dialled(parcel.phone)


def _sender_phone(parcel: ParcelRow) -> str:
    return dialled(parcel.place_phone)


def _province(parcel: ParcelRow) -> str:
    return parcel.province or ""


def _city(parcel: ParcelRow) -> str:
    return parcel.city or ""


def _district(parcel: ParcelRow) -> str:
    return parcel.district or ""


def _street(parcel: ParcelRow) -> str:
    return parcel.street or ""


def _address(parcel: ParcelRow) -> str:
    return address_in_a_line(parcel.province, parcel.city, parcel.district, parcel.street)


def _contents(parcel: ParcelRow) -> str:
    return contents_in_a_line(parcel.goods)


def _kilograms(parcel: ParcelRow) -> str:
    """To the gram; never less than ten, which no courier weighs."""
    return f"{max(parcel.weight_g, 10) / 1000:.3f}".rstrip("0").rstrip(".")


Column = tuple[str, Callable[[ParcelRow], str]]
_COMMON: Final[tuple[Column, ...]] = (
    ("订单号", lambda parcel: parcel.code),
    ("收件人姓名", lambda parcel: parcel.recipient),
    ("收件人手机", _phone),
    ("省", _province),
    ("市", _city),
    ("区", _district),
    ("详细地址", _street),
    ("物品名称", _contents),
    ("物品数量", lambda _: "1"),
    ("重量(kg)", _kilograms),
    ("寄件人姓名", lambda parcel: parcel.place_zh),
    ("寄件人手机", _sender_phone),
    ("备注", lambda parcel: parcel.order_number),
)
_SF: Final[tuple[Column, ...]] = (
    ("用户订单号", lambda parcel: parcel.code),
    ("收方姓名", lambda parcel: parcel.recipient),
    ("收方手机号", _phone),
    ("收方详细地址", _address),
    ("寄方姓名", lambda parcel: parcel.place_zh),
    ("寄方手机号", _sender_phone),
    ("托寄物内容", _contents),
    ("包裹数量", lambda _: "1"),
    ("包裹重量(kg)", _kilograms),
    ("备注", lambda parcel: parcel.order_number),
)
_OF_CARRIER: Final = {"sf": _SF}


@dataclass(frozen=True, slots=True)
class BatchTable:
    """The headings first. Nothing but what a courier must know: no price, no pickup code."""

    carrier: str
    rows: list[list[str]]


def batch_table(
    session: Session, carrier: str, chosen: Collection[str], *, by: Reach, now: datetime
) -> BatchTable:
    """Courier parcels that stand packed, the first packed first: the chosen ones, else all, at most 500.

    They leave the shop with addresses and telephones, so the trail says who fetched how many. Raises NotFound for a
    carrier that nobody knows.
    """
    if carrier not in CARRIERS:
        raise NotFound()
    waiting = ParcelFilter(look=ParcelStatus.PACKED, delivery=DeliveryKind.COURIER)
    wanted = codes(session, by, waiting, limit=MOST_ROWS)
    if chosen:
        wanted = [code for code in wanted if code in set(chosen)]
    columns = _OF_CARRIER.get(carrier, _COMMON)
    rows = [_row(columns, label.parcel) for label in labels(session, wanted, by)]
    if rows:
        facts = {"carrier": carrier, "parcels": len(rows)}
        audit(session, by.user_id, "parcels.table_fetched", "parcels", carrier, facts, now=now)
    return BatchTable(carrier, [[heading for heading, _ in columns], *rows])


def _row(columns: Sequence[Column], parcel: ParcelRow) -> list[str]:
    return [cell(parcel) for _, cell in columns]
