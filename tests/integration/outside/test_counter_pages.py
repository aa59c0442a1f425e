# ruff: noqa: F811  the desk's own fixtures
"""The counter's pages: what is not there is not sold, and somebody of finance counts a box whose point has one keeper."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.models import RoleName
from shop.delivery.models import PointKeeper
from shop.kit.clock import utc_now
from shop.kit.references import secret_token
from shop.ledger.cash_box.handing_over import Counted, count_cash
from shop.ledger.cash_box.models import CashCount
from shop.ordering.direct.wish import Item
from shop.ordering.outside.models import PaidHow
from shop.ordering.shelves.bringing import Brought, bring
from shop.ordering.shelves.opening import open_shelf
from shop.payments.counter.selling import Sale, sell
from tests.integration.admin.conftest import admin, clerk, desk_of, see, shop  # noqa: F401  the desk's own fixtures
from tests.integration.outside.conftest import add_sources

TEA = 6_800


@pytest.fixture
def keeper(desk_of, session, shop):
    """The only one of the point."""
    desk = desk_of("keeper", RoleName.POINT_KEEPER)
    session.add(PointKeeper(user_id=desk.user_id, pickup_point_id=shop.point_id))
    session.commit()
    return desk


@pytest.fixture
def shelf_id(session, shop, clerk):
    """With 9 packs of tea on it."""
    sources, now = add_sources(session), utc_now()
    made = open_shelf(session, sources["fair"], shop.point_id, actor_id=clerk.user_id, now=now)
    brought = Brought(shop.variants["tea"], 9, secret_token(), None)
    bring(session, made, brought, actor_id=clerk.user_id, now=now)
    session.commit()
    return made


@pytest.fixture
def counted(unit_of_work, session, shop, keeper, shelf_id):
    """One sale in cash, and the box counted by the only keeper; the count's id."""
    now, points = utc_now(), {shop.point_id}
    sale = Sale(shelf_id, (Item(shop.variants["tea"], 1),), PaidHow.CASH, TEA, secret_token())
    unit_of_work.run(lambda s: sell(s, sale, point_ids=points, actor_id=keeper.user_id, now=now))
    said = Counted(TEA, TEA, "", secret_token())
    return unit_of_work.run(lambda s: count_cash(s, shelf_id, said, actor_id=keeper.user_id, now=now))


def test_what_does_not_lie_there_is_said_before_money_is_taken(keeper, shop, shelf_id):
    tea, page = shop.variants["tea"], f"/point/shelf/{shelf_id}/pay"
    for asked, refused in ((9, False), (10, True), (999, True)):
        shown = keeper.get(page, **{f"u-{tea}": asked}).text
        assert ("only 9 lie on the shelf" in shown) is refused
        assert ('name="paid_how"' in shown) is not refused
    other = keeper.get(page, **{f"u-{shop.variants['eggs']}": 1}).text
    assert "only 0 lie on the shelf" in other
    assert 'name="paid_how"' not in other


def test_a_shelf_that_sells_nothing_any_more_offers_no_way_to_pay(keeper, session, shop, shelf_id):
    session.execute(sa.text("UPDATE outside_sources SET active = false WHERE slug = 'fair'"))
    session.commit()
    shown = keeper.get(f"/point/shelf/{shelf_id}/pay", **{f"u-{shop.variants['tea']}": 1}).text
    assert "Nothing is sold from this shelf any more" in shown
    assert 'name="paid_how"' not in shown


def test_finance_counts_the_box_of_a_point_with_one_keeper(admin, keeper, see, shelf_id, counted):
    assert "Cash boxes to count a second time" in admin.get("/admin").text
    assert "waits for a second count" in admin.get("/admin/shelves").text
    page, path = f"/admin/shelves/{shelf_id}", f"/admin/shelves/{shelf_id}/cash/{counted}/second"
    assert 'name="counted"' in admin.get(page).text
    wrong = admin.post(path, counted="67")
    assert wrong.status_code == 400
    assert "counted another sum" in wrong.text
    assert admin.post(path, counted="68").status_code == 303
    assert see(sa.select(CashCount.second_id)) == [admin.user_id]
    assert admin.post(path, counted="68").status_code == 303
    assert "waits for a second count" not in admin.get("/admin/shelves").text


def test_only_finance_is_the_second_and_never_whoever_counted_first(
    clerk, desk_of, session, shelf_id, counted, see
):
    page, path = f"/admin/shelves/{shelf_id}", f"/admin/shelves/{shelf_id}/cash/{counted}/second"
    assert 'name="counted"' not in clerk.get(page).text
    assert clerk.post(path, counted="68").status_code in {403, 404}
    both = desk_of("both", RoleName.ADMIN, RoleName.FINANCE)
    session.execute(sa.update(CashCount).values(first_id=both.user_id))
    session.commit()
    assert 'name="counted"' not in both.get(page).text
    assert both.post(path, counted="68").status_code == 400
    assert see(sa.select(CashCount.second_id)) == [None]


def test_what_was_sold_over_the_counter_is_handed_over_and_on_no_way(admin, counted):
    for page in ("/admin/outside", "/admin/orders"):
        shown = admin.get(page).text
        assert "Handed over" in shown
        assert "On the way" not in shown.split("<tbody>")[1]
