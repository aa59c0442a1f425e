"""A coupon for a department is for whom the campus or the shop's team puts there, and for nobody who only says so."""

from __future__ import annotations

import pytest

from shop.accounts.campus.ending import end_identity, readmit_identity
from shop.accounts.campus.identities import link_identity, unlink_identity
from shop.accounts.campus.models import CampusKind, EndedBecause, Provider
from shop.accounts.campus.people import CampusPerson
from shop.accounts.models import Unit, User
from shop.accounts.profile import update_profile
from shop.accounts.users import change_user
from shop.kit.clock import utc_now
from shop.ordering.coupons.models import CouponAudience
from shop.ordering.coupons.queries import own_coupons
from tests.factories.coupons import a_person, add_campaign
from tests.factories.small_shop import open_small_shop

UNIT = "图书馆"


@pytest.fixture
def shop(session):
    return open_small_shop(session, now=utc_now())


@pytest.fixture
def unit_id(session) -> int:
    unit = Unit(slug="library", name_zh=UNIT, name_en="Library")
    session.add(unit)
    session.commit()
    return unit.id


@pytest.fixture
def user_id(session, shop) -> int:
    user_id = a_person(session, now=shop.now)
    session.get_one(User, user_id).email = None
    session.commit()
    return user_id


@pytest.fixture
def campaigns(session, shop, unit_id):
    add_campaign(session, now=shop.now, word="CAMPUS", audience=CouponAudience.CAMPUS)
    add_campaign(session, now=shop.now, word="LIBRARY", audience=CouponAudience.UNITS, unit_ids=[unit_id])


@pytest.fixture
def words(session, shop, user_id):
    return lambda: {one.word for one in own_coupons(session, user_id, now=shop.now)}


def says(session, user_id, unit_id):
    update_profile(session, user_id, name="王", phone="", unit_id=unit_id, language="zh")
    session.commit()


@pytest.mark.usefixtures("campaigns")
def test_a_unit_that_somebody_chose_gives_no_coupon(session, user_id, unit_id, words):
    says(session, user_id, unit_id)
    assert words() == set()


@pytest.mark.usefixtures("campaigns")
def test_a_unit_that_the_campus_says_does_until_the_membership_ends(session, shop, user_id, unit_id, words):
    person = CampusPerson(
        provider=Provider.CAS, issuer="https://cas", subject="1", kind=CampusKind.STAFF, unit_code=UNIT
    )
    identity = link_identity(session, user_id, person, now=shop.now)
    says(session, user_id, None)
    assert words() == {"CAMPUS", "LIBRARY"}, "what the person chooses changes nothing"
    end_identity(session, identity.id, EndedBecause.GONE, now=shop.now)
    says(session, user_id, unit_id)
    assert words() == set()
    readmit_identity(session, identity.id, actor_id=None, now=shop.now)
    assert words() == {"CAMPUS", "LIBRARY"}
    session.get_one(User, user_id).phone_confirmed_at = shop.now
    session.get_one(User, user_id).phone = "+8613912345678"
    session.flush()
    unlink_identity(session, user_id, identity.id, now=shop.now)
    assert words() == set()


@pytest.mark.usefixtures("campaigns")
def test_a_unit_that_the_team_confirms_does(session, shop, user_id, unit_id, words):
    facts = {"name": "王", "phone": "", "unit_id": unit_id, "actor_id": None, "now": shop.now}
    change_user(session, user_id, **facts)
    assert words() == set(), "what stands there already is confirmed on purpose"
    change_user(session, user_id, **facts, unit_is_proved=True)
    assert words() == {"CAMPUS", "LIBRARY"}
