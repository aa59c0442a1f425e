"""Presses that a phone kept while it had no network, and sends one after the other: each is carried out once.

What arrives first stands, if its step is possible; docs/offline.md has the whole rule. A face says which of its forms
may be sent like this, and what each does: `take(sent, prepare)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import current_app, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from shop.accounts.device_actions import OLDEST, SentAction, decide, find_action
from shop.accounts.device_models import ActionOutcome, DeviceAction
from shop.extensions import settings
from shop.kit.clock import shanghai_date
from shop.kit.errors import Conflict, InvalidInput, NotFound, ShopError
from shop.kit.references import signature
from shop.kit.text import msg
from shop.web.database import read_session, transact
from shop.web.deeds import Deed, Press
from shop.web.error_pages import translated

MOST_FIELDS: Final = 200
MOST_LINES: Final = 500
LONGEST_PATH, LONGEST_NAME, LONGEST_VALUE = 200, 64, 500
_KEY: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UNTYPED: Final = re.compile(r"[\x00\ud800-\udfff]")  # what nobody types and no text column takes
_LATEST_MS: Final = 10**14  # a phone's clock may be wrong by years, but it is a number
_UNREADABLE: Final = msg("This is not what the phone's pages send.")
_TOO_OLD: Final = msg("It was pressed more than %(days)s days ago.")
_DONE_BEFORE: Final = msg("It was carried out before you took it back.")
_GONE: Final = msg("This is not there any more.")

Preparing = Callable[[str, dict[str, Any], Press], Deed]


class OtherPerson(Conflict):
    """What one person pressed is never carried out as another's, whoever else has the phone now."""

    code = "other_person"
    default_message = msg("This was pressed by somebody else. It waits until that person signs in again.")


@dataclass(frozen=True, slots=True)
class SentPress:
    """`is_direct`: its person looks at the form, and can put right what it refuses. `takes_back`: it shall not be."""

    action: SentAction
    is_direct: bool
    takes_back: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """`has_form`: nothing was decided, and the form says what is wrong."""

    outcome: ActionOutcome
    said: str
    path: str = ""
    was_known: bool = False
    has_form: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome,
            "said": self.said,
            "next": self.path,
            "known": self.was_known,
            "form": self.has_form,
        }


def person_name(user_id: int) -> str:
    """What a phone calls its person: the same for ever, and nobody's number."""
    return signature(str(user_id), settings().trace_keys[-1], purpose="phone", length=20)


def read_press(user_id: int, *, now: datetime) -> SentPress:
    """The JSON of this request. Raises InvalidInput for any other shape, OtherPerson."""
    said = request.get_json(silent=True)
    if not isinstance(said, dict):
        raise InvalidInput(_UNREADABLE)
    if _text(said, "person", LONGEST_NAME) != person_name(user_id):
        raise OtherPerson()
    key = _text(said, "id", 36)
    if not _KEY.fullmatch(key):
        raise InvalidInput(_UNREADABLE)
    age = timedelta(milliseconds=max(0, _moment(said, "sent_at") - _moment(said, "at")))
    action = SentAction(
        user_id, key, _text(said, "path", LONGEST_PATH), _fields(said), made_at=now - min(age, OLDEST * 2)
    )
    return SentPress(action, is_direct=said.get("direct") is True, takes_back=said.get("take_back") is True)


def take(sent: SentPress, prepare: Preparing, *, now: datetime) -> Taken:
    """Carry it out, or say what became of it before; what does not stand is put down with the reason.

    Raises OtherContent, TooManyActions.
    """
    action = sent.action
    known = find_action(read_session(), action)
    if known is not None:
        return _faster(known) if sent.takes_back else _known(known)
    if sent.takes_back:
        return _as_taken(transact(lambda session: _once(session, action, now, ActionOutcome.TAKEN_BACK)))
    if now - action.made_at > OLDEST:
        return _refuse(action, translated(_TOO_OLD, {"days": OLDEST.days}), None, now)
    deed: Deed | None = None
    try:
        deed = _prepared(action, prepare, now)
        return _carry_out(action, deed, now)
    except (Conflict, InvalidInput, NotFound) as error:
        if sent.is_direct and (deed is None or deed.has_form) and not isinstance(error, NotFound):
            return Taken(ActionOutcome.REFUSED, _reason(error), has_form=True)
        return _refuse(action, _told(error, deed), deed if isinstance(error, Conflict) else None, now)


def _prepared(action: SentAction, prepare: Preparing, now: datetime) -> Deed:
    press = Press(action.fields, now, shanghai_date(action.made_at), action.made_at, action.key)
    try:
        endpoint, values = current_app.url_map.bind("").match(action.path, method="POST")
    except HTTPException:
        raise NotFound(_GONE) from None
    return prepare(endpoint, dict(values), press)


def _carry_out(action: SentAction, deed: Deed, now: datetime) -> Taken:
    def work(session: Session) -> Taken:
        known = find_action(session, action)
        if known is not None:
            return _known(known)
        row = decide(session, action, ActionOutcome.APPLIED, now=now)
        result = deed.work(session)
        row.said = deed.said_of(result)
        return Taken(row.outcome, row.said, deed.page_after(result))

    return transact(work)


def _refuse(action: SentAction, said: str, deed: Deed | None, now: datetime) -> Taken:
    def work(session: Session) -> DeviceAction:
        row = _once(session, action, now, ActionOutcome.REFUSED, said)
        if row.outcome is ActionOutcome.REFUSED and row.received_at == now and deed and deed.note_unused:
            deed.note_unused(session)
        return row

    return _as_taken(transact(work), deed.page_after() if deed else "")


def _once(
    session: Session, action: SentAction, now: datetime, outcome: ActionOutcome, said: str = ""
) -> DeviceAction:
    """As it was decided before, or as it is decided now."""
    return find_action(session, action) or decide(session, action, outcome, now=now, said=said)


def _as_taken(row: DeviceAction, path: str = "") -> Taken:
    return Taken(row.outcome, row.said, path)


def _known(row: DeviceAction) -> Taken:
    return Taken(row.outcome, row.said, was_known=True)


def _faster(row: DeviceAction) -> Taken:
    """It was to be taken back."""
    is_done = row.outcome is ActionOutcome.APPLIED
    return Taken(row.outcome, translated(_DONE_BEFORE) if is_done else row.said, was_known=True)


def _told(error: ShopError, deed: Deed | None) -> str:
    """What stands instead, where the face can say it; else why it cannot be."""
    if deed is not None and deed.too_late is not None and isinstance(error, Conflict):
        return deed.too_late()
    return _reason(error)


def _reason(error: ShopError) -> str:
    errors: dict[str, str] = getattr(error, "errors", {})
    said = [translated(text, error.facts) for text in dict.fromkeys(errors.values())]
    return " ".join(said) or translated(error.message, error.facts)


def _text(said: dict[str, Any], name: str, longest: int) -> str:
    value = said.get(name)
    if not isinstance(value, str) or len(value) > longest or _UNTYPED.search(value):
        raise InvalidInput(_UNREADABLE)
    return value


def _moment(said: dict[str, Any], name: str) -> int:
    value = said.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LATEST_MS:
        raise InvalidInput(_UNREADABLE)
    return value


def _fields(said: dict[str, Any]) -> dict[str, str]:
    fields = said.get("fields")
    if not isinstance(fields, dict) or len(fields) > MOST_FIELDS:
        raise InvalidInput(_UNREADABLE)
    if any(len(name) > LONGEST_NAME or _UNTYPED.search(name) for name in fields):
        raise InvalidInput(_UNREADABLE)
    return {name: _lines(fields, name) for name in fields}


def _lines(fields: dict[str, Any], name: str) -> str:
    """One value, or several: each on a line of its own."""
    several = fields[name]
    if not isinstance(several, list):
        return _text(fields, name, LONGEST_VALUE)
    if len(several) > MOST_LINES:
        raise InvalidInput(_UNREADABLE)
    return "\n".join(_text({name: one}, name, LONGEST_VALUE) for one in several)
