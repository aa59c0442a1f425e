"""The header policy stands on every kind of answer, and cookies only where somebody is known."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from flask.testing import FlaskClient

from shop.accounts.passwords import DEMO_PASSWORD
from tests.browser.live import running_shop
from tests.conftest import OwnOriginClient
from tests.factories.people import csrf_token, sign_in
from tests.whole_shop import ANONYMOUS, WholeShop

PUBLIC = (
    "/", "/products?q=茶", "/products/safe-a", "/villages", "/villages/mogou", "/impact", "/pages/terms",
    "/search/suggest?q=x", "/stock?sku=SAFE-A", "/api/v1/products", "/api/v1/openapi.json", "/healthz", "/readyz",
    "/divisions", "/language?lang=en", "/no/such/page", "/products/absent", "/trace/forged", "/media/absent",
)  # fmt: skip
HTTPS = {
    "public_url": "https://shop.example", "sandbox_url": "https://pay.example", "stripe_secret_key": "sk_test_x",
}  # fmt: skip
REFUSE_ALL = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
)


@pytest.fixture(scope="module")
def https_shop(whole_shop_on_sqlite, tmp_path_factory):
    """The same shop behind https, with payment providers on other origins."""
    with whole_shop_on_sqlite.open(tmp_path_factory.mktemp("https"), **HTTPS) as opened:
        yield opened


@pytest.fixture(scope="module")
def both(shop, https_shop):
    """Each shop with a browser that an admin has signed in with."""
    admin = OwnOriginClient(https_shop.app, https_shop.app.response_class, use_cookies=True)
    return [
        (shop, shop.browser("admin"), "http://localhost"),
        (https_shop, secure(admin), "https://shop.example"),
    ]


def secure(client: FlaskClient) -> FlaskClient:
    """Every request of this browser goes to the https address."""
    client.environ_base["HTTP_HOST"] = "shop.example"
    client.environ_base["wsgi.url_scheme"] = "https"
    page = client.get("/login", base_url="https://shop.example")
    token = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    fields = {"email": "admin@demo.example", "password": DEMO_PASSWORD, "csrf_token": token}
    assert client.post("/login", data=fields, base_url="https://shop.example").status_code == 303
    return client


def every_kind(shop: WholeShop, admin: FlaskClient, base: str) -> dict[str, object]:
    """One answer of each kind."""
    static = shop.app.jinja_env.globals["static_url"]("css/shop.css")
    drawing = shop.app.jinja_env.globals["static_url"]("logo.svg")
    plain = shop.app.test_client()
    etag = plain.get("/?lang=en", base_url=base).headers["ETag"]
    where = {"base_url": base}
    return {
        "200 public": plain.get("/", **where),
        "200 private": admin.get("/account", **where),
        "200 json": plain.get("/api/v1/products", **where),
        "200 static": plain.get(static, **where),
        "200 drawing": plain.get(drawing, **where),
        "200 csv": admin.get("/admin/reports/orders?format=csv", buffered=True, **where),
        "200 xlsx": admin.get("/admin/reports/orders?format=xlsx", buffered=True, **where),
        "302": plain.get("/account", **where),
        "304": plain.get("/?lang=en", headers={"If-None-Match": etag}, **where),
        "400 host": plain.get("/", base_url="http://evil.example"),
        "400 form": admin.post("/account", **where),
        "400 json": plain.post("/payments/sandbox/webhook",
                               data=b"[" * 100_000, content_type="application/json", **where),
        "403": plain.post("/login", headers={"Origin": "https://evil.example"}, **where),
        "404": plain.get("/nowhere", **where),
        "404 static": plain.get("/static/nothing.css", **where),
        "404 media": plain.get("/media/nothing.webp", **where),
        "405": plain.delete("/", **where),
        "413": admin.post("/account", data=b"x" * 2_000_000, **where),
        "308": plain.get("/products/", **where),
    }  # fmt: skip


def test_every_kind_of_answer_carries_the_whole_policy(both):
    for shop, admin, base in both:
        targets = "'self' http://localhost:8000" if base.startswith("http:") else (
            "'self' https://pay.example https://checkout.stripe.com"
        )  # fmt: skip
        for kind, answer in every_kind(shop, admin, base).items():
            headers = answer.headers
            assert kind.split()[0] in {str(answer.status_code), "308"}, (kind, answer.status_code)
            assert headers.get("Content-Security-Policy") == f"{REFUSE_ALL}form-action {targets}", kind
            assert headers["X-Content-Type-Options"] == "nosniff", kind
            assert headers["Referrer-Policy"] == "same-origin", kind
            assert headers["X-Frame-Options"] == "DENY", kind
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin", kind
            assert ("Strict-Transport-Security" in headers) == base.startswith("https:"), kind
            assert not {"Server", "X-Powered-By", "Access-Control-Allow-Origin"} & set(headers.keys()), kind
            answer.close()


def test_an_unexpected_error_carries_it_too(whole_shop_on_sqlite, tmp_path):
    with whole_shop_on_sqlite.open(tmp_path) as opened:
        opened.app.view_functions["storefront.home"] = lambda: 1 / 0
        answer = opened.app.test_client().get("/", headers={"Accept-Language": "en"})
    assert answer.status_code == 500
    assert answer.headers["Content-Security-Policy"].startswith(REFUSE_ALL)
    assert answer.headers["Cache-Control"] == "no-store"
    for word in ("Traceback", "ZeroDivisionError", "division", "site-packages", ".py"):
        assert word not in answer.text
    assert answer.headers["X-Request-ID"] in answer.text


def test_public_pages_open_no_session_whoever_asks(shop, https_shop):
    for person in (ANONYMOUS, "buyer", "admin", "coordinator"):
        for path in PUBLIC:
            answer = shop.new_browser(person).get(path)
            assert "Set-Cookie" not in answer.headers, (person, path)
            assert "Cookie" not in answer.headers.get("Vary", ""), (person, path)
    for path in PUBLIC:
        assert (
            "Set-Cookie"
            not in https_shop.app.test_client().get(path, base_url="https://shop.example").headers
        )


def test_private_pages_are_kept_by_nobody(shop):
    for person, paths in {
        "buyer": ("/account", "/orders", "/cart", f"/orders/{shop.world.orders['a']['open'].number}"),
        "farmer": ("/farm/tasks", "/farm/money"),
        "coordinator": ("/village", "/village/parcels/labels"),
        "point": ("/point",),
        "admin": ("/admin/reports", "/admin/reports/orders?format=csv", "/admin/reports/orders?format=xlsx"),
    }.items():
        for path in paths:
            answer = shop.browser(person).get(path)
            assert answer.status_code == 200, path
            assert answer.headers["Cache-Control"] == "no-store", path
            answer.close()


def test_cookies_are_for_the_server_alone(shop, https_shop):
    """`__Host-` and Secure exactly behind https; never for scripts, never sent along from other sites' forms."""
    for opened, base, is_https in (
        (shop, "http://127.0.0.1:8000", False),
        (https_shop, "https://shop.example", True),
    ):
        client = opened.app.test_client()
        token = (
            client.get("/login", base_url=base)
            .text.split('name="csrf_token"')[1]
            .split('value="')[1]
            .split('"')[0]
        )
        origin = {"Origin": base}
        fields = {"email": "farmer@demo.example", "password": DEMO_PASSWORD, "csrf_token": token}
        answers = [
            client.post(
                "/cart/items", data={"sku": "SAFE-A", "quantity": "1"}, headers=origin, base_url=base
            ),
            client.post("/language", data={"language": "en"}, headers=origin, base_url=base),
            client.post("/login", data=fields, headers=origin, base_url=base),
        ]
        cookies = [
            cookie
            for answer in answers
            for cookie in answer.headers.getlist("Set-Cookie")
            if "=;" not in cookie
        ]
        names = {cookie.split("=")[0].removeprefix("__Host-") for cookie in cookies}
        assert names == {"basket", "language", "session", "device", "browser"}
        for cookie in cookies:
            words = {word.strip() for word in cookie.split(";")}
            assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= words, cookie
            assert ("Secure" in words, cookie.startswith("__Host-")) == (is_https, is_https), cookie
            assert not any(word.startswith("Domain") for word in words), cookie


def test_a_session_cookie_chosen_by_somebody_else_opens_nothing(shop):
    """Neither before signing in nor afterwards: the cookie is a new one, and an old one is dead after sign-out."""
    client = shop.new_browser()
    client.set_cookie("session", "chosen-by-an-attacker")
    assert sign_in(client, "buyer@demo.example", DEMO_PASSWORD).status_code == 303
    value = client.get_cookie("session").value
    assert value != "chosen-by-an-attacker"
    client.post("/logout", data={"csrf_token": csrf_token(client, "/account")})
    client.set_cookie("session", value)
    assert client.get("/account").status_code == 302


@pytest.mark.slow
def test_the_real_server_says_no_version(tmp_path, sqlite_template):
    with (
        sqlite_template.copy(tmp_path) as url,
        running_shop(tmp_path, url, workers=1, seed=False) as live,
    ):
        for path in ("/healthz", "/nowhere", "/static/x", "/.git/config"):
            try:
                headers = urllib.request.urlopen(live.url + path, timeout=10).headers
            except urllib.error.HTTPError as error:
                headers = error.headers
            assert not any(sign.isdigit() for sign in headers.get("Server", "")), headers["Server"]
            assert "werkzeug" not in str(headers).lower()
            assert "python" not in str(headers).lower()
