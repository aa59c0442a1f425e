"""The versions of settings, page texts and tariffs: written, planned, withdrawn, and read as of a moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import User
from shop.accounts.setting_models import SettingVersion
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.storage.paging import Page, read_page

LONGEST_WHY: Final = 300
FARTHEST: Final = timedelta(days=366)
_PLANNED: Final = sa.and_(SettingVersion.in_force_at.is_(None), SettingVersion.withdrawn_at.is_(None))


class PlanOver(Conflict):
    code = "plan_over"
    default_message = msg("This is in force already, or was withdrawn.")


@dataclass(frozen=True)
class Change:
    """Who changes something, why, and from when on; `valid_from` None: at once."""

    actor_id: int | None
    now: datetime
    why: str = ""
    valid_from: datetime | None = None

    @property
    def is_planned(self) -> bool:
        return self.valid_from is not None and self.valid_from > self.now

    @property
    def facts(self) -> dict[str, Any]:
        """What the trail says of it besides the values."""
        return {"why": self.why} if self.why else {}

    def judged(self) -> Change:
        """Raises InvalidInput for a reason that is too long or a moment that is too far."""
        why = tidy(self.why)
        if len(why) > LONGEST_WHY:
            raise InvalidInput(msg("This text is too long."), field="why")
        if self.valid_from is not None and self.valid_from > self.now + FARTHEST:
            raise InvalidInput(msg("At most one year ahead."), field="valid_from")
        return Change(self.actor_id, self.now, why, self.valid_from)


@dataclass(frozen=True)
class VersionRow:
    id: int
    name: str
    number: int | None
    value: dict[str, Any]
    why: str
    valid_from: datetime
    written_at: datetime
    in_force_at: datetime | None
    withdrawn_at: datetime | None
    who: str  # empty: the shop itself, or somebody who is gone

    @property
    def is_planned(self) -> bool:
        return self.in_force_at is None and self.withdrawn_at is None


def keep_version(session: Session, name: str, value: Mapping[str, Any], number: int, change: Change) -> None:
    """Note what has just come into force."""
    session.add(_version(name, value, change, number=number, valid_from=change.now, in_force_at=change.now))


def plan_version(session: Session, name: str, value: Mapping[str, Any], change: Change) -> SettingVersion:
    """Write what comes into force later; the caller has judged it."""
    planned = _version(name, value, change, valid_from=change.valid_from or change.now)
    session.add(planned)
    session.flush()
    facts = {"valid_from": planned.valid_from.isoformat(), **change.facts}
    audit(session, change.actor_id, "setting.planned", "shop_setting", name, facts, now=change.now)
    return planned


def _version(name: str, value: Mapping[str, Any], change: Change, **facts: Any) -> SettingVersion:
    return SettingVersion(
        name=name,
        value=dict(value),
        why=change.why,
        written_at=change.now,
        written_by_id=change.actor_id,
        **facts,
    )


def withdraw_plan(
    session: Session, name: str, version_id: int, *, actor_id: int | None, now: datetime
) -> None:
    """Raises NotFound, PlanOver."""
    locked = sa.select(SettingVersion).where(SettingVersion.id == version_id, SettingVersion.name == name)
    planned = session.scalar(locked.with_for_update().execution_options(populate_existing=True))
    if planned is None:
        raise NotFound()
    if planned.withdrawn_at is not None or planned.in_force_at is not None:
        raise PlanOver()
    planned.withdrawn_at = now
    facts = {"valid_from": planned.valid_from.isoformat()}
    audit(session, actor_id, "setting.plan_withdrawn", "shop_setting", name, facts, now=now)


def lock_due(session: Session, version_id: int, *, now: datetime) -> SettingVersion | None:
    """A planned version whose moment has come, unless somebody else was quicker."""
    due = sa.select(SettingVersion).where(
        SettingVersion.id == version_id, _PLANNED, SettingVersion.valid_from <= now
    )
    return session.scalar(due.with_for_update().execution_options(populate_existing=True))


def due_versions(session: Session, *, now: datetime) -> Sequence[int]:
    """In the order in which they come into force."""
    due = sa.select(SettingVersion.id).where(_PLANNED, SettingVersion.valid_from <= now)
    return session.scalars(due.order_by(SettingVersion.valid_from, SettingVersion.id)).all()


def planned_values(session: Session) -> Sequence[SettingVersion]:
    """Everything that is to come, the nearest first."""
    planned = sa.select(SettingVersion).where(_PLANNED)
    return session.scalars(planned.order_by(SettingVersion.valid_from, SettingVersion.id)).all()


def planned_by_name(session: Session) -> dict[str, VersionRow]:
    """The nearest of each. One statement."""
    latest_first = (SettingVersion.valid_from.desc(), SettingVersion.id.desc())
    rows = session.execute(_rows().where(_PLANNED).order_by(*latest_first))
    return {row[1]: VersionRow(*row) for row in rows}


def versions_of(session: Session, name: str, *, page: int = 1) -> Page[VersionRow]:
    """What is planned first, then the newest. Two statements."""
    order = (SettingVersion.number.is_(None).desc(), SettingVersion.number.desc(), SettingVersion.id.desc())
    statement = _rows().where(SettingVersion.name == name).order_by(*order)
    return read_page(session, statement, number=page).map(lambda row: VersionRow(*row))


def read_version(session: Session, name: str, version_id: int) -> VersionRow:
    """Raises NotFound."""
    statement = _rows().where(SettingVersion.name == name, SettingVersion.id == version_id)
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound()
    return VersionRow(*row)


def _rows() -> sa.Select[*tuple[Any, ...]]:
    return sa.select(
        *(SettingVersion.id, SettingVersion.name, SettingVersion.number, SettingVersion.value),
        *(SettingVersion.why, SettingVersion.valid_from, SettingVersion.written_at),
        *(SettingVersion.in_force_at, SettingVersion.withdrawn_at),
        sa.func.coalesce(sa.func.nullif(User.name, ""), User.email, ""),
    ).outerjoin(User, User.id == SettingVersion.written_by_id)


def stored_at(session: Session, names: Collection[str], moment: datetime) -> dict[str, dict[str, Any]]:
    """What was stored at that moment by name; what nobody had set yet is not in it. One statement."""
    rows = session.execute(
        sa.select(SettingVersion.name, SettingVersion.value)
        .where(SettingVersion.name.in_(names), SettingVersion.in_force_at <= moment)
        .order_by(SettingVersion.in_force_at, SettingVersion.id)
    )
    return dict(rows.tuples().all())


def stored_since(session: Session, name: str) -> Sequence[tuple[datetime, dict[str, Any]]]:
    """Every value that was in force, the oldest first, and since when. One statement."""
    rows = session.execute(
        sa.select(SettingVersion.in_force_at, SettingVersion.value)
        .where(SettingVersion.name == name, SettingVersion.in_force_at.is_not(None))
        .order_by(SettingVersion.in_force_at, SettingVersion.id)
    )
    return [(since, value) for since, value in rows if since is not None]
