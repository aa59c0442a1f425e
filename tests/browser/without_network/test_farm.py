"""The farmer's phone where the network comes and goes."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from tests.browser.without_network.phone import Phone, come_to_rest, poll

FIRST_LOAD, REFRESH = 50_000, 10_000  # bytes, compressed, headers too, without pictures
SAVED = "记下了，有网就报"


@pytest.fixture
def tasks(books, whole_shop_on_sqlite) -> Iterator[int]:
    """Tasks of the farmer's house, of several units each, which nobody has answered yet."""
    found = books.execute(
        sa.text(
            "SELECT t.id FROM tasks t JOIN task_items i ON i.task_id = t.id JOIN allocations a ON a.id = i.allocation_id"
            " WHERE t.producer_id = :house AND t.status IN ('open', 'accepted', 'ready') AND t.received_at IS NULL"
            " GROUP BY t.id HAVING sum(a.units) > 1 ORDER BY t.id"
        ),
        {"house": whole_shop_on_sqlite.world.producers["mg-01"]},
    )
    ids = [row.id for row in found]
    assert len(ids) >= 2
    for one in ids:
        books.execute(
            sa.text(
                "UPDATE tasks SET status = 'open', accepted_at = NULL, ready_at = NULL, deadline_at = '2099-01-01'"
                " WHERE id = :one"
            ),
            {"one": one},
        )
    return iter(ids)


@pytest.fixture
def status(books):
    return lambda task: books.execute(
        sa.text("SELECT status FROM tasks WHERE id = :task"), {"task": task}
    ).scalar()


@pytest.fixture
def happened(books):
    """How often something came into the history of a task's order since the test began."""
    last = books.execute(sa.text("SELECT max(id) FROM order_events")).scalar()
    return lambda task, kind: books.execute(
        sa.text(
            "SELECT count(*) FROM order_events e JOIN tasks t ON t.order_id = e.order_id"
            " WHERE t.id = :task AND e.kind = :kind AND e.id > :last AND e.facts LIKE '%' || t.code || '%'"
        ),
        {"task": task, "kind": kind, "last": last},
    ).scalar()


@pytest.fixture
def phone(visit):
    return lambda name="farmer": Phone(visit(name))


def signed_in(browser_page: Page, url: str, name: str) -> None:
    browser_page.goto(f"{url}/login?next=/farm/tasks")
    browser_page.locator("main [name=email]").fill(f"{name}@demo.example")
    browser_page.locator("main [name=password]").fill("demo-password")
    browser_page.locator("main [name=password]").press("Enter")
    browser_page.wait_for_url(f"{url}/farm/tasks")


def test_what_was_seen_is_read_without_a_network_with_the_time_at_which_it_was_seen(phone, tasks):
    phone = phone().keep("/farm/tasks", "/farm/lots", "/farm/money").cut()
    seen = re.compile(r"没有网，这是 \d\d:\d\d 看到的")
    for path, heading in (
        ("/farm/tasks", "要备"),
        ("/farm", "要备"),
        ("/farm/lots", "正在卖的货"),
        ("/farm/money", "我的钱"),
    ):
        phone.open(path)
        expect(phone.page.locator("h1").first).to_contain_text(heading)
        expect(phone.bar).to_have_text(seen)
    phone.look()
    phone.open("/farm/money/987654")
    expect(phone.page.locator("h1")).to_have_text("没有网，这页没存下")
    phone.look()
    phone.page.get_by_role("link", name="今天要备的货").click()
    expect(phone.page.locator("h1").first).to_contain_text("要备")


def test_a_press_without_a_network_is_kept_shown_and_taken_back(phone, tasks, status):
    task = next(tasks)
    phone = phone().keep(f"/farm/tasks/{task}").cut()
    phone.press("接下")
    expect(phone.waiting).to_contain_text(f"接下 {SAVED}")
    expect(phone.bar).to_have_text("没有网，照样能点")
    phone.look()
    phone.page.reload()
    expect(phone.waiting).to_contain_text(SAVED)
    phone.press("点错了，撤回")
    expect(phone.waiting).to_have_count(0)
    expect(phone.button("接下")).to_be_visible()
    phone.join().page.wait_for_timeout(1500)
    assert status(task) == "open"


def test_what_was_pressed_is_sent_in_its_order_and_once_when_the_network_is_back(
    phone, tasks, status, happened
):
    task = next(tasks)
    phone = phone().keep(f"/farm/tasks/{task}").cut()
    phone.press("接下").press("备好了")
    expect(phone.waiting).to_contain_text("备好了")
    expect(phone.button("没有货")).to_have_count(0)  # it was called ready: nothing else is to be said of it
    assert status(task) == "open"
    phone.join()
    poll(lambda: status(task) == "ready")
    expect(phone.page.locator(".say-b").first).to_contain_text("接下了，按时备好")
    expect(phone.waiting).to_have_count(0)
    phone.page.reload()
    assert (happened(task, "task_accepted"), happened(task, "task_ready")) == (1, 1)


def test_what_the_shop_would_ask_is_asked_by_the_page_and_then_sent(phone, tasks, status, happened, books):
    declined, short = next(tasks), next(tasks)
    phone = phone().keep(f"/farm/tasks/{declined}", f"/farm/tasks/{short}/short", "/farm/lots/new")
    unit_page = phone.page.locator("a[href^='/farm/lots/new/']").first.get_attribute("href")
    phone.keep(unit_page).cut()
    phone.open(f"/farm/tasks/{declined}").press("没有货")
    expect(phone.dialog).to_contain_text("给了别家，就要不回来了。")
    phone.look()
    phone.press("改一改")
    expect(phone.waiting).to_have_count(0)
    phone.press("没有货").press("对")
    expect(phone.waiting).to_have_count(1)
    phone.open(f"/farm/tasks/{short}/short").press("就少这些")
    expect(phone.dialog).not_to_be_visible()  # nobody said how many
    phone.page.locator("[data-step='1']").first.click()
    phone.press("就少这些").press("对")
    expect(phone.waiting).to_have_count(2)
    lots = sa.text("SELECT count(*) FROM lots")
    before = books.execute(lots).scalar()
    for number in (3, 4):
        phone.open(unit_page).press("就这些").press("对")
        expect(phone.waiting).to_have_count(number)
    phone.look()
    phone.open("/farm/tasks").join()
    poll(lambda: status(declined) == "declined")
    poll(lambda: books.execute(lots).scalar() == before + 2)
    poll(lambda: happened(short, "task_short") >= 1)


def test_of_two_phones_the_one_whose_change_did_not_stand_is_told(phone, tasks, status, happened):
    task = next(tasks)
    first, second = phone(), phone()
    first.keep(f"/farm/tasks/{task}/short").cut()
    first.page.locator("[data-step='1']").first.click()
    first.press("就少这些").press("对")
    expect(first.waiting).to_have_count(1)
    second.open(f"/farm/tasks/{task}").press("备好了")
    poll(lambda: status(task) == "ready")
    first.open("/farm/tasks").join()
    told = first.page.locator(".task.unused")
    expect(told).to_contain_text(
        re.compile(r"您在别处 \d\d:\d\d 报了备好。您点的“货不够”没用上。"), timeout=20_000
    )
    expect(first.page.locator("body[data-kept-at]")).to_have_count(0)  # the page came anew
    first.look()
    assert (status(task), happened(task, "press_unused")) == ("ready", 1)
    first.page.reload()
    expect(told).to_have_count(1)  # until it was read
    first.press("知道了")
    expect(told).to_have_count(0)
    first.page.reload()
    expect(told).to_have_count(0)


def test_an_answer_that_was_lost_does_no_harm(phone, tasks, status, happened, wire):
    task = next(tasks)
    phone = phone().open(f"/farm/tasks/{task}")
    wire.loses = "/farm/actions"
    phone.press("接下")
    expect(phone.waiting).to_contain_text(SAVED, timeout=15_000)
    poll(lambda: status(task) == "accepted")  # it came, and the phone does not know
    wire.loses = ""
    phone.page.reload()
    expect(phone.button("备好了")).to_be_visible()
    expect(phone.waiting).to_have_count(0, timeout=20_000)
    expect(phone.button("接下")).to_have_count(0)
    assert happened(task, "task_accepted") == 1


def test_what_came_already_cannot_be_taken_back_and_that_is_said(phone, tasks, status, wire):
    task = next(tasks)
    phone = phone().open(f"/farm/tasks/{task}")
    wire.loses = "/farm/actions"
    phone.press("接下")
    poll(lambda: status(task) == "accepted")
    expect(phone.waiting).to_contain_text(SAVED, timeout=15_000)
    phone.press("点错了，撤回")
    expect(phone.waiting).to_have_count(0)
    wire.loses = ""
    phone.page.reload()
    expect(phone.page.locator(".task.unused")).to_contain_text("已经报上去了，撤不回", timeout=20_000)


def test_what_is_taken_back_while_its_answer_is_on_the_way_is_not_forgotten(phone, tasks, status, wire):
    task = next(tasks)
    phone = phone().open(f"/farm/tasks/{task}")
    wire.loses = "/farm/actions"
    phone.press("接下")
    poll(lambda: status(task) == "accepted")
    expect(phone.waiting).to_contain_text(SAVED, timeout=15_000)
    wire.loses, wire.holds, before = "", "/farm/actions", wire.held
    phone.page.reload()
    poll(lambda: wire.held > before)  # it is sent again, and the shop has answered
    phone.press("点错了，撤回")
    expect(phone.waiting).to_have_count(0)
    wire.holds = ""
    expect(phone.page.locator(".task.unused")).to_contain_text("已经报上去了，撤不回", timeout=20_000)


def test_what_waits_outlives_the_session_and_another_person_sees_and_sends_nothing_of_it(
    visit, whole_live_shop, tasks, status
):
    """One phone, two households: the second one signs in after the first one's session has ended."""
    task = next(tasks)
    browser = visit()
    signed_in(browser.page, browser.url, "farmer")
    phone = Phone(browser).keep("/farm/tasks", f"/farm/tasks/{task}").cut().press("接下")
    expect(phone.waiting).to_have_count(1)
    with browser.ears.expecting(400, 401):
        phone.context.clear_cookies()
        phone.join()
        expect(phone.bar).to_contain_text("重新登录，才报得上去", timeout=20_000)
        phone.page.get_by_role("link", name="去登录").click()
        phone.page.wait_for_url("**/login**")
        expect(phone.page.locator("main")).to_contain_text("您点的还有 1 件没报")
        signed_in(phone.page, browser.url, "farmer2")
        poll(lambda: "/farm/tasks" in phone.kept())
        phone.page.reload()
    expect(phone.waiting).to_have_count(0)
    phone.page.wait_for_timeout(1000)
    assert status(task) == "open"
    assert f"/farm/tasks/{task}" not in phone.kept()
    phone.cut().open(f"/farm/tasks/{task}")
    expect(phone.page.locator("h1")).to_have_text("没有网，这页没存下")
    expect(phone.waiting).to_have_count(0)
    with browser.ears.expecting(404):
        phone.join()  # and what was asked for comes by itself: it is another household's
        expect(phone.page.locator("main")).to_contain_text("这里没有了", timeout=20_000)
    phone.open("/farm/money")
    phone.page.get_by_text("这部手机换人用？").click()
    phone.press("退出，换人登录")
    phone.page.wait_for_url(f"{browser.url}/")
    assert phone.kept() == []
    signed_in(phone.page, browser.url, "farmer")
    poll(lambda: status(task) == "accepted")
    phone.page.wait_for_load_state()


def test_who_signs_out_leaves_no_page_behind(visit):
    browser = visit()
    signed_in(browser.page, browser.url, "farmer")
    phone = Phone(browser).keep("/farm/tasks", "/farm/money")
    phone.open("/account").page.get_by_role("button", name="退出").first.click()
    phone.page.wait_for_url(f"{browser.url}/")
    assert phone.kept() == []
    phone.cut().open("/farm/tasks")
    expect(phone.page.locator("h1")).to_have_text("没有网，这页没存下")


def test_without_script_every_button_is_the_form_that_it_was(visit, tasks, status):
    task = next(tasks)
    browser = visit("farmer", script=False)
    browser.page.goto(f"{browser.url}/farm/tasks/{task}")
    browser.page.get_by_role("button", name="接下", exact=True).first.click()
    browser.page.wait_for_url("**/farm/tasks")
    expect(browser.main).to_contain_text("接下了，按时备好")
    assert status(task) == "accepted"


def test_the_first_load_and_a_refresh_are_light(visit, wire, record_property):
    browser = visit("farmer")
    wire.weight()
    phone = Phone(browser).keep("/farm/tasks")
    come_to_rest(phone.page, wire)  # the worker, and the pages that it keeps ahead
    parts = dict(wire.came)
    first = wire.weight()
    assert first <= FIRST_LOAD, (first, sorted(parts.items(), key=lambda one: -one[1]))
    assert "/farm/money" in phone.kept(), "what one earns is read without a network, opened before or not"
    phone.page.reload()
    come_to_rest(phone.page, wire)
    parts = dict(wire.came)
    refresh = wire.weight()
    assert refresh <= REFRESH, (refresh, parts)
    record_property("bytes", {"first load": first, "refresh": refresh})


@pytest.mark.slow
def test_at_one_bar_the_phone_shows_what_it_has_and_sends_what_was_pressed(phone, tasks, status, wire):
    """2G: 100 kbit/s, 600 ms until an answer begins; then so slow that nothing comes for a while."""
    task = next(tasks)
    wire.latency, wire.bytes_a_second = 0.6, 12_500
    phone = phone()
    begun = time.monotonic()
    phone.open("/farm/tasks")
    expect(phone.page.locator("h1").first).to_be_visible()
    assert time.monotonic() - begun < 12
    phone.keep(f"/farm/tasks/{task}")
    wire.latency = 8
    begun = time.monotonic()
    phone.open(f"/farm/tasks/{task}")
    expect(phone.bar).to_contain_text("看到的")
    assert time.monotonic() - begun < 6
    phone.press("接下")
    expect(phone.waiting).to_contain_text(SAVED)
    wire.latency = 0.6
    poll(lambda: status(task) == "accepted", seconds=60)
