"""Every unit is in exactly one place, and the lots say the same as the allocations."""

from __future__ import annotations

import sqlalchemy as sa

from shop.catalogue.models import Variant
from shop.check.rule import Rule, or_nothing, rule, total
from shop.inventory.models import WHOLE_BP, Allocation, AllocationStatus, Lot, LotShare, ReturnedUnits
from shop.inventory.returns import CAME_BACK
from shop.ordering.shelves.load_models import ShelfLoad, ShelfLoadLine
from shop.ordering.shelves.models import ShelfStock

LIVE = (AllocationStatus.HELD, AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)

_somewhere = Lot.available + Lot.held + Lot.committed + Lot.shipped + Lot.withdrawn
_declared_of_variant = total(Lot.declared, "declared")
_found_of_variant = total(_somewhere, "found")
_negative = sa.or_(
    *(state < 0 for state in (Lot.available, Lot.held, Lot.committed, Lot.shipped, Lot.withdrawn))
)
_shares = total(LotShare.share_bp, "shares")

_counted = (
    sa.select(
        Allocation.lot_id,
        *(
            sa.func.sum(sa.case((Allocation.status == status, Allocation.units), else_=0)).label(status)
            for status in LIVE
        ),
    )
    .group_by(Allocation.lot_id)
    .subquery()
)


_came_back = (
    sa.select(Allocation.lot_id, total(ReturnedUnits.units, "units"))
    .join(ReturnedUnits, ReturnedUnits.allocation_id == Allocation.id)
    .where(ReturnedUnits.status.in_(CAME_BACK))
    .group_by(Allocation.lot_id)
    .subquery()
)

_shelved = (
    sa.select(ShelfStock.lot_id, total(ShelfStock.units, "units")).group_by(ShelfStock.lot_id).subquery()
)
_loaded = (
    sa.select(ShelfLoadLine.lot_id, total(ShelfLoadLine.units, "units"))
    .join(ShelfLoad, ShelfLoad.id == ShelfLoadLine.load_id)
    .where(ShelfLoad.is_on_its_way())
    .group_by(ShelfLoadLine.lot_id)
    .subquery()
)


def _lots_say_what_allocations_say(status: AllocationStatus) -> Rule:
    """Allocations say what left: of the shipped, what came back stands elsewhere in the lot, and what lies on shelves
    or is on its way there is no order's yet.
    """
    kept, allocated = getattr(Lot, status.value), or_nothing(_counted.c[status.value])
    if status is AllocationStatus.SHIPPED:
        allocated = (
            allocated
            - or_nothing(_came_back.c.units)
            + or_nothing(_shelved.c.units)
            + or_nothing(_loaded.c.units)
        )
    return rule(
        f"lot: {status} is what the allocations say",
        sa.select(Lot.code, kept.label("kept"), allocated.label("allocated"))
        .outerjoin(_counted, _counted.c.lot_id == Lot.id)
        .outerjoin(_came_back, _came_back.c.lot_id == Lot.id)
        .outerjoin(_shelved, _shelved.c.lot_id == Lot.id)
        .outerjoin(_loaded, _loaded.c.lot_id == Lot.id)
        .where(kept != allocated),
        "lot {code}",
        f"{status} {{kept}}, allocations say {{allocated}}",
    )


RULES = (
    rule(
        "lot: declared = available + held + committed + shipped + withdrawn",
        sa.select(Lot.code, Lot.declared, _somewhere.label("found")).where(Lot.declared != _somewhere),
        "lot {code}",
        "declared {declared}, found {found}",
    ),
    rule(
        "variant: declared = available + held + committed + shipped + withdrawn",
        sa.select(Variant.sku, _declared_of_variant, _found_of_variant)
        .join(Lot, Lot.variant_id == Variant.id)
        .group_by(Variant.id, Variant.sku)
        .having(sa.func.sum(Lot.declared) != sa.func.sum(_somewhere)),
        "variant {sku}",
        "declared {declared}, found {found}",
    ),
    rule(
        "lot: no negative stock",
        sa.select(Lot.code, Lot.available, Lot.held, Lot.committed, Lot.shipped, Lot.withdrawn).where(
            _negative
        ),
        "lot {code}",
        "{available} available, {held} held, {committed} committed, {shipped} shipped, {withdrawn} withdrawn",
    ),
    rule(
        "lot: what goes first is for sale",
        sa.select(Lot.code, Lot.goes_first, Lot.available, Lot.held).where(
            Lot.goes_first > Lot.available + Lot.held
        ),
        "lot {code}",
        "{goes_first} go first, {available} available, {held} held",
    ),
    *(_lots_say_what_allocations_say(status) for status in LIVE),
    rule(
        "lot: shares make the whole",
        sa.select(Lot.code, _shares)
        .outerjoin(LotShare, LotShare.lot_id == Lot.id)
        .group_by(Lot.id, Lot.code)
        .having(or_nothing(sa.func.sum(LotShare.share_bp)) != WHOLE_BP),
        "lot {code}",
        "shares add up to {shares} basis points",
    ),
    rule(
        "lot: a forecast promises no more than is likely",
        sa.select(Lot.code, Lot.declared, Lot.expected_units, Lot.confidence_pct).where(
            Lot.expected_on.is_not(None),
            sa.or_(
                Lot.expected_units.is_(None),
                Lot.confidence_pct.is_(None),
                Lot.declared * 100 > Lot.expected_units * Lot.confidence_pct,
            ),
        ),
        "lot {code}",
        "{declared} promised, {expected_units} expected at {confidence_pct} per cent",
    ),
    rule(
        "lot: nothing leaves before it is harvested",
        sa.select(Lot.code, Lot.shipped).where(Lot.expected_on.is_not(None), Lot.shipped > 0),
        "lot {code}",
        "{shipped} shipped, and not harvested yet",
    ),
    rule(
        "allocation: units are of its lot's variant",
        sa.select(Allocation.id, Lot.code)
        .join(Lot, Lot.id == Allocation.lot_id)
        .where(Lot.variant_id != Allocation.variant_id),
        "allocation {id}",
        "another variant than lot {code}",
    ),
)
