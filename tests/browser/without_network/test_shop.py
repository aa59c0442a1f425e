"""A student in a lift: the shop as it was last seen, and nothing that is anybody's own."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.looking import PHONE
from tests.browser.without_network.phone import poll

TEA = "/products/yunwu-green-tea"
TAKEN_OVER = "navigator.serviceWorker.ready.then(() => true)"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_goods_that_were_looked_at_can_be_read_without_a_network(language, visit):
    student = visit(width=PHONE, language=language)
    student.open("/")
    student.page.evaluate(TAKEN_OVER)
    student.open(TEA)
    with student.page.expect_response("**/static/illustrations/**"):
        student.page.reload()
    name = student.page.title()
    student.page.context.set_offline(True)
    student.page.goto(student.url + TEA)
    assert student.page.title() == name
    bar = student.page.locator(".bar-off")
    expect(bar).to_contain_text(student.says("上次看到", "as you last saw it"))
    student.look()
    student.page.goto(student.url + "/products")
    expect(student.page.get_by_role("heading", level=1)).to_have_text(
        student.says("山里信号没跟上", "No network here")
    )
    student.look()
    student.page.context.set_offline(False)
    expect(bar).to_have_count(0)
    assert student.path == "/products"


def test_the_page_that_was_opened_first_is_there_without_a_network(visit):
    student = visit(width=PHONE)
    student.open("/")
    name = student.page.title()
    poll(lambda: student.page.evaluate("caches.match(location.href).then(Boolean)"))
    student.page.context.set_offline(True)
    student.page.goto(student.url + "/")
    assert student.page.title() == name
    expect(student.page.locator(".bar-off")).to_be_visible()


def test_nothing_of_a_buyer_is_kept(visit):
    buyer = visit("buyer", width=PHONE)
    buyer.open("/")
    buyer.page.evaluate(TAKEN_OVER)
    for own in ("/account", "/cart"):
        buyer.open(own)
    buyer.page.context.set_offline(True)
    for own in ("/account", "/cart"):
        buyer.page.goto(buyer.url + own)
        expect(buyer.page.locator("main h1")).to_have_text("山里信号没跟上")
    kept = buyer.page.evaluate(
        "caches.open('shop:pages').then(pages => pages.keys()).then(all => all.map(one => new URL(one.url).pathname))"
    )
    assert set(kept) <= {"/"}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("button", [0, 1])  # into the basket, and at once
def test_without_a_network_a_press_says_that_nothing_was_put_into_the_basket(language, button, visit):
    student = visit(width=PHONE, language=language)
    student.open(TEA)
    bar = student.page.locator(".buybar button")
    student.page.context.set_offline(True)
    bar.nth(button).click()
    words = student.says("没有网络", "There is no network")
    expect(student.page.locator(".toast-bad")).to_contain_text(words)
    expect(student.page.locator("[data-live]")).to_contain_text(words)
    assert student.path == TEA


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_a_network_the_basket_stays_as_it_was_and_the_press_can_be_tried_again(language, visit):
    student = visit(width=PHONE, language=language)
    student.open(TEA)
    with student.page.expect_response("**/cart/items"):
        student.page.locator(".buybar button").first.click()
    student.open("/cart")
    quantity, more = student.page.locator("[name=quantity]").first, student.page.locator("[data-step='1']")
    student.page.context.set_offline(True)
    words = student.says("购物车没有变", "the basket stayed as it was")
    for press in (more, student.page.locator(".li button:has(svg)")):
        press.click()
        expect(student.page.locator(".toast-bad")).to_contain_text(words)
        expect(student.page.locator("[data-live]")).to_contain_text(words)
        expect(quantity).to_have_value("1")
        assert student.path == "/cart"
    student.look()
    student.page.context.set_offline(False)
    with student.page.expect_navigation(url="**/cart"):
        more.click()
    expect(quantity).to_have_value("2")


def test_a_quantity_that_is_not_to_be_had_is_still_refused_with_its_reason(visit):
    student = visit(width=PHONE)
    student.open(TEA)
    with student.page.expect_response("**/cart/items"):
        student.page.locator(".buybar button").first.click()
    student.open("/cart")
    quantity = student.page.locator("[name=quantity]").first
    quantity.evaluate("one => { one.removeAttribute('max'); one.value = '100000' }")
    with student.ears.expecting(400), student.page.expect_navigation(url="**/cart/items/*"):
        quantity.press("Enter")
    expect(quantity).to_have_value("100000")
    expect(student.page.locator(".li .err")).to_be_visible()


def test_on_a_phone_the_next_stops_after_the_quantity_are_the_buttons_that_buy(visit):
    student = visit(width=PHONE)
    student.open(TEA)
    student.page.locator("[name=quantity]").focus()
    stops = []
    for _ in range(4):
        student.page.keyboard.press("Tab")
        stops.append(
            student.page.evaluate(
                "document.activeElement.textContent.trim() || document.activeElement.ariaLabel"
            )
        )
    assert {"加入购物车", "立即购买"} <= set(stops), stops
