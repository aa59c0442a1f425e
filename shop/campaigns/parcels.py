"""Delivery home at the close: one order for each member, as for each recipient of a gift, on the union's account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation
from shop.campaigns.home import ON_ACCOUNT, as_home, items_of
from shop.campaigns.member_models import CampaignMember, Choice, ChoiceLine, Standing
from shop.campaigns.models import Campaign
from shop.campaigns.order_places import placed
from shop.campaigns.own_models import CampaignParcel, HomeAddress
from shop.campaigns.reading import Offer
from shop.campaigns.signing import procurement_of
from shop.campaigns.swapping import Swap
from shop.inventory.allocation import Cap
from shop.kit.clock import shanghai_date
from shop.kit.text import msg
from shop.ordering.direct.placing import place_direct_order
from shop.ordering.direct.wish import DirectWish
from shop.ordering.models import Channel, InvoiceKind, Order
from shop.ordering.wish import InvoiceWish
from shop.storage.unit_of_work import UnitOfWork

FORGET_DAYS: Final = 30  # after the close an address has done its work
_AT_ONCE: Final = 200


def place_parcel(
    session: Session, campaign: Campaign, offer: Offer, swaps: Sequence[Swap], cap: Cap, *, now: datetime
) -> bool:
    """The order of the next member whose choice goes home; False when each has its own. The campaign is locked.

    Of a choice of which the harvest leaves nothing there is no parcel. Raises what placing an order raises.
    """
    for address, choice in session.execute(_waiting(campaign.id)):
        units = _units(session, choice.member_id, swaps)
        if not units:
            continue
        placed = place_direct_order(
            session, _wish(session, campaign, offer, address, choice, units, cap), now=now
        )
        session.add(
            CampaignParcel(member_id=choice.member_id, campaign_id=campaign.id, order_id=placed.order_id)
        )
        session.flush()
        return True
    return False


def count_homes(session: Session, campaign_id: int) -> int:
    counted = sa.select(sa.func.count(HomeAddress.member_id))
    counted = counted.join(CampaignMember, CampaignMember.id == HomeAddress.member_id)
    return session.scalar(counted.where(_counts(campaign_id))) or 0


def freight_by_member(session: Session, campaign_id: int) -> dict[int, int]:
    """In fen, of each choice that goes home."""
    freight = sa.select(Choice.member_id, Choice.freight_fen)
    freight = freight.join(HomeAddress, HomeAddress.member_id == Choice.member_id)
    freight = freight.join(CampaignMember, CampaignMember.id == Choice.member_id)
    return dict(session.execute(freight.where(_counts(campaign_id))).all())


def parcels_of(session: Session, campaign_id: int) -> dict[int, str]:
    """The number of each member's order."""
    rows = sa.select(CampaignParcel.member_id, Order.number).join(Order, Order.id == CampaignParcel.order_id)
    return dict(session.execute(rows.where(CampaignParcel.campaign_id == campaign_id)).all())


def parcel_number(session: Session, member_id: int) -> str | None:
    """Of the order that goes to this member's home."""
    wanted = sa.select(Order.number).join(CampaignParcel, CampaignParcel.order_id == Order.id)
    return session.scalar(wanted.where(CampaignParcel.member_id == member_id))


def orders_home(session: Session, member_id: int) -> Sequence[Order]:
    """All that go to this member's home, the oldest first. One statement."""
    one = placed()
    wanted = sa.select(Order).join(one, one.c.order_id == Order.id).where(one.c.member_id == member_id)
    return session.scalars(wanted.order_by(Order.id)).all()


def forget_homes(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Delete addresses some days after the close, or the last word of a campaign that never closed; returns how many."""
    return unit_of_work.run(lambda session: _forget(session, now))


def _forget(session: Session, now: datetime) -> int:
    before = shanghai_date(now) - timedelta(days=FORGET_DAYS)
    old = (
        sa.select(CampaignMember.id)
        .join(Campaign, Campaign.id == CampaignMember.campaign_id)
        .where(Campaign.distribution_on < before)
    )
    gone = session.connection().execute(sa.delete(HomeAddress).where(HomeAddress.member_id.in_(old)))
    return gone.rowcount


def _counts(campaign_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(CampaignMember.campaign_id == campaign_id, CampaignMember.standing != Standing.TAKEN_BACK)


def _waiting(campaign_id: int) -> sa.Select[HomeAddress, Choice]:
    return (
        sa.select(HomeAddress, Choice)
        .join(Choice, Choice.member_id == HomeAddress.member_id)
        .join(CampaignMember, CampaignMember.id == HomeAddress.member_id)
        .outerjoin(CampaignParcel, CampaignParcel.member_id == HomeAddress.member_id)
        .where(_counts(campaign_id), CampaignParcel.member_id.is_(None))
        .order_by(HomeAddress.member_id)
        .limit(_AT_ONCE)
    )


def _units(session: Session, member_id: int, swaps: Sequence[Swap]) -> dict[int, int]:
    """Of one choice, after the rule for a short harvest."""
    rows = sa.select(ChoiceLine.variant_id, ChoiceLine.quantity).where(ChoiceLine.member_id == member_id)
    units = Counter[int](dict(session.execute(rows).all()))
    for swap in swaps:
        if swap.member_id == member_id:
            units[swap.variant_id] -= swap.quantity
            if swap.substitute_id is not None:
                units[swap.substitute_id] += swap.instead
    return dict(+units)


def _wish(
    session: Session,
    campaign: Campaign,
    offer: Offer,
    address: HomeAddress,
    choice: Choice,
    units: dict[int, int],
    cap: Cap,
) -> DirectWish:
    organisation, home = session.get_one(Organisation, campaign.organisation_id), as_home(address)
    begun = f"{campaign.closing_at:%Y%m%d%H%M%S%f}" if campaign.closing_at else ""
    return DirectWish(
        token=f"campaign-{campaign.id}-home-{choice.member_id}-{begun}",
        items=items_of(offer, units),
        recipient=home.recipient,
        delivery=home.courier,
        payment_method=ON_ACCOUNT,
        channel=Channel.CAMPAIGN,
        user_id=campaign.closing_by_id,
        organisation_id=campaign.organisation_id,
        note=campaign.title,
        invoice=InvoiceWish(InvoiceKind.ORGANISATION, organisation.invoice_title, organisation.tax_number),
        cap=cap,
        procurement=procurement_of(campaign),
        preorder_terms=msg("As agreed in the campaign: its rule for a short harvest."),
        freight_fen=choice.freight_fen,
    )
