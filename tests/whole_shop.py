"""Fixtures: copies of the whole shop that `tests.factories.whole_shop` fills, made once for each backend."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from shop import create_app
from shop.accounts.models import SignInSession
from shop.delivery.waybills.pretended import PretendedWaybills
from shop.extensions import db, unit_of_work
from shop.kit.clock import utc_now
from shop.payments.models import Payment, PaymentStatus
from shop.payments.sandbox.models import SandboxSession, TillStatus
from tests.conftest import OwnOriginClient
from tests.databases import BACKENDS, POSTGRES, PostgresTemplate, SqliteTemplate, testing_settings
from tests.factories.whole_shop import World, build_world

ANONYMOUS = "anonymous"
_WRITE = re.compile(r"\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM|REPLACE INTO)\s+(\S+)", re.IGNORECASE)


class PublicClient(OwnOriginClient):
    """Asks the shop under the name that its settings give it."""

    def open(self, *args, **kwargs):
        kwargs.setdefault("base_url", self.application.extensions["shop.settings"].public_origin)
        return super().open(*args, **kwargs)


@dataclass
class WholeShop:
    """A running copy, its world, and a browser for each person."""

    app: Flask
    world: World
    _browsers: dict[str, FlaskClient] = field(default_factory=dict)

    def browser(self, name: str = ANONYMOUS) -> FlaskClient:
        """This person's browser, always the same one."""
        if name not in self._browsers:
            self._browsers[name] = self.new_browser(name)
        return self._browsers[name]

    def new_browser(self, name: str = ANONYMOUS) -> FlaskClient:
        client = OwnOriginClient(self.app, self.app.response_class, use_cookies=True)
        for key, value in self.world.cookies.get(name, {}).items():
            client.set_cookie(key, value)
        if name == ANONYMOUS:
            self.world.tokens[name] = ""
        return client

    def token(self, name: str) -> str:
        """A CSRF token that is valid in this person's browser."""
        if not self.world.tokens.get(name):
            page = self.browser(name).get("/login").text
            self.world.tokens[name] = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        return self.world.tokens[name]

    def send(
        self, name: str, method: str, path: str, form: dict[str, Any] | None = None, **how: Any
    ) -> TestResponse:
        """A request as this person's browser sends it: unsafe ones with a valid token and the shop's own origin."""
        client = self.browser(name)
        if method in {"GET", "HEAD", "OPTIONS"}:
            return client.open(path, method=method, query_string=form, **how)
        return client.open(path, method=method, data={"csrf_token": self.token(name)} | (form or {}), **how)

    def read(self, work: Callable[[Session], Any]) -> Any:
        with self.app.app_context():
            return unit_of_work().run(work)

    @contextmanager
    def written_tables(self) -> Iterator[set[str]]:
        """The tables that are written to, and committed, while the block runs."""
        with self.app.app_context():
            engine = db.engine
        written: set[str] = set()
        pending: dict[int, set[str]] = {}

        def note(connection, _cursor, statement, *_rest) -> None:
            found = _WRITE.match(statement)
            if found:
                pending.setdefault(id(connection), set()).add(found.group(1).strip('"'))

        def commit(connection) -> None:
            written.update(pending.pop(id(connection), ()))

        def forget(connection) -> None:
            pending.pop(id(connection), None)

        listeners = (("before_cursor_execute", note), ("commit", commit), ("rollback", forget))
        for name, listener in listeners:
            event.listen(engine, name, listener)
        try:
            yield written
        finally:
            for name, listener in listeners:
                event.remove(engine, name, listener)


@dataclass
class WholeShopTemplate:
    """A filled database that is copied for each module that asks for it."""

    world: World
    source: SqliteTemplate | PostgresTemplate

    @contextmanager
    def open(self, folder: Path, **settings: Any) -> Iterator[WholeShop]:
        with self.source.copy(folder) as url:
            app = create_app(replace(testing_settings(folder, url), **settings))
            _make_it_young(app)
            app.extensions["shop.waybill_provider"] = (
                PretendedWaybills()
            )  # so that its pages are looked at too
            yield WholeShop(app, self.world)
            _close(app)


def _make_it_young(app: Flask) -> None:
    """The template may have been filled a long test run ago; some actions want a recent password or payment."""
    now = utc_now()
    later = now + timedelta(minutes=30)

    def refresh(session: Session) -> None:
        session.execute(sa.update(SignInSession).values(authenticated_at=now, last_seen_at=now))
        for page in session.scalars(
            sa.select(SandboxSession).where(SandboxSession.status == TillStatus.OPEN)
        ):
            page.expires_at = max(page.expires_at, later)
        for payment in session.scalars(sa.select(Payment).where(Payment.status == PaymentStatus.PENDING)):
            payment.expires_at = max(payment.expires_at or later, later)
            if payment.request and "expires_at" in payment.request:
                payment.request = {**payment.request, "expires_at": int(payment.expires_at.timestamp())}

    with app.app_context():
        unit_of_work().run(refresh)


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@contextmanager
def _filled(empty: SqliteTemplate | PostgresTemplate, folder: Path) -> Iterator[WholeShopTemplate]:
    with empty.copy(folder) as url:
        app = create_app(testing_settings(folder, url))
        world = build_world(app)
        _close(app)
        yield WholeShopTemplate(world, empty.refilled(url))


@pytest.fixture(scope="session")
def whole_shop_on_sqlite(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WholeShopTemplate]:
    with _filled(sqlite_template, tmp_path_factory.mktemp("whole-shop-sqlite")) as template:
        yield template


@pytest.fixture(scope="session")
def whole_shop_on_postgres(
    postgres_template: PostgresTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WholeShopTemplate]:
    with _filled(postgres_template, tmp_path_factory.mktemp("whole-shop-postgres")) as template:
        yield template


@pytest.fixture(scope="module")
def shop(
    whole_shop_on_sqlite: WholeShopTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WholeShop]:
    """A whole shop of this module's own, on SQLite."""
    with whole_shop_on_sqlite.open(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


@pytest.fixture(scope="module", params=BACKENDS)
def any_shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeShop]:
    """A whole shop of this module's own, on each database in turn."""
    if request.param == "postgresql" and not POSTGRES:
        pytest.skip("TEST_POSTGRES_URL is not set")
    name = "whole_shop_on_sqlite" if request.param == "sqlite" else "whole_shop_on_postgres"
    template: WholeShopTemplate = request.getfixturevalue(name)
    with template.open(tmp_path_factory.mktemp("shop")) as opened:
        yield opened
