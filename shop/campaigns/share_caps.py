"""One household's part of a whole close: what the orders before took of it counts for those that follow, parcels too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings
from shop.campaigns.member_models import CampaignMember, ChoiceLine, Standing
from shop.campaigns.models import Campaign
from shop.campaigns.order_places import all_orders
from shop.campaigns.swapping import Swap
from shop.catalogue.models import BundleItem
from shop.inventory.allocation import Cap, cap_of
from shop.inventory.models import Allocation, AllocationStatus, LotShare
from shop.ordering.models import OrderLine

_COUNTS = (AllocationStatus.HELD, AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)


class SharesOfAClose:
    """Kept by a worker between its steps, so that each order reads only what those since the last one took.

    It holds what is committed and nothing else: a worker that begins anew reads the same.
    """

    def __init__(self) -> None:
        self._close: tuple[int, datetime | None] | None = None
        self._until = 0  # the last order that is counted
        self._most: dict[int, int] = {}
        self._supplied = Counter[tuple[int, int]]()

    def cap(self, session: Session, campaign: Campaign, swaps: Sequence[Swap]) -> Cap:
        """For the next order. The campaign is locked, and everybody has what they get."""
        close = (campaign.id, campaign.closing_at)
        if close != self._close:
            percent = read_shop_settings(session).campaign_share_percent
            self._close, self._until, self._supplied = close, 0, Counter()
            self._most = cap_of(_units(session, campaign.id, swaps), percent * 100)
        ids = _orders_after(session, campaign.id, self._until)
        if ids:
            self._until = max(ids)
            self._supplied.update(_supplied(session, ids))
        return Cap(self._most, self._supplied)


def _orders_after(session: Session, campaign_id: int, order_id: int) -> Sequence[int]:
    mine = all_orders(campaign_id).subquery()
    return session.scalars(sa.select(mine.c.order_id).where(mine.c.order_id > order_id)).all()


def _supplied(session: Session, order_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """By variant and household, in units × 10,000."""
    units = sa.cast(sa.func.sum(Allocation.units * LotShare.share_bp), sa.BigInteger)
    rows = session.execute(
        sa.select(Allocation.variant_id, LotShare.household_id, units)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(LotShare, LotShare.lot_id == Allocation.lot_id)
        .where(OrderLine.order_id.in_(order_ids), Allocation.status.in_(_COUNTS))
        .group_by(Allocation.variant_id, LotShare.household_id)
    )
    return {(variant_id, household_id): count for variant_id, household_id, count in rows}


def _units(session: Session, campaign_id: int, swaps: Sequence[Swap]) -> Counter[int]:
    """What the union buys in all after the rule for a short harvest, by variant with lots: a box is what it holds."""
    count = sa.cast(sa.func.sum(ChoiceLine.quantity), sa.BigInteger)
    chosen = session.execute(
        sa.select(ChoiceLine.variant_id, count)
        .join(CampaignMember, CampaignMember.id == ChoiceLine.member_id)
        .where(CampaignMember.campaign_id == campaign_id, CampaignMember.standing != Standing.TAKEN_BACK)
        .group_by(ChoiceLine.variant_id)
    )
    units = Counter[int](dict(chosen.all()))
    for swap in swaps:
        units[swap.variant_id] -= swap.quantity
        if swap.substitute_id is not None:
            units[swap.substitute_id] += swap.instead
    parts = session.execute(
        sa.select(BundleItem.bundle_id, BundleItem.component_id, BundleItem.units).where(
            BundleItem.bundle_id.in_(list(units))
        )
    ).all()
    for box_id, variant_id, each in parts:
        units[variant_id] += units[box_id] * each
    for box_id in {box_id for box_id, *_ in parts}:
        del units[box_id]
    return +units
