"""A shop of these tests' own, behind a wire that can be cut."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.browser.live import LiveShop, running_shop
from tests.browser.navigators.visitor import Visitor
from tests.browser.wire import Wire, wire_to
from tests.browser.without_network.phone import Phone


@pytest.fixture(scope="package")
def wired(whole_shop_on_sqlite, tmp_path_factory) -> Iterator[tuple[LiveShop, Wire]]:
    """A shop of its own, behind a wire that can be cut."""
    folder = tmp_path_factory.mktemp("wired")
    listening = socket.create_server(("127.0.0.1", 0))
    public = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with (
        whole_shop_on_sqlite.source.copy(folder) as url,
        running_shop(folder, url, seed=False, PUBLIC_URL=public) as shop,
        wire_to(int(shop.environ["PORT"]), listening) as wire,
    ):
        yield LiveShop(public, shop.environ, shop.database_url), wire


@pytest.fixture(scope="package")
def whole_live_shop(wired) -> LiveShop:
    return wired[0]


@pytest.fixture(scope="package")
def _sign_ins() -> dict:
    return {}


@pytest.fixture
def wire(wired) -> Iterator[Wire]:
    wire = wired[1]
    yield wire
    wire.loses, wire.holds, wire.latency, wire.bytes_a_second = "", "", 0.0, 0


@pytest.fixture(scope="package")
def books(wired) -> Iterator[sa.Connection]:
    """The shop's database, to read what became of it."""
    engine = sa.create_engine(wired[0].database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def visit(visit) -> Iterator:
    """As everywhere; when the test is over, nothing is on its way any more."""
    visitors = []

    def _visit(*who: str, **how) -> Visitor:
        visitors.append(visit(*who, **how))
        return visitors[-1]

    yield _visit
    for one in visitors:
        Phone(one).leave()
        one.page.context.set_offline(False)
