"""Where the shop sends people, and what it believes of the host that they ask for."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from shop.accounts.passwords import DEMO_PASSWORD
from shop.ordering.models import Order
from shop.storage.outbox import OutboxMessage
from shop.web.storefront.order_access import guest_link
from tests.factories.people import csrf_token
from tests.whole_shop import ANONYMOUS

ELSEWHERE = (
    "https://evil.example", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example",
    "/\\/evil.example", "/\t/evil.example", "\t//evil.example", "/%09/evil.example\n", "https:evil.example",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "http://localhost@evil.example", "@evil.example",
    "//evil\u3002example", "/ok\r\nLocation: https://evil.example", " //evil.example", "/\u2028/evil.example",
    "//localhost:8000@evil.example/", "http:///evil.example", "evil.example",
)  # fmt: skip


def stays(location: str | None) -> bool:
    """As a browser reads it: tabs and line ends vanish, backslashes are slashes."""
    read = re.sub(r"[\t\r\n]", "", (location or "/").strip()).replace("\\", "/")
    parts = urlsplit(read)
    return read.startswith("/") and not read.startswith("//") and not parts.scheme and not parts.netloc


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_spelling_of_next_leads_away(shop, target):
    client = shop.new_browser()
    fields = {
        "email": "union@demo.example",
        "password": DEMO_PASSWORD,
        "next": target,
        "csrf_token": csrf_token(client),
    }
    answers = [
        client.get("/language", query_string={"lang": "en", "next": target}),
        client.post("/language", data={"language": "en", "next": target}),
        client.post("/login", data=fields),
        client.get("/login", query_string={"next": target}),  # already signed in: led on at once
        shop.send("buyer", "POST", "/verify", {"password": DEMO_PASSWORD, "next": target}),
        shop.send(
            "admin", "POST", f"/admin/producers/{shop.world.producers['mg-02']}/workers", {"back": target}
        ),
    ]
    for answer in answers:
        assert answer.status_code in {302, 303}, answer.request.path
        assert stays(answer.location), (answer.request.path, answer.location)
        assert "Location: https" not in str(answer.headers)


def test_forms_carry_no_foreign_next_on(shop):
    for path in ("/login", "/register"):
        page = shop.new_browser().get(path, query_string={"next": "//evil.example"}).text
        assert not re.search(r'name="next"[^>]*value="[^"]*evil', page)


def test_line_ends_in_an_address_are_no_header(shop):
    for path in (
        "/products/%0d%0aSet-Cookie:%20evil=1", "/orders/x%0d%0aLocation:%20https://evil.example",
        "/account/%0d%0aX-Evil:%201", "/farm/%0d%0aX-Evil:%201", "/admin/reports/%0d%0aX-Evil",
        "/orders?page=%0d%0aX-Evil:1", "/account?x=%0d%0aX-Evil:1", "/village/runs/%0d%0aX-Evil",
    ):  # fmt: skip
        for person in (ANONYMOUS, "buyer", "coordinator", "admin"):
            answer = shop.browser(person).get(path)
            assert answer.status_code in {200, 302, 404}, path
            assert "X-Evil" not in answer.headers, path
            assert "evil=1" not in answer.headers.getlist("Set-Cookie"), path
            assert "\r" not in str(answer.location) and "\n" not in str(answer.location)  # noqa: PT018


def test_a_foreign_host_is_refused_and_believed_nowhere(shop):
    client = shop.app.test_client()
    for host in (
        "evil.example",
        "localhost.evil.example",
        "evil.example:8000",
        "localhost:8000@evil.example",
        "127.0.0.1.nip.io",
    ):
        assert client.get("/", headers={"Host": host}).status_code == 400, host
    for header in (
        "X-Forwarded-Host",
        "X-Host",
        "Forwarded",
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Forwarded-Server",
    ):
        answer = client.get("/account", headers={header: "evil.example"})
        assert "evil" not in str(answer.headers) + answer.text, header


def test_links_in_letters_and_to_providers_come_from_configuration(shop):
    """The host that somebody asks with stands in none of them."""
    client = shop.new_browser()
    fields = {"email": "buyer@demo.example", "csrf_token": csrf_token(client, "/reset")}
    client.post(
        "/reset", data=fields, headers={"X-Forwarded-Host": "evil.example"}, base_url="http://localhost"
    )
    number = shop.world.orders["a"]["awaiting"].number
    answer = shop.send("buyer", "POST", f"/orders/{number}/pay")
    assert answer.location.startswith("http://localhost:8000/sandbox/")
    page = shop.browser(ANONYMOUS).get(urlsplit(answer.location).path).text
    assert "evil" not in page
    payloads = shop.read(lambda session: [str(row.payload) for row in session.query(OutboxMessage)])
    assert payloads
    assert not [payload for payload in payloads if "evil" in payload]


def test_a_guests_link_opens_one_order_while_it_is_signed_and_young(shop):
    """Not another order, not one of an account, not with a character changed."""
    guest = shop.world.orders["guest"]
    with shop.app.test_request_context():
        link, other = guest_link(guest["open"].number), guest_link(shop.world.orders["a"]["open"].number)
    path, key = urlsplit(link).path, urlsplit(link).query
    wrong = key[:-1] + ("A" if key[-1] != "A" else "B")
    for address in (f"{path}?{wrong}", f"{path}?key=", f"/orders/{guest['awaiting'].number}?{key}",
                    f"{urlsplit(other).path}?{urlsplit(other).query}", path):  # fmt: skip
        assert shop.new_browser().get(address).status_code == 404, address
    stranger = shop.new_browser()
    assert stranger.get(f"{path}?{key}").status_code == 302
    assert stranger.get(path).status_code == 200
    assert stranger.get(f"/orders/{guest['awaiting'].number}").status_code == 404


def test_order_numbers_cannot_be_counted_through(shop):
    numbers = shop.read(
        lambda session: [
            number for (number,) in session.query(Order.number).order_by(Order.id.desc()).limit(30)
        ]
    )
    tails = {number.split("-", 1)[1] for number in numbers if number.count("-") == 2}
    assert len(tails) >= 30
