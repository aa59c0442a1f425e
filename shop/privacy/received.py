"""Who received what somebody else's account ordered: a copy of what concerns them alone, and its erasure.

Goods, amounts, payer and the payer's words are the buyer's. Of the recipient stand on the order a name, a telephone and an
address, the ways of its parcels, the row of a list, and a card that was written to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import AuditEntry, AuditPersonal
from shop.accounts.privacy_models import AboutWhat, PrivacyRequest
from shop.campaigns.own_models import CampaignParcel, HomeAddress
from shop.fulfilment.models import Parcel, ParcelJourney
from shop.fulfilment.waybills.models import Waybill
from shop.gifts.models import Gift, GiftRecipient
from shop.ordering.change_models import OrderChange
from shop.ordering.gift_models import OrderGift
from shop.ordering.locking import lock_order
from shop.ordering.models import Order
from shop.privacy.left_behind import forget_named_changes, forget_named_events, says
from shop.privacy.mapping import Person, Received
from shop.storage.outbox import OutboxMessage

Rows = Sequence[Mapping[str, Any]]
# Of where an order went before it was changed, what is its recipient's.
_THEIRS: Final = ("recipient", "phone", "province", "city", "district", "street")


def copy_of_received(session: Session, received: Received) -> dict[str, Rows]:
    """As `read_copy`, one statement for each table."""
    wanted = _of_order(received) | _of_lists(received)
    found = {name: [dict(row) for row in session.execute(rows).mappings()] for name, rows in wanted.items()}
    changes = (_of_recipient(row, received) for row in found["order_changes"])
    found["order_changes"] = [row for row in changes if row["before"] or row["after"]]
    return {name: rows for name, rows in found.items() if rows}


def _of_order(received: Received) -> dict[str, sa.Select[*tuple[Any, ...]]]:
    """Whom it was for, and the ways of its parcels."""
    order_id = received.order_id
    parcels = sa.select(Parcel.id).where(Parcel.order_id == order_id)
    phone = Order.phone if received.phone else sa.literal("").label("phone")
    return {
        "orders": sa.select(
            *(Order.number, Order.recipient, phone, Order.province, Order.city, Order.district, Order.street),
        ).where(Order.id == order_id),
        "order_changes": sa.select(OrderChange.at, OrderChange.before, OrderChange.after).where(
            OrderChange.order_id == order_id
        ),
        "parcels": sa.select(
            *(Parcel.code, Parcel.status, Parcel.carrier, Parcel.tracking_number, Parcel.shipped_at),
            *(Parcel.arrived_at, Parcel.delivered_at, Parcel.handed_over_at),
        ).where(Parcel.order_id == order_id),
        "parcel_journeys": sa.select(
            ParcelJourney.happened_at, ParcelJourney.state, ParcelJourney.says
        ).where(ParcelJourney.parcel_id.in_(parcels)),
        "waybills": sa.select(Waybill.carrier, Waybill.number, Waybill.says, Waybill.issued_at).where(
            Waybill.order_id == order_id
        ),
    }


def _of_lists(received: Received) -> dict[str, sa.Select[*tuple[Any, ...]]]:
    """Where a gift or a campaign has them, with the card; and what they asked."""
    order_id = received.order_id
    phone = GiftRecipient.phone if received.phone else sa.literal("").label("phone")
    return {
        "gift_recipients": sa.select(
            *(GiftRecipient.name, phone, GiftRecipient.address, GiftRecipient.province),
            *(GiftRecipient.city, GiftRecipient.district, GiftRecipient.street),
            Gift.card_text.label("card"),
        )
        .select_from(OrderGift)
        .join(Gift, Gift.id == OrderGift.gift_id)
        .outerjoin(GiftRecipient, GiftRecipient.order_id == OrderGift.order_id)
        .where(OrderGift.order_id == order_id),
        "campaign_home_addresses": sa.select(
            *(HomeAddress.name, HomeAddress.phone, HomeAddress.province, HomeAddress.city),
            *(HomeAddress.district, HomeAddress.street),
        ).where(HomeAddress.member_id.in_(_members(order_id))),
        "privacy_requests": sa.select(
            *(PrivacyRequest.number, PrivacyRequest.kind, PrivacyRequest.text, PrivacyRequest.contact),
            *(PrivacyRequest.asked_at, PrivacyRequest.answer),
        ).where(PrivacyRequest.about == AboutWhat.RECIPIENT, PrivacyRequest.about_id == received.number),
    }


def forget_received(session: Session, person: Person, _now: datetime) -> None:
    """The recipient's fields; goods, amounts and what is the buyer's stay as they are. Harmless to repeat."""
    received = person.received
    if received is None:
        return
    order = lock_order(session, received.order_id)
    named = [one for one in (order.recipient, received.phone, order.street) if one]
    if says(order.note, named):
        order.note = ""
    order.recipient, order.city, order.district, order.street = "", None, None, None
    if received.phone:
        order.phone = ""
    session.flush()
    ids = [order.id]
    forget_named_changes(session, ids, named)
    forget_named_events(session, ids, named)
    parcels = sa.select(Parcel.id).where(Parcel.order_id == order.id)
    theirs: tuple[tuple[Any, sa.ColumnElement[bool], dict[str, Any]], ...] = (
        (ParcelJourney, ParcelJourney.parcel_id.in_(parcels), {"says": ""}),
        (Waybill, Waybill.order_id == order.id, {"says": ""}),
        (
            GiftRecipient,
            GiftRecipient.order_id == order.id,
            dict.fromkeys(("name", "phone", "address", "city", "district", "street"), ""),
        ),
    )
    for entity, which, blank in theirs:
        session.execute(sa.update(entity).where(which).values(blank))
    session.execute(sa.delete(HomeAddress).where(HomeAddress.member_id.in_(_members(order.id))))
    if received.phone:
        written = OutboxMessage.payload["phone"].as_string() == received.phone
        session.execute(sa.delete(OutboxMessage).where(written, OutboxMessage.sent_at.is_not(None)))
    _forget_named_trail(session, received, named)


def _members(order_id: int) -> sa.Select[int]:
    """Whose welfare it is, where a campaign sent it to somebody's home."""
    return sa.select(CampaignParcel.member_id).where(CampaignParcel.order_id == order_id)


def _of_recipient(change: Mapping[str, Any], received: Received) -> dict[str, Any]:
    """Without what the team or the buyer changed of goods, and without a telephone that is the buyer's."""
    hidden = set() if received.phone else {"phone"}
    kept = [name for name in _THEIRS if name not in hidden]
    return {
        name: {key: value[key] for key in kept if key in value} if isinstance(value, dict) else value
        for name, value in change.items()
    }


def _forget_named_trail(session: Session, received: Received, named: Sequence[str]) -> None:
    """The erasable part of entries that name them; the chain holds its digest alone, and stays whole."""
    statement = (
        sa.select(AuditPersonal)
        .join(AuditEntry, AuditEntry.id == AuditPersonal.entry_id)
        .where(AuditEntry.subject_type == "order", AuditEntry.subject_id == received.number)
    )
    for entry in session.scalars(statement):
        if says(entry.facts, named):
            session.delete(entry)
    session.flush()
