"""A browser whose network comes and goes."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Error, Page

from tests.browser.wire import Wire

PAGES_KEPT = """async () => {
  for (const name of await caches.keys())
    if (name.includes(":pages:")) return (await (await caches.open(name)).keys()).map(one => new URL(one.url).pathname);
  return [];
}"""

BROKEN_OFF = ("net::ERR_ABORTED", "interrupted by another navigation", "Execution context was destroyed")


class Phone:
    """The farmer's browser with its worker, on one of the pages."""

    def __init__(self, browser) -> None:
        self.browser, self.page = browser, browser.page
        self.context: BrowserContext = self.page.context
        self.waiting = self.page.locator(".task.wait")
        self.bar = self.page.locator("[data-phone-bar] [data-text]")
        self.dialog = self.page.get_by_role("dialog")

    def open(self, path: str) -> Phone:
        return self._go(self.browser.url + path)

    def leave(self) -> Phone:
        return self._go("about:blank")

    def _go(self, address: str) -> Phone:
        self._again_if_broken_off(lambda: self.page.goto(address))
        return self

    def look(self) -> Phone:
        self._again_if_broken_off(self.browser.look)
        return self

    def _again_if_broken_off(self, does: Callable[[], object]) -> None:
        """Once more where the page loaded itself anew at this very moment, which breaks off what is done with it."""
        for more in (True, True, True, False):
            try:
                does()
                break
            except Error as broken:
                if not more or not any(sign in str(broken) for sign in BROKEN_OFF):
                    raise
            self.page.wait_for_timeout(300)

    def keep(self, *paths: str) -> Phone:
        """Look at these pages, and wait until the phone has them."""
        for path in paths:
            self.open(path)
            poll(lambda path=path: path in self.kept(), path)
        return self

    def kept(self) -> list[str]:
        """The pages that the phone has; none while it is on its way to another page."""
        try:
            found: list[str] = self.page.evaluate(PAGES_KEPT)
        except Error:
            return []
        return found

    def cut(self) -> Phone:
        self.context.set_offline(True)
        return self

    def join(self) -> Phone:
        self.context.set_offline(False)
        return self

    def button(self, name: str):
        return self.page.get_by_role("button", name=name, exact=True).filter(visible=True).first

    def press(self, name: str) -> Phone:
        self.button(name).click()
        return self


def poll(is_so, what: object = "", seconds: float = 20) -> None:
    """Until it is so; the phone sends in its own time."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def come_to_rest(page: Page, wire: Wire, *, quiet: float = 1.5, seconds: float = 60) -> None:
    """Until nothing has come through the wire for a while, however slow the machine is at fetching it."""
    end, since, last = time.monotonic() + seconds, time.monotonic(), -1
    while time.monotonic() - since < quiet:
        assert time.monotonic() < end, "something comes all the time"
        page.wait_for_timeout(100)
        if (come := wire.has_come()) != last:
            since, last = time.monotonic(), come
