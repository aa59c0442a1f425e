"""After the close members have what stands in the orders: what leaves an order leaves the choices, and they are told.

Of an order that was called off, or whose price went back in whole, whoever has not got theirs gets nothing. Units that
nobody has are taken from the default packages first, then from who chose last, as at the close; unit by unit. What the
rule agreed beforehand names goes instead of them, as far as it can be had (`instead.py`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.campaigns.after_models import InsteadOrder, Loss, OrderChange, Why
from shop.campaigns.day.standing import IS_AT_POINT, with_standing
from shop.campaigns.defaults import recount
from shop.campaigns.instead import (
    accept,
    ask_for_invoice,
    give_up,
    held_for,
    hold_instead,
    is_unpaid,
    may_be_replaced,
    put_instead,
    to_be_had,
    units_of_order,
)
from shop.campaigns.locking import lock_campaign
from shop.campaigns.losing import lose
from shop.campaigns.member_models import CampaignMember, Choice, ChoiceLine, ChosenBy
from shop.campaigns.models import Campaign, CampaignState
from shop.campaigns.order_places import place_of, placed
from shop.campaigns.reading import read_offer
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.ordering.what_stands import IS_GONE, UNITS
from shop.storage.unit_of_work import UnitOfWork

AT_ONCE: Final = 200
_TURNS: Final = 8


@dataclass(frozen=True, slots=True)
class Promised:
    """One line of a choice that an order holds. `may_fall`: nobody has handed it out yet."""

    member_id: int
    variant_id: int
    quantity: int
    price_fen: int
    may_fall: bool


@dataclass(frozen=True, slots=True)
class Place:
    """One order of a closed campaign, and the point, or the member whose home it goes to."""

    campaign: Campaign
    order_id: int
    member_id: int | None
    point_id: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """`lost`: members who lost something by it."""

    lost: int
    is_last: bool


def follow_orders(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Each order that changed; how many members lost something. Harmless to repeat, killed anywhere it goes on."""
    changed = unit_of_work.run(_changed)
    return sum(follow_order(unit_of_work, one, now=now) for one in changed)


def follow_order(unit_of_work: UnitOfWork, order_id: int, *, now: datetime) -> int:
    """How many members lost something. Where what goes instead is refused, they lose it as if nothing had been agreed."""
    lost, replaces = 0, True
    for _turn in range(_TURNS):
        try:
            step = unit_of_work.run(partial(take_step, order_id=order_id, replaces=replaces, now=now))
        except (Conflict, InvalidInput, NotFound):
            if not replaces:
                raise
            replaces = False
            continue
        lost += step.lost
        if step.is_last:
            break
    return lost


def take_step(session: Session, order_id: int, *, replaces: bool = True, now: datetime) -> Step:
    """Locks the campaign; while it is being closed the change waits.

    Raises what an order of goods that go instead is refused for.
    """
    whose = session.execute(place_of(order_id)).one_or_none()
    campaign = lock_campaign(session, whose.campaign_id) if whose is not None else None
    if campaign is not None and campaign.state is CampaignState.CLOSING:
        return Step(0, is_last=True)
    seen = session.scalars(sa.select(OrderChange.id).where(OrderChange.order_id == order_id)).all()
    if campaign is not None and whose is not None and campaign.state is CampaignState.CLOSED:
        place = Place(campaign, order_id, whose.member_id, whose.pickup_point_id)
        step = _follow(session, place, replaces and whose.for_order_id is None, now)
        if not step.is_last:
            return step
    else:
        step = Step(0, is_last=True)
    session.execute(sa.delete(OrderChange).where(OrderChange.id.in_(seen)))
    return step


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


def _follow(session: Session, place: Place, replaces: bool, now: datetime) -> Step:
    """What goes instead is held first, then accepted while the choices follow, then billed."""
    losses = _losses(session, place, now)
    held = held_for(session, place.order_id)
    given = _hold(session, place, losses, held, now) if losses and replaces else None
    if held is None:
        if given is not None:
            return Step(0, is_last=False)
        if not losses:
            return Step(0, is_last=not ask_for_invoice(session, place.campaign, place.order_id, now=now))
        return Step(_lose(session, place, losses, now), is_last=True)
    if not given or given != units_of_order(session, held.order_id) or not is_unpaid(session, held.order_id):
        give_up(session, held, now=now)
        return Step(0, is_last=False)
    accept(session, place.campaign, held, losses, now=now)
    return Step(_lose(session, place, losses, now), is_last=False)


def _hold(
    session: Session, place: Place, losses: Sequence[Loss], held: InsteadOrder | None, now: datetime
) -> Counter[int] | None:
    """Write into the losses what goes instead of them, of what is held, or is held now; None where there is nothing."""
    offer = read_offer(session, place.campaign.id)
    if not may_be_replaced(offer, losses, now=now):
        return None
    units = to_be_had(session, offer, now=now)
    if held is not None:  # is it still what would be held now?
        return put_instead(offer, losses, units + units_of_order(session, held.order_id))
    units = put_instead(offer, losses, units)
    if not units:
        return None
    hold_instead(session, place.campaign, offer, losses, units, member_id=place.member_id, now=now)
    return units


def _losses(session: Session, place: Place, now: datetime) -> list[Loss]:
    """As they fall."""
    status, is_gone = session.execute(
        sa.select(Order.status, IS_GONE).where(Order.id == place.order_id)
    ).one()
    why = Why.SHORT
    if is_gone:
        why = Why.CALLED_OFF if status is OrderStatus.CANCELLED else Why.REFUNDED
    return [
        Loss(
            member_id=one.member_id, order_id=place.order_id, variant_id=one.variant_id, quantity=one.quantity,
            price_fen=one.price_fen, why=why, at=now, instead=0, instead_fen=0,
        )
        for one in missing_of(_promised(session, place), _standing(session, place))
    ]  # fmt: skip


def _lose(session: Session, place: Place, losses: Sequence[Loss], now: datetime) -> int:
    by_member: dict[int, list[Loss]] = defaultdict(list)
    for one in losses:
        by_member[one.member_id].append(one)
    lose(session, place.campaign, by_member, losses[0].why)
    recount(session, place.campaign.id)
    facts = {
        "order": session.scalar(sa.select(Order.number).where(Order.id == place.order_id)),
        "people": len(by_member),
        "units": sum(one.quantity for one in losses),
        "instead": sum(one.instead for one in losses),
    }
    audit(session, None, "campaign.goods_lost", "campaign", place.campaign.id, facts, now=now)
    return len(by_member)


def _standing(session: Session, place: Place) -> dict[int, int]:
    """Units by variant, in all orders of the same point or home."""
    one = placed()
    rows = session.execute(
        sa.select(OrderLine.variant_id, UNITS)
        .join(Order, Order.id == OrderLine.order_id)
        .join(one, one.c.order_id == Order.id)
        .where(
            one.c.campaign_id == place.campaign.id,
            one.c.member_id == place.member_id
            if place.member_id is not None
            else one.c.pickup_point_id == place.point_id,
        )
    )
    found = Counter[int]()
    for variant_id, units in rows:
        found[variant_id] += units
    return dict(found)


def _promised(session: Session, place: Place) -> list[Promised]:
    """Default packages first, then who chose last. Who has a parcel sent home has nothing that is handed out."""
    mine = Choice.pickup_point_id == place.point_id
    if place.member_id is not None:
        mine = CampaignMember.id == place.member_id
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
        .where(CampaignMember.campaign_id == place.campaign.id, mine)
        .order_by(
            sa.case((Choice.chosen_by == ChosenBy.DEFAULT, 0), else_=1),
            Choice.changed_at.desc(),
            CampaignMember.id.desc(),
            ChoiceLine.variant_id,
        )
    )
    return [Promised(who, what, count, fen, bool(falls)) for who, what, count, fen, falls in rows]
