"""Reminding an organisation of what it owes: by the clock while something is due, or when finance presses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import OrganisationMember, User
from shop.accounts.shop_settings import read_shop_settings
from shop.accounts.terms import BUYING_ROLES, lock_organisation
from shop.kit.clock import shanghai_date, shanghai_midnight
from shop.ordering.models import Order
from shop.payments.events import DebtsReminded
from shop.payments.models import Payment
from shop.payments.terms.debts import is_open_debt, open_debts
from shop.payments.terms.errors import NobodyToRemind, NothingOwed, RemindedToday
from shop.payments.terms.models import DebtReminder
from shop.storage.event_log import record


@dataclass(frozen=True)
class SentReminder:
    """`by` is empty for one that the clock sent."""

    sent_at: datetime
    by: str
    debts: int
    owed_fen: int
    overdue_fen: int


def remind(session: Session, organisation_id: int, *, actor_id: int | None, now: datetime) -> None:
    """Have a letter about all open debts written to who owns and buys for the organisation; one a Shanghai day.

    Locks the organisation. Raises NotFound, NothingOwed, RemindedToday, NobodyToRemind.
    """
    lock_organisation(session, organisation_id)
    debts = open_debts(session, organisation_id)
    if not debts:
        raise NothingOwed()
    day = shanghai_date(now)
    if session.scalar(_reminders(organisation_id).where(DebtReminder.day == day)) is not None:
        raise RemindedToday()
    if not people_to_remind(session, organisation_id):
        raise NobodyToRemind()
    reminder = DebtReminder(
        organisation_id=organisation_id,
        day=day,
        sent_at=now,
        sent_by_id=actor_id,
        debts=len(debts),
        owed_fen=sum(debt.due_fen for debt in debts),
        overdue_fen=sum(debt.due_fen for debt in debts if debt.days_overdue(now)),
    )
    session.add(reminder)
    session.flush()
    record(session, DebtsReminded(reminder.id))
    facts = {"debts": reminder.debts, "owed_fen": reminder.owed_fen, "overdue_fen": reminder.overdue_fen}
    audit(session, actor_id, "debts.reminded", "organisation", organisation_id, facts, now=now)


def due_for_reminder(session: Session, *, now: datetime) -> Sequence[int]:
    """Organisations with a debt that is due soon or overdue, and without a letter for as long as the settings say."""
    settings = read_shop_settings(session)
    soon_after, again_after = timedelta(settings.debt_soon_days), timedelta(settings.debt_again_days)
    last = (
        sa.select(DebtReminder.organisation_id)
        .where(DebtReminder.day > shanghai_date(now - again_after))
        .scalar_subquery()
    )
    soon = shanghai_midnight(shanghai_date(now + soon_after) + timedelta(days=1))
    statement = (
        sa.select(Order.organisation_id)
        .join(Payment, Payment.order_id == Order.id)
        .join(OrganisationMember, OrganisationMember.organisation_id == Order.organisation_id)
        .join(User, User.id == OrganisationMember.user_id)
        .where(is_open_debt(), Payment.expires_at < soon, Order.organisation_id.not_in(last), _may_be_told())
        .distinct()
        .order_by(Order.organisation_id)
    )
    return [one for one in session.scalars(statement) if one is not None]


def people_to_remind(session: Session, organisation_id: int) -> Sequence[int]:
    """Accounts of its owners and buyers that have an e-mail address."""
    statement = (
        sa.select(User.id)
        .join(OrganisationMember, OrganisationMember.user_id == User.id)
        .where(OrganisationMember.organisation_id == organisation_id, _may_be_told())
        .order_by(User.id)
    )
    return session.scalars(statement).all()


def reminders_of(session: Session, organisation_id: int, *, most: int = 20) -> list[SentReminder]:
    """The newest first. One statement."""
    columns: tuple[Any, ...] = (
        *(DebtReminder.sent_at, sa.func.coalesce(sa.func.nullif(User.name, ""), User.email, "")),
        *(DebtReminder.debts, DebtReminder.owed_fen, DebtReminder.overdue_fen),
    )
    statement = (
        sa.select(*columns)
        .outerjoin(User, User.id == DebtReminder.sent_by_id)
        .where(DebtReminder.organisation_id == organisation_id)
        .order_by(DebtReminder.id.desc())
        .limit(most)
    )
    return [SentReminder(*row) for row in session.execute(statement)]


def _may_be_told() -> sa.ColumnElement[bool]:
    return sa.and_(OrganisationMember.role.in_(BUYING_ROLES), User.active, User.email.is_not(None))


def _reminders(organisation_id: int) -> sa.Select[int]:
    return sa.select(DebtReminder.id).where(DebtReminder.organisation_id == organisation_id)
