"""Who is signed in shows again that it is they: with the password, a code, or a passkey; whichever the person has."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from flask import request
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _
from wtforms import StringField

from shop.accounts.attempts import Origin, begin_attempt, take_back_attempt
from shop.accounts.audit import audit
from shop.accounts.campus.models import Provider
from shop.accounts.contacts import readable_phone
from shop.accounts.errors import PasskeyRefused
from shop.accounts.models import AttemptKind
from shop.accounts.one_time_codes import LIFETIME
from shop.accounts.passkey_challenges import Purpose
from shop.accounts.proving import send_proving_code, takes_proving_code
from shop.accounts.second_factor import takes_second_factor
from shop.accounts.sessions import authenticate_again
from shop.accounts.sign_in import accept_password, begin_again, is_right, note_refusal
from shop.accounts.ways_in import WaysIn, ways_of
from shop.extensions import campus_clients, settings
from shop.kit.clock import utc_now
from shop.storage.field_cipher import FieldCipher
from shop.web import passkeys
from shop.web.browser_secret import browser_secret, remember, remembered
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.forms import ShopForm
from shop.web.origin import request_origin
from shop.web.viewer import current_user_id, current_viewer

CODE: Final = "code_again"
SEND: Final = "send_code_again"
FIELDS: Final = (CODE, SEND, passkeys.ANSWER, passkeys.ASKED)
_SENT: Final = "proving_code_sent"
_CODE_FIELD: Final = {"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 24}


class ProofForm(ShopForm):
    """What other ways there are besides the password, whose field the deriving form adds."""

    code_again = StringField(_("Code"), render_kw=_CODE_FIELD)


def ways() -> WaysIn:
    return ways_of(read_session(), current_user_id())


def prove_page() -> dict[str, Any]:
    """What the page that asks needs to know. `answers_here`: something can be typed or pressed on the page itself."""
    known = ways()
    has_passkeys = bool(known.passkeys) and passkeys.passkey_site() is not None
    answers_here = known.password or known.takes_code or has_passkeys
    return {
        "ways": known,
        "phone": masked_phone(known.code_phone),
        "code_sent": remembered(_SENT, LIFETIME) is not None,
        "has_passkeys": has_passkeys,
        "answers_here": answers_here,
        "campus_ways": _campus_ways(known, alone=not answers_here),
        "is_demo": settings().is_demo,
    }


def _campus_ways(known: WaysIn, *, alone: bool) -> list[Provider]:
    """Where the university asks anew who it is. WeCom's own browser asks nobody, so it serves only who has nothing else;
    the roster is the shop's own page, with a new code.
    """
    linked = known.campus_ways if alone else known.campus_ways - {Provider.WECOM}
    there = [*campus_clients().by_name, Provider.ROSTER]
    return [way for way in there if way in linked]


def masked_phone(phone: str | None) -> str:
    """`138 **** 0000`: enough to know which telephone to look for."""
    number = readable_phone(phone) if phone else ""
    return f"{number[:4]}**** {number[-4:]}" if number else ""


def proves(form: ProofForm, password_field: str) -> bool:
    """Whether what was sent proves it; what is wrong is said at its field. A wanted code is sent, and proves nothing.

    Raises TooManyAttempts.
    """
    known, user_id = ways(), current_user_id()
    if request.form.get(SEND):
        if known.code_phone is not None:
            _send(user_id, known.code_phone)
        return False
    if request.form.get(passkeys.ANSWER):
        return _by_passkey(form, user_id)
    if typed := request.form.get(CODE, ""):
        if known.takes_code and _is_right(known, user_id, typed):
            return True
        form.code_again.errors = [gettext("This code is not right, or it is too old.")]
        return False
    typed = request.form.get(password_field, "")
    if known.password and typed and password_is_right(user_id, typed):
        return True
    wrong, empty = gettext("This is not your password."), gettext("Please fill this in.")
    if known.password:
        form[password_field].errors = [wrong if typed else empty]
    elif known.takes_code:
        form.code_again.errors = [empty]
    return False


def password_is_right(user_id: int, password: str) -> bool:
    """Compare the password of somebody who is signed in; counted like a sign-in. Raises TooManyAttempts."""
    now, origin = utc_now(), request_origin()
    candidate = transact(lambda session: begin_again(session, user_id, origin=origin, now=now))
    if not is_right(candidate, password):
        transact(lambda session: note_refusal(session, candidate, origin=origin, now=now))
        return False
    transact(lambda session: accept_password(session, candidate, password))
    return True


def code_is_right(user_id: int, typed: str, origin: Origin) -> bool:
    """Compare a second factor; a wrong one counts as a failed sign-in. Raises TooManyAttempts."""
    now, cipher = utc_now(), FieldCipher(settings().field_keys)
    attempt_id = transact(
        lambda session: begin_attempt(
            session, AttemptKind.SIGN_IN, f"second factor {user_id}", origin=origin, now=now
        )
    )
    right = transact(lambda session: takes_second_factor(session, user_id, typed, cipher=cipher, now=now))
    if right:
        transact(lambda session: take_back_attempt(session, attempt_id))
    else:
        transact(lambda session: audit(session, user_id, "second_factor.refused", "user", user_id, now=now))
    return right


def prove_again() -> None:
    """This session has just shown who it is."""
    session_id, now = current_viewer().session_id or 0, utc_now()
    transact(lambda session: authenticate_again(session, session_id, now=now))


def _by_passkey(form: ProofForm, user_id: int) -> bool:
    try:
        passkeys.answered_by(Purpose.AGAIN, user_id)
    except PasskeyRefused as refused:
        form.form_errors.append(error_message(refused))
        return False
    return True


def _is_right(known: WaysIn, user_id: int, typed: str) -> bool:
    if known.authenticator and code_is_right(user_id, typed, request_origin()):
        return True
    if known.code_phone is None:
        return False
    take = partial(takes_proving_code, user_id=user_id, typed=typed, browser=browser_secret(), now=utc_now())
    return transact(take)


def _send(user_id: int, phone: str) -> None:
    send = partial(
        send_proving_code,
        user_id=user_id,
        phone=phone,
        browser=browser_secret(),
        cipher=FieldCipher(settings().field_keys),
        language=str(get_locale() or "zh"),
        origin=request_origin(),
        now=utc_now(),
    )
    transact(send)
    remember(_SENT, "")
