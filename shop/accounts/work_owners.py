"""Who of the team looks after what waits: taken, given to a colleague, put back. A note, which locks nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import RoleName, User, UserRole
from shop.accounts.work_owner_models import WorkOwner
from shop.kit.errors import Conflict
from shop.kit.text import msg

LONGEST_SUBJECT: Final = 64  # of the audit trail


class HasAnOwner(Conflict):
    code = "has_an_owner"
    default_message = msg("%(name)s looks after it. Give it to somebody if that is not right.")


class NobodyToGiveTo(Conflict):
    code = "nobody_to_give_to"
    default_message = msg("This person may not do this kind of work.")


class NotYours(Conflict):
    code = "not_your_work"
    default_message = msg("%(name)s looks after it, and puts it back or gives it away.")


@dataclass(frozen=True, slots=True)
class Colleague:
    """Of the team: may do what waits in the back office, and what is about money with `money`."""

    id: int
    name: str
    money: bool

    def may_do(self, *, money: bool) -> bool:
        return self.money or not money


@dataclass(frozen=True, slots=True)
class Mark:
    """That somebody looks after a thing."""

    user_id: int
    taken_at: datetime


def colleagues(session: Session) -> Sequence[Colleague]:
    """Who can look after work: active admins, by name. One statement."""
    name = sa.func.coalesce(sa.func.nullif(User.name, ""), User.email, "")
    statement = sa.select(User.id, name, _has(RoleName.FINANCE)).where(User.active, _has(RoleName.ADMIN))
    return [Colleague(*row) for row in session.execute(statement.order_by(name, User.id))]


def read_marks(session: Session) -> dict[tuple[str, str], Mark]:
    """By pile and item; those of people who may not do that work (any more) are left out. One statement."""
    rows = session.execute(
        sa.select(WorkOwner.pile, WorkOwner.item, WorkOwner.user_id, WorkOwner.taken_at)
        .join(User, User.id == WorkOwner.user_id)
        .where(User.active, _has(RoleName.ADMIN), sa.or_(~WorkOwner.money, _has(RoleName.FINANCE)))
    )
    return {(pile, item): Mark(user_id, at) for pile, item, user_id, at in rows}


def noted_work(session: Session) -> list[tuple[str, str]]:
    """Pile and item of every note. One statement."""
    return [(pile, item) for pile, item in session.execute(sa.select(WorkOwner.pile, WorkOwner.item))]


def take(session: Session, pile: str, item: str, *, money: bool, actor_id: int, now: datetime) -> bool:
    """False where it is the actor's already. Raises NobodyToGiveTo, HasAnOwner."""
    note = _locked(session, pile, item)
    held = _holder(session, note)
    if held is not None and held.id != actor_id:
        raise HasAnOwner(name=held.name)
    return _hand(
        session, note, WorkOwner(pile=pile, item=item, user_id=actor_id, money=money, taken_at=now), actor_id
    )


def give(
    session: Session, pile: str, item: str, to_id: int, *, money: bool, actor_id: int, now: datetime
) -> bool:
    """To somebody who may do that kind of work, whoever has it. False where it is theirs already.

    Raises NobodyToGiveTo.
    """
    wanted = WorkOwner(pile=pile, item=item, user_id=to_id, money=money, taken_at=now)
    return _hand(session, _locked(session, pile, item), wanted, actor_id)


def put_back(session: Session, pile: str, item: str, *, actor_id: int, now: datetime) -> bool:
    """It is nobody's again. False where it was nobody's. Raises NotYours."""
    note = _locked(session, pile, item)
    held = _holder(session, note)
    if note is None or held is None:
        return False
    if held.id != actor_id:
        raise NotYours(name=held.name)
    session.delete(note)
    session.flush()
    _audit(session, "work.put_back", note, {"assignee_before": held.id}, actor_id, now)
    return True


def lose_work(session: Session, user_id: int, *, money_only: bool = False) -> None:
    """What somebody looked after is nobody's again: who left, or may no longer do that kind of work."""
    mine = sa.delete(WorkOwner).where(WorkOwner.user_id == user_id)
    session.execute(mine.where(WorkOwner.money) if money_only else mine)


def forget_marks(session: Session, gone: Iterable[tuple[str, str]]) -> int:
    """Of work that is done: nobody's, should it come again. Returns how many."""
    keys = list(gone)
    for pile, item in keys:
        session.execute(sa.delete(WorkOwner).where(*_is(pile, item)))
    return len(keys)


def _hand(session: Session, note: WorkOwner | None, wanted: WorkOwner, actor_id: int) -> bool:
    """Two who write the first note at once: the database takes one, and the other tries again and finds it."""
    to_id, now = wanted.user_id, wanted.taken_at
    if not any(one.id == to_id and one.may_do(money=wanted.money) for one in colleagues(session)):
        raise NobodyToGiveTo()
    before = None if note is None else note.user_id
    if note is None:
        session.add(wanted)
    elif before != to_id:
        note.user_id, note.money, note.taken_at = to_id, wanted.money, now
    else:
        return False
    session.flush()
    action = "work.taken" if to_id == actor_id else "work.given"
    facts = {"assignee_before": before, "assignee_after": to_id}
    _audit(session, action, wanted, facts, actor_id, now)
    return True


def _locked(session: Session, pile: str, item: str) -> WorkOwner | None:
    return session.scalar(sa.select(WorkOwner).where(*_is(pile, item)).with_for_update())


def _holder(session: Session, note: WorkOwner | None) -> Colleague | None:
    """Who looks after it and (still) may."""
    if note is None:
        return None
    found = (one for one in colleagues(session) if one.id == note.user_id and one.may_do(money=note.money))
    return next(found, None)


def _is(pile: str, item: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return WorkOwner.pile == pile, WorkOwner.item == item


def _has(role: RoleName) -> sa.ColumnElement[bool]:
    return sa.exists().where(UserRole.user_id == User.id, UserRole.role == role)


def _audit(
    session: Session, action: str, work: WorkOwner, facts: dict[str, Any], actor_id: int, now: datetime
) -> None:
    audit(session, actor_id, action, "work", f"{work.pile}/{work.item}"[:LONGEST_SUBJECT], facts, now=now)
