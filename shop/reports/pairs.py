"""Pairing: who stands by whom, what came of it, and what it moved in the order in which lots are sold."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Unit as BuyerUnit
from shop.catalogue.models import Household, Pair, Village
from shop.inventory.models import PairingShift
from shop.kit.text import msg
from shop.ledger.impact import FEWEST_HOUSEHOLDS
from shop.ledger.pair_figures import figures_of_pair
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.reports.definition import Column, Fact, Findings, Group, Report, Span, Unit, localised, sum_fen
from shop.reports.sales import confirmed_in


def _in_span(span: Span) -> sa.ColumnElement[bool]:
    return sa.and_(Pair.first_day <= span.last, sa.or_(Pair.last_day.is_(None), Pair.last_day >= span.first))


def _pairs(span: Span, language: str) -> sa.Select[Any]:
    return (
        sa.select(
            localised(language, BuyerUnit.name_zh, BuyerUnit.name_en),
            localised(language, Village.name_zh, Village.name_en),
            localised(language, Household.alias_zh, Household.alias_en),
            *(Pair.first_day, Pair.last_day),
            *figures_of_pair(confirmed_in(span)),
        )
        .join(BuyerUnit, BuyerUnit.id == Pair.unit_id)
        .join(Household, Household.id == Pair.household_id)
        .join(Village, Village.id == Household.village_id)
        .where(_in_span(span))
        .order_by(BuyerUnit.name_zh, BuyerUnit.id, Pair.household_id, Pair.first_day)
    )


def _by_unit(span: Span, language: str) -> sa.Select[Any]:
    """By unit, from five households up; units with fewer together, and left out where even they have too few."""
    _orders, units, fen = figures_of_pair(confirmed_in(span))
    pairs = (
        sa.select(Pair.unit_id, Pair.household_id, units.label("units"), fen.label("fen"))
        .where(_in_span(span))
        .subquery()
    )
    by_unit = (
        sa.select(
            localised(language, BuyerUnit.name_zh, BuyerUnit.name_en).label("name"),
            BuyerUnit.id.label("id"),
            sa.func.count(sa.distinct(pairs.c.household_id)).label("households"),
            sum_fen(pairs.c.units).label("units"),
            sum_fen(pairs.c.fen).label("fen"),
        )
        .join(BuyerUnit, BuyerUnit.id == pairs.c.unit_id)
        .group_by(BuyerUnit.id, BuyerUnit.name_zh, BuyerUnit.name_en)
        .subquery()
    )
    together = localised(language, "其他单位合计", "Other departments together")
    shown = by_unit.c.households >= FEWEST_HOUSEHOLDS
    name, own = sa.case((shown, by_unit.c.name), else_=together), sa.case((shown, by_unit.c.id), else_=0)
    households = sa.cast(sa.func.sum(by_unit.c.households), sa.BigInteger)
    return (
        sa.select(name, households, sum_fen(by_unit.c.units), sum_fen(by_unit.c.fen))
        .group_by(own, name)
        .having(households >= FEWEST_HOUSEHOLDS)
        .order_by(sum_fen(by_unit.c.fen).desc(), name)
    )


def _findings(session: Session, span: Span) -> Findings:
    orders, units = moved_by_pairing(session, span)
    return Findings(
        (Fact(msg("Orders in which pairing moved units"), orders), Fact(msg("Units that it moved"), units))
    )


def moved_by_pairing(session: Session, span: Span) -> tuple[int, int]:
    """Orders confirmed in these days, not called off, in which a paired household came first; and the units."""
    row = session.execute(
        sa.select(sa.func.count(sa.distinct(Order.id)), sa.func.coalesce(sa.func.sum(PairingShift.units), 0))
        .select_from(PairingShift)
        .join(OrderLine, OrderLine.id == PairingShift.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(confirmed_in(span), Order.status != OrderStatus.CANCELLED, PairingShift.units > 0)
    ).one()
    return int(row[0]), int(row[1])


_TITLE = msg("Pairing of departments and households")
_UNITS = Column("units", msg("Units"), Unit.COUNT, total=True)
_FEN = Column("household_fen", msg("Came to the household"), Unit.FEN, total=True)
_FILE = Report(
    "pairs",
    _TITLE,
    (
        Column("unit", msg("Unit of the university")),
        Column("households", msg("Households"), Unit.COUNT, total=True),
        _UNITS,
        _FEN,
    ),
    _by_unit,
    Group.VILLAGES,
)
PAIRS = Report(
    "pairs",
    _TITLE,
    (
        Column("unit", msg("Unit of the university")),
        Column("village", msg("Village")),
        Column("household", msg("Household")),
        Column("first_day", msg("First day"), Unit.DAY),
        Column("last_day", msg("Last day"), Unit.DAY),
        Column("orders", msg("Orders"), Unit.COUNT),
        _UNITS,
        _FEN,
    ),
    _pairs,
    Group.VILLAGES,
    findings=_findings,
    note=msg(
        "Orders of the department's people on days of the pair, and of them only what is the paired household's. Files hold the totals of departments with five paired households or more."
    ),
    file=_FILE,
)
