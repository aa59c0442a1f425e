"""Writing one row: found or made, changed where it differs, with an entry in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from shop.accounts.audit import audit
from shop.accounts.editing.rules import NOT_A_CHOICE, Judge, Values, judge_values
from shop.kit.bank_accounts import mask
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg
from shop.storage.base import Base

Row = TypeVar("Row", bound=Base)

TAKEN = msg("Something else has this already.")
PERSONAL = frozenset({"phone", "people", "agreed_by"})  # into the erasable part of the trail
MASKED = frozenset({"bank_account"})  # the trail tells how they end


@dataclass(frozen=True)
class Sheet:
    """How one kind of row is edited: its name in the trail, what each field has to be, which are unique,
    and which are ids of other rows.
    """

    name: str
    rules: Mapping[str, Judge]
    unique: tuple[str, ...] = ("slug",)
    links: Mapping[str, type[Base]] = field(default_factory=dict)
    personal: frozenset[str] = frozenset()  # besides what is personal in every row


@dataclass(frozen=True)
class Saved:
    """The row as it is now, and what was changed: (before, after) by field; empty when nothing was."""

    row: Any
    changes: Mapping[str, tuple[Any, Any]]
    created: bool


def get_row(session: Session, entity: type[Row], record_id: int) -> Row:
    """Raises NotFound."""
    row = session.get(entity, record_id)
    if row is None:
        raise NotFound()
    return row


def save_row(
    session: Session,
    entity: type[Row],
    sheet: Sheet,
    record_id: int | None,
    values: Values,
    *,
    actor_id: int | None,
    now: datetime,
    also: Mapping[str, Any] | None = None,
) -> Saved:
    """Judge and write. `also` are values that no form names. Raises InvalidInput or NotFound."""
    judged = judge_values(values, sheet.rules, complete=record_id is None) | dict(also or {})
    row = entity() if record_id is None else get_row(session, entity, record_id)
    _check(session, entity, sheet, record_id, judged)
    changes = {
        name: (getattr(row, name, None), value)
        for name, value in judged.items()
        if record_id is None or getattr(row, name) != value
    }
    for name, (_, value) in changes.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    if changes:
        _note(session, sheet, row, changes, created=record_id is None, actor_id=actor_id, now=now)
    return Saved(row, changes, record_id is None)


def _check(
    session: Session, entity: type[Base], sheet: Sheet, record_id: int | None, judged: Mapping[str, Any]
) -> None:
    errors: dict[str, str] = {}
    key = _column(entity, "id")
    for name in sheet.unique:
        if name in judged:
            same = sa.select(key).where(_column(entity, name) == judged[name], key != (record_id or 0))
            if session.scalar(same.limit(1)) is not None:
                errors[name] = TAKEN
    for name, other in sheet.links.items():
        if judged.get(name) is not None and session.get(other, judged[name]) is None:
            errors[name] = NOT_A_CHOICE
    if errors:
        raise InvalidInput(errors=errors)


def _note(
    session: Session,
    sheet: Sheet,
    row: Any,
    changes: Mapping[str, tuple[Any, Any]],
    *,
    created: bool,
    actor_id: int | None,
    now: datetime,
) -> None:
    personal = PERSONAL | sheet.personal
    said = {name: [_said(name, before), _said(name, after)] for name, (before, after) in changes.items()}
    audit(
        session,
        actor_id,
        f"{sheet.name}.{'created' if created else 'changed'}",
        sheet.name,
        row.id,
        {name: pair for name, pair in said.items() if name not in personal},
        now=now,
        personal={name: pair for name, pair in said.items() if name in personal},
    )


def _said(name: str, value: Any) -> Any:
    return mask(str(value or "")) if name in MASKED else as_fact(value)


def as_fact(value: Any) -> Any:
    """A value as the trail's JSON holds it; long texts by their beginning."""
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | list) else str(value)[:500]


def _column(entity: type[Base], name: str) -> InstrumentedAttribute[Any]:
    column: InstrumentedAttribute[Any] = getattr(entity, name)
    return column
