"""One shop under gunicorn for all journeys, filled as `tests.factories.whole_shop` says, and a browser for anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, expect

from shop import create_app, jobs
from shop.catalogue.picture_names import WIDTHS, file_name
from shop.extensions import db
from shop.notifications.sending import Envelope
from shop.ordering.claim_photos import photo_file
from shop.reviews.photos import photo_file as review_photo_file
from shop.settings import Settings
from tests.browser.live import LiveShop, running_shop
from tests.browser.looking import HEIGHTS, PHONE, Ears
from tests.browser.navigators.visitor import Visitor
from tests.factories.outside_world import OutsideWorld
from tests.factories.whole_shop import World
from tests.whole_shop import WholeShopTemplate

LOCALES = {"zh": "zh-CN", "en": "en-GB"}
# For what should come, and comes at once where nothing else keeps the machine busy.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)

Visit = Callable[..., Visitor]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They share one shop, so one process has them all, and the others have everything else."""
    for item in items:
        if item.path.is_relative_to(__file__.rsplit("/", 1)[0]):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def whole_live_shop(
    whole_shop_on_sqlite: WholeShopTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveShop]:
    folder = tmp_path_factory.mktemp("live")
    _put_photo(folder / "media")
    with whole_shop_on_sqlite.source.copy(folder) as url, running_shop(folder, url, seed=False) as shop:
        yield shop


def _put_photo(folder: Path) -> None:
    """The files of the pictures that the whole shop has planted: of goods, of a claim and of a review."""
    folder.mkdir()
    for file_of in (photo_file, review_photo_file):
        photo = folder / file_of("0" * 32)
        photo.parent.mkdir(parents=True)
        Image.new("RGB", (640, 480), "#d9ead3").save(photo)
    for width in WIDTHS:
        Image.new("RGB", (width, width), "#d9ead3").save(folder / file_name("0" * 32, width))


@pytest.fixture(scope="session")
def world(whole_shop_on_sqlite: WholeShopTemplate) -> World:
    return whole_shop_on_sqlite.world


@pytest.fixture(scope="session")
def worker_app(whole_live_shop: LiveShop) -> Iterator[Flask]:
    app = create_app(Settings.from_environ(whole_live_shop.environ))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@dataclass
class Worker:
    """Does the worker's jobs when it is told to. Letters go to a mailbox, webhooks to the shop over real HTTP."""

    app: Flask
    outside: OutsideWorld

    def does(self, job: str) -> object:
        with self.app.app_context():
            return jobs.run_job(job)

    def letter(self, words: str) -> Envelope:
        """The newest letter about this, once everything that waits is sent."""
        while self.does("outbox"):
            pass
        found = [one for one in self.outside.letters if words in one.subject + one.text]
        assert found, [one.subject for one in self.outside.letters]
        return found[-1]


@pytest.fixture
def worker(worker_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Worker:
    outside = OutsideWorld(worker_app)
    monkeypatch.setattr(jobs, "DELIVERIES", outside.deliveries)
    return Worker(worker_app, outside)


@pytest.fixture(scope="session")
def _sign_ins() -> dict[str, Any]:
    return {}


@pytest.fixture
def visit(browser: Browser, whole_live_shop: LiveShop, _sign_ins: dict[str, Any]) -> Iterator[Visit]:
    """A browser on the shop: `visit("farmer", width=390, language="zh")`; nobody is signed in without a name.

    When the test is over, none of them may have complained.
    """
    opened: list[tuple[BrowserContext, Ears]] = []

    def _visit(
        name: str = "",
        *,
        width: int = PHONE,
        language: str = "zh",
        script: bool = True,
        dark: bool = False,
        navigator: type[Visitor] = Visitor,
    ) -> Visitor:
        if name and name not in _sign_ins:
            _sign_ins[name] = _sign_in(browser, whole_live_shop.url, name)
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHTS[width]},
            locale=LOCALES[language],
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            has_touch=width <= PHONE,
            storage_state=_sign_ins.get(name),
        )
        context.set_default_timeout(PATIENCE_MS)
        ears = Ears()
        ears.listen_to(context)
        opened.append((context, ears))
        return navigator(context.new_page(), ears, whole_live_shop.url, language, width)

    yield _visit
    for context, _ in opened:
        context.close()
    complaints = [complaint for _, ears in opened for complaint in ears.complaints]
    assert not complaints, complaints


def _sign_in(browser: Browser, url: str, name: str) -> Any:
    """Sign in by the form, once for all tests, and keep the cookies."""
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(f"{url}/login")
    page.locator("main [name=email]").fill(f"{name}@demo.example")
    page.locator("main [name=password]").fill("demo-password")
    page.locator("main [name=password]").press("Enter")
    page.wait_for_url(lambda address: "/login" not in address)
    state = context.storage_state()
    context.close()
    return state
