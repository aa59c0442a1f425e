from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.accounts.passwords import hash_password
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.form_browser import FormBrowser
from tests.factories.people import PASSWORD, sign_in
from tests.factories.trade import Trade, open_for_trade


@pytest.fixture
def trade(session: Session, unit_of_work: UnitOfWork) -> Iterator[Trade]:
    """A shop at work; at the end every invariant of the shop holds."""
    at_work = open_for_trade(session, unit_of_work)
    yield at_work
    assert at_work.violations() == []


@pytest.fixture
def buyer(trade: Trade, client: FlaskClient) -> FormBrowser:
    """Who buys for the union, in a browser."""

    def register(session: Session) -> str:
        person = session.get_one(User, trade.union_id)
        person.password_hash, person.confirmed_at = hash_password(PASSWORD), trade.now
        return str(person.email)

    email = trade.run(register)
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert sign_in(client, email).status_code == 303
    return FormBrowser(client)
