"""Somebody at a screen: opens pages, presses what can be seen, and looks at every page on the way."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from tests.browser.looking import DESKTOP, NARROW, Ears, grave_findings, too_wide

# Of a page that was refused: what it tells its reader, which says more than its number.
WHAT_IS_WRONG = "main .msg, main .err, main [data-news]"


class Visitor:
    def __init__(self, page: Page, ears: Ears, url: str, language: str, width: int) -> None:
        self.page, self.ears = page, ears
        self.url, self.language, self.width = url, language, width
        self.main: Locator = page.locator("main")

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.url)

    @property
    def text(self) -> str:
        return self.main.inner_text()

    def says(self, zh: str, en: str) -> str:
        """The words in the language of this browser."""
        return zh if self.language == "zh" else en

    def open(self, path: str) -> Visitor:
        self.page.goto(self.url + path)
        return self.look()

    def look(self) -> Visitor:
        """What every page must be; at the phone's width a narrower phone must do as well."""
        widths = [self.width] if self.width == DESKTOP else [NARROW, self.width]
        found = grave_findings(self.page) + too_wide(self.page, widths) + self.ears.complaints
        found += [f"says: {words}" for words in self.page.locator(WHAT_IS_WRONG).all_inner_texts() if found]
        assert not found, (self.page.url, self.width, self.language, found)
        return self

    def button(self, zh: str, en: str) -> Locator:
        return self.page.get_by_role("button", name=self.says(zh, en)).filter(visible=True).first

    def link(self, zh: str, en: str) -> Locator:
        return self.page.get_by_role("link", name=self.says(zh, en)).filter(visible=True).first

    def press(self, what: Locator) -> Visitor:
        """Press and wait for the page that follows."""
        with self.page.expect_navigation():
            what.click()
        return self.look()

    def choose(self, name: str, value: str) -> None:
        """A card of several: the radio itself is drawn by its label."""
        self.page.locator(f'input[name="{name}"][value="{value}"]').check(force=True)

    def confirm(self, zh: str, en: str) -> Visitor:
        """Say yes in the dialog that asks first."""
        yes = self.page.get_by_role("dialog").get_by_role("button", name=self.says(zh, en))
        return self.press(yes)
