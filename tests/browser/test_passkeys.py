"""A passkey in Chromium: made, signed in with, and used as the second factor. The key is the browser's own, without a
person to press it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.live import LiveShop, running_shop
from tests.browser.looking import PHONE, grave_findings, too_wide
from tests.browser.wording import untranslated
from tests.whole_shop import WholeShopTemplate

KEY = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def shop(whole_shop_on_sqlite: WholeShopTemplate, tmp_path) -> Iterator[LiveShop]:
    """Browsers keep passkeys for a name, and not for 127.0.0.1."""
    with (
        whole_shop_on_sqlite.source.copy(tmp_path) as url,
        running_shop(tmp_path, url, seed=False, workers=1, host="localhost") as running,
    ):
        yield running


@dataclass
class Finger:
    """Whoever opens the key: while it is away, every question waits."""

    chromium: CDPSession
    key: str

    def lies_on_it(self, yes: bool) -> None:
        told = {"authenticatorId": self.key, "enabled": yes}
        self.chromium.send("WebAuthn.setAutomaticPresenceSimulation", told)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", viewport={"width": PHONE, "height": 844})
    yield context.new_page()
    context.close()


@pytest.fixture
def finger(page: Page) -> Finger:
    chromium = page.context.new_cdp_session(page)
    chromium.send("WebAuthn.enable")
    key = chromium.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    return Finger(chromium, key["authenticatorId"])


def by_password(page: Page, shop: LiveShop, name: str) -> None:
    page.goto(f"{shop.url}/login")
    page.locator("main [name=email]").fill(f"{name}@demo.example")
    page.locator("main [name=password]").fill("demo-password")
    page.locator("main [name=password]").press("Enter")


def test_a_key_is_made_signs_in_and_is_the_second_factor(page, finger, shop):
    by_password(page, shop, "coordinator")
    page.wait_for_url(f"{shop.url}/village**")
    page.goto(f"{shop.url}/account/passkeys/new")
    assert grave_findings(page) + too_wide(page, (PHONE,)) + untranslated(page, "zh") == []
    page.get_by_role("button", name="创建通行密钥").click()
    expect(page.locator("main ul.lines li")).to_have_count(10)  # codes for the day on which it is lost
    page.goto(f"{shop.url}/account/security")
    expect(page.locator("#passkeys")).to_contain_text("还没用过")
    assert grave_findings(page) + too_wide(page, (PHONE,)) + untranslated(page, "zh") == []
    page.context.clear_cookies()
    finger.lies_on_it(False)
    by_password(page, shop, "coordinator")
    page.wait_for_url(f"{shop.url}/login/code**")
    finger.lies_on_it(True)
    page.get_by_role("button", name="用通行密钥").click()
    page.wait_for_url(f"{shop.url}/village**")
    page.context.clear_cookies()
    finger.lies_on_it(False)
    page.goto(f"{shop.url}/login?next=/account/security")
    assert grave_findings(page) + too_wide(page, (PHONE,)) + untranslated(page, "zh") == []
    finger.lies_on_it(True)
    page.get_by_role("button", name="用通行密钥").click()
    page.wait_for_url(f"{shop.url}/account/security")
    expect(page.locator("#passkeys")).to_contain_text("上次使用")
