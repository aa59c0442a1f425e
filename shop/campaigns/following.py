"""After the close members have what stands in the orders: what leaves an order leaves the choices, and they are told.

Of an order that was called off, or whose price went back in whole, whoever has not got theirs gets nothing. Units that
nobody has are taken from the default packages first, then from who chose last, as at the close; unit by unit.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.campaigns.after_models import Loss, OrderChange, Why
from shop.campaigns.day.standing import IS_AT_POINT, with_standing
from shop.campaigns.defaults import recount
from shop.campaigns.locking import lock_campaign
from shop.campaigns.losing import lose
from shop.campaigns.member_models import CampaignMember, Choice, ChoiceLine, ChosenBy
from shop.campaigns.models import Campaign, CampaignOrder, CampaignState
from shop.campaigns.own_models import CampaignParcel
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.ordering.what_stands import IS_GONE, UNITS
from shop.storage.unit_of_work import UnitOfWork

AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Promised:
    """One line of a choice that an order holds. `may_fall`: nobody has handed it out yet."""

    member_id: int
    variant_id: int
    quantity: int
    price_fen: int
    may_fall: bool


def follow_orders(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Each order that changed, in a transaction of its own; how many members lost something. Harmless to repeat."""
    changed = unit_of_work.run(_changed)
    return sum(unit_of_work.run(partial(follow_order, order_id=one, now=now)) for one in changed)


def follow_order(session: Session, order_id: int, *, now: datetime) -> int:
    """How many members lost something. Locks the campaign; while it is being closed the change waits."""
    whose = session.execute(_whose(order_id)).one_or_none()
    campaign = lock_campaign(session, whose.campaign_id) if whose is not None else None
    if campaign is not None and campaign.state is CampaignState.CLOSING:
        return 0
    seen = session.scalars(sa.select(OrderChange.id).where(OrderChange.order_id == order_id)).all()
    lost = 0
    if campaign is not None and whose is not None and campaign.state is CampaignState.CLOSED:
        lost = _follow(session, campaign, order_id, whose.member_id, whose.pickup_point_id, now)
    session.execute(sa.delete(OrderChange).where(OrderChange.id.in_(seen)))
    return lost


def missing_of(promised: Sequence[Promised], units: dict[int, int]) -> list[Promised]:
    """What falls so that no more is promised than there is, from the front, with its quantity. Pure."""
    excess = Counter[int]()
    for one in promised:
        excess[one.variant_id] += one.quantity
    excess.subtract(units)
    found = []
    for one in promised:
        falls = min(excess[one.variant_id], one.quantity)
        if one.may_fall and falls > 0:
            found.append(Promised(one.member_id, one.variant_id, falls, one.price_fen, may_fall=True))
            excess[one.variant_id] -= falls
    return found


def _changed(session: Session) -> Sequence[int]:
    ids = sa.select(OrderChange.order_id).distinct().order_by(OrderChange.order_id)
    return session.scalars(ids.limit(AT_ONCE)).all()


def _whose(order_id: int) -> sa.CompoundSelect[Any]:
    """The campaign, and the point or the member whose parcel it is."""
    return sa.union_all(
        sa.select(
            CampaignOrder.campaign_id,
            CampaignOrder.pickup_point_id,
            sa.cast(sa.null(), sa.BigInteger).label("member_id"),
        ).where(CampaignOrder.order_id == order_id),
        sa.select(
            CampaignParcel.campaign_id, sa.cast(sa.null(), sa.BigInteger), CampaignParcel.member_id
        ).where(CampaignParcel.order_id == order_id),
    )


def _follow(
    session: Session,
    campaign: Campaign,
    order_id: int,
    member_id: int | None,
    point_id: int | None,
    now: datetime,
) -> int:
    status, number, is_gone = session.execute(
        sa.select(Order.status, Order.number, IS_GONE).where(Order.id == order_id)
    ).one()
    mine = CampaignMember.id == member_id if member_id is not None else Choice.pickup_point_id == point_id
    promised = _promised(session, campaign.id, mine)
    why = Why.SHORT
    if is_gone:
        why = Why.CALLED_OFF if status is OrderStatus.CANCELLED else Why.REFUNDED
    fallen = missing_of(promised, _standing(session, order_id))
    if not fallen:
        return 0
    by_member: dict[int, list[Loss]] = defaultdict(list)
    for one in fallen:
        by_member[one.member_id].append(
            Loss(
                member_id=one.member_id, order_id=order_id, variant_id=one.variant_id, quantity=one.quantity,
                price_fen=one.price_fen, why=why, at=now,
            )
        )  # fmt: skip
    lose(session, campaign, by_member, why)
    recount(session, campaign.id)
    facts = {"order": number, "people": len(by_member), "units": sum(one.quantity for one in fallen)}
    audit(session, None, "campaign.goods_lost", "campaign", campaign.id, facts, now=now)
    return len(by_member)


def _standing(session: Session, order_id: int) -> dict[int, int]:
    """Units by variant."""
    rows = session.execute(
        sa.select(OrderLine.variant_id, UNITS)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.id == order_id)
    )
    found = Counter[int]()
    for variant_id, units in rows:
        found[variant_id] += units
    return dict(found)


def _promised(session: Session, campaign_id: int, mine: sa.ColumnElement[bool]) -> list[Promised]:
    """Default packages first, then who chose last. Who has a parcel sent home has nothing that is handed out."""
    may_fall = sa.case((Choice.pickup_point_id.is_(None), sa.true()), else_=IS_AT_POINT)
    rows = session.execute(
        with_standing(
            sa.select(
                CampaignMember.id,
                ChoiceLine.variant_id,
                ChoiceLine.quantity,
                ChoiceLine.price_fen,
                may_fall,
            )
        )
        .join(ChoiceLine, ChoiceLine.member_id == CampaignMember.id)
        .where(CampaignMember.campaign_id == campaign_id, mine)
        .order_by(
            sa.case((Choice.chosen_by == ChosenBy.DEFAULT, 0), else_=1),
            Choice.changed_at.desc(),
            CampaignMember.id.desc(),
            ChoiceLine.variant_id,
        )
    )
    return [Promised(who, what, count, fen, bool(falls)) for who, what, count, fen, falls in rows]
