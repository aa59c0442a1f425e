"""What a farmer does on the phone."""

from __future__ import annotations

import re

from tests.factories.form_browser import FormBrowser


class Farmer:
    def __init__(self, browser: FormBrowser) -> None:
        self.browser = browser

    def looks_at_tasks(self) -> str:
        return self.browser.open("/farm/tasks").text

    def accepts(self) -> str:
        return self._press("accept")

    def is_ready(self) -> str:
        return self._press("ready")

    def declines(self, reason: str) -> str:
        self.looks_at_tasks()
        self.browser.open(self.browser.link(r"/farm/tasks/\d+"))
        asked = f"{self.browser.path}/decline"
        self.browser.send(asked, reason=reason)
        return self.browser.send(asked).text

    def looks_at_money(self) -> str:
        return self.browser.open("/farm/money").text

    def _press(self, step: str) -> str:
        """The first button of this kind on the list of tasks."""
        self.looks_at_tasks()
        found = re.search(rf'action="(/farm/tasks/\d+/{step})"', self.browser.page)
        assert found, f"no task to {step}: {self.browser.text}"
        return self.browser.send(found[1]).text
