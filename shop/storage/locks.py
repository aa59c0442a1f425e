"""Row locks, taken in one order by everybody, so that two transactions never wait for each other in a ring."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

Row = TypeVar("Row")

_KEY = "shop.lock_rank"


class LockRank(IntEnum):
    """The order in which rows are locked; within a rank by id. Every floor reads it, so it stands on the ground."""

    GIFT = 3  # whoever changes its list takes turns
    CAMPAIGN = 4  # then a member of it, their year, their unit, slots, goods
    BANK_LINE = 5
    JOINT_TRANSFER = 6  # what joins it, and who says that it came, take turns
    QUOTATION = 8  # before the order that comes of it
    CANTEEN = 9  # a standing order, or what was weighed of an order, before the orders
    ORDER = 10
    PAYMENT = 20
    ORGANISATION = 25  # its members' orders take turns
    TIMED_PRICE = 27
    SHELF = 28  # its sales, and whoever counts its cash, take turns
    LOT = 30
    INTAKE = 32
    PACKAGING = 34
    HOUSEHOLD_FIGURES = 40
    COUPON = 42  # a campaign, a code, then a person's count
    PAYOUT = 45  # a run, then its payouts, then a payee
    LEDGER_ACCOUNT = 50
    INVOICE = 52  # an invoice or a voucher
    NUMBER_SERIES = 55
    CONVERSATION = 57
    POST = 58
    AUDIT_HEAD = 60


class LockOrderError(RuntimeError):
    """A mistake of ours: a lower rank was locked after a higher one."""


def lock_rows(session: Session, rank: LockRank, statement: sa.Select[Row]) -> list[Row]:
    """Lock the rows of one entity by id and return them as they are now in the database.

    SQLite has no row locks: there the unit of work holds the one write lock from its beginning. On PostgreSQL others
    may still refer to the rows (a posting to its lot, say): no key ever changes, so nobody need wait for that.
    Raises LockOrderError when a higher rank is already locked in this transaction.
    """
    note_lock(session, rank)
    return list(session.scalars(locking(statement)))


def locking(statement: sa.Select[Row]) -> sa.Select[Row]:
    """The statement by which `lock_rows` locks: for those that are made once, after `note_lock`."""
    entity: Any = statement.column_descriptions[0]["entity"]
    ordered = statement.order_by(None).order_by(entity.id)
    return ordered.with_for_update(of=entity, key_share=True).execution_options(populate_existing=True)


def lock_row(session: Session, rank: LockRank, statement: sa.Select[Row]) -> Row | None:
    """As `lock_rows`, for a statement that finds one row or none."""
    rows = lock_rows(session, rank, statement)
    return rows[0] if rows else None


def note_lock(session: Session, rank: LockRank) -> None:
    """Say that rows of this rank are about to be locked by another statement, such as `UPDATE … WHERE`."""
    transaction = session.get_transaction() or session.begin()
    locked_in, highest = session.info.get(_KEY, (None, rank))
    if locked_in is transaction and rank < highest:
        raise LockOrderError(f"{rank.name} is locked after {LockRank(highest).name}")
    session.info[_KEY] = (transaction, rank)
