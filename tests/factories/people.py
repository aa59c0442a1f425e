"""People for tests, and browsers they sign in with."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shop.accounts.models import RoleName
from shop.accounts.users import create_user
from shop.kit.clock import utc_now
from shop.storage.unit_of_work import UnitOfWork

PASSWORD = "a quiet ridge in the mist"


@dataclass(frozen=True)
class Person:
    id: int
    email: str


def make_person(
    unit_of_work: UnitOfWork, email: str = "buyer@example.com", *, roles: Collection[RoleName] = ()
) -> Person:
    """Somebody with `PASSWORD`."""
    now = utc_now()
    user_id = unit_of_work.run(
        lambda session: create_user(session, email=email, password=PASSWORD, roles=roles, now=now).id
    )
    return Person(user_id, email)


def csrf_token(client: FlaskClient, path: str = "/login") -> str:
    """The token of the form that stands at `path`."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert found, f"{path} has no form"
    return found.group(1)


def sign_in(
    client: FlaskClient, email: str, password: str = PASSWORD, *, wanted: str = "", **form: str
) -> TestResponse:
    """Post the sign-in form as a browser does."""
    fields = {"email": email, "password": password, "next": wanted, "csrf_token": csrf_token(client)} | form
    return client.post("/login", data=fields)


def post(client: FlaskClient, path: str, form_at: str = "/account", **fields: str) -> TestResponse:
    """Post a form with the token of a page that has one."""
    return client.post(path, data=fields | {"csrf_token": csrf_token(client, form_at)})


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200
