"""An order of a whole shop leaves by courier: made ready, packed and shipped by the shop's own hand."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.models import Task
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.readiness import mark_ready
from shop.fulfilment.receiving import receive
from shop.fulfilment.shipping import Consignment, ship_parcels
from shop.ordering.models import Order
from shop.storage.unit_of_work import UnitOfWork


def send_off(work: UnitOfWork, number: str, *, now: datetime) -> None:
    """Everything of it. The waybills are made up of the order's number."""

    def tasks_of(session: Session) -> tuple[int, list[tuple[int, int]]]:
        order_id = session.scalars(sa.select(Order.id).where(Order.number == number)).one()
        rows = sa.select(Task.id, Task.packing_place_id).where(Task.order_id == order_id).order_by(Task.id)
        return order_id, [(row.id, row.packing_place_id) for row in session.execute(rows)]

    order_id, tasks = work.run(tasks_of)
    ids, places = [one for one, _ in tasks], sorted({place for _, place in tasks})
    work.run(lambda session: mark_ready(session, ids, by=WORKER, now=now))
    work.run(lambda session: receive(session, ids, by=WORKER, now=now))
    for place in places:
        code = work.run(lambda s, at=place: pack_parcel(s, order_id, at, by=WORKER, now=now))
        label = Consignment(code, "sf", f"SF{order_id:09d}{place:04d}")
        work.run(lambda session, one=label: ship_parcels(session, [one], by=WORKER, now=now))
