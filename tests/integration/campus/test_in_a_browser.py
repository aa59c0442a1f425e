"""What only a browser shows: the policy of our pages lets people through to the university and back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect


@pytest.mark.browser
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_in_through_another_origin_and_out_through_it_too(browser, shop, university):
    context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844})
    context.set_default_timeout(30_000)
    page = context.new_page()
    said = []
    page.on("console", lambda one: said.append(one.text) if "Content Security Policy" in one.text else None)
    page.goto(f"{university.shop_url}/login?next=/account")
    page.get_by_role("link", name="用校园账号登录", exact=True).click()
    page.fill("[name=username]", "20230017")
    page.fill("[name=password]", "campus")
    page.get_by_role("button").click()
    page.locator("[name=allow]").click()
    expect(page.get_by_text("王小梅")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_label("两份都看过，我同意。").check()
    page.get_by_role("button", name="开户并登录").click()
    expect(page).to_have_url(f"{university.shop_url}/account")
    page.get_by_role("button", name="退出登录").click()
    expect(page).to_have_url(f"{university.shop_url}/")
    page.goto(f"{university.shop_url}/login/campus/oidc")
    expect(page).to_have_url(re.compile(rf"{university.url}/accounts/login/.*"))
    assert said == []
    context.close()
