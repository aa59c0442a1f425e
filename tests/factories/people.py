"""People for tests, and browsers they sign in with."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from shop.accounts.attempts import Origin
from shop.accounts.first_proof import prove_email
from shop.accounts.models import RoleName, User
from shop.accounts.page_texts import consent_versions
from shop.accounts.passwords import hash_password
from shop.accounts.registration import register
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


def make_stranger(unit_of_work: UnitOfWork, email: str, *, name: str = "", consents: bool = False) -> Person:
    """Whoever registered with this address, which may be another person's: nobody has confirmed it. With `PASSWORD`."""
    now = utc_now()

    def work(session: Session) -> int:
        register(
            session,
            email=email,
            password_hash=hash_password(PASSWORD),
            name=name,
            unit_id=None,
            language="zh",
            consents=consent_versions(session) if consents else {},
            origin=Origin(address="198.51.100.7", is_campus=False, limited=False),
            now=now,
        )
        return session.scalars(sa.select(User.id).where(User.email == email)).one()

    return Person(unit_of_work.run(work), email)


def prove_address(unit_of_work: UnitOfWork, person: Person) -> None:
    """Its owner has shown that the address is theirs."""
    now = utc_now()
    unit_of_work.run(lambda session: prove_email(session, session.get_one(User, person.id), now=now))


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
