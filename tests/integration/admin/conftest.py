from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shop.accounts.models import RoleName
from shop.extensions import payment_providers
from shop.kit.clock import utc_now
from shop.ordering.checkout import place_order
from shop.payments.bank import confirm_transfer
from shop.payments.models import Payment
from shop.payments.starting import Pages, start_payment
from tests.conftest import OwnOriginClient
from tests.factories.buying import a_guest, a_wish, an_account, fill_basket
from tests.factories.people import make_person, sign_in
from tests.factories.small_shop import open_small_shop

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Desk:
    """Somebody of the team in a browser; every form is sent with the token of a page that has one."""

    client: FlaskClient
    user_id: int
    _token: str = ""

    def get(self, path: str, **query: object) -> TestResponse:
        return self.client.get(path, query_string=query, headers={"Accept-Language": "en"})

    def post(self, path: str, **fields: object) -> TestResponse:
        if not self._token:
            self._token = TOKEN.search(self.client.get("/account").text).group(1)
        return self.client.post(
            path, data={**fields, "csrf_token": self._token}, headers={"Accept-Language": "en"}
        )

    def said(self) -> str:
        """The page after a button, where its sentence stands."""
        return self.get("/admin/texts").text


def asks_for_the_password(answer: TestResponse) -> bool:
    """A form that was sent is held back until the password comes."""
    return answer.status_code == 401 and 'name="password_again"' in answer.text


@pytest.fixture
def shop(session):
    return open_small_shop(session, now=utc_now())


@pytest.fixture
def desk_of(app: Flask, unit_of_work):
    def _desk_of(name: str, *roles: RoleName) -> Desk:
        person = make_person(unit_of_work, f"{name}@example.com", roles=roles)
        client = OwnOriginClient(app, app.response_class, use_cookies=True)
        assert sign_in(client, person.email).status_code == 303
        return Desk(client, person.id)

    return _desk_of


@pytest.fixture
def admin(desk_of) -> Desk:
    """Of the team, with the finance permission."""
    return desk_of("admin", RoleName.ADMIN, RoleName.FINANCE)


@pytest.fixture
def clerk(desk_of) -> Desk:
    """Of the team, without it."""
    return desk_of("clerk", RoleName.ADMIN)


@pytest.fixture
def see(unit_of_work):
    """What the database holds now: `see(statement)`, read in a transaction of its own."""
    return lambda statement: unit_of_work.run(lambda session: list(session.scalars(statement)))


@pytest.fixture
def place(unit_of_work, session, shop):
    """Place an order, as a guest or with an account where a transfer demands it: `place({"tea": 2})`."""

    def _place(goods: dict[str, int] | None = None, **wish: object):
        by_transfer = wish.get("payment_method") == "bank_transfer"
        owner = an_account(session, now=shop.now) if by_transfer else a_guest()
        fill_basket(session, owner, goods or {"tea": 2}, now=shop.now)
        session.commit()
        return unit_of_work.run(lambda inner: place_order(inner, a_wish(shop, owner, **wish), now=utc_now()))

    return _place


@pytest.fixture
def begin_payment(app: Flask, unit_of_work):
    """Begin to pay an order; returns the payment's id."""

    def _begin(placed) -> int:
        pages = Pages("http://127.0.0.1:8000/paid", "http://127.0.0.1:8000/cart")
        with app.app_context():
            providers = payment_providers()
            return start_payment(unit_of_work, providers, placed.order_id, pages=pages, now=utc_now()).id

    return _begin


@pytest.fixture
def paid(unit_of_work, place, begin_payment, admin):
    """An order by bank transfer whose money has come; its tasks are open."""
    placed = place({"tea": 2}, payment_method="bank_transfer")
    payment_id = begin_payment(placed)

    def money_comes(session):
        fen = session.get_one(Payment, payment_id).amount_fen
        confirm_transfer(session, payment_id, fen, actor_id=admin.user_id, now=utc_now())

    unit_of_work.run(money_comes)
    return placed
