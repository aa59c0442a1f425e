"""`make screenshots`: the README's pictures, from a freshly seeded demo shop in a temporary folder."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.live import CHROMIUM, CHROMIUM_ARGUMENTS, ROOT, running_shop
from tests.databases import migrate

FOLDER = ROOT / "docs" / "screenshots"
DESKTOP = (1280, 860)
PHONE = (390, 844)


@dataclass(frozen=True)
class Shot:
    name: str
    path: str
    size: tuple[int, int]
    account: str | None = None


SHOTS = (
    Shot("home", "/", DESKTOP),
    Shot("product", "/products/yunwu-green-tea", PHONE),
    Shot("farm", "/farm", PHONE, "farmer"),
    Shot("village", "/village", DESKTOP, "coordinator"),
    Shot("report", "/admin/reports", DESKTOP, "admin"),
)


def take(browser: Browser, url: str, shot: Shot) -> None:
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", reduced_motion="reduce"
    )
    page = context.new_page()
    if shot.account:
        page.goto(f"{url}/login")
        page.locator("main [name=email]").fill(f"{shot.account}@demo.example")
        page.locator("main [name=password]").fill("demo-password")
        page.locator("main [name=password]").press("Enter")
        page.wait_for_url(lambda address: "/login" not in address)
    page.goto(url + shot.path, wait_until="networkidle")
    page.screenshot(path=FOLDER / f"{shot.name}.png")
    context.close()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        database = f"sqlite:///{folder}/shop.db"
        migrate(Path(folder), database)
        with running_shop(Path(folder), database) as shop:
            shop.flask("demo", "--orders", "1500", "--seed", "7")
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
            for shot in SHOTS:
                take(browser, shop.url, shot)
            browser.close()


if __name__ == "__main__":
    main()
