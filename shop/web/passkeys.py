"""Passkeys in the browser: what it asks a key, and whose key has answered in a form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from flask import json, request
from sqlalchemy.orm import Session

from shop.accounts.errors import PasskeyRefused
from shop.accounts.passkey_challenges import Challenge, Purpose, new_challenge, reopen_challenge
from shop.accounts.passkey_models import Passkey
from shop.accounts.passkey_site import NewKey, Site, creation_options, request_options, site_of
from shop.accounts.passkeys import (
    find_passkey,
    handle_of,
    judge_answer,
    judge_new_key,
    list_passkeys,
    use_passkey,
)
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.storage.field_cipher import FieldCipher
from shop.web.browser_secret import browser_secret
from shop.web.database import read_session, transact

ANSWER: Final = "passkey_answer"  # the fields that the script fills
ASKED: Final = "passkey_asked"
_LONGEST: Final = 20_000
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,1400}")

Options = dict[str, Any]


def passkey_site() -> Site | None:
    """None where browsers keep no passkeys: behind a bare address such as that of a demo."""
    return site_of(settings().public_origin)


def asked_to_sign_in() -> Options:
    """Raises NotFound where there are no passkeys."""
    challenge = _challenge(Purpose.SIGN_IN)
    return _asked(challenge, request_options(_site(), challenge))


def asked_again(user_id: int) -> Options:
    """One of the person's own keys shall answer."""
    challenge = _challenge(Purpose.AGAIN, user_id)
    known = [one.credential_id for one in list_passkeys(read_session(), user_id)]
    return _asked(challenge, request_options(_site(), challenge, known=known))


def asked_for_new(user_id: int, *, shop: str, account: str) -> Options:
    keys = list_passkeys(read_session(), user_id)
    challenge = _challenge(Purpose.ADD, user_id, handle_of(keys))
    known = [one.credential_id for one in keys]
    return _asked(challenge, creation_options(_site(), challenge, shop=shop, account=account, known=known))


def new_key(user_id: int) -> tuple[NewKey, Challenge]:
    """What the form brought. Raises PasskeyRefused."""
    challenge = _reopened(Purpose.ADD, user_id)
    return judge_new_key(_answer(), challenge, _site()), challenge


def answered_by(purpose: Purpose, user_id: int | None = None) -> int:
    """Whose key has answered, which is `user_id` where that is given; the use is noted. Raises PasskeyRefused."""
    said, challenge = _answer(), _reopened(purpose, user_id)
    named = str(said.get("id"))
    passkey = find_passkey(read_session(), named) if _NAME.fullmatch(named) else None
    if passkey is None or not _is_whose(passkey, said, user_id):
        raise PasskeyRefused()
    passkey_id, owner = passkey.id, passkey.user_id
    answer = judge_answer(said, challenge, _site(), passkey.public_key)
    now = utc_now()

    def use(session: Session) -> bool:
        return use_passkey(session, passkey_id, answer, challenge, now=now)

    if not transact(use):
        raise PasskeyRefused()
    return owner


def _is_whose(passkey: Passkey, said: Mapping[str, Any], user_id: int | None) -> bool:
    """A key that is not asked for by name says whose it is."""
    if user_id is not None:
        return passkey.user_id == user_id
    response = said.get("response")
    return isinstance(response, dict) and response.get("userHandle") == passkey.user_handle


def _site() -> Site:
    site = passkey_site()
    if site is None:
        raise NotFound()
    return site


def _asked(challenge: Challenge, options: Options) -> Options:
    return {"options": options, "asked": challenge.sealed}


def _challenge(purpose: Purpose, user_id: int | None = None, handle: str = "") -> Challenge:
    return new_challenge(
        purpose,
        browser=browser_secret(),
        cipher=FieldCipher(settings().field_keys),
        now=utc_now(),
        user_id=user_id,
        handle=handle,
    )


def _reopened(purpose: Purpose, user_id: int | None) -> Challenge:
    return reopen_challenge(
        request.form.get(ASKED, ""),
        purpose,
        browser=browser_secret(),
        cipher=FieldCipher(settings().field_keys),
        now=utc_now(),
        user_id=user_id,
    )


def _answer() -> Mapping[str, Any]:
    try:
        said = json.loads(request.form.get(ANSWER, "")[:_LONGEST])
    except ValueError as error:
        raise PasskeyRefused() from error
    if not isinstance(said, dict):
        raise PasskeyRefused()
    return said
