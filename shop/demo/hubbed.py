"""The demo's county hub at work: its prices, what it received and put together of late, and what waits there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from shop.catalogue.models import (
    PackingPlace,
    PackingPlaceKind,
    PackingPlaceStaff,
    Producer,
    ProducerKind,
    Variant,
)
from shop.fulfilment.hub.models import HubRates
from shop.fulfilment.hub.repacking import ask_hub_to_repack
from shop.fulfilment.hub.steps import Work, assembling_of, receiving_of, work_done, write_step
from shop.fulfilment.models import Parcel, Task, TaskItem
from shop.fulfilment.reach import Reach
from shop.inventory.models import Lot, LotStatus
from shop.inventory.repacking import Repacking
from shop.kit.clock import shanghai_date
from shop.kit.errors import ShopError
from shop.ledger.hub_booking import book_hub_work

LOOKS_BACK: Final = timedelta(days=60)
MOST_TASKS, MOST_PARCELS = 240, 120
PRICES: Final = {"receive_fen": 30, "assemble_fen": 200, "repack_fen": 50, "merge_fen": 100}
_GOES_IN: Final = 4


def add_hub_work(session: Session, *, now: datetime) -> int:
    """What the hub did in the last weeks is written down with its cost; how many tasks it received.

    Nothing without a hub, or where prices are known already.
    """
    hub_id = _open(session, now)
    if hub_id is None:
        return 0
    since = now - LOOKS_BACK
    received = _note_received(session, hub_id, since)
    _note_assembled(session, hub_id, since)
    _ask_to_repack(session, hub_id, now)
    return received


def _open(session: Session, now: datetime) -> int | None:
    hubs = sa.select(sa.func.min(PackingPlace.id)).where(PackingPlace.kind == PackingPlaceKind.HUB)
    hub_id = session.scalar(hubs)
    if hub_id is None or session.scalar(sa.select(sa.func.count(HubRates.id))):
        return None
    since = shanghai_date(now - LOOKS_BACK)
    session.add(HubRates(valid_from=since, written_at=now - LOOKS_BACK, **PRICES))
    return hub_id


def _note_received(session: Session, hub_id: int, since: datetime) -> int:
    newest = sa.select(Task).where(Task.packing_place_id == hub_id, Task.received_at >= since)
    tasks = session.scalars(newest.order_by(Task.received_at.desc(), Task.id).limit(MOST_TASKS)).all()
    by_id = session.scalar(sa.select(sa.func.min(PackingPlaceStaff.user_id)))
    for task in reversed(tasks):
        if task.received_at is not None:
            _book(session, receiving_of(task), by_id, task.received_at)
    return len(tasks)


def _note_assembled(session: Session, hub_id: int, since: datetime) -> None:
    inside = selectinload(Parcel.tasks).selectinload(Task.items).options(joinedload(TaskItem.allocation))
    newest = sa.select(Parcel).where(Parcel.packing_place_id == hub_id, Parcel.packed_at >= since)
    found = newest.options(inside).order_by(Parcel.packed_at.desc(), Parcel.id).limit(MOST_PARCELS)
    for parcel in reversed(session.scalars(found).all()):
        work = assembling_of(session, parcel, parcel.tasks)
        if work is not None:
            _book(session, work, parcel.packed_by_id, parcel.packed_at)


def _book(session: Session, work: Work, by_id: int | None, at: datetime) -> None:
    """At once, so that what is paid on later finds it in the books."""
    step = write_step(session, work, by_id=by_id, now=at)
    if step is not None:
        book_hub_work(session, work_done(step, work))


def _ask_to_repack(session: Session, hub_id: int, now: datetime) -> None:
    """The first village with a workshop asks for packs of another size, where it has a lot and there is such a size."""
    workshops = sa.select(Producer).where(Producer.kind == ProducerKind.WORKSHOP, Producer.active.is_(True))
    for workshop in session.scalars(workshops.order_by(Producer.id)).all():
        wanted = _some_packs(session, workshop)
        if wanted is None:
            continue
        village = Reach(village_ids=frozenset({workshop.village_id}))
        try:
            ask_hub_to_repack(session, wanted, hub_id, by=village, now=now)
        except ShopError:
            continue
        return


def _some_packs(session: Session, workshop: Producer) -> Repacking | None:
    other, own = aliased(Variant), aliased(Variant)
    row = session.execute(
        sa.select(Lot.id, own.net_weight_g, other.id.label("variant_id"), other.net_weight_g.label("grams"))
        .join(Producer, Producer.id == Lot.producer_id)
        .join(own, own.id == Lot.variant_id)
        .join(other, sa.and_(other.product_id == own.product_id, other.id != own.id, other.active.is_(True)))
        .where(
            Producer.village_id == workshop.village_id,
            *(Lot.status == LotStatus.OPEN, Lot.available > 2 * _GOES_IN, Lot.expected_on.is_(None)),
            other.net_weight_g.between(1, own.net_weight_g * _GOES_IN),
        )
        .order_by(Lot.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    units = row.net_weight_g * _GOES_IN // row.grams
    return Repacking({row.id: _GOES_IN}, row.variant_id, workshop.id, units, f"demo-{workshop.slug}"[:64])
