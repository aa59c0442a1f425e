"""What a coordinator's and a first secretary's dashboard shows of own villages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household
from shop.inventory.models import Lot, LotShare, LotStatus
from shop.reports.comparing import Comparison, Wanted, compare
from shop.reports.definition import Span
from shop.reports.intake import INTAKE
from shop.reports.origins import SALES_BY_HOUSEHOLD, SALES_BY_VILLAGE
from shop.reports.periods import period_before
from shop.reports.readable import of_villages
from shop.reports.running import all_rows
from shop.reports.unfulfilled import UNFULFILLED_BY_PRODUCT
from shop.reports.work import PUNCTUALITY


@dataclass(frozen=True)
class VillageLine:
    """One village's income beside the days before."""

    name: str
    orders: int
    household_fen: int
    village_fen: int
    before_fen: int


def work_figures(session: Session, village_ids: Collection[int], span: Span, language: str) -> Comparison:
    """How the work of own villages went. Three statements."""
    punctuality = of_villages(PUNCTUALITY, village_ids)
    wanted: Mapping[str, Wanted] = {
        "tasks": Wanted(punctuality, "tasks"),
        "on_time": Wanted(punctuality, "on_time"),
        "late": Wanted(punctuality, "late"),
        "declined": Wanted(punctuality, "declined"),
        "missing": Wanted(of_villages(UNFULFILLED_BY_PRODUCT, village_ids), "units"),
        "weighed_g": Wanted(of_villages(INTAKE, village_ids), "weighed_g"),
    }
    return compare(session, wanted, span, language)


def income_figures(session: Session, village_ids: Collection[int], span: Span, language: str) -> Comparison:
    """What own villages earned. Two statements."""
    by_village = of_villages(SALES_BY_VILLAGE, village_ids)
    by_household = of_villages(SALES_BY_HOUSEHOLD, village_ids)
    wanted: Mapping[str, Wanted] = {
        "village_fen": Wanted(by_village, "village_fen"),
        "household_fen": Wanted(by_village, "household_fen"),
        "packing_fen": Wanted(by_village, "packing_fen"),
        "fund_fen": Wanted(by_village, "fund_fen"),
        "households": Wanted(by_household, "household_fen", rows=True),
    }
    return compare(session, wanted, span, language)


def village_lines(
    session: Session, village_ids: Collection[int], span: Span, language: str
) -> list[VillageLine]:
    """Own villages with income now or before, those with the most first. Two statements at most."""
    report = of_villages(SALES_BY_VILLAGE, village_ids)
    name, orders, household, village = (
        report.position(key) for key in ("village", "orders", "household_fen", "village_fen")
    )
    before = period_before(span)
    then = (
        {row[name]: int(row[village]) for row in all_rows(session, report, before, language)}
        if before
        else {}
    )
    lines = [
        VillageLine(
            row[name], int(row[orders]), int(row[household]), int(row[village]), then.pop(row[name], 0)
        )
        for row in all_rows(session, report, span, language)
    ]
    return [*lines, *(VillageLine(gone, 0, 0, 0, fen) for gone, fen in then.items())]


def households_left_out(session: Session, village_ids: Collection[int], span: Span) -> int:
    """Of own villages: with goods on sale, and no income in these days. One statement."""
    income = SALES_BY_HOUSEHOLD.statement(span, "zh").order_by(None).subquery()
    columns = list(income.columns)
    household_id = columns[SALES_BY_HOUSEHOLD.position("household_id")]
    earned = columns[SALES_BY_HOUSEHOLD.position("household_fen")]
    on_sale = (
        sa.select(LotShare.household_id)
        .join(Lot, Lot.id == LotShare.lot_id)
        .where(Lot.status == LotStatus.OPEN, Lot.available > 0)
    )
    statement = sa.select(sa.func.count()).where(
        Household.village_id.in_(village_ids),
        Household.id.in_(on_sale),
        Household.id.not_in(sa.select(household_id).where(earned > 0)),
    )
    return session.scalar(statement) or 0
