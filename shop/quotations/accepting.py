"""A version is accepted: the newest, in time; and its order is placed at the prices that it says. One order stands at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember, User
from shop.accounts.terms import BUYING_ROLES
from shop.kit.clock import shanghai_date
from shop.kit.errors import NotFound
from shop.ordering.direct.placing import place_direct_order
from shop.ordering.direct.wish import DirectWish, Item
from shop.ordering.models import Channel, DeliveryKind, InvoiceKind, Order
from shop.ordering.wish import Courier, InvoiceWish, Pickup, Recipient
from shop.quotations.access import ACCEPTS, Member, demand, lock_quotation
from shop.quotations.errors import (
    AcceptedOtherwise,
    CalledOffMeanwhile,
    NotToBeAccepted,
    OlderVersion,
    QuotationExpired,
)
from shop.quotations.models import (
    AcceptedBy,
    Quotation,
    QuotationAgreement,
    QuotationLine,
    QuotationState,
    QuotationVersion,
)
from shop.quotations.reading import newest_sent
from shop.quotations.reopening import reopen_if_called_off
from shop.quotations.transitions import QUOTATIONS


@dataclass(frozen=True, slots=True)
class Accepted:
    """The order that was placed, for whose account; `is_new` the first time."""

    order_id: int
    order_number: str
    buyer_id: int | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes to one version, to be paid in this way. `after`: the number of the order that was called off before, if one was."""

    number: str
    version: int
    payment_method: str
    how: AcceptedBy = AcceptedBy.ONLINE
    language: str = "zh"
    after: str = ""


def accept_version(session: Session, member: Member, answer: Answer, *, now: datetime) -> Accepted:
    """Order what the newest version says, for what it says. Accepted twice, it is the same order.

    Where that order was called off before it was carried out, it can be accepted again, by who has seen that.
    Locks the quotation, so that several who press at once take turns, then what placing an order locks.
    Raises NotFound, NotYourPart, OlderVersion, AcceptedOtherwise, NotToBeAccepted, CalledOffMeanwhile, QuotationExpired, and what
    `place_direct_order` raises, such as SoldOut or RunClosed; then nothing is accepted and nothing ordered.
    """
    demand(member, ACCEPTS)
    quotation = lock_quotation(session, answer.number, member.organisation_id)
    reopen_if_called_off(session, quotation, now=now)
    known = _agreed(session, quotation, answer.version)
    if known is not None:
        return known
    version = _judge(session, quotation, answer.version, now)
    before = _called_off(session, quotation.id)
    if answer.after != (before[-1] if before else ""):
        raise CalledOffMeanwhile()
    token = ":".join(["quotation", str(quotation.id), *([str(len(before))] if before else [])])
    buyer_id = buyer_of(session, quotation, member)
    wish = _wish(session, quotation, version, buyer_id, answer, token)
    placed = place_direct_order(session, wish, now=now)
    quotation.state = QUOTATIONS.step(quotation.state, QuotationState.ACCEPTED)
    quotation.waits_since = now
    session.add(
        QuotationAgreement(
            quotation_id=quotation.id,
            version_id=version.id,
            order_id=placed.order_id,
            how=answer.how,
            accepted_at=now,
            accepted_by_id=member.user_id,
        )
    )
    session.flush()
    return Accepted(placed.order_id, placed.number, buyer_id, is_new=True)


def _agreed(session: Session, quotation: Quotation, version: int) -> Accepted | None:
    """What was agreed before. Raises AcceptedOtherwise when that was another version."""
    row = session.execute(
        sa.select(Order.id, Order.number, Order.user_id, QuotationVersion.number.label("version"))
        .join(QuotationAgreement, QuotationAgreement.order_id == Order.id)
        .join(QuotationVersion, QuotationVersion.id == QuotationAgreement.version_id)
        .where(QuotationAgreement.quotation_id == quotation.id, QuotationAgreement.ended_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    if row.version != version:
        raise AcceptedOtherwise()
    return Accepted(row.id, row.number, row.user_id, is_new=False)


def _called_off(session: Session, quotation_id: int) -> Sequence[str]:
    """The numbers of the orders that came of it before, the newest last."""
    statement = (
        sa.select(Order.number)
        .join(QuotationAgreement, QuotationAgreement.order_id == Order.id)
        .where(QuotationAgreement.quotation_id == quotation_id)
        .order_by(Order.id)
    )
    return session.scalars(statement).all()


def _judge(session: Session, quotation: Quotation, number: int, now: datetime) -> QuotationVersion:
    newest = newest_sent(session, quotation.id)
    if newest is None:
        raise NotFound()
    if newest.number != number:
        raise OlderVersion()
    if quotation.state is not QuotationState.QUOTED:
        raise NotToBeAccepted()
    if newest.valid_until < shanghai_date(now):
        raise QuotationExpired(day=newest.valid_until.isoformat())
    return newest


def buyer_of(session: Session, quotation: Quotation, member: Member) -> int | None:
    """For whose account it is ordered: who accepts, or, where that is an approver, who asked and still buys for it."""
    if member.role in BUYING_ROLES:
        return member.user_id
    return session.scalar(
        sa.select(OrganisationMember.user_id).where(
            OrganisationMember.organisation_id == quotation.organisation_id,
            OrganisationMember.user_id == quotation.requested_by_id,
            OrganisationMember.role.in_(BUYING_ROLES),
        )
    )


def _wish(
    session: Session,
    quotation: Quotation,
    version: QuotationVersion,
    buyer_id: int | None,
    answer: Answer,
    token: str,
) -> DirectWish:
    organisation = session.get_one(Organisation, quotation.organisation_id)
    buyer = session.get(User, buyer_id) if buyer_id is not None else None
    lines = session.scalars(
        sa.select(QuotationLine).where(QuotationLine.version_id == version.id).order_by(QuotationLine.id)
    )
    return DirectWish(
        token=token,
        items=tuple(Item(one.variant_id, one.quantity, one.unit_price_fen) for one in lines),
        recipient=Recipient(quotation.contact, quotation.phone, buyer.email if buyer else None),
        delivery=_way(version),
        payment_method=answer.payment_method,
        channel=Channel.QUOTATION,
        user_id=buyer_id,
        organisation_id=organisation.id,
        unit_id=buyer.unit_id if buyer else None,
        language=answer.language,
        note=" ".join(one for one in (version.days, version.place) if one)[:300],
        invoice=InvoiceWish(InvoiceKind.ORGANISATION, organisation.invoice_title, organisation.tax_number),
        freight_fen=version.freight_fen,
        off_fen=version.discount_fen,
    )


def _way(version: QuotationVersion) -> Pickup | Courier:
    if version.delivery is DeliveryKind.PICKUP:
        return Pickup(version.pickup_point_id or 0, version.run_id or 0)
    return Courier(version.province or "", version.city or "", version.district or "", version.address or "")
