"""Units of a campaign's goods that members buy with their own money: they are there for nobody else."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.member_models import CampaignMember
from shop.campaigns.models import CampaignGood, CampaignState
from shop.campaigns.own_models import TopUp
from shop.campaigns.reading import Offer
from shop.inventory.models import Allocation, AllocationStatus
from shop.ordering.models import OrderLine

_GONE = (AllocationStatus.HELD, AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)


def own_units_of(session: Session, offer: Offer) -> Mapping[int, int]:
    """By good. From the beginning of a close those of that moment: what it orders changes with no own order."""
    if offer.campaign.state in {CampaignState.CLOSING, CampaignState.CLOSED}:
        return {key: good.row.own_at_close or 0 for key, good in offer.goods.items()}
    return _live_units(session, offer.campaign.id)


def keep_own_units(session: Session, campaign_id: int) -> None:
    """As they are when a close begins. The campaign is locked."""
    live = _live_units(session, campaign_id)
    for good in session.scalars(sa.select(CampaignGood).where(CampaignGood.campaign_id == campaign_id)):
        good.own_at_close = live.get(good.variant_id, 0)
    session.flush()


def units_bought(session: Session, campaign_id: int) -> dict[int, int]:
    """By variant with lots: what these orders have taken out of what is to be had. Of a box, what it holds."""
    units = sa.cast(sa.func.sum(Allocation.units), sa.BigInteger)
    rows = session.execute(
        _of_campaign(sa.select(Allocation.variant_id, units), campaign_id)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .where(Allocation.status.in_(_GONE))
        .group_by(Allocation.variant_id)
    )
    return dict(rows.all())


def _live_units(session: Session, campaign_id: int) -> dict[int, int]:
    units = sa.cast(sa.func.sum(OrderLine.quantity), sa.BigInteger)
    rows = _of_campaign(sa.select(OrderLine.variant_id, units), campaign_id)
    return dict(session.execute(rows.group_by(OrderLine.variant_id)).all())


def _of_campaign(columns: sa.Select[int, int], campaign_id: int) -> sa.Select[int, int]:
    """Lines of orders that are not given up."""
    return (
        columns.select_from(OrderLine)
        .join(TopUp, TopUp.order_id == OrderLine.order_id)
        .join(CampaignMember, CampaignMember.id == TopUp.member_id)
        .where(CampaignMember.campaign_id == campaign_id, TopUp.given_up_at.is_(None))
    )
