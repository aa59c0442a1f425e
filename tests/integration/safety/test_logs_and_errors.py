"""What the log keeps, what an error shows, and what is not reachable at all."""

from __future__ import annotations

import io
import json
import logging
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
import structlog

from shop.accounts.passwords import DEMO_PASSWORD
from shop.catalogue.models import Product, ProductStatus, Variant
from shop.extensions import db, unit_of_work
from shop.inventory.models import Lot, LotStatus
from shop.kit.clock import utc_now
from shop.settings import Environment
from shop.web.request_log import configure_logging
from tests.conftest import OwnOriginClient
from tests.factories.form_browser import FormBrowser
from tests.factories.people import csrf_token, sign_in
from tests.whole_shop import ANONYMOUS, WholeShop

CANARIES = {
    "password": "canary-Passw0rd-7731", "card": "4242424242424242", "phone": "13912345670", "name": "金丝雀姓名",
    "street": "金丝雀街道 9 号", "secret": "whsec_canary0123456789", "key": "sk_live_canary0123456789",
    "token": "canary-bearer-token-0123456789", "email": "canary.person@mail.example", "query": "canary-query-value",
}  # fmt: skip
NOT_THERE = (
    "/.git/config", "/.git/HEAD", "/.env", "/.env.production", "/.htaccess", "/.DS_Store", "/console", "/__debug__/",
    "/debug", "/server-status", "/phpinfo.php", "/wp-login.php", "/backup.sql", "/dump.sql.gz", "/shop.db", "/instance/shop.db",
    "/instance/", "/wsgi.py", "/pyproject.toml", "/static/../shop/settings.py", "/static/%2e%2e/shop.db", "/static/", "/media/",
    "/media/..%2f..%2fshop.db", "/metrics", "/admin/../.env", "/config", "/swagger", "/graphql", "/actuator/env", "/seed_products.json",
)  # fmt: skip


@pytest.fixture
def log(shop: WholeShop):
    """The real log of a running shop, as text."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level, configured = root.handlers[:], root.level, structlog.get_config()
    raises = logging.raiseExceptions
    configure_logging()
    root.handlers[0].setStream(stream)
    structlog.configure(cache_logger_on_first_use=False)
    yield stream
    root.handlers[:], logging.raiseExceptions = handlers, raises
    root.setLevel(level)
    structlog.configure(**configured)


def lines(log: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_nothing_that_somebody_types_stands_in_the_log(shop, log):
    """Through every form, header and address; also when the database or our own code fails on it."""
    fields = {
        "email": CANARIES["email"], "password": CANARIES["password"], "current": CANARIES["password"], "name": CANARIES["name"],
        "recipient": CANARIES["name"], "phone": CANARIES["phone"], "street": CANARIES["street"], "note": CANARIES["card"],
        "text": CANARIES["card"], "code": CANARIES["token"], "number": CANARIES["token"], "reason": CANARIES["name"],
    }  # fmt: skip
    headers = {
        "Authorization": f"Bearer {CANARIES['token']}", "Stripe-Signature": CANARIES["secret"], "X-Api-Key": CANARIES["key"],
        "User-Agent": CANARIES["query"], "Referer": f"http://127.0.0.1:8000/reset/new?token={CANARIES['token']}",
    }  # fmt: skip
    order = shop.world.orders["a"]["shipped"].number
    for person, path in (
        (ANONYMOUS, "/login"), (ANONYMOUS, "/register"), (ANONYMOUS, "/reset"), (ANONYMOUS, "/orders/find"),
        (ANONYMOUS, "/orders/find/code"), (ANONYMOUS, "/payments/sandbox/webhook"), ("buyer", "/account"), ("buyer", "/verify"),
        ("buyer", "/account/password"), ("buyer", "/account/addresses"), ("buyer", "/checkout"), ("buyer", f"/orders/{order}/claim"),
        ("coordinator", f"/village/tasks/{shop.world.orders['a']['open'].tasks[0]}/decline"), ("point", "/point/find"),
        ("admin", "/admin/users/new"), ("admin", "/admin/settings"), ("admin", f"/admin/orders/{order}/note"),
    ):  # fmt: skip
        shop.send(person, "POST", path, fields, headers=headers)
        shop.browser(person).get(
            path, query_string={"q": CANARIES["query"], "token": CANARIES["token"]}, headers=headers
        )
    for path in (f"/reset/new?token={CANARIES['token']}", f"/orders/{CANARIES['token']}", f"/sandbox/{CANARIES['token']}",
                 f"/trace/{CANARIES['token']}", f"/products?q={CANARIES['query']}", f"/orders/{order}?key={CANARIES['token']}"):  # fmt: skip
        shop.browser(ANONYMOUS).get(path, headers=headers)
    assert len(lines(log)) > 30
    assert {name for name, word in CANARIES.items() if word in log.getvalue()} == set()


def test_a_failure_keeps_its_parameters_out_of_log_and_page(shop, log, monkeypatch):
    def broken() -> str:
        card = CANARIES["card"]  # in a frame that a careless report would print
        statement = sa.text("SELECT * FROM no_such_table WHERE card = :card")
        return str(db.session.execute(statement, {"card": card}).one())

    monkeypatch.setitem(shop.app.view_functions, "storefront.home", broken)
    answer = shop.browser(ANONYMOUS).get("/", headers={"Accept-Language": "en"})
    assert answer.status_code == 500
    errors = [line for line in lines(log) if line["level"] == "error"]
    assert errors, "a failure is noted"
    assert errors[0]["request_id"] == answer.headers["X-Request-ID"]
    assert CANARIES["card"] not in log.getvalue() + answer.text
    for word in ("Traceback", "no_such_table", "OperationalError", "SELECT"):
        assert word not in answer.text


def test_nobody_forges_a_line_of_the_log(shop, log):
    """One request, one line, whatever stands in address, query and headers."""
    forged = '\r\n{"event": "forged", "level": "error"}\x1b[31m'
    client = shop.browser(ANONYMOUS)
    for path in (
        "/products/x%0d%0a%7b%22event%22:%22forged%22%7d",
        "/nowhere%0aforged",
        "/products?q=%0d%0aforged%1b[31m",
    ):
        log.truncate(0), log.seek(0)
        client.get(
            path,
            headers={
                "User-Agent": forged.replace("\r", "").replace("\n", " "),
                "X-Request-ID": "forged-id-12345",
            },
        )
        assert len(log.getvalue().splitlines()) == 1, path
        assert "forged" not in log.getvalue(), path
    assert "\x1b" not in log.getvalue()


@pytest.mark.parametrize("path", NOT_THERE)
def test_what_belongs_to_the_house_is_not_reachable(shop, path):
    for person in (ANONYMOUS, "admin"):
        answer = shop.browser(person).get(path)
        assert answer.status_code == 404, path
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        for word in (b"Werkzeug", b"Traceback", b"[core]", b"SECRET_KEY", b"SQLite format"):
            assert word not in answer.data, path


def test_the_debugger_is_off_in_every_environment(shop):
    assert not shop.app.debug
    assert shop.app.config["PROPAGATE_EXCEPTIONS"] is False
    assert (
        "EVALEX"
        not in shop.browser(ANONYMOUS).get("/nowhere?__debugger__=yes&cmd=resource&f=debugger.js").text
    )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("DELETE", "/", 405), ("POST", "/account", 400), ("TRACE", "/", 405)],
)
def test_every_refusal_has_a_page_with_a_number_to_quote(shop, method, path, status):
    answer = shop.browser("buyer").open(path, method=method, headers={"Accept-Language": "en"})
    assert answer.status_code == status
    assert answer.headers["X-Request-ID"] in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    if status == 405:
        assert answer.headers["Allow"]


def test_one_address_cannot_ask_for_ever(whole_shop_on_sqlite, tmp_path, monkeypatch):
    """Searches, suggestions, registrations, resets, order look-ups and exports end in 429 and say when to come back."""
    monkeypatch.setattr("shop.web.request_log.configure_logging", lambda: None)
    with limited_shop(whole_shop_on_sqlite, tmp_path) as opened:
        client = OwnOriginClient(opened.app, opened.app.response_class, use_cookies=True)
        for path, most in (("/products?q=a", 120), ("/search/suggest?q=a", 240)):
            statuses = [client.get(path).status_code for _ in range(most + 1)]
            assert set(statuses[:most]) == {200}, path
            assert statuses[-1] == 429, path
        refused = client.get("/products?q=a", headers={"X-Forwarded-For": "198.51.100.7"})
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        assert client.get("/products").status_code == 200  # looking goes on
        token = csrf_token(client, "/orders/find")
        looks = [
            client.post("/orders/find", data={"csrf_token": token, "number": "1", "phone": "1"}).status_code
            for _ in range(31)
        ]
        assert looks[-1] == 429


def test_one_address_places_so_many_orders_an_hour_without_an_account(
    whole_shop_on_sqlite, tmp_path, monkeypatch
):
    """Whatever telephones are typed. Mistakes in the form do not count, and whoever signs in goes on."""
    monkeypatch.setattr("shop.web.request_log.configure_logging", lambda: None)
    with limited_shop(whole_shop_on_sqlite, tmp_path) as opened:
        client = OwnOriginClient(opened.app, opened.app.response_class, use_cookies=True)
        browser = FormBrowser(client)
        who = {"recipient": "某人", "consent": "y", "payment_method": "sandbox"}
        sku = a_sku_with_stock(opened.app, units=30)

        def order(number: int, *, refused: int = 0, **typed: str) -> None:
            browser.open("/products")
            client.post("/cart/items", data={"sku": sku, "quantity": "1"})
            phone = f"139{number:08d}"
            browser.open("/checkout").send("/checkout", refused=refused, phone=phone, **(who | typed))

        for number in range(20):
            order(number)
        order(20, refused=429)
        sign_in(client, "union@demo.example", DEMO_PASSWORD)
        who.pop("consent")
        order(20)


def a_sku_with_stock(app, *, units: int) -> str:
    """A plain pack with enough of it, which may be bought in any number."""
    statement = (
        sa.select(Variant.sku)
        .join(Lot, Lot.variant_id == Variant.id)
        .join(Product, Product.id == Variant.product_id)
        .where(
            *(Lot.status == LotStatus.OPEN, Lot.best_before > utc_now().date() + timedelta(days=60)),
            *(Variant.limit_per_buyer.is_(None), Variant.active),
            *(Product.status == ProductStatus.PUBLISHED, Product.return_exempt.is_(False)),
        )
        .group_by(Variant.sku)
        .having(sa.func.sum(Lot.available) >= units)
    )
    with app.app_context():
        return unit_of_work().run(lambda session: session.scalars(statement.limit(1)).one())


def limited_shop(template, folder):
    return template.open(folder, env=Environment.DEMO, rate_limits=True)


def test_wildcards_are_letters_and_pages_have_an_end(shop):
    everything = shop.browser(ANONYMOUS).get("/api/v1/products").json["total"]
    for typed in ("%", "_", "%%%", "\\", "*", "?", "[a-z]"):
        found = shop.browser(ANONYMOUS).get("/api/v1/products", query_string={"q": typed}).json["total"]
        assert found < everything / 2, typed
        for path in ("/admin/users", "/admin/orders", "/admin/products", "/admin/lots"):
            assert shop.browser("admin").get(path, query_string={"q": typed}).status_code == 200
    for path in (
        "/products?page=99999999",
        "/orders?page=99999999",
        "/products?page=-5&per_page=100000&limit=100000",
    ):
        assert shop.browser("buyer").get(path).status_code == 200
    assert len(shop.browser(ANONYMOUS).get("/api/v1/products?per_page=10000").json["products"]) <= 100


def test_settings_are_never_printed_with_their_secrets(shop):
    chosen = replace(
        shop.app.extensions["shop.settings"],
        secret_key="s" * 40,
        stripe_secret_key="sk_live_x",
        metrics_token="mmm",
    )
    for word in ("s" * 40, "sk_live_x", "mmm"):
        assert word not in repr(chosen) + str(chosen)
