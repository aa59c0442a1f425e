"""How evenly income falls, beside first come first served on the same orders.

The comparison serves the very same units of each variant from the oldest declared lot on, which is what a shop
without the fairness rule does; the money of a variant's units is shared out evenly among them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Village
from shop.inventory.earnings import household_parts
from shop.inventory.models import Allocation, AllocationStatus, Lot, LotShare, PairingShift
from shop.inventory.returns import restocked_by_allocation
from shop.kit.money import share
from shop.kit.text import msg
from shop.ledger.models import Account, JournalEntry, Posting
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.reports.definition import (
    Behind,
    Column,
    Curve,
    Fact,
    Findings,
    Group,
    Report,
    Span,
    Unit,
    key_column,
    localised,
)
from shop.reports.fairness_file import village_totals
from shop.reports.lorenz import gini, lorenz, thinned
from shop.reports.origins import OF_SALES, credited
from shop.reports.overrides import moved_by_household
from shop.reports.pairs import moved_by_pairing
from shop.reports.sales import confirmed_in

SERVED = (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)
_supplies = Household.id.in_(sa.select(LotShare.household_id))


def _per_household(span: Span, language: str) -> sa.Select[Any]:
    earned = _earned_in(span)
    income = sa.cast(sa.func.coalesce(earned.c.fen, 0), sa.BigInteger)
    per_head = income // Household.people
    return (
        sa.select(
            localised(language, Village.name_zh, Village.name_en),
            localised(language, Household.alias_zh, Household.alias_en),
            Household.people,
            income,
            per_head,
            Household.id,
        )
        .join(Village, Village.id == Household.village_id)
        .outerjoin(earned, earned.c.household_id == Household.id)
        .where(_supplies)
        .order_by(per_head.desc(), Household.id)
    )


def _earned_in(span: Span) -> sa.Subquery:
    return (
        sa.select(Posting.household_id, credited(Account.HOUSEHOLD_PAYABLE).label("fen"))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Order, Order.id == JournalEntry.order_id)
        .where(confirmed_in(span), JournalEntry.kind.in_(OF_SALES), Posting.household_id.is_not(None))
        .group_by(Posting.household_id)
        .subquery()
    )


NOTHING_EARNED = msg("No household earned anything in these days, so there is nothing to compare.")


def _findings(session: Session, span: Span) -> Findings:
    people = dict(session.execute(sa.select(Household.id, Household.people).where(_supplies)).all())
    earned = _earned_in(span)
    fen = dict(session.execute(sa.select(earned.c.household_id, earned.c.fen)).all())
    actual = _curve(msg("As it was"), people, fen)
    moved = moved_by_household(session, span)
    ruled = {one: fen.get(one, 0) - moved.get(one, 0) for one in people}
    other = _curve(msg("If first come were first served"), people, _first_come_first_served(session, span))
    pairing = _without_pairing(session, span, people, fen)
    facts = (
        Fact(msg("Gini of income per head"), actual.gini, is_ratio=True),
        Fact(msg("Gini if first come were first served"), other.gini, is_ratio=True),
        Fact(msg("Gini without the overrides of these days"), _curve("", people, ruled).gini, is_ratio=True),
        Fact(msg("Households with goods to sell"), len(people)),
        Fact(msg("Of them with income"), sum(fen.get(one, 0) > 0 for one in people)),
        *pairing,
    )
    drawn = [curve for curve in (actual, other) if curve.gini is not None]
    return Findings(facts, drawn, remark="" if drawn else NOTHING_EARNED)


def _without_pairing(session: Session, span: Span, people: dict[int, int], fen: dict[int, int]) -> list[Fact]:
    """What pairing moved in orders of these days, and how even income were without it; nothing where it moved nothing."""
    orders, units = moved_by_pairing(session, span)
    if not orders:
        return []
    earned = dict(fen)
    for household_id, moved in _moved_by_household(session, span).items():
        earned[household_id] = earned.get(household_id, 0) - moved
    return [
        Fact(msg("Gini without pairing"), _curve("", people, earned).gini, is_ratio=True),
        Fact(msg("Orders in which pairing moved units"), orders),
        Fact(msg("Units that it moved"), units),
    ]


def _moved_by_household(session: Session, span: Span) -> dict[int, int]:
    """Fen that pairing brought each household, or kept from it; as it was planned when the orders were placed."""
    shares, moved = _shares_by_lot(session), defaultdict[int, int](int)
    for lot_id, fen in session.execute(
        sa.select(PairingShift.lot_id, sa.cast(sa.func.sum(PairingShift.household_fen), sa.BigInteger))
        .join(OrderLine, OrderLine.id == PairingShift.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(confirmed_in(span), Order.status != OrderStatus.CANCELLED)
        .group_by(PairingShift.lot_id)
    ):
        for household_id, part in household_parts(abs(fen), shares[lot_id]).items():
            moved[household_id] += part if fen > 0 else -part
    return moved


def _curve(title: str, people: dict[int, int], fen: dict[int, int]) -> Curve:
    earned = [(heads, max(int(fen.get(one, 0)), 0)) for one, heads in people.items()]
    points = lorenz(earned)
    return Curve(title, thinned(points), gini(points) if any(part for _, part in earned) else None)


def _first_come_first_served(session: Session, span: Span) -> dict[int, int]:
    """What each household would have earned, in fen, had the oldest declared lots been sold first."""
    lots, shares = _oldest_lots(session), _shares_by_lot(session)
    start, end = span.moments
    before = {variant_id: units for variant_id, units, _ in _served(session, Order.confirmed_at < start)}
    earned: dict[int, int] = defaultdict(int)
    within = sa.and_(Order.confirmed_at >= start, Order.confirmed_at < end)
    for variant_id, units, fen in _served(session, within):
        for lot_id, taken in _taken(lots.get(variant_id, ()), before.get(variant_id, 0), units):
            for household, part in household_parts(share(fen, taken, units), shares[lot_id]).items():
                earned[household] += part
    return earned


def _shares_by_lot(session: Session) -> dict[int, list[LotShare]]:
    shares: dict[int, list[LotShare]] = defaultdict(list)
    for one in session.scalars(sa.select(LotShare)):
        shares[one.lot_id].append(one)
    return shares


def _oldest_lots(session: Session) -> dict[int, list[tuple[int, int]]]:
    """By variant: lots with their declared units, the oldest first."""
    lots: dict[int, list[tuple[int, int]]] = defaultdict(list)
    declared = sa.select(Lot.variant_id, Lot.id, Lot.declared).where(Lot.declared > 0)
    for variant_id, lot_id, units in session.execute(declared.order_by(Lot.created_at, Lot.id)):
        lots[variant_id].append((lot_id, units))
    return lots


def _served(session: Session, when: sa.ColumnElement[bool]) -> list[tuple[int, int, int]]:
    """By variant: units sold and not back in stock, and what they earn households."""
    back = restocked_by_allocation()
    rows = session.execute(
        sa.select(
            Allocation.variant_id,
            sa.func.sum(Allocation.units - sa.func.coalesce(back.c.units, 0)),
            sa.func.sum(Allocation.household_fen - sa.func.coalesce(back.c.household_fen, 0)),
        )
        .outerjoin(back, back.c.allocation_id == Allocation.id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(when, Allocation.status.in_(SERVED))
        .group_by(Allocation.variant_id)
    )
    return [(variant_id, int(units), int(fen)) for variant_id, units, fen in rows if units]


def _taken(lots: Sequence[tuple[int, int]], skip: int, units: int) -> Iterator[tuple[int, int]]:
    """`units` of these lots in their order, after `skip` that were sold before; what lots lack the last one gives."""
    for lot_id, declared in lots:
        skipped = min(skip, declared)
        skip -= skipped
        taken = min(declared - skipped, units)
        if taken:
            yield lot_id, taken
            units -= taken
    if units and lots:
        yield lots[-1][0], units


def _per_village(span: Span, language: str) -> sa.Select[Any]:
    return village_totals(_earned_in(span), _supplies, language)


_FILE = Report(
    "fairness",
    msg("Fairness between households"),
    (
        Column("village", msg("Village")),
        Column("households", msg("Households"), Unit.COUNT, total=True),
        Column("people", msg("People"), Unit.COUNT, total=True),
        Column("earned_fen", msg("Earned"), Unit.FEN, total=True),
        Column("per_head_fen", msg("Per head"), Unit.FEN),
    ),
    _per_village,
    Group.VILLAGES,
)
FAIRNESS = Report(
    "fairness",
    msg("Fairness between households"),
    (
        Column("village", msg("Village")),
        Column("household", msg("Household")),
        Column("people", msg("People"), Unit.COUNT, total=True),
        Column("earned_fen", msg("Earned"), Unit.FEN, total=True),
        Column("per_head_fen", msg("Per head"), Unit.FEN),
        key_column("household_id"),
    ),
    _per_household,
    Group.VILLAGES,
    chart=("household", "per_head_fen"),
    findings=_findings,
    note=msg(
        "Households stand on this page only. Files hold the totals of villages with five households or more: nobody reads from them what one household earned."
    ),
    file=_FILE,
    behind=(Behind("income-by-order", ("household", "earned_fen", "per_head_fen"), by=("household_id",)),),
)
