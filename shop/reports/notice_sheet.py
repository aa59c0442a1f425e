"""The notice sheet of a village for a month: who was given orders, who gave them back, and what was decided otherwise.

What hangs on a wall is public: households that agreed stand there by alias, the others together; nobody's earnings. The
village's own stand there when five households or more earned something in the month, and only once the month is over:
of two sheets of a month that is running, the difference would say what one household earned meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import Household, Producer, ProducerKind, Product, Variant, Village
from shop.fulfilment.models import Task, TaskStatus
from shop.fulfilment.override_models import Override
from shop.fulfilment.task_looks import TOO_FEW, refused
from shop.inventory.models import HouseholdMonth, LotShare
from shop.kit.clock import month_of, months_before, shanghai_midnight
from shop.ledger.impact import FEWEST_HOUSEHOLDS
from shop.ordering.reasons import Reason


@dataclass(frozen=True, slots=True)
class GivenTo:
    """Orders of the month by producer, each counted once; without a name: `producers` that have not agreed, together."""

    name_zh: str
    name_en: str
    producers: int
    given: int
    declined: int
    short: int
    silent: int


@dataclass(frozen=True, slots=True)
class DecidedOtherwise:
    """An override; a household that has not agreed has no name."""

    at: datetime
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    units: int
    reason: str
    by_rule_zh: str
    by_rule_en: str
    given_to_zh: str
    given_to_en: str
    had_choice: bool  # the rule had somebody


@dataclass(frozen=True, slots=True)
class NoticeSheet:
    village_zh: str
    village_en: str
    month: date
    households: int  # that have goods in the shop
    earned_fen: (
        int | None
    )  # by all together; None while the month runs, and where too few of them earned something
    is_over: bool
    given: Sequence[GivenTo]
    overrides: Sequence[DecidedOtherwise]


def notice_sheet(session: Session, village_id: int, month: date, *, now: datetime) -> NoticeSheet | None:
    """The sheet of a month, which its first day names; None for no village. Four statements."""
    village = session.execute(
        sa.select(Village.name_zh, Village.name_en).where(Village.id == village_id)
    ).one_or_none()
    if village is None:
        return None
    count, earning, earned_fen = _together(session, village_id, month)
    is_over = month < month_of(now)
    return NoticeSheet(
        village.name_zh,
        village.name_en,
        month,
        count,
        earned_fen if is_over and earning >= FEWEST_HOUSEHOLDS else None,
        is_over,
        [GivenTo(*row) for row in session.execute(_given(village_id, month))],
        [DecidedOtherwise(*row) for row in session.execute(_overrides(village_id, month))],
    )


def _together(session: Session, village_id: int, month: date) -> tuple[int, int, int]:
    """How many households have goods, how many of them earned something in the month, and what they earned together."""
    supplies = sa.exists().where(LotShare.household_id == Household.id)
    row = session.execute(
        sa.select(
            sa.func.count(Household.id),
            sa.func.count(sa.case((HouseholdMonth.earned_fen > 0, 1))),
            sa.func.coalesce(sa.func.sum(HouseholdMonth.earned_fen), 0),
        )
        .outerjoin(
            HouseholdMonth,
            sa.and_(HouseholdMonth.household_id == Household.id, HouseholdMonth.month == month),
        )
        .where(Household.village_id == village_id, supplies)
    ).one()
    return int(row[0]), int(row[1]), int(row[2])


def _within(column: Any, month: date) -> sa.ColumnElement[bool]:
    start, end = (shanghai_midnight(day) for day in (month, months_before(month, -1)))
    return sa.and_(column >= start, column < end)


def _named(producer: Any, household: Any, language: str) -> sa.ColumnElement[str]:
    """SQL: the name that may be shown, or nothing."""
    agreed = sa.or_(producer.kind == ProducerKind.WORKSHOP, household.consented_at.is_not(None))
    alias, name = getattr(household, f"alias_{language}"), getattr(producer, f"name_{language}")
    return sa.case((agreed, sa.func.coalesce(alias, name)), else_="")


def _given(village_id: int, month: date) -> sa.Select[*tuple[Any, ...]]:
    zh, en = (_named(Producer, Household, language) for language in ("zh", "en"))
    by_producer = (
        sa.select(
            zh.label("zh"), en.label("en"), sa.case((zh == "", 0), else_=Producer.id).label("whose"),
            Producer.id.label("producer_id"),
            _orders(sa.true()).label("given"),
            _orders(refused()).label("declined"),
            _orders(sa.and_(Task.status == TaskStatus.DECLINED, Task.decline_reason.in_(TOO_FEW))).label("short"),
            _orders(sa.and_(Task.status == TaskStatus.REASSIGNED, Task.decline_reason == Reason.OVERDUE)).label("silent"),
        )
        .select_from(Task)
        .join(Producer, Producer.id == Task.producer_id)
        .outerjoin(Household, Household.id == Producer.household_id)
        .where(Task.village_id == village_id, _within(Task.opened_at, month))
        .group_by(zh, en, Producer.id)
        .subquery()
    )  # fmt: skip
    one = by_producer.c
    sums = (
        sa.cast(sa.func.sum(column), sa.BigInteger)
        for column in (one.given, one.declined, one.short, one.silent)
    )
    return (
        sa.select(one.zh, one.en, sa.func.count(one.producer_id), *sums)
        .group_by(one.zh, one.en, one.whose)
        .order_by(sa.case((one.zh == "", 1), else_=0), sa.func.sum(one.given).desc(), one.zh, one.whose)
    )


def _orders(which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.count(sa.distinct(sa.case((which, Task.order_id))))


def _overrides(village_id: int, month: date) -> sa.Select[*tuple[Any, ...]]:
    rule, rule_home = aliased(Producer), aliased(Household)
    given, given_home = aliased(Producer), aliased(Household)
    return (
        sa.select(
            *(Override.at, Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
            *(Override.units, Override.reason),
            *(_named(rule, rule_home, language) for language in ("zh", "en")),
            *(_named(given, given_home, language) for language in ("zh", "en")),
            sa.case((Override.by_rule_id.is_(None), 0), else_=1),
        )
        .join(Variant, Variant.id == Override.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(given, given.id == Override.given_to_id)
        .outerjoin(given_home, given_home.id == given.household_id)
        .outerjoin(rule, rule.id == Override.by_rule_id)
        .outerjoin(rule_home, rule_home.id == rule.household_id)
        .where(Override.village_id == village_id, _within(Override.at, month))
        .order_by(Override.at, Override.id)
    )
