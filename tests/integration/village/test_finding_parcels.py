"""A coordinator finds own parcels by whatever somebody at the telephone says."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Variant
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.kit.clock import utc_now
from shop.ordering.models import Order


@pytest.fixture
def parcel(unit_of_work, county, place, task_of, parcel_of):
    """One of honey, packed."""
    order_id = place({county.honey: 1})
    task = task_of(order_id)
    now = utc_now()
    unit_of_work.run(partial(receive, task_ids=[task.id], by=WORKER, now=now))
    place_id = task.packing_place_id
    unit_of_work.run(partial(pack_parcel, order_id=order_id, packing_place_id=place_id, by=WORKER, now=now))
    return parcel_of(order_id)


@pytest.mark.parametrize("how", ["code", "number", "recipient", "end of telephone", "sku"])
def test_a_parcel_is_found_by(how, coordinator, stranger, parcel, county, session):
    order = session.get(Order, parcel.order_id)
    asked = {
        "code": parcel.code[:6].lower(),
        "number": order.number[-6:],
        "recipient": order.recipient[:2],
        "end of telephone": order.phone[-4:],
        "sku": session.scalars(sa.select(Variant.sku).where(Variant.id == county.honey)).one().lower(),
    }
    session.rollback()
    assert parcel.code in coordinator.get("/village/parcels", query_string={"q": asked[how]}).text
    assert parcel.code not in stranger.get("/village/parcels", query_string={"q": asked[how]}).text
    for nothing in ("没有这个人", "%", "_", "\\", "'"):
        found = coordinator.get("/village/parcels", query_string={"q": nothing})
        assert found.status_code == 200
        assert f"/parcels/{parcel.code}" not in found.text, nothing
