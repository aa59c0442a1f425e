"""Two people on one form: what the second saves does not undo the first.

Each editing form carries digests of the values that it showed (`seen_field`). Saving writes only what its person
changed. Where a value was changed meanwhile and typed over as well, nothing is written: the page says who changed
it to what, what was typed stays, and pressing again keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

from flask import g, json, request
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy.orm import Session
from wtforms import Field
from wtforms.fields import BooleanField, SelectField, SelectMultipleField

from shop.accounts.audit_queries import latest_change
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict
from shop.kit.text import msg
from shop.storage.base import Base
from shop.web.admin.blueprint import admin
from shop.web.database import read_session, transact
from shop.web.forms import ShopForm
from shop.web.times import moment

Result = TypeVar("Result")
LONGEST_SHOWN = 300


class ChangedMeanwhile(Conflict):
    """`errors` has a sentence for each field that two people changed."""

    code = "changed_meanwhile"
    default_message = msg(
        "Somebody saved this while you typed. Nothing of yours is saved yet: look at the marked fields, and save again"
        " to keep what you typed."
    )

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__()
        self.errors = dict(errors)


class _Clash(Exception):
    """Ends the transaction; `stored` is the form as the record fills it now."""

    def __init__(self, stored: ShopForm, names: list[str]) -> None:
        super().__init__(names)
        self.stored, self.names = stored, names


@dataclass(frozen=True)
class Trail:
    """Where the audit trail tells who changed a record; `{field}` in the id stands for the field's name."""

    subject_type: str
    subject_id: str


def values_of(form: ShopForm) -> dict[str, Any]:
    return {name: value for name, value in form.data.items() if name != "csrf_token"}


def save_over(
    form: ShopForm,
    stored: Callable[[Session], ShopForm],
    write: Callable[[Session, dict[str, Any]], Result],
    *,
    trail: Trail,
) -> Result:
    """Write what this form's person changed, and leave everything else as it is stored now.

    `stored` locks the record and gives the form as the record fills it. Raises ChangedMeanwhile, and what `write`
    raises. A form without digests was written by a program: it means every value that it names.
    """
    seen = _sent(form)

    def work(session: Session) -> Result:
        now = stored(session)
        names = [name for name in values_of(form) if name in now and _clashes(form, now, seen, name)]
        if names:
            raise _Clash(now, names)
        return write(session, {name: _settled(form, now, seen, name) for name in values_of(form)})

    try:
        return transact(work)
    except _Clash as clash:
        errors = {name: _told(clash.stored[name], trail) for name in clash.names}
        _take_over(form, clash.stored, seen)
        raise ChangedMeanwhile(errors) from None


def lock_record(session: Session, record: Any) -> None:
    """Two who save at once take turns: the second sees what the first wrote."""
    if isinstance(record, Base):
        session.refresh(record, with_for_update=True)


@admin.app_template_global()
def seen_field(form: ShopForm) -> Markup:
    """The hidden field with the digests of what the form shows; stands in every form that edits something."""
    digests = getattr(g, "seen_now", {}).get(_name(form)) or request.form.get(_name(form)) or _digests(form)
    return Markup('<input type="hidden" name="{}" value="{}">').format(_name(form), digests)


def _name(form: ShopForm) -> str:
    return f"seen_{type(form).__name__}"


def _digests(form: ShopForm) -> str:
    return json.dumps(
        {name: _digest(value) for name, value in values_of(form).items()}, separators=(",", ":")
    )


def _sent(form: ShopForm) -> dict[str, str]:
    try:
        sent = json.loads(request.form.get(_name(form), "{}"))
    except ValueError:
        return {}
    return {str(name): str(digest) for name, digest in sent.items()} if isinstance(sent, dict) else {}


def _digest(value: Any) -> str:
    return sha256(json.dumps(_plain(value), ensure_ascii=False).encode()).hexdigest()[:12]


def _plain(value: Any) -> Any:
    """As a form shows it: no seconds, no order among ticks, one kind of line end, nothing at all for what is empty."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return sorted(map(str, value)) or None
    text = "" if value is None else str(value)
    return text.replace("\r\n", "\n").replace("\r", "\n").strip() or None


def _was_changed(form: ShopForm, seen: Mapping[str, str], name: str) -> bool:
    return name not in seen or _digest(form[name].data) != seen[name]


def _clashes(form: ShopForm, now: ShopForm, seen: Mapping[str, str], name: str) -> bool:
    """Both changed it, and not to the same."""
    stored = _digest(now[name].data)
    return (
        name in seen
        and stored not in (seen[name], _digest(form[name].data))
        and _was_changed(form, seen, name)
    )


def _settled(form: ShopForm, now: ShopForm, seen: Mapping[str, str], name: str) -> Any:
    return now[name].data if name in now and not _was_changed(form, seen, name) else form[name].data


def _take_over(form: ShopForm, now: ShopForm, seen: Mapping[str, str]) -> None:
    """The form goes back to its person with what is stored now, except where they typed."""
    for name in values_of(form):
        if name in now and not _was_changed(form, seen, name):
            form[name].data, form[name].raw_data = now[name].data, None
    g.seen_now = {**getattr(g, "seen_now", {}), _name(form): _digests(now)}


def _told(field: Field, trail: Trail) -> str:
    change = latest_change(
        read_session(), trail.subject_type, trail.subject_id.format(field=field.name), field.name
    )
    return str(
        gettext(
            "%(who)s made it “%(value)s” (%(moment)s). Save again to keep yours.",
            who=(change.who if change else "") or gettext("Somebody"),
            value=_shown(field)[:LONGEST_SHOWN],
            moment=moment(change.at if change else utc_now()),
        )
    )


def _shown(field: Field) -> str:
    """A value as its field shows it."""
    if isinstance(field, BooleanField):
        return str(gettext("Yes") if field.data else gettext("No"))
    if isinstance(field, (SelectField, SelectMultipleField)):
        chosen = field.data if isinstance(field.data, list) else [field.data]
        words = {choice[0]: choice[1] for choice in field.choices or ()}
        return ", ".join(str(words.get(one, one)) for one in chosen if one is not None)
    value = getattr(field, "_value", None)
    return str(value() if value is not None else field.data or "")
