"""What leaves the shop of the fairness report: totals of villages, never what one household earned or has people."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.catalogue.models import Household, Village
from shop.ledger.impact import FEWEST_HOUSEHOLDS
from shop.reports.definition import localised, sum_fen


def village_totals(earned: sa.Subquery, which: sa.ColumnElement[bool], language: str) -> sa.Select[Any]:
    """By village, from five households up; smaller ones together, and those left out where even they are too few."""
    village = (
        sa.select(
            localised(language, Village.name_zh, Village.name_en).label("name"),
            sa.func.count(Household.id).label("households"),
            sa.func.sum(Household.people).label("people"),
            sum_fen(earned.c.fen).label("fen"),
        )
        .join(Village, Village.id == Household.village_id)
        .outerjoin(earned, earned.c.household_id == Household.id)
        .where(which)
        .group_by(Village.id, Village.name_zh, Village.name_en)
        .subquery()
    )
    together = localised(language, "其他村合计", "Other villages together")
    name = sa.case((village.c.households >= FEWEST_HOUSEHOLDS, village.c.name), else_=together)
    count, people = (
        sa.cast(sa.func.sum(column), sa.BigInteger) for column in (village.c.households, village.c.people)
    )
    return (
        sa.select(name, count, people, sum_fen(village.c.fen), sum_fen(village.c.fen) // people)
        .group_by(name)
        .having(sa.func.sum(village.c.households) >= FEWEST_HOUSEHOLDS)
        .order_by(sum_fen(village.c.fen).desc(), name)
    )
