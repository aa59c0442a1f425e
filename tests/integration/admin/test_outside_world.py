"""No transaction of the shop is open while a page waits for a payment service or for the store of files."""

from __future__ import annotations

import io
from functools import partial

import pytest
import sqlalchemy as sa
from PIL import Image

from shop.catalogue.models import Product
from shop.extensions import payment_providers
from shop.kit.clock import utc_now
from shop.ordering.access import guest_key
from shop.payments.models import RefundBearer
from shop.payments.sandbox.models import SandboxSession
from shop.payments.sandbox.till import Button, press
from shop.payments.syncing import sync
from shop.payments.whole_refunds import refund_in_full
from shop.storage.media import MediaStore
from tests.factories.form_browser import FormBrowser

TAKES_SECONDS = {"start", "fetch", "close", "refund", "fetch_refund", "parse_webhook"}


class Watched:
    """A provider that writes down how many connections of the shop are in use whenever it is asked something."""

    def __init__(self, provider, engine, seen):
        self._provider, self._engine, self._seen = provider, engine, seen

    def __getattr__(self, name):
        method = getattr(self._provider, name)
        if name not in TAKES_SECONDS:
            return method

        def ask(*args, **kwargs):
            self._seen.append((name, self._engine.pool.checkedout()))
            return method(*args, **kwargs)

        return ask


@pytest.fixture
def seen(app, engine):
    """What was asked of providers, and how many connections were in use then."""
    asked = []
    with app.app_context():
        watched = {name: Watched(one, engine, asked) for name, one in payment_providers().items()}
    app.extensions["shop.payment_providers"] = watched
    return asked


@pytest.fixture
def buyer(app, client):
    """A guest who came by the signed link of an order."""

    def _buyer(placed):
        key = guest_key(placed.number, [app.extensions["shop.settings"].secret_key], now=utc_now())
        browser = FormBrowser(client)
        browser.open(f"/orders/{placed.number}/pay?key={key}")
        return browser

    return _buyer


@pytest.mark.parametrize(
    ("button", "asked"), [("pay", ["start"]), ("cancel", ["close"]), ("paid", ["fetch"])]
)
def test_while_a_buyers_page_asks_the_provider(button, asked, buyer, place, begin_payment, seen):
    placed = place(payment_method="sandbox")
    if button != "pay":
        begin_payment(placed)
    browser = buyer(placed)
    seen.clear()
    if button == "paid":
        browser.open(f"/orders/{placed.number}/paid")
    else:
        browser.send(f"/orders/{placed.number}/{button}")
    assert seen == [(name, 0) for name in asked]


def test_while_the_team_calls_an_order_off_or_asks_after_money(admin, place, begin_payment, seen):
    placed = place(payment_method="sandbox")
    payment_id = begin_payment(placed)
    seen.clear()
    admin.post(f"/admin/payments/{payment_id}/ask")
    admin.post(f"/admin/orders/{placed.number}/refund", reason="typed twice")
    assert [name for name, _ in seen] == ["fetch", "close"]
    assert {connections for _, connections in seen} == {0}


def test_while_the_team_asks_after_a_refund(admin, place, begin_payment, unit_of_work, app, seen, see):
    placed = place(payment_method="sandbox")
    payment_id = begin_payment(placed)
    [page] = see(sa.select(SandboxSession.token))
    unit_of_work.run(lambda session: press(session, page, Button.SUCCEED, now=utc_now()))
    with app.app_context():
        sync(unit_of_work, payment_providers(), payment_id, now=utc_now())
    refund = partial(refund_in_full, bearer=RefundBearer.SHOP, reason="bad", actor_id=None, token="1")
    refund_id = unit_of_work.run(lambda session: refund(session, placed.order_id, now=utc_now()))
    seen.clear()
    admin.post(f"/admin/refunds/{refund_id}/ask")
    assert seen == [("refund", 0)]


def test_while_a_photo_is_stored_and_thrown_away(admin, see, shop, engine, monkeypatch):
    connections = []

    def watch(name):
        method = getattr(MediaStore, name)

        def watched(*args):
            connections.append(engine.pool.checkedout())
            return method(*args)

        monkeypatch.setattr(MediaStore, name, watched)

    watch("write")
    watch("delete")
    product_id = see(sa.select(Product.id))[0]
    photo = io.BytesIO()
    Image.new("RGB", (800, 800)).save(photo, "JPEG")
    photo.seek(0)
    admin.post(f"/admin/products/{product_id}/pictures", photo=(photo, "tea.jpg"), alt_zh="茶")
    admin.post(f"/admin/products/{product_id}/pictures/1/remove")
    assert connections
    assert set(connections) == {0}
