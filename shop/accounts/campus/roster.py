"""The roster (名册): who belongs to the campus without an account there. Judged row by row, written whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.campus.ending import end_identity, readmit_identity
from shop.accounts.campus.models import CampusIdentity, EndedBecause, Provider, RosterRow
from shop.accounts.campus.people import CampusPerson
from shop.accounts.campus.roster_table import Entry, Mistake, read_roster, same_name
from shop.accounts.shop_settings import read_shop_settings
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.text import like_pattern, msg, tidy
from shop.storage.named_locks import lock_name
from shop.storage.paging import Page, read_page

ISSUER: Final = "roster"
_AT_ONCE: Final = 500


class RosterHasMistakes(InvalidInput):
    code = "roster_has_mistakes"
    default_message = msg("Some rows cannot be right. Nothing was written.")


@dataclass(frozen=True)
class RosterPlan:
    """What a table does when it is written, row by row; the same for who looks at it and for who writes it. With any
    mistake it does nothing.
    """

    digest: str
    new: Sequence[Entry]
    changed: Sequence[Entry]
    back: Sequence[Entry]  # had left, and are on the list again
    same: int
    leaving: Sequence[str]  # numbers that are not on it any more, where the table is the whole roster
    over: Sequence[str]  # numbers whose day of leaving has come when it is written
    handed_on: Sequence[Entry]  # another person has the number now: the old link ends
    mistakes: Sequence[Mistake]

    @property
    def does_something(self) -> bool:
        return bool(self.new or self.changed or self.back or self.leaving)


def plan_roster(session: Session, content: bytes, *, whole: bool, now: datetime) -> RosterPlan:
    """Judge every row; nothing is written. `whole`: who is not in the table has left.

    Raises InvalidInput for a file that cannot be read at all.
    """
    entries, mistakes = read_roster(content)
    known = {row.campus_number: row for row in session.scalars(sa.select(RosterRow))}
    today = shanghai_date(now)
    new, changed, back, same = [], [], [], 0
    for entry in entries:
        row = known.get(entry.number)
        if row is None:
            new.append(entry)
        elif row.left_at is not None and not _is_over(entry.leaves_on, today):
            back.append(entry)
        elif _facts(row) != _facts(entry):
            changed.append(entry)
        else:
            same += 1
    named = {entry.number for entry in entries}
    here = {number: row for number, row in sorted(known.items()) if row.left_at is None}
    leaving = [number for number in here if number not in named] if whole else []
    written = {entry.number: entry.leaves_on for entry in (*new, *changed, *back)}
    staying = {number: row.leaves_on for number, row in here.items() if number not in leaving}
    over = sorted(number for number, day in (staying | written).items() if _is_over(day, today))
    return RosterPlan(
        hashlib.sha256(content).hexdigest(),
        new,
        changed,
        back,
        same,
        leaving,
        over if written or leaving else [],
        [entry for entry in (*changed, *back) if is_somebody_else(known[entry.number], entry)],
        mistakes,
    )


def import_roster(
    session: Session, content: bytes, *, whole: bool, actor_id: int, now: datetime
) -> RosterPlan:
    """Write it; who is on it no more is signed out in the same step. Sent twice it does nothing the second time.

    Raises RosterHasMistakes, InvalidInput.
    """
    lock_name(session, "roster")
    plan = plan_roster(session, content, whole=whole, now=now)
    if plan.mistakes:
        raise RosterHasMistakes(field="file")
    if not plan.does_something:
        return plan
    session.add_all(_row(entry, now) for entry in plan.new)
    rows = _rows_of(session, [entry.number for entry in (*plan.changed, *plan.back)])
    for entry in (*plan.changed, *plan.back):
        row = rows[entry.number]
        if is_somebody_else(row, entry):
            _hand_on(session, entry.number, actor_id, now)
        _correct(row, entry, now)
    session.flush()
    for entry in plan.back:
        _readmit(session, entry.number, actor_id, now)
    for row in _rows_of(session, plan.leaving).values():
        _leave(session, row, actor_id, now)
    counts = {
        "new": len(plan.new),
        "changed": len(plan.changed),
        "back": len(plan.back),
        "left": len(plan.leaving) + len(plan.over),
        "handed_on": len(plan.handed_on),
    }
    facts = {**counts, "whole": whole, "sha256": plan.digest}
    audit(session, actor_id, "roster.imported", "roster", "roster", facts, now=now)
    while leave_on_time(session, now=now):
        pass
    return plan


def is_somebody_else(row: RosterRow, entry: Entry) -> bool:
    """A number that was given to another person: neither the name nor the telephone is the same. A new name alone is
    a marriage or a correction, a new telephone alone a new telephone.
    """
    return row.phone != entry.phone and not same_name(row.name, entry.name)


def leave_on_time(session: Session, *, now: datetime) -> int:
    """Apply the days of leaving that have come; returns how many left. Harmless to repeat."""
    due = session.scalars(
        sa.select(RosterRow)
        .where(RosterRow.left_at.is_(None), RosterRow.leaves_on <= shanghai_date(now))
        .order_by(RosterRow.id)
        .limit(_AT_ONCE)
    ).all()
    for row in due:
        _leave(session, row, None, now)
    return len(due)


def roster_person(row: RosterRow) -> CampusPerson:
    return CampusPerson(
        Provider.ROSTER,
        ISSUER,
        row.campus_number,
        name=row.name,
        number=row.campus_number,
        kind=row.kind,
        unit_code=row.unit_code,
        proven_phone=row.phone,
    )


def has_roster(session: Session) -> bool:
    """Whether the shop has a list at all: without one, nothing is said of it."""
    return session.scalar(sa.select(RosterRow.id).limit(1)) is not None


def find_row(session: Session, number: str) -> RosterRow | None:
    """By the number as `normalise_number` gives it; only who is there now."""
    return session.scalar(
        sa.select(RosterRow).where(RosterRow.campus_number == number, RosterRow.left_at.is_(None))
    )


def page_of_roster(session: Session, *, text: str, left: bool | None, page: int = 1) -> Page[RosterRow]:
    statement = sa.select(RosterRow).order_by(RosterRow.campus_number)
    if words := tidy(text):
        pattern = f"%{like_pattern(words)}%"
        columns = (RosterRow.campus_number, RosterRow.name, RosterRow.phone, RosterRow.unit_code)
        statement = statement.where(sa.or_(*(column.ilike(pattern, escape="\\") for column in columns)))
    if left is not None:
        statement = statement.where(RosterRow.left_at.is_not(None) if left else RosterRow.left_at.is_(None))
    return read_page(session, statement, number=page, scalars=True)


def _rows_of(session: Session, numbers: Sequence[str]) -> dict[str, RosterRow]:
    found: dict[str, RosterRow] = {}
    for first in range(0, len(numbers), _AT_ONCE):
        some = numbers[first : first + _AT_ONCE]
        for row in session.scalars(sa.select(RosterRow).where(RosterRow.campus_number.in_(some))):
            found[row.campus_number] = row
    return found


def _leave(session: Session, row: RosterRow, actor_id: int | None, now: datetime) -> None:
    row.left_at = now
    session.flush()
    for identity_id in _identities(session, row.campus_number):
        end_identity(session, identity_id, EndedBecause.LEFT, actor_id=actor_id, now=now)


def _readmit(session: Session, number: str, actor_id: int, now: datetime) -> None:
    """Only whom the roster had let go: what an admin ended stays so."""
    for identity_id in _identities(session, number, EndedBecause.LEFT):
        readmit_identity(session, identity_id, actor_id=actor_id, now=now)


def _hand_on(session: Session, number: str, actor_id: int, now: datetime) -> None:
    """What the number opened stays with who had it; who has it now begins anew."""
    for identity_id in (*_identities(session, number), *_identities(session, number, EndedBecause.LEFT)):
        end_identity(session, identity_id, EndedBecause.LEFT, actor_id=actor_id, now=now)
        session.delete(session.get_one(CampusIdentity, identity_id))
    session.flush()


def _identities(session: Session, number: str, because: EndedBecause | None = None) -> Iterable[int]:
    ended = CampusIdentity.ended_because
    statement = sa.select(CampusIdentity.id).where(
        CampusIdentity.provider == Provider.ROSTER,
        CampusIdentity.issuer == ISSUER,
        CampusIdentity.subject == number,
        ended.is_(None) if because is None else ended == because,
    )
    return session.scalars(statement).all()


def _row(entry: Entry, now: datetime) -> RosterRow:
    row = RosterRow(campus_number=entry.number)
    _correct(row, entry, now)
    return row


def _correct(row: RosterRow, entry: Entry, now: datetime) -> None:
    row.name, row.phone, row.unit_code = entry.name, entry.phone, entry.unit_code
    row.kind, row.leaves_on, row.left_at, row.written_at = entry.kind, entry.leaves_on, None, now


def forget_old_rows(session: Session, *, now: datetime) -> int:
    """Rows of people who left long ago and have no account that the row opened; returns how many.

    Who has an account keeps the row until the account is erased: the roster may take them back.
    """
    long_ago = now - timedelta(days=read_shop_settings(session).roster_keep_days)
    linked = sa.select(CampusIdentity.subject).where(
        CampusIdentity.provider == Provider.ROSTER, CampusIdentity.issuer == ISSUER
    )
    gone = sa.delete(RosterRow).where(RosterRow.left_at < long_ago, RosterRow.campus_number.not_in(linked))
    return len(session.execute(gone.returning(RosterRow.id)).all())


def _facts(row: RosterRow | Entry) -> tuple[object, ...]:
    return (row.name, row.phone, row.unit_code, row.kind, row.leaves_on)


def _is_over(leaves_on: date | None, today: date) -> bool:
    return leaves_on is not None and leaves_on <= today
