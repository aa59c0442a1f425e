"""Orders of a unit that stands by a household: whose goods they get, and what both sides are shown of it."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.models import ShopSetting, Unit
from shop.catalogue.models import Household, Pair
from shop.delivery.runs import open_runs
from shop.inventory.models import Allocation, HouseholdMonth, LotShare, PairingShift
from shop.kit.clock import month_of, shanghai_date
from shop.ledger.models import Posting
from shop.ledger.pair_figures import households_of_unit, pairs_of_households, total_of_unit
from shop.ordering.confirmation import confirm
from shop.ordering.models import Order, OrderLine
from shop.ordering.quoting import quote_basket
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.lorenz import gini, lorenz
from tests.factories.buying import SOMEWHERE, a_guest, buy, fill_basket
from tests.factories.counting import counted_statements
from tests.factories.small_shop import add_lot, open_small_shop

HEAD_START_FEN = 105_00  # a head, of Li over Wang


@pytest.fixture
def shop(session):
    """Li and Wang have tea; Wang has a little less, so Wang is next."""
    shop = open_small_shop(session)
    people = dict(session.execute(sa.select(Household.id, Household.people)).all())
    for name, fen in (("li", 1_000_00 + HEAD_START_FEN), ("wang", 1_000_00)):
        household = shop.households[name]
        session.add(
            HouseholdMonth(
                household_id=household,
                month=month_of(shop.now),
                earned_fen=fen * people[household],
                held_fen=0,
            )
        )
    session.commit()
    return shop


@pytest.fixture
def unit_id(session) -> int:
    unit = Unit(slug="physics", name_zh="物理学院", name_en="School of Physics")
    session.add(unit)
    session.commit()
    return unit.id


@pytest.fixture
def pair(session, shop, unit_id):
    """Pair the unit with a household: `pair("li")`."""

    def _pair(name: str, *, percent: int = 11, **days: date) -> Pair:
        found = Pair(
            unit_id=unit_id,
            household_id=shop.households[name],
            agreed_by="院长与村支书",
            **{"first_day": shanghai_date(shop.now) - timedelta(days=30), **days},
        )
        session.add(found)
        session.merge(
            ShopSetting(name="pairing_percent", value={"value": percent}, version=1, changed_at=shop.now)
        )
        session.commit()
        return found

    return _pair


def lots_of(session, placed) -> dict[int, int]:
    rows = session.execute(
        sa.select(Allocation.lot_id, Allocation.units)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(OrderLine.order_id == placed.order_id)
    )
    return {row.lot_id: row.units for row in rows}


def shifts(session) -> dict[int, tuple[int, int]]:
    rows = session.scalars(sa.select(PairingShift))
    return {row.lot_id: (row.units, row.household_fen) for row in rows}


def test_a_units_order_gets_the_goods_of_the_household_that_it_stands_by(session, shop, pair, unit_id):
    pair("li")
    placed = buy(session, shop, {"tea": 2}, unit_id=unit_id)
    li, wang = shop.lots["tea-li"], shop.lots["tea-wang"]
    assert lots_of(session, placed) == {li: 2}
    fen = 13_600 * 76 // 100
    assert shifts(session) == {li: (2, fen), wang: (-2, -fen)}


@pytest.mark.parametrize("percent", [0, 5])
def test_off_or_too_far_ahead_the_rule_is_the_same_for_everybody(session, shop, pair, unit_id, percent):
    pair("li", percent=percent)
    placed = buy(session, shop, {"tea": 2}, unit_id=unit_id)
    assert lots_of(session, placed) == {shop.lots["tea-wang"]: 2}
    assert shifts(session) == {}


def test_others_buy_as_before(session, shop, pair):
    pair("li")
    assert lots_of(session, buy(session, shop, {"tea": 2})) == {shop.lots["tea-wang"]: 2}


def test_a_pair_counts_on_its_days_alone(session, shop, pair, unit_id):
    today = shanghai_date(shop.now)
    pair("li", first_day=today - timedelta(days=9), last_day=today - timedelta(days=1))
    pair("li", first_day=today + timedelta(days=1))
    placed = buy(session, shop, {"tea": 2}, unit_id=unit_id)
    assert lots_of(session, placed) == {shop.lots["tea-wang"]: 2}


def test_what_the_form_showed_is_what_is_ordered(session, shop, pair, unit_id):
    """The paired household lives elsewhere, and a parcel from there weighs the same: the freight shown stands."""
    add_lot(session, shop, "eggs-li", "eggs", "li", units=10, days=20)
    pair("li")
    owner = a_guest()
    fill_basket(session, owner, {"tea": 2, "eggs": 1}, now=shop.now)
    session.commit()
    runs = open_runs(session, now=shop.now)
    quote = quote_basket(session, owner, runs, unit_id=unit_id, now=shop.now)
    fen = quote.freight_to(SOMEWHERE.province)
    placed = buy(session, shop, {}, courier=True, by=owner, unit_id=unit_id)
    assert session.get_one(Order, placed.order_id).freight_fen == fen


def test_a_buyer_of_a_unit_costs_one_statement_more(session, shop, pair, unit_id, engine):
    counts = []
    pair("yu")
    for unit in (None, unit_id):
        owner = a_guest()
        fill_basket(session, owner, {"tea": 1}, now=shop.now)
        session.commit()
        with counted_statements(engine) as statements:
            quote_basket(session, owner, [], unit_id=unit, now=shop.now)
        counts.append(len(statements))
    assert counts[1] == counts[0] + 1


@pytest.fixture
def bought(session, shop, pair, unit_id, unit_of_work):
    """The unit bought two of Li's; somebody else bought all of Wang's, and one more of Li's."""
    pair("li")
    for goods, unit in (({"tea": 2}, unit_id), ({"tea": 21}, None)):
        placed = buy(session, shop, goods, unit_id=unit)
        unit_of_work.run(partial(confirm, order_id=placed.order_id, now=shop.now))


def test_the_household_sees_what_the_unit_bought_and_nothing_of_other_buyers(session, shop, bought):
    theirs = pairs_of_households(session, [shop.households["li"]])
    assert [(row.orders, row.units) for row in theirs] == [(1, 2)]


def test_the_unit_is_told_nothing_of_what_one_household_got(session, shop, bought, unit_id):
    [shown] = households_of_unit(session, unit_id)
    assert {name for name in shown.__slots__ if name.endswith(("fen", "orders", "units"))} == set()
    assert total_of_unit(session, unit_id) is None, "a total of one household is what that one got"


def test_the_unit_reads_one_total_from_five_households_up_that_got_something(
    session, shop, pair, unit_id, unit_of_work
):
    fifth = Household(
        slug="fifth", village_id=session.get_one(Household, shop.households["li"]).village_id,
        alias_zh="何家", alias_en="He's", people=3, consented_at=shop.now,
    )  # fmt: skip
    session.add(fifth)
    session.flush()
    shop.households["fifth"] = fifth.id
    together = list(shop.households)
    add_lot(session, shop, "together", "tea", "yu", units=10, shares=dict.fromkeys(together, 2_000))
    for name in together[:4]:
        pair(name)
    first = buy(session, shop, {"tea": 3}, unit_id=unit_id)
    unit_of_work.run(partial(confirm, order_id=first.order_id, now=shop.now))
    assert total_of_unit(session, unit_id) is None
    pair(together[4])
    total = total_of_unit(session, unit_id)
    all_fen = sum(row.household_fen for row in pairs_of_households(session, shop.households.values()))
    assert total is not None
    assert (total.households, total.household_fen) == (5, all_fen)
    assert total_of_unit(session, 10_000) is None


def test_a_household_that_agreed_to_nothing_is_not_named(session, shop, bought, unit_id):
    household = session.get_one(Household, shop.households["li"])
    household.consented_at = shop.now
    session.commit()
    assert households_of_unit(session, unit_id)[0].alias_zh == household.alias_zh
    household.consented_at = None
    session.commit()
    assert households_of_unit(session, unit_id)[0].alias_zh == ""


def test_other_units_and_households_see_nothing(session, shop, bought):
    assert households_of_unit(session, 10_000) == []
    assert pairs_of_households(session, [shop.households["wang"]]) == []


def test_the_figures_take_as_many_statements_for_any_number_of_pairs(
    session, shop, bought, pair, unit_id, engine
):
    with counted_statements(engine) as one:
        households_of_unit(session, unit_id)
    pair("wang")
    pair("yu")
    with counted_statements(engine) as three:
        assert len(households_of_unit(session, unit_id)) == 3
    assert len(three) == len(one)


def test_the_reports_say_what_pairing_moved_and_how_even_income_were_without_it(session, shop, bought):
    """Had pairing moved nothing, Wang would have what the unit paid for Li's tea."""
    today = shanghai_date(shop.now)
    facts = {
        fact.title: fact.value for fact in find_report("fairness").findings(session, Span(today, today)).facts
    }
    assert (facts["Orders in which pairing moved units"], facts["Units that it moved"]) == (1, 2)
    heads = {
        row.id: row.people
        for row in session.execute(
            sa.select(Household.id, Household.people).where(
                Household.id.in_(sa.select(LotShare.household_id))
            )
        )
    }
    earned = dict(
        session.execute(
            sa.select(Posting.household_id, -sa.func.sum(Posting.amount_fen))
            .where(Posting.household_id.is_not(None))
            .group_by(Posting.household_id)
        ).all()
    )
    moved = 13_600 * 76 // 100
    li, wang = shop.households["li"], shop.households["wang"]
    without = {**earned, li: earned[li] - moved, wang: earned[wang] + moved}
    expected = gini(lorenz((people, int(without.get(one, 0))) for one, people in heads.items()))
    assert facts["Gini without pairing"] == pytest.approx(expected)
    assert facts["Gini without pairing"] != facts["Gini of income per head"]
