"""What organisations owe: open debts, how old they are, and how much of the limit is left."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation
from shop.accounts.terms import Grant, grants_of_buyer
from shop.accounts.terms_models import OrganisationTerms
from shop.kit.clock import shanghai_date, shanghai_midnight
from shop.kit.errors import NotFound
from shop.ordering.models import Order
from shop.payments.models import ON_ACCOUNT, Payment, PaymentStatus

# Days past the due day on which an age ends, as books of receivables usually group them.
AGES: Final = (0, 30, 60, 90)


@dataclass(frozen=True, slots=True)
class TermsOffer:
    """Terms that a buyer may use now: what the organisation owes and what is left of its limit, in fen."""

    grant: Grant
    owed_fen: int

    @property
    def left_fen(self) -> int:
        return max(self.grant.limit_fen - self.owed_fen, 0)


@dataclass(frozen=True, slots=True)
class PayTo:
    """An account of ours, and how much of what is owed goes there."""

    payee: str
    bank: str
    number: str
    fen: int


@dataclass(frozen=True, slots=True)
class Debt:
    """One order that is not paid yet. `due_on` is the last day on which its transfer is in time; `user_id` ordered it."""

    payment_id: int
    organisation_id: int
    user_id: int | None
    order_number: str
    reference: str
    amount_fen: int
    credited_fen: int
    accepted_at: datetime
    due_at: datetime
    buyer: str
    request: Mapping[str, str] | None  # the account, as it was said to the buyer

    @property
    def account(self) -> tuple[str, str, str]:
        """Payee, bank, number."""
        said = self.request or {}
        return said.get("payee", ""), said.get("bank", ""), said.get("number", "")

    @property
    def due_fen(self) -> int:
        return self.amount_fen - self.credited_fen

    @property
    def due_on(self) -> date:
        return shanghai_date(self.due_at)

    def days_overdue(self, now: datetime) -> int:
        """0 until the due day has passed."""
        return max((shanghai_date(now) - self.due_on).days, 0)


@dataclass(frozen=True, slots=True)
class Owed:
    """What one organisation owes, by age in fen: not due yet, then up to 30, 60, 90 and more days overdue."""

    organisation_id: int
    organisation: str
    limit_fen: int | None  # None: no terms in force any more
    debts: int
    ages: tuple[int, int, int, int, int]

    @property
    def owed_fen(self) -> int:
        return sum(self.ages)

    @property
    def overdue_fen(self) -> int:
        return sum(self.ages[1:])


def is_open_debt() -> sa.ColumnElement[bool]:
    """SQL, of Payment: accepted on terms, and its money has not come."""
    return sa.and_(Payment.provider == ON_ACCOUNT, Payment.status == PaymentStatus.PENDING)


def by_age(
    fen: sa.ColumnElement[int], due_at: sa.SQLColumnExpression[datetime | None], now: datetime
) -> list[sa.ColumnElement[int]]:
    """SQL: the amount, where it is of this age, else 0; from what is not due yet to what is overdue longest."""
    today = shanghai_date(now)
    starts = [shanghai_midnight(today - timedelta(days=days)) for days in AGES]
    is_younger = [due_at >= start for start in starts]
    ages = [is_younger[0]]
    ages += [sa.and_(~before, younger) for before, younger in pairwise(is_younger)]
    return [sa.case((age, fen), else_=0) for age in (*ages, ~is_younger[-1])]


def owed_by(session: Session, organisation_ids: Collection[int]) -> dict[int, int]:
    """Fen by organisation; who owes nothing is left out. One statement."""
    statement = (
        sa.select(Order.organisation_id, sa.func.sum(Payment.due_fen))
        .join(Order, Order.id == Payment.order_id)
        .where(is_open_debt(), Order.organisation_id.in_(organisation_ids))
        .group_by(Order.organisation_id)
    )
    return {row[0]: int(row[1]) for row in session.execute(statement) if row[0] is not None}


def owed_for(session: Session, order_ids: sa.CompoundSelect[int]) -> int:
    """Fen that is still to be transferred for these orders, which are named by a statement. One statement."""
    statement = sa.select(sa.func.coalesce(sa.func.sum(Payment.due_fen), 0))
    return int(session.scalar(statement.where(is_open_debt(), Payment.order_id.in_(order_ids))) or 0)


def offers_to(session: Session, user_id: int | None) -> Sequence[TermsOffer]:
    """On which terms this account may buy, by organisation. Two statements, none for a guest."""
    grants = [grant for grant in grants_of_buyer(session, user_id) if grant.limit_fen > 0]
    if not grants:
        return []
    owed = owed_by(session, {grant.organisation_id for grant in grants})
    return [TermsOffer(grant, owed.get(grant.organisation_id, 0)) for grant in grants]


def open_debts(session: Session, organisation_id: int) -> list[Debt]:
    """The one that is due first before the others. One statement."""
    statement = _debts().where(Order.organisation_id == organisation_id)
    return [Debt(*row) for row in session.execute(statement.order_by(Payment.expires_at, Payment.id))]


def debts_by_account(
    session: Session, order_ids: sa.Select[int] | sa.CompoundSelect[int]
) -> list[tuple[PayTo, list[Debt]]]:
    """What is open of these orders, by the account that each has to come to: one transfer for each. One statement."""
    statement = _debts().where(Order.id.in_(order_ids)).order_by(Payment.expires_at, Payment.id)
    debts = [Debt(*row) for row in session.execute(statement)]
    return [
        (account, [one for one in debts if one.account == (account.payee, account.bank, account.number)])
        for account in where_to_transfer(debts)
    ]


def read_debt(session: Session, payment_id: int) -> Debt:
    """Raises NotFound, also for one that is not open any more."""
    row = session.execute(_debts().where(Payment.id == payment_id)).one_or_none()
    if row is None:
        raise NotFound()
    return Debt(*row)


def _debts() -> sa.Select[*tuple[Any, ...]]:
    columns: tuple[Any, ...] = (
        *(Payment.id, Order.organisation_id, Order.user_id, Order.number, Payment.reference),
        *(Payment.amount_fen, Payment.credited_fen, Payment.created_at, Payment.expires_at),
        *(Order.recipient, Payment.request),
    )
    return sa.select(*columns).join(Order, Order.id == Payment.order_id).where(is_open_debt())


def debt_of_order(session: Session, order_id: int) -> Payment | None:
    """What is still to be transferred for an order that was accepted on terms."""
    return session.scalar(sa.select(Payment).where(Payment.order_id == order_id, is_open_debt()))


def where_to_transfer(debts: Sequence[Debt]) -> list[PayTo]:
    """Each account with what is to come to it: sellers may have accounts of their own. Pure."""
    sums: dict[tuple[str, str, str], int] = {}
    for debt in debts:
        sums[debt.account] = sums.get(debt.account, 0) + debt.due_fen
    return [PayTo(*account, fen) for account, fen in sums.items()]


def owed_by_age(session: Session, *, now: datetime) -> list[Owed]:
    """Every organisation that owes something or has terms in force, by name. One statement."""
    in_force = sa.and_(
        OrganisationTerms.organisation_id == Organisation.id,
        OrganisationTerms.approved_at.is_not(None),
        OrganisationTerms.ended_at.is_(None),
    )
    debts = (
        sa.select(Order.organisation_id, Payment.id, Payment.due_fen.label("fen"), Payment.expires_at)
        .join(Order, Order.id == Payment.order_id)
        .where(is_open_debt())
        .subquery()
    )
    ages = [sa.func.coalesce(sa.func.sum(part), 0) for part in by_age(debts.c.fen, debts.c.expires_at, now)]
    columns: tuple[Any, ...] = (
        *(Organisation.id, Organisation.name, OrganisationTerms.limit_fen, sa.func.count(debts.c.id)),
        *ages,
    )
    statement = (
        sa.select(*columns)
        .outerjoin(OrganisationTerms, in_force)
        .outerjoin(debts, debts.c.organisation_id == Organisation.id)
        .where(sa.or_(OrganisationTerms.id.is_not(None), debts.c.id.is_not(None)))
        .group_by(Organisation.id, Organisation.name, OrganisationTerms.limit_fen)
        .order_by(Organisation.name, Organisation.id)
    )
    rows = session.execute(statement)
    return [
        Owed(
            one[0], one[1], one[2], one[3], (int(one[4]), int(one[5]), int(one[6]), int(one[7]), int(one[8]))
        )
        for one in rows
    ]
