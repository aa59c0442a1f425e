"""What a recipient asked to be put right on the order that stands in their name: by the desk, with its request."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.contacts import normalise_mobile
from shop.accounts.privacy_models import UNSETTLED, AboutWhat, AskedFor, PrivacyRequest
from shop.campaigns.own_models import CampaignParcel, HomeAddress
from shop.fulfilment.before_packing import nothing_is_packed
from shop.gifts.models import GiftRecipient
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import DeliveryKind, Order, OrderStatus
from shop.privacy.asking import locked
from shop.privacy.desk import Settled, read_request
from shop.privacy.mapping import Received
from shop.privacy.people import person_of

LONGEST_NAME: Final = 60
LONGEST_STREET: Final = 200
CORRECTED: Final = "recipient_corrected"
_FILL_IN: Final = msg("Please fill this in.")
_ENDED: Final = frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED})


class OnItsWayAlready(Conflict):
    code = "on_its_way_already"
    default_message = msg("It is packed and on its way with these words. Correct it once it has arrived.")


def to_correct(session: Session, number: str) -> tuple[Received, Order]:
    """What the form begins with. Raises NotFound for a request for something else, Settled."""
    return _wished(session, read_request(session, number).request)


def _wished(session: Session, request: PrivacyRequest) -> tuple[Received, Order]:
    if request.about is not AboutWhat.RECIPIENT or request.kind is not AskedFor.CORRECTION:
        raise NotFound()
    if request.status not in UNSETTLED:
        raise Settled()
    received = person_of(session, request.about, request.about_id).received
    if received is None:
        raise NotFound()
    return received, session.get_one(Order, received.order_id)


def correct_received(
    session: Session, number: str, *, name: str, phone: str, street: str, actor_id: int, now: datetime
) -> bool:
    """Name, telephone and, of a parcel, street; an empty telephone leaves the one that stands there. False where nothing
    is new. Locks the order. Raises NotFound, Settled, OnItsWayAlready or InvalidInput.
    """
    received, _ = _wished(session, locked(session, number))
    order = lock_order(session, received.order_id)
    if order.status not in _ENDED and not nothing_is_packed(session, order.id):
        raise OnItsWayAlready()
    put = _judged(order, received, tidy(name), tidy(phone), tidy(street))
    new = {column: value for column, value in put.items() if getattr(order, column) != value}
    if not new:
        return False
    for column, value in new.items():
        setattr(order, column, value)
    _correct_lists(session, order, new)
    note(session, order.id, CORRECTED, now, actor_id)
    audit(session, actor_id, f"order.{CORRECTED}", "order", order.number, now=now)
    return True


def _judged(order: Order, received: Received, name: str, phone: str, street: str) -> dict[str, str]:
    """Raises InvalidInput with a sentence for every field that is wrong."""
    errors: dict[str, str] = {}
    put = {"recipient": name}
    if not name:
        errors["recipient"] = _FILL_IN
    elif len(name) > LONGEST_NAME:
        errors["recipient"] = msg("At most %(longest)s characters.")
    if phone and phone != received.phone:
        try:
            put["phone"] = normalise_mobile(phone)
        except InvalidInput as error:
            errors["phone"] = next(iter(error.errors.values()))
    if order.delivery is DeliveryKind.COURIER:
        put["street"] = street
        if not street:
            errors["street"] = _FILL_IN
        elif len(street) > LONGEST_STREET:
            errors["street"] = msg("At most %(longest)s characters.")
    if errors:
        raise InvalidInput(errors=errors, longest=LONGEST_NAME if "recipient" in errors else LONGEST_STREET)
    return put


def _correct_lists(session: Session, order: Order, new: dict[str, str]) -> None:
    """The same person stands on the list of a gift, or in a campaign's address."""
    as_there = {"name" if column == "recipient" else column: value for column, value in new.items()}
    session.flush()
    listed = sa.update(GiftRecipient).where(GiftRecipient.order_id == order.id)
    as_typed = {"address": new["street"]} if "street" in new else {}
    session.execute(listed.values(**as_there, **as_typed))
    members = sa.select(CampaignParcel.member_id).where(CampaignParcel.order_id == order.id)
    session.execute(sa.update(HomeAddress).where(HomeAddress.member_id.in_(members)).values(**as_there))
