"""What the shop's team does."""

from __future__ import annotations

import csv
import io

from tests.factories.form_browser import FormBrowser

PASSWORD = "demo-password"


class Admin:
    def __init__(self, browser: FormBrowser) -> None:
        self.browser = browser

    def looks_at_order(self, number: str) -> str:
        return self.browser.open(f"/admin/orders/{number}").text

    def gives_password_again(self) -> None:
        self.browser.open("/verify")
        self.browser.send("/verify", password=PASSWORD)

    def calls_off(self, number: str, reason: str) -> str:
        self.gives_password_again()
        self.looks_at_order(number)
        return self.browser.send(f"/admin/orders/{number}/refund", reason=reason).text

    def confirms_transfer(self, number: str, yuan: str) -> str:
        """Finds the awaited transfer by the order's number and books what the statement shows."""
        self.gives_password_again()
        self.browser.open("/admin/transfers", q=number)
        self.browser.open(self.browser.link(r"/admin/transfers/\d+"))
        return self.browser.send(self.browser.path, received=yuan).text

    def exports(self, report: str, **query: str) -> list[dict[str, str]]:
        """The rows of a report's CSV by column title."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        text = self.browser.download(f"/admin/reports/{report}?format=csv&lang=zh&{asked}").decode(
            "utf-8-sig"
        )
        return list(csv.DictReader(io.StringIO(text)))

    def closes_payouts(self, until: str) -> str:
        self.gives_password_again()
        self.browser.open("/admin/payouts/close", until=until)
        return self.browser.send("/admin/payouts/close", until=until).text
