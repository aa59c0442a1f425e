"""What a browser holds while its person comes in from the campus: the question that was asked, and who has answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import flash, request
from flask import session as cookie_session
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from shop.accounts.attempts import Origin
from shop.accounts.campus.arrivals import LIFETIME, Outcome, complete_arrival, look_at_arrival
from shop.accounts.campus.asking import Asked
from shop.accounts.campus.errors import IdentityTaken, MembershipEnded, SignOnStale
from shop.accounts.campus.models import Provider
from shop.accounts.campus.people import CampusPerson
from shop.accounts.sign_in import Entered
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.references import random_code, secret_token
from shop.storage.field_cipher import FieldCipher
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.viewer import browser_token, current_user_id, current_viewer, device_token

_ASKED: Final = "campus_asked"  # by state: what was asked, and why
_ENTRY: Final = "campus_entry"  # the token of an arrival, and whether its person wants it linked
_MOST_ASKED: Final = 3  # tabs at once; the cookie has little room
_LONGEST_WAY: Final = 200
_PATIENCE: Final = timedelta(minutes=20)  # somebody looks for their password at the university
SIGN_IN, LINK, AGAIN = "sign_in", "link", "again"
UNDONE: Final = "undone"  # again, and a form that was sent on the way was not kept


@dataclass(frozen=True)
class Question:
    """Why the browser was sent to the university, and where it goes on afterwards."""

    asked: Asked
    purpose: str
    wanted: str


def begin_question(provider: Provider, purpose: str, wanted: str) -> Asked:
    """A new one, which only this browser can answer; for what is asked of a signed-in person, only that session."""
    asked = Asked(
        state=random_code(26),
        nonce=secret_token(),
        verifier=secret_token() + secret_token(),
        again=purpose in {AGAIN, UNDONE},
        inside="wxwork" in request.headers.get("User-Agent", "").lower(),
    )
    session_id = current_viewer().session_id if purpose != SIGN_IN else None
    way = wanted if len(wanted) <= _LONGEST_WAY else ""
    kept = dict(cookie_session.get(_ASKED) or {})
    facts = [
        provider.value,
        asked.nonce,
        asked.verifier,
        purpose,
        way,
        session_id,
        int(utc_now().timestamp()),
    ]
    newest = sorted(kept.items(), key=lambda item: item[1][-1])[-(_MOST_ASKED - 1) :]
    cookie_session[_ASKED] = {**dict(newest), asked.state: facts}
    return asked


def take_question(provider: Provider, state: str) -> Question:
    """What this browser was asked; answered once. Raises SignOnStale for an answer that it was not asked for."""
    kept = dict(cookie_session.get(_ASKED) or {})
    facts = kept.pop(state, None)
    cookie_session[_ASKED] = kept
    if facts is None or facts[0] != provider.value:
        raise SignOnStale()
    _provider, nonce, verifier, purpose, wanted, session_id, since = facts
    if utc_now().timestamp() - since > _PATIENCE.total_seconds():
        raise SignOnStale()
    if purpose != SIGN_IN and session_id != current_viewer().session_id:
        raise SignOnStale()
    return Question(Asked(state, nonce, verifier, again=purpose in {AGAIN, UNDONE}), purpose, wanted)


def keep_entry(token: str, *, links: bool) -> None:
    """The next time that this browser is let in, this arrival goes with it."""
    cookie_session[_ENTRY] = [token, links, int(utc_now().timestamp())]


def drop_entry() -> None:
    cookie_session.pop(_ENTRY, None)


def entry_token() -> str | None:
    entry = _entry()
    return entry[0] if entry is not None else None


def waiting_person(*, to_be_linked: bool = False) -> CampusPerson | None:
    """Who has come in from the campus with this browser and has no session yet."""
    entry = _entry()
    if entry is None or (to_be_linked and not entry[1]):
        return None
    return look_at_arrival(read_session(), entry[0], cipher=cipher(), now=utc_now())


def complete(origin: Origin) -> Callable[[Session, Entered, datetime], Outcome]:
    """What is done in the transaction that lets a browser in."""
    entry, sealing = _entry(), cipher()

    def work(session: Session, entered: Entered, now: datetime) -> Outcome:
        if entry is None:
            return Outcome.NONE
        tokens = [token for token in (entered.browser_token, entered.device_token) if token]
        return complete_arrival(
            session,
            entry[0],
            entered.user_id,
            tokens,
            links=entry[1],
            address=origin.address,
            cipher=sealing,
            now=now,
        )

    return work


def link_what_waits(origin: Origin) -> None:
    """The address of the account that is signed in here was proved a moment ago: a campus account that waited for that
    is linked, and it is said.
    """
    entry, sealing, now = _entry(), cipher(), utc_now()
    if entry is None or not entry[1]:
        return
    user_id = current_user_id()
    tokens = [token for token in (browser_token(), device_token()) if token]

    def work(session: Session) -> Outcome:
        return complete_arrival(
            session,
            entry[0],
            user_id,
            tokens,
            links=True,
            address=origin.address,
            cipher=sealing,
            now=now,
        )

    outcome = transact(work)
    if outcome is not Outcome.UNPROVED:
        drop_entry()
    say_outcome(outcome)


def say_outcome(outcome: Outcome) -> None:
    """What the person should know of a link that was asked for before signing in."""
    if outcome is Outcome.LINKED:
        flash(_("Your campus account is linked. From now on you can sign in with it."), "ok")
    elif outcome is Outcome.TAKEN:
        flash(translated(IdentityTaken.default_message, {}), "bad")
    elif outcome is Outcome.ENDED:
        flash(translated(MembershipEnded.default_message, {}), "bad")


def cipher() -> FieldCipher:
    return FieldCipher(settings().field_keys)


def _entry() -> tuple[str, bool] | None:
    entry = cookie_session.get(_ENTRY)
    if entry is None or utc_now().timestamp() - entry[2] > LIFETIME.total_seconds():
        return None
    return str(entry[0]), bool(entry[1])
