"""The counter of a pickup point, and the village's barn, where the network comes and goes."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from tests.browser.looking import DESKTOP
from tests.browser.without_network.phone import Phone, come_to_rest, poll

# Bytes, compressed, headers too, without pictures. A desk's style sheet, script and icons are those of all its pages;
# once they are here, a page is little more than its words.
FIRST_LOAD = {"point": 95_000, "coordinator": 130_000}
REFRESH = {"point": 12_000, "coordinator": 16_000}
WITH_MORE = {
    "point": 32_000,
    "coordinator": 48_000,
}  # a refresh that also brings pages which were not kept yet
HOME = {"point": "/point", "coordinator": "/village"}


@pytest.fixture
def desk(visit):
    def _desk(name: str, **how) -> Phone:
        phone = Phone(visit(name, **how))
        phone.waiting = phone.page.locator(".kept.wait")
        phone.told = phone.page.locator(".kept.unused")
        return phone

    return _desk


@pytest.fixture
def waiting(books, whole_shop_on_sqlite):
    """An order whose parcel stands at the keeper's point: put back there, whatever a test before did with it."""
    order = whole_shop_on_sqlite.world.orders["a"]["here"]
    books.execute(
        sa.text(
            "UPDATE parcels SET status = 'shipped', handed_over_at = NULL, handed_over_by_id = NULL WHERE code = :code"
        ),
        {"code": order.parcel},
    )
    name = books.execute(
        sa.text("SELECT recipient FROM orders WHERE number = :number"), {"number": order.number}
    ).scalar()
    return order, name


@pytest.fixture
def parcel_status(books):
    return lambda code: books.execute(
        sa.text("SELECT status FROM parcels WHERE code = :code"), {"code": code}
    ).scalar()


def hand_over(phone: Phone, found_by: str, code: str) -> None:
    """Type a name or the end of a parcel's code, take the first, and write the pickup code down."""
    phone.page.locator("[data-find]").fill(found_by)
    phone.page.locator("[data-name] button:visible").first.click()
    form = phone.page.locator("[data-find-people] form")
    form.locator("[name=code]").fill(code)
    form.get_by_role("button").click()


def test_a_keeper_without_a_network_hands_over_by_name_and_it_is_carried_out_once(
    desk, waiting, parcel_status, books
):
    order, name = waiting
    phone = desk("point").keep("/point").cut()
    phone.open("/point")
    expect(phone.bar).to_have_text(re.compile(r"没有网，这是 \d\d:\d\d 看到的。"))
    assert order.pickup_code not in phone.page.content()  # the phone knows names and parcels, and no codes
    hand_over(phone, name[:2], order.pickup_code)
    expect(phone.waiting).to_contain_text(f"交给{name}")
    expect(phone.waiting).to_contain_text("记下了，有网就报")
    expect(phone.page.get_by_role("row").filter(has_text=order.parcel)).to_have_count(0)
    phone.look()
    phone.press("撤回")
    expect(phone.waiting).to_have_count(0)
    hand_over(phone, order.parcel[-4:], order.pickup_code)
    expect(phone.waiting).to_have_count(1)
    assert parcel_status(order.parcel) == "shipped"
    phone.join()
    poll(lambda: parcel_status(order.parcel) == "handed_over")
    expect(phone.waiting).to_have_count(0, timeout=20_000)
    expect(phone.page.locator("main")).to_contain_text("刚刚交出的")


def test_a_wrong_code_is_told_when_the_network_is_back_and_the_parcel_counts_as_here(
    desk, waiting, parcel_status
):
    order, name = waiting
    phone = desk("point", language="en", width=DESKTOP).keep("/point").cut()
    hand_over(phone.open("/point"), name, "000000")
    expect(phone.waiting).to_contain_text("saved here, not sent yet")
    phone.look()
    phone.join()
    expect(phone.told).to_contain_text("The pickup code is not the one of this order", timeout=20_000)
    assert parcel_status(order.parcel) == "shipped"
    phone.press("I have read it")
    expect(phone.told).to_have_count(0)


def test_of_two_counters_that_gave_the_same_parcel_out_the_later_one_is_told(desk, waiting, parcel_status):
    order, name = waiting
    first, second = desk("point").keep("/point"), desk("point").keep("/point")
    for phone in (first, second):
        phone.cut()
        hand_over(phone.open("/point"), name, order.pickup_code)
        expect(phone.waiting).to_have_count(1)
    first.join()
    poll(lambda: parcel_status(order.parcel) == "handed_over")
    second.join()
    expect(second.told).to_contain_text("已经交出去了", timeout=20_000)
    expect(second.page.locator("body[data-kept-at]")).to_have_count(0)  # the page came anew
    second.look()


def test_a_handing_over_whose_answer_was_lost_is_not_carried_out_twice(
    desk, waiting, parcel_status, wire, books
):
    order, name = waiting
    phone = desk("point").keep("/point").cut()
    hand_over(phone.open("/point"), name, order.pickup_code)
    expect(phone.waiting).to_have_count(1)
    wire.loses = "/point/actions"
    phone.join()
    poll(lambda: parcel_status(order.parcel) == "handed_over")
    expect(phone.waiting).to_have_count(1)
    wire.loses = ""
    phone.page.reload()
    expect(phone.waiting).to_have_count(0, timeout=20_000)
    expect(phone.told).to_have_count(0)


@pytest.fixture
def order_to_pack(books, whole_shop_on_sqlite):
    order = whole_shop_on_sqlite.world.orders["a"]["ready"]
    status = sa.text(
        "SELECT t.status, t.received_at IS NOT NULL, t.parcel_id IS NOT NULL FROM tasks t"
        " JOIN orders o ON o.id = t.order_id WHERE o.number = :number AND t.id = :task"
    )
    asked = {"number": order.number, "task": order.tasks[0]}
    return order, lambda: tuple(books.execute(status, asked).one())


def test_goods_are_received_and_packed_without_a_network_and_sent_in_that_order(desk, order_to_pack):
    order, standing = order_to_pack
    phone = desk("coordinator").keep("/village", f"/village/packing/{order.number}").cut()
    phone.open(f"/village/packing/{order.number}")
    expect(phone.bar).to_have_text(re.compile("没有网，这是"))
    phone.page.locator("form[action$='/receive'] button:visible").click()
    expect(phone.waiting).to_have_count(1)
    phone.press("装成一个包裹")
    expect(phone.waiting).to_have_count(2)
    phone.look()
    assert standing() == ("ready", 0, 0)
    phone.open("/village").join()
    poll(lambda: standing() == ("packed", 1, 1))
    expect(phone.waiting).to_have_count(0, timeout=20_000)


@pytest.fixture
def task_to_take_in(books, order_to_pack):
    """Ready with its household, and not taken in yet."""
    order, _standing = order_to_pack
    books.execute(
        sa.text(
            "UPDATE tasks SET status = 'ready', received_at = NULL, parcel_id = NULL, packed_at = NULL WHERE id = :task"
        ),
        {"task": order.tasks[0]},
    )
    return books.execute(
        sa.text("SELECT code FROM tasks WHERE id = :task"), {"task": order.tasks[0]}
    ).scalar()


def test_what_was_taken_in_without_a_network_is_on_the_list_though_another_page_has_sent_it(
    desk, task_to_take_in, order_to_pack
):
    _order, standing = order_to_pack
    phone = desk("coordinator").keep("/village", "/village/take-in")
    other = phone.context.new_page()
    other.goto(f"{phone.browser.url}/village")
    phone.cut().page.locator("main [name=code]").fill(task_to_take_in)
    phone.press("收进来")
    expect(phone.waiting).to_have_count(1)
    phone.page.evaluate("Object.defineProperty(navigator, 'onLine', {get: () => false, configurable: true})")
    phone.join()
    poll(
        lambda: standing()[1] == 1
    )  # by the other page or by the worker; either of them, or this one, says so
    phone.page.evaluate("delete navigator.onLine; dispatchEvent(new Event('online'))")
    expect(phone.page.locator("main ul.list-unstyled")).to_contain_text(task_to_take_in[:3], timeout=20_000)
    expect(phone.waiting).to_have_count(0)
    other.close()


@pytest.mark.parametrize("name", sorted(HOME))
def test_the_first_load_and_a_refresh_of_a_desk_are_light(name, visit, wire, record_property):
    browser = visit(name)
    wire.weight()
    phone = Phone(browser).keep(HOME[name])
    come_to_rest(phone.page, wire)  # the worker, and the pages that it keeps ahead
    parts = dict(wire.came)
    first = wire.weight()
    assert first <= FIRST_LOAD[name], (first, sorted(parts.items(), key=lambda one: -one[1]))
    kept, with_more = set(), 0
    while kept != (
        kept := set(phone.kept())
    ):  # the more work there is, the more loads its pages are spread over
        with_more = max(with_more, refreshed := refresh(phone, wire))
        assert with_more <= WITH_MORE[name], with_more
    assert refreshed <= REFRESH[name], refreshed
    record_property("bytes", {"first load": first, "with pages kept ahead": with_more, "refresh": refreshed})


def refresh(phone: Phone, wire) -> int:
    """The bytes that came with it."""
    phone.page.reload()
    come_to_rest(phone.page, wire)
    weight: int = wire.weight()
    return weight
