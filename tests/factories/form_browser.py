"""A person's browser without script: it opens pages, and sends only forms that stand on them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories.page_forms import Form, forms_of

_MOST_STEPS = 5
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL)


class FormBrowser:
    def __init__(self, client: FlaskClient) -> None:
        self._client = client
        self.path = "/"
        self.page = ""

    @property
    def client(self) -> FlaskClient:
        return self._client

    @property
    def text(self) -> str:
        """What is to be read on the page, on one line."""
        return " ".join(unescape(_TAGS.sub(" ", self.page)).split())

    def open(self, address: str, **query: Any) -> FormBrowser:
        """Go to a page, following redirects. Fails unless a page comes."""
        return self._arrive(self._client.get(_on_this_host(address), query_string=query or None))

    def download(self, address: str) -> bytes:
        answer = self._client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return answer.data

    def send(self, action: str, *, refused: int = 0, **typed: Any) -> FormBrowser:
        """Fill in the page's form that leads to `action` and send it; what is not typed stays as the page has it."""
        form = self._form(action)
        unknown = typed.keys() - form.names
        assert not unknown, f"{self.path}: the form {action} has no {unknown}, but {sorted(form.names)}"
        data = form.fields | typed
        target = urljoin(self.path, form.action or self.path)
        return self._arrive(self._client.open(target, method=form.method, data=data), refused=refused)

    def asks(self, action: str) -> set[str]:
        """The names of the fields of a form on the page."""
        return self._form(action).names

    def link(self, pattern: str) -> str:
        """The first address on the page that the pattern matches."""
        found = re.search(rf'href="({pattern})"', self.page)
        assert found, f"{self.path} has no link {pattern}: {self.text[:600]}"
        return unescape(found[1])

    def _form(self, action: str) -> Form:
        forms = [form for form in forms_of(self.page) if form.method == "post"]
        found = next((form for form in forms if _leads_to(form, action, self.path)), None)
        assert found, (
            f"{self.path} has no form {action}, but {[form.action for form in forms]}: {self.text[:600]}"
        )
        return found

    def _arrive(self, answer: TestResponse, *, refused: int = 0) -> FormBrowser:
        for _ in range(_MOST_STEPS):
            self.path = answer.request.path
            if answer.status_code not in {301, 302, 303}:
                break
            answer = self._client.get(_on_this_host(urljoin(self.path, answer.location)))
        self.page = answer.text
        assert answer.status_code == (refused or 200), (self.path, answer.status_code, self.text[:800])
        return self


def _leads_to(form: Form, action: str, path: str) -> bool:
    return urljoin(path, form.action or path) == action


def _on_this_host(address: str) -> str:
    """The sandbox stands on another origin, served by the same application."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
