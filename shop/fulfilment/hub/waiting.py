"""What waits at the county hub, step by step, and what was done there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import PackingPlace, PackingPlaceKind, Producer, Village
from shop.delivery.models import PickupPoint, Run
from shop.fulfilment.board import STANDING
from shop.fulfilment.goods import Goods, goods_of_tasks
from shop.fulfilment.hub.models import HubStep, HubStepKind, RepackRequest
from shop.fulfilment.hub.requests import waits_at
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskItem, TaskStatus
from shop.fulfilment.packing_list import count_to_pack
from shop.fulfilment.reach import NOBODY, Reach
from shop.fulfilment.tasks import short_number
from shop.ordering.models import DeliveryKind, Order
from shop.storage.paging import Page, read_page

ROWS_A_PAGE = 25


@dataclass(frozen=True, slots=True)
class Hub:
    id: int
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class ToReceive:
    """`is_ready`: its household said so; others can be received all the same."""

    task_id: int
    code: str
    order_number: str
    producer_zh: str
    producer_en: str
    village_zh: str
    village_en: str
    is_ready: bool
    deadline_at: datetime
    goods: tuple[Goods, ...] = ()

    @property
    def number(self) -> str:
        return short_number(self.code)


@dataclass(frozen=True, slots=True)
class ToMerge:
    """`parcels` of one order that have not left, and nothing of it is still to be packed."""

    order_id: int
    number: str
    delivery: DeliveryKind
    point_zh: str | None
    point_en: str | None
    run_code: str | None
    departs_at: datetime | None
    parcels: int
    weight_g: int


@dataclass(frozen=True, slots=True)
class StepDone:
    """`task_id` and `request_id` say what an undoing begins with; a parcel's is its `subject`, while it `stands`.

    None of them where it cannot be undone: the goods are packed, merged, or gone since.
    """

    id: int
    kind: HubStepKind
    hub_zh: str
    hub_en: str
    subject: str
    order_number: str | None
    count: int
    cost_fen: int
    done_at: datetime
    done_by: str
    undone_at: datetime | None
    task_id: int | None
    request_id: int | None
    stands: bool


def hubs(session: Session) -> list[Hub]:
    """Every county hub, the first one first. One statement."""
    return _hubs(session, sa.true())


def own_hubs(session: Session, by: Reach) -> list[Hub]:
    """The hubs at which this person works. One statement."""
    own = sa.true() if by.everything else PackingPlace.id.in_(by.packing_place_ids)
    return _hubs(session, own)


def at_hubs(by: Reach, own: Sequence[Hub]) -> Reach:
    """The person's reach at these hubs alone."""
    ids = frozenset(one.id for one in own)
    return replace(by, packing_place_ids=ids, village_ids=NOBODY, producer_ids=NOBODY, everything=False)


def counts(session: Session, hub: Reach) -> dict[HubStepKind, int]:
    """How many wait for each step at the hubs of this reach. Four statements."""
    return {
        HubStepKind.RECEIVE: _count(session, _to_receive(hub)),
        HubStepKind.ASSEMBLE: count_to_pack(session, hub),
        HubStepKind.REPACK: _count(session, sa.select(RepackRequest.id).where(waits_at(hub))),
        HubStepKind.MERGE: _count(session, _to_merge(hub)),
    }


def to_receive(session: Session, hub: Reach, *, page: int) -> Page[ToReceive]:
    """What is ready stands first, then by deadline. Three statements."""
    ready = Task.status == TaskStatus.READY
    columns: tuple[Any, ...] = (
        *(Task.id, Task.code, Order.number),
        *(Producer.name_zh, Producer.name_en, Village.name_zh, Village.name_en),
        *(sa.cast(sa.case((ready, 1), else_=0), sa.Boolean), Task.deadline_at),
    )
    statement = (
        _to_receive(hub)
        .with_only_columns(*columns)
        .join(Order, Order.id == Task.order_id)
        .join(Producer, Producer.id == Task.producer_id)
        .join(Village, Village.id == Task.village_id)
        .order_by(sa.case((ready, 0), else_=1), Task.deadline_at, Task.id)
    )
    found = read_page(session, statement, number=page, size=ROWS_A_PAGE)
    goods = goods_of_tasks(session, [row[0] for row in found.items])
    return found.map(lambda row: replace(ToReceive(*row), goods=tuple(goods[row[0]])))


def to_merge(session: Session, hub: Reach, *, page: int) -> Page[ToMerge]:
    """The next truck's orders first. Two statements."""
    found = _to_merge(hub).subquery()
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            *(Order.id, Order.number, Order.delivery, PickupPoint.name_zh, PickupPoint.name_en),
            *(Run.code, Run.departs_at, found.c.parcels, found.c.weight_g),
        )
        .select_from(found)
        .join(Order, Order.id == found.c.order_id)
        .outerjoin(PickupPoint, PickupPoint.id == Order.pickup_point_id)
        .outerjoin(Run, Run.id == Order.run_id)
        .order_by(sa.func.coalesce(Run.departs_at, Order.confirmed_at), Order.id)
    )
    return read_page(session, statement, number=page, size=ROWS_A_PAGE).map(lambda row: ToMerge(*row))


def steps_done(session: Session, hub: Reach, *, page: int) -> Page[StepDone]:
    """The newest first, those that were undone too. Two statements."""
    person = sa.func.coalesce(sa.func.nullif(User.name, ""), User.email, "")
    of_task = sa.and_(
        Task.code == HubStep.subject,
        HubStep.kind == HubStepKind.RECEIVE,
        Task.parcel_id.is_(None),  # what lies in a box is unpacked first, and a merged one is taken apart
        Task.received_at.is_not(None),
        Task.status.in_(STANDING),
    )
    columns: tuple[Any, ...] = (
        *(
            HubStep.id,
            HubStep.kind,
            PackingPlace.name_zh,
            PackingPlace.name_en,
            HubStep.subject,
            Order.number,
        ),
        *(HubStep.count, HubStep.count * HubStep.price_fen, HubStep.done_at, person, HubStep.undone_at),
        *(Task.id, RepackRequest.id, Parcel.id.is_not(None)),
    )
    standing = sa.and_(Parcel.code == HubStep.subject, Parcel.status == ParcelStatus.PACKED)
    statement = (
        sa.select(*columns)
        .select_from(HubStep)
        .join(PackingPlace, PackingPlace.id == HubStep.packing_place_id)
        .outerjoin(Order, Order.id == HubStep.order_id)
        .outerjoin(User, User.id == HubStep.done_by_id)
        .outerjoin(Task, of_task)
        .outerjoin(RepackRequest, RepackRequest.lot_id == HubStep.lot_id)
        .outerjoin(Parcel, standing)
        .where(HubStep.packing_place_id.in_(hub.packing_place_ids))
        .order_by(HubStep.done_at.desc(), HubStep.id.desc())
    )
    return read_page(session, statement, number=page, size=ROWS_A_PAGE).map(lambda row: StepDone(*row))


def _hubs(session: Session, which: sa.ColumnElement[bool]) -> list[Hub]:
    rows = session.execute(
        sa.select(PackingPlace.id, PackingPlace.name_zh, PackingPlace.name_en)
        .where(PackingPlace.kind == PackingPlaceKind.HUB, which)
        .order_by(PackingPlace.id)
    )
    return [Hub(*row) for row in rows]


def _to_receive(hub: Reach) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(Task.id).where(
        Task.packing_place_id.in_(hub.packing_place_ids),
        Task.status.in_(STANDING),
        Task.received_at.is_(None),
    )


def _to_merge(hub: Reach) -> sa.Select[*tuple[Any, ...]]:
    """Orders with several parcels that have not left: by truck, or one of them lies at an own hub."""
    still = sa.exists().where(Task.order_id == Order.id, Task.status.in_(STANDING))
    waits = sa.exists().where(
        Task.order_id == Order.id, TaskItem.task_id == Task.id, TaskItem.waits.is_(True)
    )
    here = sa.func.max(sa.case((Parcel.packing_place_id.in_(hub.packing_place_ids), 1), else_=0))
    return (
        sa.select(
            Parcel.order_id,
            sa.func.count(Parcel.id).label("parcels"),
            sa.cast(sa.func.sum(Parcel.weight_g), sa.BigInteger).label("weight_g"),
        )
        .join(Order, Order.id == Parcel.order_id)
        .where(
            # Written out, so that the index over these alone is used.
            sa.text("parcels.status = 'packed'"),
            Parcel.loaded_at.is_(None),
            ~still,
            ~waits,
        )
        .group_by(Parcel.order_id, Order.delivery)
        .having(sa.func.count(Parcel.id) > 1, sa.or_(Order.delivery == DeliveryKind.PICKUP, here == 1))
    )


def _count(session: Session, statement: sa.Select[*tuple[Any, ...]]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(statement.subquery())) or 0
