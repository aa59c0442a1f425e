"""A browser without script that goes between the shop and the university, and fills in the forms of both."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import lxml.html
import requests


class CampusBrowser:
    def __init__(self, shop: str, university: str) -> None:
        self.shop, self.university = shop, university
        self._session = requests.Session()
        self._session.headers["Accept-Language"] = "en"
        self.page: requests.Response

    @property
    def path(self) -> str:
        """Where it stands, without the host."""
        parts = urlsplit(self.page.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @property
    def text(self) -> str:
        return self.page.text

    def open(self, path: str, *, follow: bool = True) -> CampusBrowser:
        self.page = self._session.get(urljoin(self.shop, path), allow_redirects=follow, timeout=60)
        return self

    def send(self, action: str, *, follow: bool = True, press: str = "", **typed: str) -> CampusBrowser:
        """Fill in the form of this page that goes to `action`; `press` is the button that is a field."""
        forms = lxml.html.fromstring(self.page.text).forms
        target = [
            one for one in forms if urlsplit(urljoin(self.page.url, one.action or "")).path.endswith(action)
        ]
        assert target, (action, self.page.url, [one.action for one in forms], self.page.text[:2000])
        fields = {
            one.name: one.value or ""
            for one in target[0].inputs
            if one.name and getattr(one, "type", "") not in {"submit", "checkbox", "radio"}
        }
        if press:
            fields[press] = press
        url = urljoin(self.page.url, target[0].action or "")
        parts = urlsplit(self.page.url)
        self.page = self._session.post(
            url,
            data=fields | typed,
            headers={"Origin": f"{parts.scheme}://{parts.netloc}", "Referer": self.page.url},
            allow_redirects=follow,
            timeout=60,
        )
        return self

    def proves_at_openid(self, number: str) -> CampusBrowser:
        """Password at the university, and yes to what the shop asks for."""
        if "/accounts/login/" in self.page.url:
            self.send("/accounts/login/", username=number, password="campus")
        if "/o/authorize" in self.page.url:
            self.send("/o/authorize/", press="allow")
        return self

    def proves_at_cas(self, number: str) -> CampusBrowser:
        return self.send("/cas/login", username=number, password="campus")

    def is_signed_in(self) -> bool:
        answer = self._session.get(f"{self.shop}/account", allow_redirects=False, timeout=60)
        return answer.status_code == 200
