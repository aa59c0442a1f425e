"""The shop without a mouse, and as a screen reader tells it."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import DESKTOP, PHONE
from tests.browser.navigators.buyer import Buyer

TEA = "/products/yunwu-green-tea"
# Where the focus is: the name that is read out, and whether it can be seen around it.
_FOCUSED = """() => {
  const one = document.activeElement;
  const look = getComputedStyle(one);
  const label = one.labels && one.labels[0] ? getComputedStyle(one.labels[0]) : look;
  const drawn = look.outlineStyle !== "none" || look.boxShadow !== "none" || label.outlineStyle !== "none" || label.boxShadow !== "none";
  return [one.getAttribute("aria-label") || (one.labels && one.labels[0] || one).innerText || one.name || one.tagName, drawn];
}"""


@pytest.fixture
def buyer(visit):
    return lambda *who, **how: visit(*who, navigator=Buyer, **how)


def tab_to(page: Page, words: str, *, most: int = 90) -> None:
    """Tab on until the focus stands on what is called so; every stop on the way can be seen and has a name."""
    for _ in range(most):
        page.keyboard.press("Tab")
        name, is_drawn = page.evaluate(_FOCUSED)
        assert name.strip(), page.evaluate("document.activeElement.outerHTML")
        assert is_drawn, f"nobody sees that {name!r} has the focus"
        if re.search(words, name):
            return
    raise AssertionError(f"no Tab leads to {words!r} on {page.url}")


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh"), (DESKTOP, "en")])
def test_goods_are_found_ordered_and_paid_without_a_mouse(width, language, buyer):
    guest = buyer(width=width, language=language)
    page, says = guest.page, guest.says
    guest.open("/")
    tab_to(page, says("跳到正文", "Skip to content"), most=1)
    tab_to(page, says("搜索", "Search products"))
    page.keyboard.type("yunwu")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert guest.path.startswith("/products/")
    tab_to(page, says("加入购物车", "Add to basket"))
    page.keyboard.press("Enter")
    expect(page.locator("[data-live]")).not_to_be_empty()
    guest.open("/cart")
    tab_to(page, says("去结算", "Checkout"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    for label, typed in (("收货人", "林老师"), ("手机号", "13800000000")):
        tab_to(page, label if language == "zh" else {"收货人": "Recipient", "手机号": "Telephone"}[label])
        page.keyboard.type(typed)
    tab_to(page, says("我看过个人信息", "I have read how"))
    page.keyboard.press("Space")
    tab_to(page, says("支付", "Pay ¥"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert not page.url.startswith(guest.url), page.url
    tab_to(page, "马上付款|Pay now")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert says("付款成功", "Paid. Thank you!") in guest.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_screen_reader_is_told_what_others_see(language, buyer):
    guest = buyer(language=language)
    page, says = guest.page, guest.says
    guest.open(TEA)
    assert page.get_by_role("main").count() == page.get_by_role("banner").count() == 1
    levels = page.eval_on_selector_all("h1, h2, h3, h4", "all => all.map(one => Number(one.tagName[1]))")
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels)), levels
    told = page.get_by_role("main").aria_snapshot()
    assert re.search(r"¥68\.00", told)
    assert not re.search(r"- (button|link|textbox|radio|checkbox)( \[|$|:)", told, re.MULTILINE), told
    guest.button("加入购物车", "Add to basket").click()
    expect(page.get_by_role("status").filter(has_text=says("购物车", "basket"))).to_be_attached()
    guest.open("/checkout")
    with guest.ears.expecting(400):
        guest.press(guest.button("支付 ¥", "Pay ¥"))
    wrong = page.get_by_label(says("手机号", "Telephone"))
    expect(wrong).to_have_attribute("aria-invalid", "true")
    said = page.locator("#" + (wrong.get_attribute("aria-describedby") or "").split()[-1])
    expect(said).not_to_be_empty()
    expect(page.get_by_role("alert").first).to_be_visible()


def test_nothing_moves_for_who_asks_for_no_motion(buyer):
    guest = buyer()
    for path in ("/", "/products", TEA):
        guest.open(path)
        assert guest.page.evaluate("document.getAnimations().length") == 0
        assert guest.page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
