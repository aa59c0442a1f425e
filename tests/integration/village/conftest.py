from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient

from shop.accounts.models import RoleName
from shop.catalogue.models import PackingPlaceStaff, ProducerMember, VillageCoordinator
from shop.delivery.models import PointKeeper
from shop.fulfilment.models import Parcel, Task
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.fulfilment.runs import depart, load
from shop.kit.clock import utc_now
from tests.conftest import OwnOriginClient
from tests.factories.confirmed_orders import confirmed_order
from tests.factories.people import csrf_token, make_person, sign_in
from tests.factories.villages import NOW, County, build_county


@pytest.fixture(autouse=True)
def _an_hour_later():
    with time_machine.travel(NOW + timedelta(hours=1)):
        yield


@pytest.fixture
def county(unit_of_work) -> County:
    return unit_of_work.run(build_county)


@pytest.fixture
def signed_in(app, unit_of_work, county):
    """A signed-in browser: `signed_in("farmer", producer=…)`."""

    def _signed_in(name: str, role: RoleName, *links) -> FlaskClient:
        person = make_person(unit_of_work, f"{name}@example.com", roles=[role])
        unit_of_work.run(lambda session: session.add_all([link(person.id) for link in links]))
        client = OwnOriginClient(app, app.response_class, use_cookies=True)
        assert sign_in(client, person.email).status_code == 303
        return client

    return _signed_in


@pytest.fixture
def farmer(signed_in, county):
    producer_id = county.producers[0][0]
    return signed_in(
        "farmer", RoleName.FARMER, lambda user_id: ProducerMember(user_id=user_id, producer_id=producer_id)
    )


@pytest.fixture
def coordinator(signed_in, county):
    return signed_in(
        "coordinator",
        RoleName.COORDINATOR,
        lambda user_id: VillageCoordinator(user_id=user_id, village_id=county.villages[0]),
    )


@pytest.fixture
def stranger(signed_in, county):
    """The coordinator of the other village."""
    return signed_in(
        "stranger",
        RoleName.COORDINATOR,
        lambda user_id: VillageCoordinator(user_id=user_id, village_id=county.villages[1]),
    )


@pytest.fixture
def hub(signed_in, county):
    return signed_in(
        "hub",
        RoleName.COORDINATOR,
        lambda user_id: PackingPlaceStaff(user_id=user_id, packing_place_id=county.hub),
    )


@pytest.fixture
def keeper(signed_in, county):
    return signed_in(
        "keeper",
        RoleName.POINT_KEEPER,
        lambda user_id: PointKeeper(user_id=user_id, pickup_point_id=county.points[0]),
    )


@pytest.fixture
def other_keeper(signed_in, county):
    return signed_in(
        "keeper2",
        RoleName.POINT_KEEPER,
        lambda user_id: PointKeeper(user_id=user_id, pickup_point_id=county.points[1]),
    )


@pytest.fixture
def place(unit_of_work, county):
    return lambda wanted, **facts: confirmed_order(unit_of_work, county, wanted, **facts)


@pytest.fixture
def task_of(unit_of_work):
    """The newest task of an order."""
    newest = sa.select(Task).order_by(Task.id.desc()).limit(1)
    return lambda order_id: unit_of_work.run(
        lambda s: s.scalars(newest.where(Task.order_id == order_id)).one()
    )


@pytest.fixture
def parcel_of(unit_of_work):
    newest = sa.select(Parcel).order_by(Parcel.id.desc()).limit(1)
    return lambda order_id: unit_of_work.run(
        lambda s: s.scalars(newest.where(Parcel.order_id == order_id)).one()
    )


@pytest.fixture
def travelling(unit_of_work, county, place, task_of):
    """Orders whose parcels have left with the truck."""

    def _travelling(*codes):
        ids, parcels = [], []
        for code in codes:
            ids.append(place({county.honey: 1}, pickup=True, code=code))
            task = task_of(ids[-1])
            unit_of_work.run(lambda s, task=task: receive(s, [task.id], by=WORKER, now=utc_now()))
            parcels.append(
                unit_of_work.run(
                    lambda s, task=task: pack_parcel(
                        s, task.order_id, task.packing_place_id, by=WORKER, now=utc_now()
                    )
                )
            )
        unit_of_work.run(lambda s: load(s, county.run, parcels, by=WORKER, now=utc_now()))
        unit_of_work.run(lambda s: depart(s, county.run, by=WORKER, now=utc_now()))
        return ids

    return _travelling


@pytest.fixture
def press():
    """Post a form with this browser's token: `press(client, "/farm/tasks/1/accept")`."""

    def _press(client, path, **fields):
        return client.post(path, data=fields | {"csrf_token": csrf_token(client, "/account")})

    return _press


@pytest.fixture
def rows(unit_of_work):
    """What a statement finds, each time anew: `rows(sa.select(User.name))`."""
    return lambda statement: unit_of_work.run(lambda session: list(session.scalars(statement)))
