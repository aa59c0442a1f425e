"""What a point keeper does on campus."""

from __future__ import annotations

from tests.factories.form_browser import FormBrowser


class Keeper:
    def __init__(self, browser: FormBrowser) -> None:
        self.browser = browser

    def says_the_truck_is_here(self, run: str) -> str:
        self.browser.open("/point/expected")
        return self.browser.send(f"/point/runs/{run}/arrived").text

    def looks_up(self, code: str) -> str:
        self.browser.open("/point")
        return self.browser.send("/point/find", code=code).text

    def hands_over(self, code: str) -> str:
        self.looks_up(code)
        return self.browser.send("/point/hand-over").text
