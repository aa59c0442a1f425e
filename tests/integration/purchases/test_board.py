"""The board of departments beside figures that are added up by hand, and the letters to those that are behind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import OrganisationMember
from shop.accounts.shop_settings import set_shop_settings
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.ordering.models import Order
from shop.purchases.board import Year, by_funding, page_of_progress, progress_of, totals_of
from shop.purchases.models import Funding, UnitTarget
from shop.purchases.reminding import Reminded, is_month_of_reminding, remind_units
from shop.purchases.targets import set_target, versions_of
from shop.rounds import remind_of_targets
from shop.storage.outbox import OutboxMessage
from tests.factories.counting import counted_statements
from tests.factories.counting_trade import CountingTrade, open_counting_trade


@pytest.fixture
def trade(session, unit_of_work) -> CountingTrade:
    return open_counting_trade(session, unit_of_work)


def this_year(trade) -> Year:
    today = shanghai_date(trade.now)
    return Year(today.year, today)


def aim(trade, fen: int, *, unit: int = 0, reason: str = "") -> int:
    year = this_year(trade).number
    return trade.run(
        lambda session: set_target(
            session, trade.units[unit], year, fen, reason, actor_id=trade.admin_id, now=trade.now
        )
    )


def progress(trade, unit: int = 0):
    return trade.run(lambda session: progress_of(session, this_year(trade), trade.units[unit]))


def spent(trade, order_id: int) -> int:
    return trade.order_row(order_id).total_fen


def test_a_department_stands_with_what_its_union_and_its_staff_bought_after_refunds(trade):
    union = trade.sell_on_terms({"tea": 1, "eggs": 1}, courier=True)
    trade.settle(union)
    trade.deliver(union)
    trade.part_refund(union, "household", units={"tea": 1})
    back = trade.order_row(union).refunded_fen
    aim(trade, 10_000_00)
    found = progress(trade)
    assert found.bought_fen == spent(trade, union) - back
    assert back > 0
    assert (found.target_fen, found.before_fen, found.platform_fen) == (10_000_00, 0, 0)
    assert found.share_bp == found.bought_fen * 10_000 // 10_000_00
    person = trade.agreed({"honey": 1})
    unit = trade.units.index(trade.order_row(person).unit_id)
    assert progress(trade, unit).bought_fen == spent(trade, person) + (found.bought_fen if unit == 0 else 0)
    paid = trade.run(lambda session: by_funding(session, this_year(trade), trade.units[unit]))
    assert paid[Funding.PERSONAL] == spent(trade, person)


def test_last_year_is_counted_to_the_same_day(trade):
    for days in (365, 300):
        order_id = trade.sell_on_terms({"tea": 1})
        moment = trade.now - timedelta(days=days)
        trade.run(
            lambda session, one=order_id, at=moment: session.execute(
                sa.update(Order).where(Order.id == one).values(confirmed_at=at)
            )
        )
    found = progress(trade)
    assert found.before_fen == spent(trade, order_id)  # the other was bought later in that year than today
    assert found.bought_fen == spent(trade, order_id)


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (date(2026, 1, 1), 100),
        (date(2026, 12, 31), 36_500),
        (date(2027, 3, 1), 36_500),
        (date(2025, 12, 31), 0),
    ],
)
def test_a_target_is_due_day_by_day(today, due):
    assert Year(2026, today).due_fen(36_500) == due


def test_the_last_of_february_has_a_day_in_the_year_before():
    assert Year(2028, date(2028, 2, 29)).before == (date(2027, 1, 1), date(2027, 2, 28))


def test_every_version_of_a_target_stays_and_the_same_one_again_is_none(trade):
    assert [aim(trade, 500_00), aim(trade, 500_00), aim(trade, 800_00, reason="工会加了一次福利")] == [
        1,
        1,
        2,
    ]
    assert progress(trade).target_fen == 800_00
    versions = trade.run(lambda session: versions_of(session, trade.units[0]))
    assert [(one.version, one.target_fen, one.reason) for one in versions] == [
        (2, 800_00, "工会加了一次福利"),
        (1, 500_00, ""),
    ]
    aim(trade, 0)
    assert progress(trade).share_bp is None
    with pytest.raises(InvalidInput):
        aim(trade, -1)


def test_the_board_adds_up_and_takes_as_many_statements_for_many_departments(trade, engine):
    trade.sell_on_terms({"tea": 1})
    aim(trade, 700_00)
    with counted_statements(engine) as few:
        page = trade.run(lambda session: page_of_progress(session, this_year(trade)))
        totals = trade.run(lambda session: totals_of(session, this_year(trade)))
    assert page.items[0].unit_id == trade.units[0]
    assert (totals.target_fen, totals.behind) == (700_00, 1)
    assert totals.bought_fen == sum(one.bought_fen for one in page.items)
    aim(trade, 900_00, unit=1)
    trade.agreed({"tea": 1})
    with counted_statements(engine) as many:
        trade.run(lambda session: page_of_progress(session, this_year(trade)))
        trade.run(lambda session: totals_of(session, this_year(trade)))
    assert len(few) == len(many)


def letters(trade) -> list[dict]:
    wanted = sa.select(OutboxMessage.payload).order_by(OutboxMessage.id)
    found = trade.run(lambda session: list(session.scalars(wanted)))
    return [one for one in found if one.get("message") == "unit_behind"]


def remind(trade):
    return trade.run(lambda session: remind_units(session, actor_id=trade.admin_id, now=trade.now))


def test_who_buys_for_a_department_that_is_behind_is_told_once_a_week(trade):
    assert remind(trade).told == 0
    aim(trade, 5_000_00)
    aim(trade, 5_000_00, unit=1)  # which nobody buys for
    assert remind(trade) == Reminded(told=1, lately=0, nobody=1)
    assert [one["user_id"] for one in letters(trade)] == [trade.union_id]
    assert remind(trade).lately == 1
    trade.now += timedelta(days=7, minutes=1)
    assert remind(trade).told == 1
    assert len(letters(trade)) == 2


def test_whoever_only_looks_is_not_told(trade):
    aim(trade, 5_000_00)
    trade.run(lambda session: session.execute(sa.update(OrganisationMember).values(role="viewer")))
    assert (remind(trade).told, letters(trade)) == (0, [])


def test_a_target_keeps_its_author(trade):
    aim(trade, 100)
    row = trade.run(lambda session: session.scalar(sa.select(UnitTarget)))
    assert row.set_by_id == trade.admin_id
    assert trade.began < row.set_at <= trade.now


def make_everybody(trade, role: str) -> None:
    trade.run(lambda session: session.execute(sa.update(OrganisationMember).values(role=role)))


def by_clock(trade, month: int, day: int = 1) -> int:
    """How many departments the shop itself wrote to on this day."""
    year = shanghai_date(trade.now).year
    morning = datetime(year, month, day, 1, 20, tzinfo=UTC)
    return remind_of_targets(trade.unit_of_work, now=morning)


def test_the_shop_itself_writes_to_owners_once_in_each_of_its_months(trade):
    make_everybody(trade, "owner")
    aim(trade, 9_000_000_00)
    assert by_clock(trade, 3) == 0, "no month of the setting"
    assert [by_clock(trade, 4), by_clock(trade, 4), by_clock(trade, 4, 28)] == [1, 0, 0]
    assert [one["user_id"] for one in letters(trade)] == [trade.union_id]
    assert by_clock(trade, 7) == 1


def test_who_only_buys_for_an_organisation_is_not_written_to_by_the_clock(trade):
    aim(trade, 9_000_000_00)
    make_everybody(trade, "buyer")
    assert (by_clock(trade, 4), letters(trade)) == (0, [])


def test_whoever_the_team_told_within_a_week_is_left_in_peace(trade):
    make_everybody(trade, "owner")
    aim(trade, 9_000_000_00)
    year = shanghai_date(trade.now).year
    trade.now = datetime(year, 3, 30, 2, tzinfo=UTC)
    assert remind(trade).told == 1
    assert by_clock(trade, 4) == 0
    assert by_clock(trade, 4, 7) == 1


def test_the_setting_switches_the_clock_off(trade):
    make_everybody(trade, "owner")
    aim(trade, 9_000_000_00)
    never = {"remind_targets_months": "0"}
    trade.run(lambda session: set_shop_settings(session, never, actor_id=trade.admin_id, now=trade.now))
    assert by_clock(trade, 4) == 0


@pytest.mark.parametrize(("every", "months"), [(0, []), (3, [4, 7, 10]), (6, [7]), (1, list(range(2, 13)))])
def test_the_months_in_which_the_shop_itself_reminds(every, months):
    assert [one for one in range(1, 13) if is_month_of_reminding(date(2026, one, 1), every)] == months
