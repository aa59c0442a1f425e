from __future__ import annotations

import pytest

from shop.fulfilment.reach import Reach, coordinator, farmer, keeper
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.villages import County, build_county


@pytest.fixture
def county(unit_of_work: UnitOfWork) -> County:
    return unit_of_work.run(build_county)


class People:
    """Reaches of the people in the county: `farmer(0, 1)` is the second household of the first village."""

    def __init__(self, county: County, unit_of_work: UnitOfWork) -> None:
        self._county, self._unit_of_work = county, unit_of_work

    def farmer(self, village: int = 0, household: int = 0) -> Reach:
        return farmer(self._county.user, frozenset({self._county.producers[village][household]}))

    def coordinator(self, *villages: int, hub: bool = False) -> Reach:
        ids = frozenset(self._county.villages[village] for village in villages)
        staffed = frozenset({self._county.hub} if hub else ())
        return self._unit_of_work.run(lambda session: coordinator(session, self._county.user, ids, staffed))

    def keeper(self, point: int = 0) -> Reach:
        return keeper(self._county.user, frozenset({self._county.points[point]}))


@pytest.fixture
def people(county: County, unit_of_work: UnitOfWork) -> People:
    return People(county, unit_of_work)
