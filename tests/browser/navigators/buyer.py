"""A buyer at a phone or a desk: finds goods, orders, pays on the provider's page, follows the order."""

from __future__ import annotations

import re

from playwright.sync_api import Locator

from tests.browser.navigators.visitor import Visitor


class Buyer(Visitor):
    def searches(self, typed: str) -> None:
        self.open("/")
        box = (
            self.page.get_by_role("searchbox")
            .or_(self.page.get_by_role("combobox"))
            .filter(visible=True)
            .first
        )
        box.fill(typed)
        self.press(self.button("搜索", "Search"))

    def suggestions(self, typed: str) -> Locator:
        """What drops down while typing, for the first letters first."""
        box = (
            self.page.get_by_role("searchbox")
            .or_(self.page.get_by_role("combobox"))
            .filter(visible=True)
            .first
        )
        box.press_sequentially(typed)
        return self.page.get_by_role("option")

    def opens_product(self, name: str) -> None:
        self.press(self.main.get_by_role("link", name=name).first)

    def adds_to_basket(self, units: int = 1) -> None:
        for _ in range(units - 1):
            self.button("加一", "Plus").click()
        before = self.basket_count()
        self.button("加入购物车", "Add to basket").click()
        self.page.wait_for_function(
            "n => [...document.querySelectorAll('[data-basket-count]')].some(dot => dot.textContent === String(n))",
            arg=before + units,
        )

    def basket_count(self) -> int:
        shown = self.page.locator("[data-basket-count]").first.text_content() or "0"
        return int(shown or 0)

    def checks_out(self) -> None:
        self.open("/cart")
        self.press(self.link("去结算", "Checkout"))

    def says_who(self, name: str = "林老师", phone: str = "138 0000 0000", email: str = "") -> None:
        self.page.get_by_label(self.says("收货人", "Recipient")).fill(name)
        self.page.get_by_label(self.says("手机号", "Telephone")).fill(phone)
        self.page.get_by_label(self.says("邮箱", "E-mail")).fill(email)

    def agrees(self) -> None:
        self.page.get_by_label(
            self.says("我看过个人信息的用法，同意。", "I have read how my information is used")
        ).check()

    def goes_to_pay(self) -> str:
        """Presses the button with the sum on it; the order's number."""
        self.press(self.button("支付 ¥", "Pay ¥"))
        found = re.search(r"\d{6}-\w{4}-\w{4}", self.page.inner_text("body"))
        assert found, self.page.url
        return found[0]

    def pays(self) -> None:
        """On the sandbox's page, which is another origin; its button leads back here."""
        assert not self.page.url.startswith(self.url), self.page.url
        self.press(self.button("马上付款", "Pay now"))
        assert self.page.url.startswith(self.url), self.page.url
