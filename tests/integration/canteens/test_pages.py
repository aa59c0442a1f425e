"""A canteen's pages: its sheet, a standing order, the weights of an order, its delivery note; and who finds nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationKind, OrganisationMember, RoleName
from shop.accounts.shop_settings import set_shop_settings
from shop.canteens.models import CanteenGood
from shop.canteens.standing_models import StandingOrder, StandingState
from shop.inventory.models import Allocation, AllocationStatus
from shop.kit.clock import shanghai_date, utc_now
from shop.ordering.models import Order, OrderStatus
from tests.factories.organisations import grant_terms
from tests.factories.people import make_person, post, sign_in
from tests.factories.small_shop import open_small_shop

BASE = "/org/kitchen/canteen"


@pytest.fixture
def shop(session):
    return open_small_shop(session, now=utc_now())


@pytest.fixture
def people(session, shop, unit_of_work):
    """The canteen's buyer, its acceptor and a reader; somebody of a union; the team."""
    names = ("he", "feng", "reader", "other")
    made = {name: make_person(unit_of_work, f"{name}@example.com") for name in names}
    team = [
        make_person(unit_of_work, f"team{number}@example.com", roles=[RoleName.ADMIN, RoleName.FINANCE])
        for number in (1, 2)
    ]
    kinds = {"kitchen": OrganisationKind.CANTEEN, "union": OrganisationKind.UNION}
    for slug, kind in kinds.items():
        own = Organisation(slug=slug, name=slug, kind=kind, invoice_title="某某大学", tax_number="1" * 18)
        session.add(own)
        session.flush()
        roles = (
            {"he": "owner", "feng": "approver", "reader": "viewer"}
            if slug == "kitchen"
            else {"other": "owner"}
        )
        session.add_all(
            OrganisationMember(organisation_id=own.id, user_id=made[name].id, role=role)
            for name, role in roles.items()
        )
        grant_terms(session, own.id, team[0].id, team[1].id, now=utc_now(), limit_fen=10_000_000)
    account = {"bank_payee": "某某大学", "bank_name": "工行", "bank_number": "1000200030004000"}
    set_shop_settings(session, account, actor_id=None, now=utc_now())
    for sku, by_weight in (("tea", False), ("eggs", True)):
        session.add(
            CanteenGood(
                variant_id=shop.variants[sku], units_per_case=2, by_weight=by_weight, set_at=utc_now()
            )
        )
    session.commit()
    return {**made, "team": team[0]}


@pytest.fixture
def as_(app, client, people):
    def browser(who):
        own = type(client)(app, app.response_class, use_cookies=True)
        sign_in(own, people[who].email)
        return own

    return browser


def sheet(shop, **changes):
    return {
        f"cases-{shop.variants['tea']}": "１", f"cases-{shop.variants['eggs']}": "2", "way": f"stop:{shop.run_id}:{shop.point_id}",
        "recipient": "冯师傅", "phone": "139 0000 0000", "token": "one", **changes,
    }  # fmt: skip


def looked_at(client, shop, **changes):
    page = post(client, BASE, BASE, step="look", **sheet(shop, **changes))
    found = re.search(r'name="seen_total"[^>]*value="(\d+)"', page.text)
    return page, found[1] if found else None


def test_the_sheet_is_looked_at_and_then_ordered_once(as_, shop, engine):
    buyer = as_("he")
    page, seen = looked_at(buyer, shop)
    assert page.status_code == 200
    assert int(seen) == 2 * 6_800 + 4 * 7_080
    with Session(engine) as own:
        assert own.scalars(sa.select(Order)).all() == []
    for _ in range(2):
        done = post(buyer, BASE, BASE, step="order", seen_total=seen, **sheet(shop))
        assert done.status_code == 303
    with Session(engine) as own:
        [order] = own.scalars(sa.select(Order)).all()
    assert order.status is OrderStatus.CONFIRMED
    assert order.number in buyer.get(f"{BASE}/orders").text


def test_what_is_wrong_is_said_and_what_was_typed_stays(as_, shop):
    buyer = as_("he")
    wrong = post(buyer, BASE, BASE, step="look", **sheet(shop, **{f"cases-{shop.variants['tea']}": "一箱"}))
    assert (wrong.status_code, "一箱" in wrong.text) == (400, True)
    assert looked_at(buyer, shop, **{f"cases-{shop.variants['tea']}": "90"})[0].status_code == 409
    assert looked_at(buyer, shop, way="address:1")[0].status_code == 400
    stale = post(buyer, BASE, BASE, step="order", seen_total="1", **sheet(shop))
    assert stale.status_code == 409
    assert 'name="seen_total"' in stale.text


def test_others_find_nothing_and_a_reader_only_looks(as_, shop):
    other, reader = as_("other"), as_("reader")
    for where in ("/org/kitchen/canteen", "/org/union/canteen", "/org/union/canteen/standing"):
        assert other.get(where).status_code == 404
    assert "canteen" not in other.get("/org/union").text
    assert reader.get(BASE).status_code == 200
    assert reader.get(f"{BASE}/standing/new").status_code == 404
    assert post(reader, BASE, "/account", step="look", **sheet(shop)).status_code == 404


def stands(client, shop, **changes):
    first = shanghai_date(utc_now()) + timedelta(days=3)
    fields = {
        "name": "每周的蛋", "weekdays": str(first.weekday()), "every_weeks": "1", "days_before": "2",
        "first_on": first.isoformat(), f"cases-{shop.variants['eggs']}": "1", "way": f"point:{shop.point_id}",
        "recipient": "冯师傅", "phone": "139 0000 0000", "token": "standing", **changes,
    }  # fmt: skip
    return first, post(client, f"{BASE}/standing/new", f"{BASE}/standing/new", **fields)


def test_a_standing_order_is_set_up_changed_paused_skipped_and_stopped(as_, shop, engine):
    buyer = as_("he")
    assert stands(buyer, shop, weekdays="")[1].status_code == 400
    first, done = stands(buyer, shop)
    assert done.status_code == 303
    page = done.location
    assert "每周的蛋" in buyer.get(f"{BASE}/standing").text
    week = (first + timedelta(days=7)).isoformat()
    for what, fields in (
        ("skip", {"day": first.isoformat()}),
        ("pause", {"first_on": week, "last_on": week}),
        ("lines", {"from_on": week, f"cases-{shop.variants['tea']}": "1"}),
    ):
        assert post(buyer, f"{page}/{what}", page, **fields).status_code == 303
    shown = buyer.get(page).text
    assert shown.count("已暂停") >= 1
    assert "跳过" in shown
    assert post(buyer, f"{page}/lines", page, from_on="nonsense").status_code == 400
    held = re.search(r'name="pause" value="(\d+)"', shown)[1]
    assert post(buyer, f"{page}/go-on", page, pause=held).status_code == 303
    assert as_("other").get(page).status_code == 404
    assert post(buyer, f"{page}/stop", page).status_code == 303
    with Session(engine) as own:
        assert own.scalars(sa.select(StandingOrder.state)).all() == [StandingState.STOPPED]


def test_weights_are_written_by_one_and_settled_by_another(as_, shop, engine):
    buyer, second = as_("he"), as_("feng")
    _page, seen = looked_at(buyer, shop)
    post(buyer, BASE, BASE, step="order", seen_total=seen, **sheet(shop))
    with Session(engine) as own:
        order = own.scalars(sa.select(Order)).one()
        number = order.number
        own.execute(sa.update(Order).values(status=OrderStatus.SHIPPED))
        own.commit()
    page = f"{BASE}/orders/{number}"
    name = re.search(r'name="(grams-\d+)"', buyer.get(page).text)[1]
    assert post(buyer, f"{page}/weights", page, **{name: "九斤"}).status_code == 400
    count = re.search(r'name="(count-\d+)"', buyer.get(page).text)[1]
    for wrong in ("一包", "3"):
        said = post(buyer, f"{page}/weights", page, **{name: "９.2", count: wrong})
        assert (said.status_code, f'value="{wrong}"' in said.text) == (400, True)
    assert post(buyer, f"{page}/weights", page, **{name: "９.2", count: "2"}).status_code == 303
    assert "seen" not in re.findall(r'name="(\w+)"', buyer.get(page).text)
    shown = second.get(page).text
    seen_at = re.search(r'name="seen" value="([^"]+)"', shown)[1]
    done = post(second, f"{page}/weights/confirm", page, seen=seen_at.replace("&#43;", "+"))
    assert done.status_code == 303
    with Session(engine) as own:
        assert own.scalars(sa.select(Order.refunded_fen)).one() == 4 * 7_080 - round(5_900 * 9_200 / 2_350)
    note = buyer.get(f"{page}/delivery-note").text
    assert "eggs-yu" in note
    assert "9.2" in note


def test_the_team_puts_goods_on_the_sheet(as_, shop):
    team, buyer = as_("team"), as_("he")
    page = "/admin/canteen-goods"
    tea = str(shop.variants["tea"])
    assert post(team, page, page, variant=tea, units_per_case="0").status_code == 400
    assert post(team, page, page, variant=tea, units_per_case="7").status_code == 303
    assert "每箱 7 件" in buyer.get(BASE).text
    assert post(team, f"{page}/remove", page, variant=tea).status_code == 303
    assert f"cases-{tea}" not in buyer.get(BASE).text


def test_the_team_settles_on_the_order_page_and_credits_what_is_missing(as_, shop, engine):
    buyer, second, team = as_("he"), as_("feng"), as_("team")
    _page, seen = looked_at(buyer, shop)
    post(buyer, BASE, BASE, step="order", seen_total=seen, **sheet(shop))
    with Session(engine) as own:
        number = own.scalars(sa.select(Order.number)).one()
        own.execute(sa.update(Order).values(status=OrderStatus.SHIPPED))
        own.execute(sa.update(Allocation).values(status=AllocationStatus.SHIPPED))
        own.commit()
    page, desk = f"{BASE}/orders/{number}", f"/admin/orders/{number}"
    shown = buyer.get(page).text
    grams, count = (re.search(f'name="({kind}-\\d+)"', shown)[1] for kind in ("grams", "count"))
    assert post(buyer, f"{page}/weights", page, **{grams: "9.2", count: "1"}).status_code == 303
    asked = team.get(desk).text
    seen_at = re.search(r'name="seen" value="([^"]+)"', asked)[1].replace("&#43;", "+")
    no_reason = post(team, f"{desk}/weights", desk, **{grams: "9.1", "seen": seen_at})
    assert (no_reason.status_code, 'value="9.1"' in no_reason.text) == (400, True)
    fields = {grams: "9.2", "seen": seen_at, "reason": "第二个人请假"}
    assert post(team, f"{desk}/weights", desk, **fields).status_code == 303
    assert "第二个人请假" in second.get(page).text
    assert f"{desk}#canteen" in team.get("/admin").text
    for _ in range(2):
        assert post(team, f"{desk}/missing/credit", desk, bearer="shop").status_code == 303
    with Session(engine) as own:
        assert (
            own.scalars(sa.select(Order.refunded_fen)).one()
            == 4 * 7_080 - round(5_900 * 9_200 / 2_350) + 6_800
        )
