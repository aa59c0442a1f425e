"""What the public is told of the books."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.catalogue.models import Household, PackingPlace, Village
from shop.ledger.impact import read_impact
from shop.ledger.models import Account, EntryKind
from shop.ledger.posting import Place, post
from tests.factories.small_shop import open_small_shop


@pytest.fixture
def shop(session):
    return open_small_shop(session)


@pytest.fixture
def sell(session, shop):
    """One sale in which some households of a village earn ten yuan each."""
    count = iter(range(1, 1000))

    def run(slug: str, households: int, *, kind=EntryKind.SALE, when=None, sign=1):
        village = _village(session, slug)
        amounts = {
            Place(Account.HOUSEHOLD_PAYABLE, household_id=one, village_id=village.id): -1000 * sign
            for one in _households(session, village, households)
        }
        amounts[Place(Account.VILLAGE_FUND, village_id=village.id)] = -100 * sign
        amounts[Place(Account.FREIGHT_PAYABLE)] = -300 * sign
        amounts[Place(Account.BANK)] = -sum(amounts.values())
        post(session, kind, f"test:{next(count)}", amounts, now=when or shop.now)
        session.flush()

    return run


def _village(session, slug: str) -> Village:
    village = session.scalar(sa.select(Village).where(Village.slug == slug))
    if village is None:
        place = session.scalars(sa.select(PackingPlace).limit(1)).one()
        village = Village(slug=slug, name_zh=slug, name_en=slug, packing_place_id=place.id)
        session.add(village)
        session.flush()
    return village


def _households(session, village: Village, count: int) -> list[int]:
    known = list(session.scalars(sa.select(Household.id).where(Household.village_id == village.id)))
    for number in range(len(known), count):
        household = Household(
            slug=f"{village.slug}-{number}", village_id=village.id, alias_zh="家", alias_en="house", people=3
        )
        session.add(household)
        session.flush()
        known.append(household.id)
    return known[:count]


def test_the_parts_add_up_to_what_buyers_paid(session, shop, sell):
    sell("large", 6)
    impact = read_impact(session, year=2026)
    assert impact.paid_fen == impact.parts.total == 6 * 1000 + 100 + 300
    assert impact.parts.household == 6000
    assert [(row.slug, row.households, row.household_fen, row.fund_fen) for row in impact.villages] == [
        ("large", 6, 6000, 100)
    ]


def test_a_refund_is_taken_off(session, shop, sell):
    sell("large", 6)
    sell("large", 6, kind=EntryKind.REFUND, sign=-1)
    assert read_impact(session, year=2026).paid_fen == 0


def test_only_the_year_counts_by_shanghai_days(session, shop, sell):
    sell("large", 6, when=shop.now.replace(month=1, day=1, hour=0) - timedelta(hours=9))
    assert read_impact(session, year=2026).paid_fen == 0
    sell("large", 6, when=shop.now.replace(month=1, day=1, hour=0) - timedelta(hours=8))
    assert read_impact(session, year=2026).paid_fen == 6400


def test_a_village_with_few_households_has_no_figure_and_none_can_be_worked_out(session, shop, sell):
    sell("large", 9)
    sell("middle", 5)
    sell("small", 2)
    impact = read_impact(session, year=2026)
    assert [row.slug for row in impact.villages] == ["large"], "the rest would be the small one's figure"
    assert impact.rest is not None
    assert (impact.rest.households, impact.rest.household_fen) == (7, 7000)


def test_several_small_villages_stand_together(session, shop, sell):
    sell("large", 9)
    sell("one", 3)
    sell("two", 2)
    impact = read_impact(session, year=2026)
    assert [row.slug for row in impact.villages] == ["large"]
    assert impact.rest.households == 5


def test_four_households_in_all_are_not_even_counted(session, shop, sell):
    sell("small", 4)
    impact = read_impact(session, year=2026)
    assert (impact.villages, impact.rest, impact.households) == ((), None, None)


def test_the_page_is_as_fresh_as_the_books(client, session, shop, sell):
    assert "¥64" not in client.get("/impact").text
    sell("large", 6)
    session.commit()
    page = client.get("/impact?lang=zh").text
    assert "¥64" in page
    assert "¥60.00" in page
    assert "Set-Cookie" not in client.get("/impact").headers
