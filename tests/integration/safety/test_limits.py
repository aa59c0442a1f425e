"""How often a public form may be sent: every one of them, and what holds it."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
import sqlalchemy as sa

from shop.accounts.attempts import LIMITS
from shop.accounts.models import Attempt, AttemptKind
from shop.ordering.claim_models import Claim
from shop.settings import Environment
from shop.web.limits import limiter
from shop.web.storefront.order_access import guest_link
from tests.factories.people import csrf_token
from tests.integration.authorisation.matrix import MATRIX
from tests.integration.authorisation.rows import BUYERS
from tests.whole_shop import ANONYMOUS

# What one address may do; "" where something else holds it, which is said.
HELD = {
    "language.choose": "120 per 1 minute",
    "sandbox.choose": "",  # whoever has the unguessable address of a pretended payment; not in production
    "storefront.webhook": "",  # the provider's signature; what it says must never be refused
    "storefront.tracking_push": "",  # the same
    "storefront.add_to_cart": "240 per 1 minute",
    "storefront.change_cart": "240 per 1 minute",
    "storefront.place": "60 per 1 minute",
    "storefront.pay": "60 per 1 minute",
    "storefront.cancel": "60 per 1 minute",
    "storefront.confirm_receipt": "120 per 1 minute",
    "storefront.claim": "60 per 1 minute",
    "storefront.ask_invoice": "120 per 1 minute",
    "storefront.answer_missing": "120 per 1 minute",
    "storefront.give_up_delayed": "120 per 1 minute",
    "farm.send_code": "120 per 1 minute",
    "farm.give_digits": "120 per 1 minute",
    "farm.choose_who": "120 per 1 minute",
    "farm.enter_by_card": "120 per 1 minute",
    "sms.replies": "",  # the provider's signature
    "storefront.reorder": "240 per 1 minute",
    "storefront.make_pass": "120 per 1 minute",
    "storefront.stop_pass": "120 per 1 minute",
    "storefront.send_order_code": "30 per 1 hour",
    "storefront.open_order_by_code": "30 per 1 hour",
}
# Counted in the database too, by account, order, telephone or address, also on the campus.
COUNTED = {
    "storefront.claim": AttemptKind.CLAIM,
    "storefront.send_order_code": AttemptKind.ORDER_LOOKUP,
    "account.sign_in": AttemptKind.SIGN_IN,
    "account.give_code": AttemptKind.SIGN_IN,
    "account.verified": AttemptKind.SIGN_IN,
    "account.registered": AttemptKind.REGISTER,
    "account.ask_reset": AttemptKind.RESET,
}
FORMS = sorted({row.endpoint for row in MATRIX if row.method == "POST" and row.may & (BUYERS | {ANONYMOUS})})


def limits_of(app, endpoint):
    blueprint = endpoint.rpartition(".")[0]
    with app.test_request_context(method="POST"):
        _, held = limiter.limit_manager.resolve_limits(app, endpoint=endpoint, blueprint=blueprint)
    return [str(one.limit) for one in held if one.methods is None or "post" in one.methods]


@pytest.mark.parametrize("endpoint", FORMS)
def test_every_public_form_has_its_limit(shop, endpoint):
    wanted = HELD.get(endpoint, "120 per 1 minute" if endpoint.startswith("account.") else None)
    assert wanted is not None, f"{endpoint} is new: say what holds it"
    found = limits_of(shop.app, endpoint)
    assert wanted in found if wanted else found == []


def test_no_form_is_held_that_there_is_not():
    assert {*HELD, *COUNTED} <= set(FORMS)
    assert set(COUNTED.values()) <= set(LIMITS)


@pytest.mark.parametrize("who", ["buyer", "a guest"])
def test_claims_end_in_429_keep_what_was_typed_and_look_at_no_photo(limited_on_campus, who, monkeypatch):
    """Ten in a quarter of an hour for an account, or for a guest's order, wherever they come from."""
    shop = limited_on_campus
    order = shop.world.orders["a"]["shipped"]
    client = shop.browser("buyer") if who == "buyer" else guest_of(shop, order.number)
    path, token = (
        f"/orders/{order.number}/claim",
        csrf_token(client, f"/orders/{order.number}/claim?line=order"),
    )

    def tell(text):
        return client.post(path, data={"csrf_token": token, "line": "order", "text": text, "token": text})

    for number in range(10):
        assert tell(f"坏了 {number}").status_code == 303
    refused = tell("还有这个")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "还有这个" in refused.text
    claims = sa.select(sa.func.count()).select_from(Claim).where(Claim.text == "还有这个")
    assert shop.read(lambda session: session.scalar(claims)) == 0
    counted = sa.select(sa.func.count()).select_from(Attempt).where(Attempt.kind == AttemptKind.CLAIM)
    assert shop.read(lambda session: session.scalar(counted)) >= 10


def guest_of(shop, number):
    """The order as one that was placed without an account; opened with its signed link."""
    shop.read(
        lambda session: session.execute(
            sa.text("UPDATE orders SET user_id = NULL WHERE number = :n"), {"n": number}
        )
    )
    client = shop.new_browser()
    with shop.app.test_request_context():
        key = guest_link(number).rpartition("?")[2]
    assert client.get(f"/orders/{number}?{key}", follow_redirects=True).status_code == 200
    return client


@pytest.fixture
def limited_on_campus(whole_shop_on_sqlite, tmp_path, monkeypatch):
    """Limits on, and the tests' own address is the campus's."""
    monkeypatch.setattr("shop.web.request_log.configure_logging", lambda: None)
    campus = (ip_network("127.0.0.0/8"),)
    with whole_shop_on_sqlite.open(
        tmp_path, env=Environment.DEMO, rate_limits=True, campus_networks=campus
    ) as opened:
        yield opened
