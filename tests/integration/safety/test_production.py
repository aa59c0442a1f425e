"""What a production shop refuses, though the code for it is there."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.models import User
from shop.accounts.passwords import DEMO_PASSWORD
from shop.settings import Environment
from tests.factories.people import csrf_token
from tests.whole_shop import PublicClient, WholeShop

PRODUCTION = {
    "env": Environment.PRODUCTION, "secret_key": "s" * 40, "public_url": "https://shop.example", "rate_limits": True,
    "sandbox_url": "https://shop.example", "payment_methods": ("bank_transfer",), "metrics_token": "m" * 40,
}  # fmt: skip


@pytest.fixture(scope="module")
def production(whole_shop_on_sqlite, tmp_path_factory):
    """A shop with everybody's accounts, under production's settings."""
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr("shop.web.request_log.configure_logging", lambda: None)
    with whole_shop_on_sqlite.open(tmp_path_factory.mktemp("production"), **PRODUCTION) as opened:
        yield opened
    monkeypatch.undo()


def signed_in(shop: WholeShop, name: str):
    """A browser at the https address, with this person's session opened anew."""
    client = PublicClient(shop.app, shop.app.response_class, use_cookies=True)
    fields = {"email": f"{name}@demo.example", "password": DEMO_PASSWORD, "csrf_token": csrf_token(client)}
    assert client.post("/login", data=fields).status_code == 303
    return client


def test_made_up_people_and_orders_have_no_place_there(production):
    runner = production.app.test_cli_runner()
    assert runner.invoke(args=["demo", "--orders", "1"]).exit_code == 2
    people = sa.select(sa.func.count()).select_from(User)
    before = production.read(lambda session: session.scalar(people))
    runner.invoke(args=["seed"])
    assert production.read(lambda session: session.scalar(people)) == before


def test_the_sandbox_is_not_there(production):
    client = signed_in(production, "buyer")
    token = production.world.orders["a"]["awaiting"].page_token
    assert client.get(f"/sandbox/{token}").status_code == 404
    assert client.post(f"/sandbox/{token}", data={"outcome": "succeed"}).status_code == 404
    assert client.post("/payments/sandbox/webhook", data=b"{}").status_code == 404
    number = production.world.orders["a"]["awaiting"].number
    form = {"csrf_token": csrf_token(client, "/account"), "payment_method": "sandbox"}
    answer = client.post(f"/orders/{number}/pay", data=form)
    assert answer.status_code == 400
    assert "sandbox" not in str(answer.location)


@pytest.mark.parametrize(
    ("person", "face"),
    [
        ("admin", "/admin"),
        ("clerk", "/admin/users"),
        ("coordinator", "/village"),
        ("hub", "/village/packing"),
    ],
)
def test_whose_role_hurts_sets_up_a_second_factor_first(production, person, face):
    """Until then their pages stay closed, their device's too; the way out is the enrolment page."""
    answer = signed_in(production, person).get(face)
    assert (answer.status_code, answer.location.split("?")[0]) == (302, "/account/second-factor")


def test_other_hosts_and_plain_names_are_refused(production):
    client = production.app.test_client()
    for host in ("localhost", "127.0.0.1:8000", "evil.example", "shop.example.evil.example"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 400, host


def test_metrics_are_the_operators(production):
    client = production.app.test_client()
    where = {"base_url": "https://shop.example"}
    assert client.get("/metrics", **where).status_code == 404
    for wrong in ("Bearer x", "m" * 40 + "x", "Basic " + "m" * 40, "Bearer " + "m" * 39):
        assert client.get("/metrics", headers={"Authorization": wrong}, **where).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer " + "m" * 40}, **where).status_code == 200
