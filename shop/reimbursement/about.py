"""What papers can be asked for, and whose they are. What is another organisation's looks like none at all."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation
from shop.accounts.organisations import Membership, require_org_role
from shop.campaigns.access import desk_of
from shop.campaigns.models import Campaign
from shop.campaigns.order_places import all_orders
from shop.gifts.models import Gift
from shop.invoicing.models import Invoice, InvoiceOrder, InvoiceStatus
from shop.kit.errors import NotFound
from shop.kit.text import form_number
from shop.ordering.gift_models import OrderGift
from shop.ordering.models import Order
from shop.quotations.models import Quotation, QuotationAgreement
from shop.reimbursement.models import PackKind

_NO_BILL = (InvoiceStatus.MERGED, InvoiceStatus.WITHDRAWN)


@dataclass(frozen=True)
class About:
    """`record_id` of the campaign, the gift or the invoice; `title` as its organisation calls it."""

    kind: PackKind
    ref: str
    organisation: Organisation
    title: str
    order_ids: tuple[int, ...]
    record_id: int | None = None


def about_of_member(
    session: Session, slug: str, kind: str, ref: str, user_id: int
) -> tuple[About, Membership]:
    """Raises NotFound, also for who sees only a part of a campaign."""
    here = require_org_role(session, slug, user_id)
    if kind not in set(PackKind):
        raise NotFound()
    about = find_about(session, here.organisation, PackKind(kind), ref)
    if about.kind is PackKind.CAMPAIGN and not desk_of(session, about.record_id or 0, user_id).sees_all:
        raise NotFound()
    return about, here


def find_about(session: Session, organisation: Organisation, kind: PackKind, ref: str) -> About:
    """Raises NotFound, also before something of it was ordered."""
    found = _FINDERS[kind](session, organisation, ref)
    if not found.order_ids:
        raise NotFound()
    return found


def _order(session: Session, organisation: Organisation, ref: str) -> About:
    order = Order.number == ref
    return About(PackKind.ORDER, ref, organisation, "", _ids(session, organisation, order))


def _campaign(session: Session, organisation: Organisation, ref: str) -> About:
    campaign = session.get(Campaign, _number(ref))
    if campaign is None or campaign.organisation_id != organisation.id:
        raise NotFound()
    ids = _ids(session, organisation, Order.id.in_(all_orders(campaign.id)))
    return About(PackKind.CAMPAIGN, ref, organisation, campaign.title, ids, campaign.id)


def _quotation(session: Session, organisation: Organisation, ref: str) -> About:
    quotation = session.scalar(
        sa.select(Quotation).where(Quotation.number == ref, Quotation.organisation_id == organisation.id)
    )
    if quotation is None:
        raise NotFound()
    of_it = sa.select(QuotationAgreement.order_id).where(
        QuotationAgreement.quotation_id == quotation.id, QuotationAgreement.ended_at.is_(None)
    )
    ids = _ids(session, organisation, Order.id.in_(of_it))
    return About(PackKind.QUOTATION, ref, organisation, quotation.title, ids, quotation.id)


def _gift(session: Session, organisation: Organisation, ref: str) -> About:
    gift = session.get(Gift, _number(ref))
    if gift is None or gift.organisation_id != organisation.id:
        raise NotFound()
    of_it = sa.select(OrderGift.order_id).where(OrderGift.gift_id == gift.id)
    ids = _ids(session, organisation, Order.id.in_(of_it))
    return About(PackKind.GIFT, ref, organisation, gift.name, ids, gift.id)


def _bill(session: Session, organisation: Organisation, ref: str) -> About:
    """Only where every order on it is this organisation's."""
    invoice = session.scalar(sa.select(Invoice).where(Invoice.number == ref, Invoice.status.not_in(_NO_BILL)))
    if invoice is None:
        raise NotFound()
    on_it = sa.select(InvoiceOrder.order_id).where(InvoiceOrder.invoice_id == invoice.id)
    ids = _ids(session, organisation, Order.id.in_(on_it))
    if len(ids) != len(session.scalars(on_it).all()):
        raise NotFound()
    return About(PackKind.BILL, ref, organisation, invoice.title, ids, invoice.id)


_FINDERS = {
    PackKind.ORDER: _order,
    PackKind.CAMPAIGN: _campaign,
    PackKind.QUOTATION: _quotation,
    PackKind.GIFT: _gift,
    PackKind.BILL: _bill,
}


def _ids(session: Session, organisation: Organisation, which: sa.ColumnElement[bool]) -> tuple[int, ...]:
    """What was confirmed of it: until then nothing is owed and nothing can be reimbursed."""
    own = sa.select(Order.id).where(
        which, Order.organisation_id == organisation.id, Order.confirmed_at.is_not(None)
    )
    return tuple(session.scalars(own.order_by(Order.id)))


def _number(ref: str) -> int:
    number = form_number(ref)
    if number is None:
        raise NotFound()
    return number
