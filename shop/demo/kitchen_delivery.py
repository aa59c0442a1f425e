"""The canteen's goods by weight leave the village and are weighed at the kitchen door: somebody else is to confirm them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.canteens.arriving import lines_by_count, lines_by_weight
from shop.canteens.weighing import Counted, Weighed, write_weights
from shop.fulfilment.accepting import accept
from shop.fulfilment.models import Task
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.readiness import mark_ready
from shop.fulfilment.receiving import receive
from shop.fulfilment.shipping import Consignment, ship_parcels
from shop.ordering.models import Order
from shop.storage.unit_of_work import UnitOfWork

_CARRIER, _NUMBER = "sf", "SF98{:011d}"
_OF_ORDERED: Final = 97  # percent of what was ordered: within what needs no word


def deliver_by_weight(
    unit_of_work: UnitOfWork, order_id: int, slug: str, chief: int, *, now: datetime
) -> None:
    """Prepared, packed and sent; the first of two persons writes what arrived."""
    tasks = unit_of_work.run(partial(_tasks, order_id=order_id))
    if not tasks:
        return  # it was not taken on account
    ids, places = [one.id for one in tasks], sorted({one.packing_place_id for one in tasks})
    for step in (accept, mark_ready, receive):
        unit_of_work.run(partial(step, task_ids=ids, by=WORKER, now=now))
    codes = [
        unit_of_work.run(partial(pack_parcel, order_id=order_id, packing_place_id=place, by=WORKER, now=now))
        for place in places
    ]
    sent = [
        Consignment(code, _CARRIER, _NUMBER.format(order_id * 100 + place))
        for place, code in enumerate(codes)
    ]
    unit_of_work.run(partial(ship_parcels, consignments=sent, by=WORKER, now=now))
    unit_of_work.run(partial(_weigh, order_id=order_id, slug=slug, chief=chief, now=now))


def _tasks(session: Session, order_id: int) -> Sequence[Task]:
    return session.scalars(sa.select(Task).where(Task.order_id == order_id).order_by(Task.id)).all()


def _weigh(session: Session, order_id: int, slug: str, chief: int, now: datetime) -> None:
    number = session.get_one(Order, order_id).number
    weights = {
        one.line.id: Weighed(one.ordered_g * _OF_ORDERED // 100) for one in lines_by_weight(session, order_id)
    }
    counts = {one.line.id: Counted(one.line.quantity) for one in lines_by_count(session, order_id)}
    write_weights(session, slug, chief, number, weights, now=now, counts=counts)
