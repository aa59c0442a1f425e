"""From the front page to the paid order, as a guest and with an account."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.looking import DESKTOP, PHONE
from tests.browser.navigators.buyer import Buyer
from tests.factories.town import link_in

TEA = "yunwu-green-tea"


@pytest.fixture
def buyer(visit):
    return lambda *who, **how: visit(*who, navigator=Buyer, **how)


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESKTOP, "en")])
def test_a_guest_buys_for_campus_pickup_and_follows_the_letter(width, language, buyer, worker):
    guest = buyer(width=width, language=language)
    guest.open("/")
    expect(guest.suggestions("yunwu").filter(has_text=guest.says("云雾绿茶", "Mist")).first).to_be_visible()
    guest.searches("yunwu")
    guest.opens_product(guest.says("高山云雾绿茶", "Mist"))
    guest.adds_to_basket(2)
    guest.look()
    guest.checks_out()
    with guest.ears.expecting(400):
        guest.press(guest.button("支付 ¥", "Pay ¥"))
    assert guest.says("请填写这一项", "Please fill this in") in guest.text
    guest.says_who(email="guest@mail.example")
    guest.agrees()
    number = guest.goes_to_pay()
    guest.pays()
    assert guest.says("付款成功", "Paid. Thank you!") in guest.text
    guest.press(guest.link("看订单", "See the order"))
    assert guest.says("取货码", "Pickup code") in guest.text

    letter = worker.letter(number)
    other = buyer(width=width, language=language)
    other.page.goto(link_in(letter))
    other.look()
    assert number in other.page.title()
    stranger = buyer(width=width, language=language)
    with stranger.ears.expecting(404):
        stranger.open(f"/orders/{number}")
    assert number not in stranger.text


def test_a_guest_finds_an_order_by_number_telephone_and_code(buyer, worker, world):
    guest, number = buyer(), world.orders["guest"]["open"].number
    guest.open("/orders/find")
    guest.page.get_by_label("订单号").fill(number)
    guest.page.get_by_label("手机号").fill("13877710001")
    guest.press(guest.button("发验证码", "Send me a code"))
    code = re.search(r"\b\d{6}\b", worker.letter("验证码").text)
    assert code
    guest.page.get_by_label("验证码").fill(code[0])
    guest.press(guest.button("看订单", "Show the order"))
    assert number in guest.page.title()


def test_what_was_typed_at_checkout_outlives_a_change_of_language(buyer):
    guest = buyer(width=PHONE, language="zh")
    guest.open(f"/products/{TEA}")
    guest.adds_to_basket(1)
    guest.checks_out()
    guest.says_who(email="guest@mail.example")
    name = guest.page.locator("#checkout [name=recipient]").input_value()
    guest.page.locator("#checkout [name=invoice_kind][value=personal]").check(force=True)
    with guest.page.expect_navigation():
        guest.page.locator("form.lang button[name=lang]").click()
    guest.language = "en"
    expect(guest.main).to_contain_text("Pay")
    assert name
    for field, value in (("recipient", name), ("email", "guest@mail.example")):
        assert guest.page.locator(f"#checkout [name={field}]").input_value() == value
    assert guest.page.locator("#checkout [name=invoice_kind][value=personal]").is_checked()
    guest.agrees()
    assert guest.goes_to_pay(), "the tokens are those of the new page"


def test_back_from_the_payment_names_the_unpaid_order_also_after_a_mistake_at_checkout(buyer):
    guest = buyer(width=PHONE, language="zh")
    guest.open(f"/products/{TEA}")
    guest.adds_to_basket(1)
    guest.checks_out()
    with guest.ears.expecting(400):
        guest.press(guest.button("支付 ¥", "Pay ¥"))
    guest.says_who(email="guest@mail.example")
    guest.agrees()
    number = guest.goes_to_pay()
    guest.page.go_back()
    guest.page.wait_for_url("**/cart")
    expect(guest.main).to_contain_text(number)


def test_a_buyer_sends_home_cancels_and_pays_another_order_later(buyer):
    someone = buyer("buyer2", width=DESKTOP, language="en")
    someone.open(f"/products/{TEA}")
    someone.adds_to_basket()
    someone.checks_out()
    someone.choose("delivery", "courier")
    assert "西安市" in someone.text
    pickup, home = someone.page.locator("[data-freight-out]"), someone.page.locator("[data-total-out]").first
    assert pickup.inner_text() != "¥0.00"
    assert home.inner_text()
    number = someone.goes_to_pay()
    someone.press(someone.link("不付了", "Back to the shop without paying"))
    someone.open(f"/orders/{number}")
    someone.button("取消这一单", "Cancel this order").click()
    someone.confirm("取消这一单", "Cancel this order")
    assert "cancelled" in someone.text

    someone.press(someone.button("再买一单", "Order the same again"))
    someone.checks_out()
    number = someone.goes_to_pay()
    someone.press(someone.button("让它失败", "Let it fail"))
    assert "Nothing was charged" in someone.text
    someone.press(someone.link("再付一次", "Pay again"))
    someone.press(someone.button("支付 ¥", "Pay ¥"))
    someone.pays()
    assert "Paid. Thank you!" in someone.text
    someone.open("/orders")
    assert number in someone.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_guest_buys_without_script(language, buyer):
    guest = buyer(language=language, script=False)
    guest.page.goto(f"{guest.url}/products/{TEA}")
    guest.button("加入购物车", "Add to basket").click()
    guest.page.wait_for_url("**/cart")
    guest.page.locator('a[href="/checkout"]').filter(visible=True).first.click()
    guest.says_who()
    guest.agrees()
    guest.page.locator("button.btn-buy").filter(visible=True).first.click()
    guest.page.wait_for_url("**/sandbox/**")
    guest.page.locator("button[value=succeed]").click()
    expect(guest.main).to_contain_text(guest.says("付款成功", "Paid. Thank you!"))
