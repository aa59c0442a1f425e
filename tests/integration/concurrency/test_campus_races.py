"""Two browsers of one person at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from shop.accounts.campus.identities import link_identity, open_account, unlink_identity
from shop.accounts.campus.models import CampusIdentity, Provider
from shop.accounts.campus.people import CampusPerson
from shop.accounts.errors import LastWayIn
from shop.accounts.models import User
from shop.kit.clock import utc_now
from tests.factories.without_locks import goes_wrong, without_locks


def person(number):
    return CampusPerson(Provider.CAS, "https://cas.example.edu", number, name="王小梅", number=number)


def at_once(run, *works):
    barrier = Barrier(len(works))

    def one(work):
        barrier.wait()
        try:
            return run(work)
        except LastWayIn:
            return "refused"

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


@pytest.fixture
def both_links_go(unit_of_work):
    """Somebody without a password removes both campus accounts in two tabs."""

    def _both_links_go(run):
        now = utc_now()

        def plant(session):
            user = User(name="王小梅", created_at=now, recovery_codes=[])
            session.add(user)
            session.flush()
            session.execute(sa.delete(CampusIdentity))
            return user.id, [
                link_identity(session, user.id, person(number), now=now).id for number in ("1", "2")
            ]

        user_id, links = unit_of_work.run(plant)
        at_once(
            run,
            *(lambda s, link=link: unlink_identity(s, user_id, link, now=utc_now()) for link in links),
        )
        left = unit_of_work.run(lambda s: list(s.scalars(sa.select(CampusIdentity.id))))
        assert len(left) == 1

    return _both_links_go


@pytest.mark.race(twin="test_without_its_lock_both_would_go")
def test_of_two_last_ways_in_one_stays(both_links_go, unit_of_work):
    for _ in range(3):
        both_links_go(unit_of_work.run)


def test_without_its_lock_both_would_go(both_links_go, unit_of_work):
    assert goes_wrong(lambda: both_links_go(without_locks(unit_of_work).run))


@pytest.mark.race(fence="one identity is of one account; who comes second runs again, and finds it linked")
def test_a_new_account_that_is_made_twice_is_one(unit_of_work):
    def make(session):
        return open_account(session, person("7"), language="zh", consents={}, now=utc_now())

    first, second = at_once(unit_of_work.run, make, make)
    assert first == second
    assert unit_of_work.run(lambda s: s.scalar(sa.select(sa.func.count()).select_from(User))) == 1
