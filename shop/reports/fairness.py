"""How evenly income falls, beside first come first served on the same orders.

Gini of income per head over the households that could have sold in the range: 0 is perfectly even, 1 is one
household with everything. The comparison serves the very same units of each variant from the oldest declared
lot on, which is what a shop without the fairness rule does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Village
from shop.inventory.earnings import household_parts
from shop.inventory.models import Allocation, AllocationStatus, Lot, LotShare
from shop.kit.text import msg
from shop.ledger.models import Account, JournalEntry, Posting
from shop.ordering.models import Order, OrderLine
from shop.reports.definition import Column, Fact, Report, Span, Unit, localised
from shop.reports.origins import OF_SALES
from shop.reports.sales import confirmed_in

SERVED = (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)


def gini(incomes: Sequence[float]) -> float:
    """Gini coefficient of incomes that are not negative; 0 for nobody or nothing."""
    ordered = sorted(incomes)
    total = sum(ordered)
    count = len(ordered)
    if not total:
        return 0.0
    ranked = sum((2 * rank - count - 1) * income for rank, income in enumerate(ordered, start=1))
    return ranked / (count * total)


def _per_household(span: Span, language: str) -> sa.Select[Any]:
    earned = _earned_in(span)
    income = sa.func.coalesce(earned.c.fen, 0)
    return (
        sa.select(
            localised(language, Village.name_zh, Village.name_en),
            localised(language, Household.alias_zh, Household.alias_en),
            Household.people,
            income,
            income / Household.people,
        )
        .join(Village, Village.id == Household.village_id)
        .outerjoin(earned, earned.c.household_id == Household.id)
        .where(Household.id.in_(sa.select(LotShare.household_id)))
        .order_by((income / Household.people).desc(), Household.id)
    )


def _earned_in(span: Span) -> sa.Subquery:
    return (
        sa.select(Posting.household_id, (-sa.func.sum(Posting.amount_fen)).label("fen"))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Order, Order.id == JournalEntry.order_id)
        .where(
            confirmed_in(span),
            JournalEntry.kind.in_(OF_SALES),
            Posting.account == Account.HOUSEHOLD_PAYABLE,
        )
        .group_by(Posting.household_id)
        .subquery()
    )


def _facts(session: Session, span: Span) -> Iterable[Fact]:
    people = dict(
        session.execute(
            sa.select(Household.id, Household.people).where(
                Household.id.in_(sa.select(LotShare.household_id))
            )
        )
        .tuples()
        .all()
    )
    earned = _earned_in(span)
    actual = dict(session.execute(sa.select(earned.c.household_id, earned.c.fen)).tuples().all())
    alternative = _first_come_first_served(session, span)
    yield Fact(msg("Gini of income per head"), _gini_bp(people, actual), Unit.SHARE)
    yield Fact(msg("Gini if first come were first served"), _gini_bp(people, alternative), Unit.SHARE)
    yield Fact(msg("Households with goods to sell"), len(people), Unit.COUNT)
    yield Fact(
        msg("Of them with income"), sum(1 for household in people if actual.get(household)), Unit.COUNT
    )


def _gini_bp(people: dict[int, int], earned: dict[int, int]) -> int:
    per_head = [max(earned.get(household, 0), 0) / heads for household, heads in people.items()]
    return round(gini(per_head) * 10_000)


def _first_come_first_served(session: Session, span: Span) -> dict[int, int]:
    """What each household would have earned, in fen, had the oldest declared lots been sold first."""
    lots = _oldest_lots(session)
    shares: dict[int, list[LotShare]] = defaultdict(list)
    for share in session.scalars(sa.select(LotShare)):
        shares[share.lot_id].append(share)
    earned: dict[int, int] = defaultdict(int)
    for variant_id, units, fen in _served(session, span):
        for lot_id, taken in _take(lots[variant_id], units):
            for household, part in household_parts(fen * taken // units, shares[lot_id]).items():
                earned[household] += part
    return earned


def _oldest_lots(session: Session) -> dict[int, list[list[int]]]:
    rows = session.execute(
        sa.select(Lot.variant_id, Lot.id, Lot.declared)
        .where(Lot.declared > 0)
        .order_by(Lot.created_at, Lot.id)
    )
    lots: dict[int, list[list[int]]] = defaultdict(list)
    for variant_id, lot_id, units in rows:
        lots[variant_id].append([lot_id, units])
    return lots


def _served(session: Session, span: Span) -> Iterator[tuple[int, int, int]]:
    rows = session.execute(
        sa.select(Allocation.variant_id, Allocation.units, Allocation.household_fen)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(confirmed_in(span), Allocation.status.in_(SERVED))
        .order_by(Order.confirmed_at, Allocation.id)
        .execution_options(yield_per=1000)
    )
    yield from rows.tuples()


def _take(lots: list[list[int]], units: int) -> Iterator[tuple[int, int]]:
    """Serve `units` from the first lots that still have any, using them up."""
    while units and lots:
        lot_id, left = lots[0]
        taken = min(left, units)
        yield lot_id, taken
        units -= taken
        lots[0][1] -= taken
        if not lots[0][1]:
            lots.pop(0)


FAIRNESS = Report(
    "fairness",
    msg("Fairness between households"),
    (
        Column("village", msg("Village")),
        Column("household", msg("Household")),
        Column("people", msg("People"), Unit.COUNT, total=True),
        Column("earned_fen", msg("Earned"), Unit.FEN, total=True),
        Column("per_head_fen", msg("Per head"), Unit.FEN),
    ),
    _per_household,
    chart=("household", "per_head_fen"),
    facts=_facts,
)
