"""A browser whose telephone keeps passkeys, for tests over HTTP."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories.people import csrf_token
from tests.fakes.authenticator import Authenticator

ORIGIN, RP_ID = "http://localhost:8000", "localhost"


def new_key(**lies: Any) -> Authenticator:
    return Authenticator(**({"origin": ORIGIN, "rp_id": RP_ID} | lies))


def ask(client: FlaskClient, path: str, form_at: str) -> dict[str, Any]:
    """What the script asks the shop: the options, and the sealed challenge that comes back."""
    answer = client.post(
        path, headers={"X-CSRFToken": csrf_token(client, form_at), "Accept": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    return answer.json


def add_key(client: FlaskClient, key: Authenticator, label: str = "手机") -> TestResponse:
    said = ask(client, "/account/passkeys/options", "/account/passkeys/new")
    return send(
        client, "/account/passkeys", "/account/passkeys/new", key.create(said["options"]), said, label=label
    )


def enter(client: FlaskClient, key: Authenticator, **form: str) -> TestResponse:
    said = ask(client, "/login/passkey/options", "/login")
    return send(client, "/login/passkey", "/login", key.get(said["options"]), said, **form)


def send(
    client: FlaskClient, path: str, form_at: str, answer: str, said: dict[str, Any], **form: str
) -> TestResponse:
    token = csrf_token(client, form_at)
    fields = {"passkey_answer": answer, "passkey_asked": said["asked"], "csrf_token": token}
    return client.post(path, data=fields | form)
