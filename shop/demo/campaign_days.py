"""A welfare campaign of the demo's union on its day: brought by a truck of its own, half of it handed out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.campaigns.approval_queries import last_request
from shop.campaigns.approving import approve_bill
from shop.campaigns.beginning import begin_closing
from shop.campaigns.choosing import Chooser, Wish, choose
from shop.campaigns.closing import close_one
from shop.campaigns.day.collecting import name_collector
from shop.campaigns.day.handing import hand_out, undo_handout
from shop.campaigns.day.hands import Hand, keepers_hand
from shop.campaigns.day.models import Way
from shop.campaigns.day.piles import take_pile
from shop.campaigns.enrolling import import_members
from shop.campaigns.member_models import CampaignMember, CampaignUnit, Choice, ChosenBy
from shop.campaigns.models import Campaign, CampaignOrder, CampaignState
from shop.campaigns.offering import save_slot
from shop.campaigns.opening import open_campaign
from shop.campaigns.planning import Plan
from shop.campaigns.reading import read_offer
from shop.campaigns.setting_up import make_campaign
from shop.delivery.models import PointKeeper, Run, RunStop
from shop.delivery.runs import active_points
from shop.demo.campaigns import ALLOWANCE_FEN, campaign_buyer, campaign_goods, member_table, offer_goods
from shop.demo.organisations import LEADER
from shop.fulfilment.handover import hand_over
from shop.fulfilment.models import Task
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER, keeper
from shop.fulfilment.receiving import receive
from shop.fulfilment.runs import arrive, depart, load
from shop.kit.clock import shanghai_date, shanghai_midnight
from shop.kit.errors import ShopError
from shop.ordering.models import Order
from shop.storage.unit_of_work import UnitOfWork

MEMBERS: Final = 48
KEEPER: Final = "point@demo.example"
_TOKEN: Final = "demo-campaign-day"  # noqa: S105  the name of a form
_CAPACITY_G: Final = 900_000


@dataclass(frozen=True)
class _Sent:
    """An order of the campaign with its truck, its tasks and where they are packed."""

    order: Order
    run: Run
    tasks: Sequence[int]
    places: Sequence[int]


def add_campaign_day(unit_of_work: UnitOfWork, *, now: datetime) -> None:
    """Nothing where the union, goods or points are missing, or where it is there already."""
    then = now - timedelta(days=9)
    campaign_id = unit_of_work.run(partial(_set_up, then=then, now=now))
    if campaign_id is None:
        return
    try:
        unit_of_work.run(partial(_choose, campaign_id=campaign_id, now=then))
        unit_of_work.run(partial(_begin, campaign_id=campaign_id, now=then + timedelta(hours=20)))
        close_one(unit_of_work, campaign_id, now=then + timedelta(hours=20))
        if unit_of_work.run(partial(_is_closed, campaign_id=campaign_id)):
            _bring(unit_of_work, campaign_id)
            unit_of_work.run(partial(_hand_out, campaign_id=campaign_id))
    except ShopError:
        return  # sold out: what stands so far is there all the same


def _set_up(session: Session, then: datetime, now: datetime) -> int | None:
    buyer, goods, points = campaign_buyer(session), campaign_goods(session, now), active_points(session)
    known = session.scalar(sa.select(Campaign.id).where(Campaign.token == _TOKEN))
    if buyer is None or len(goods) < 4 or not points or known is not None:
        return None
    user_id, organisation_id = buyer
    day = shanghai_date(now) - timedelta(days=1)
    places = _places(session, [one.id for one in points])
    _add_truck(session, places, day_begins=shanghai_midnight(day), then=then)
    plan = Plan(
        "中秋福利（示例）",
        then,
        then + timedelta(hours=20),
        day,
        ALLOWANCE_FEN,
        True,
        "周老师",
        "13800000017",
    )
    campaign_id = make_campaign(session, organisation_id, plan, token=_TOKEN, actor_id=user_id, now=then)
    offer_goods(session, campaign_id, goods, user_id)
    for number, hour in enumerate((11, 11, 12, 12)):
        starts_at = shanghai_midnight(day) + timedelta(hours=hour)
        save_slot(
            session,
            campaign_id,
            point_id=places[number % len(places)],
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
            capacity=15,
            actor_id=user_id,
        )
    import_members(session, campaign_id, member_table(MEMBERS), whole=False, actor_id=user_id, now=then)
    _represent(session, campaign_id)
    open_campaign(session, campaign_id, actor_id=user_id, now=then)
    return campaign_id


def _add_truck(session: Session, point_ids: Sequence[int], *, day_begins: datetime, then: datetime) -> None:
    run = Run(
        code=f"demo-welfare-{shanghai_date(day_begins):%Y%m%d}",
        cutoff_at=then + timedelta(days=2),
        departs_at=day_begins - timedelta(hours=10),
        arrives_at=day_begins + timedelta(hours=8),
        capacity_g=_CAPACITY_G,
    )
    session.add(run)
    session.flush()
    session.add_all(
        RunStop(run_id=run.id, pickup_point_id=point_id, position=position)
        for position, point_id in enumerate(point_ids)
    )
    session.flush()


def _places(session: Session, point_ids: Sequence[int]) -> list[int]:
    """The keeper's point, and another one."""
    own = session.scalars(
        sa.select(PointKeeper.pickup_point_id).where(PointKeeper.user_id == _keeper_id(session))
    ).all()
    return sorted(point_ids, key=lambda one: (one not in own, one))[:2]


def _represent(session: Session, campaign_id: int) -> None:
    """The union's people represent two of the sub-unions."""
    names = dict(
        session.execute(
            sa.select(User.email, User.id).where(
                User.email.in_(["buyer2@demo.example", "approver@demo.example"])
            )
        ).all()
    )
    units = session.scalars(
        sa.select(CampaignUnit).where(CampaignUnit.campaign_id == campaign_id).order_by(CampaignUnit.id)
    )
    for unit, user_id in zip(units, names.values(), strict=False):
        unit.organiser_id = user_id
    session.flush()


def _choose(session: Session, campaign_id: int, now: datetime) -> None:
    """Most of them; the demo's buyer is one of them and sees the code."""
    offer, members = read_offer(session, campaign_id), _members(session, campaign_id)
    buyer = session.scalar(sa.select(User.id).where(User.email == "buyer@demo.example"))
    members[0].user_id = buyer
    for number, member in enumerate(members[: MEMBERS - 6]):
        package, slot = offer.packages[number % len(offer.packages)], offer.slots[number % len(offer.slots)]
        wish = Wish(f"demo-day-{member.id}", slot.id, package.row.id)
        choose(session, member.id, wish, Chooser(ChosenBy.LINK), now=now + timedelta(minutes=number))


def _begin(session: Session, campaign_id: int, now: datetime) -> None:
    made_by_id = session.get_one(Campaign, campaign_id).made_by_id
    state = begin_closing(session, campaign_id, actor_id=made_by_id or 0, now=now)
    leader = session.scalar(sa.select(User.id).where(User.email == LEADER))
    asked = last_request(session, campaign_id)
    if state is CampaignState.WAITING and asked is not None and leader is not None:  # above the union's limit
        one = asked.approval
        approve_bill(session, one.organisation_id, one.id, actor_id=leader, now=now + timedelta(minutes=20))


def _is_closed(session: Session, campaign_id: int) -> bool:
    """Nobody is written to: the people are made up."""
    session.execute(
        sa.update(CampaignMember).where(CampaignMember.campaign_id == campaign_id).values(to_tell=None)
    )
    return session.get_one(Campaign, campaign_id).state is CampaignState.CLOSED


def _bring(unit_of_work: UnitOfWork, campaign_id: int) -> None:
    """The villages pack the campaign's orders, the truck brings them, and the union takes them over. Step by step."""
    sent = unit_of_work.run(partial(_read_sent, campaign_id=campaign_id))
    run, keeper_id = sent[0].run, unit_of_work.run(_keeper_id)
    packed_at, parcels = run.departs_at - timedelta(hours=20), []
    for one in sent:
        unit_of_work.run(partial(receive, task_ids=one.tasks, by=WORKER, now=packed_at))
        for place_id in one.places:
            pack = partial(pack_parcel, order_id=one.order.id, packing_place_id=place_id)
            parcels.append(unit_of_work.run(partial(pack, by=WORKER, now=packed_at)))
    unit_of_work.run(partial(load, run_code=run.code, parcel_codes=parcels, by=WORKER, now=run.departs_at))
    unit_of_work.run(partial(depart, run_code=run.code, by=WORKER, now=run.departs_at))
    for one in sent:
        point_ids = frozenset({one.order.pickup_point_id or 0})
        by, at = keeper(keeper_id, point_ids), run.arrives_at
        unit_of_work.run(partial(arrive, run_code=run.code, point_ids=point_ids, by=by, now=at))
        code = one.order.pickup_code or ""
        unit_of_work.run(partial(hand_over, typed_code=code, by=by, now=at + timedelta(minutes=30)))


def _read_sent(session: Session, campaign_id: int) -> list[_Sent]:
    rows = session.execute(
        sa.select(Order, Run)
        .join(CampaignOrder, CampaignOrder.order_id == Order.id)
        .join(Run, Run.id == Order.run_id)
        .where(CampaignOrder.campaign_id == campaign_id)
        .order_by(Order.id)
    ).all()
    tasks = session.scalars(sa.select(Task).where(Task.order_id.in_([order.id for order, _ in rows]))).all()
    return [
        _Sent(
            order,
            run,
            [task.id for task in tasks if task.order_id == order.id],
            sorted({task.packing_place_id for task in tasks if task.order_id == order.id}),
        )
        for order, run in rows
    ]


def _hand_out(session: Session, campaign_id: int) -> None:
    """By code at the point, a colleague or two, one undone, a pile for a representative who gave some of it out."""
    members, campaign = _members(session, campaign_id), session.get_one(Campaign, campaign_id)
    codes = dict(
        session.execute(
            sa.select(Choice.member_id, Choice.pickup_code).where(
                Choice.member_id.in_([one.id for one in members]), Choice.pickup_code.is_not(None)
            )
        ).all()
    )
    chosen = session.scalars(sa.select(Choice.pickup_point_id).where(Choice.member_id.in_(codes)))
    points = frozenset(one for one in chosen if one is not None)
    by = keepers_hand(_keeper_id(session), points)
    at = shanghai_midnight(campaign.distribution_on) + timedelta(hours=11)
    unit_id = members[3].unit_id
    with_code = [one for one in members if one.id in codes]
    for number, member in enumerate(one for one in with_code if one.unit_id != unit_id):
        if number % 5 == 0 or number > 24:  # somebody who has not come yet, the demo's buyer too
            continue
        instead = "同事小赵" if number % 9 == 4 else ""
        hand_out(
            session,
            member.id,
            code=codes[member.id],
            collected_by=instead,
            by=by,
            now=at + timedelta(minutes=number * 4),
        )
        if number == 8:
            undo_handout(session, member.id, "按错了人，东西还在", by=by, now=at + timedelta(minutes=33))
    name_collector(session, with_code[10].id, "同事小钱", now=at)
    if unit_id is not None:
        noon = at + timedelta(hours=1)
        for point_id in sorted(points):
            take_pile(session, campaign_id, unit_id, point_id, "李代表", by=by, now=noon)
        union = Hand(campaign.made_by_id or 0, Way.ORGANISER, campaign_id=campaign_id)
        for member in [one for one in with_code if one.unit_id == unit_id][:5]:
            hand_out(session, member.id, code=None, by=union, now=noon + timedelta(hours=2))


def _members(session: Session, campaign_id: int) -> Sequence[CampaignMember]:
    wanted = sa.select(CampaignMember).where(CampaignMember.campaign_id == campaign_id)
    return session.scalars(wanted.order_by(CampaignMember.staff_number)).all()


def _keeper_id(session: Session) -> int:
    return session.scalars(sa.select(User.id).where(User.email == KEEPER)).one()
