"""Telling the organisations of departments that are behind their targets: when the team presses, and by the clock.

Pressed, it is once a week at most. The clock tells in the months that a setting names, once in each, and only owners.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import OrganisationMember, User
from shop.accounts.shop_settings import read_shop_settings
from shop.kit.clock import day_range, shanghai_date
from shop.purchases.board import Progress, Year, units_behind
from shop.purchases.buyers import buyer_rules
from shop.purchases.events import UnitBehind
from shop.purchases.models import UnitReminder
from shop.storage.event_log import record
from shop.storage.named_locks import lock_name

AGAIN_AFTER: Final = timedelta(days=7)
OWNING: Final = ("owner",)
BUYING: Final = ("owner", "buyer")
_LOCK: Final = "purchases.reminders"


@dataclass(frozen=True, slots=True)
class Reminded:
    """How many departments were told now, were told within a week, and have nobody to tell."""

    told: int
    lately: int
    nobody: int


def remind_units(session: Session, *, actor_id: int | None, now: datetime) -> Reminded:
    """Have a letter written for every department that is behind today. Pressed twice at once, it is pressed once."""
    lock_name(session, _LOCK)
    return _remind(session, _told_since(session, now - AGAIN_AFTER), BUYING, actor_id=actor_id, now=now)


def remind_by_clock(session: Session, *, now: datetime) -> Reminded:
    """What the shop itself does in its months: whoever the team told lately is left in peace. Safe to repeat.

    Nothing in other months, and where the setting says never.
    """
    lock_name(session, _LOCK)
    today = shanghai_date(now)
    if not is_month_of_reminding(today, read_shop_settings(session).remind_targets_months):
        return Reminded(0, 0, 0)
    month_began, _ = day_range(today.replace(day=1), today)
    since = min(month_began, now - AGAIN_AFTER)
    return _remind(session, _told_since(session, since), OWNING, actor_id=None, now=now)


def is_month_of_reminding(day: date, every: int) -> bool:
    """Whether so many months of the year are over, or twice as many …; never in January, nor where `every` is 0. Pure."""
    return every > 0 and day.month > 1 and (day.month - 1) % every == 0


def _remind(
    session: Session, lately: set[int], roles: Sequence[str], *, actor_id: int | None, now: datetime
) -> Reminded:
    year = Year(shanghai_date(now).year, shanghai_date(now))
    behind, reachable = units_behind(session, year), _reachable(session, roles)
    due = [one for one in behind if one.unit_id not in lately]
    told = [one for one in due if one.unit_id in reachable]
    for one in told:
        _write_down(session, one, year, roles, actor_id, now)
    return Reminded(len(told), len(behind) - len(due), len(due) - len(told))


def _write_down(
    session: Session, one: Progress, year: Year, roles: Sequence[str], actor_id: int | None, now: datetime
) -> None:
    reminder = UnitReminder(
        unit_id=one.unit_id,
        year=year.number,
        bought_fen=one.bought_fen,
        target_fen=one.target_fen,
        sent_at=now,
        sent_by_id=actor_id,
    )
    session.add(reminder)
    session.flush()
    record(session, UnitBehind(reminder.id, only_owners=roles == OWNING))
    facts = {"year": year.number, "bought_fen": one.bought_fen, "target_fen": one.target_fen}
    audit(session, actor_id, "unit.reminded", "unit", one.unit_id, facts, now=now)


def last_reminders(session: Session) -> dict[int, datetime]:
    """When each department was told last."""
    statement = sa.select(UnitReminder.unit_id, sa.func.max(UnitReminder.sent_at)).group_by(
        UnitReminder.unit_id
    )
    return dict(session.execute(statement).all())


def people_of_unit(session: Session, unit_id: int, *, only_owners: bool = False) -> Sequence[tuple[int, int]]:
    """Accounts that own or buy for an organisation of this department, each with one such organisation."""
    rules = buyer_rules()
    statement = (
        sa.select(OrganisationMember.user_id, sa.func.min(OrganisationMember.organisation_id))
        .join(rules, rules.c.organisation_id == OrganisationMember.organisation_id)
        .join(User, User.id == OrganisationMember.user_id)
        .where(rules.c.unit_id == unit_id, *_may_be_told(OWNING if only_owners else BUYING))
        .group_by(OrganisationMember.user_id)
        .order_by(OrganisationMember.user_id)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def _may_be_told(roles: Sequence[str]) -> tuple[sa.ColumnElement[bool], ...]:
    return OrganisationMember.role.in_(roles), User.active.is_(True), User.email.is_not(None)


def _reachable(session: Session, roles: Sequence[str]) -> set[int]:
    rules = buyer_rules()
    statement = (
        sa.select(rules.c.unit_id)
        .join(OrganisationMember, OrganisationMember.organisation_id == rules.c.organisation_id)
        .join(User, User.id == OrganisationMember.user_id)
        .where(rules.c.unit_id.is_not(None), *_may_be_told(roles))
        .distinct()
    )
    return {one for one in session.scalars(statement) if one is not None}


def _told_since(session: Session, moment: datetime) -> set[int]:
    since = sa.select(UnitReminder.unit_id).where(UnitReminder.sent_at > moment)
    return set(session.scalars(since))
