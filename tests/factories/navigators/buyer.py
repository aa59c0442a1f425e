"""What buyers do in the shop, page by page."""

from __future__ import annotations

import re

from tests.factories.form_browser import FormBrowser

WHO = {"recipient": "林老师", "phone": "138 0000 0000", "email": "lin@mail.example", "consent": "y"}


class Buyer:
    """A guest, until `signs_in`."""

    def __init__(self, browser: FormBrowser) -> None:
        self.browser = browser
        self.number = ""  # of the order placed last
        self._till = ""  # the payment page that is open

    @property
    def order_path(self) -> str:
        return f"/orders/{self.number}"

    def finds(self, typed: str) -> str:
        """Searches, and reads the list."""
        return self.browser.open("/products", q=typed).text

    def puts_in_basket(self, slug: str, sku: str, units: int) -> None:
        self.browser.open(f"/products/{slug}", sku=sku)
        self.browser.send("/cart/items", sku=sku, quantity=str(units))
        assert f"/cart/items/{sku}" in self.browser.open("/cart").page

    def orders(self, method: str = "sandbox", **wishes: str) -> None:
        """Checks out: campus pickup as the page proposes it, or what is wished. Ends where it is to be paid."""
        self.browser.open("/checkout")
        asked = self.browser.asks("/checkout")
        who = {name: value for name, value in WHO.items() if name in asked}
        typed = {"payment_method": method} | who | wishes
        if wishes.get("delivery") == "courier":
            # Without script the total beside the button is that of pickup: the right one is shown first.
            self.browser.send("/checkout", refused=400, **typed)
        self.browser.send("/checkout", **typed)
        if method == "sandbox":
            self._till = self.browser.path
        found = re.search(r"\d{6}-\w{4}-\w{4}", self.browser.page)
        assert found, self.browser.text[:800]
        self.number = found[0]

    def pays_at_the_till(self) -> str:
        """Presses the provider's button and is led back; what the shop then says."""
        self.browser.open(self._till)
        return self.browser.send(self._till, outcome="succeed").text

    def looks_at_order(self) -> str:
        return self.browser.open(self.order_path).text

    def pickup_code(self) -> str:
        found = re.search(r"取货码 (\d{6})", self.looks_at_order())
        assert found, self.browser.text[:800]
        return found[1]

    def follows(self, link: str) -> str:
        """Opens a link from a message."""
        return self.browser.open(link).text

    def signs_in_at(self, link: str) -> str:
        """Follows a letter's link after the browser was signed out."""
        self.follows(link)
        return self.browser.send("/login", email="buyer@demo.example", password="demo-password").text

    def confirms_receipt(self) -> str:
        self.browser.open(f"{self.order_path}/confirm")
        return self.browser.send(f"{self.order_path}/confirm").text

    def cancels(self) -> str:
        self.looks_at_order()
        return self.browser.send(f"{self.order_path}/cancel").text
