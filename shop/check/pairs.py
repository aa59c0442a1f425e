"""Pairs, and what pairing moved."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from shop.catalogue.models import Pair
from shop.check.rule import rule
from shop.inventory.models import Lot, PairingShift

_other = aliased(Pair)
_same_days = sa.and_(
    sa.or_(Pair.last_day.is_(None), _other.first_day <= Pair.last_day),
    sa.or_(_other.last_day.is_(None), Pair.first_day <= _other.last_day),
)
_moved = sa.func.sum(PairingShift.units)

RULES = (
    rule(
        "pair: a day counts once for a unit and a household",
        sa.select(Pair.id, _other.id.label("other"), _other.first_day)
        .join(
            _other,
            sa.and_(
                _other.unit_id == Pair.unit_id, _other.household_id == Pair.household_id, _other.id > Pair.id
            ),
        )
        .where(_same_days),
        "pair {id}",
        "holds on days of pair {other}, from {first_day}",
    ),
    rule(
        "pairing: what a lot got another did not get",
        sa.select(PairingShift.order_line_id, Lot.variant_id, _moved.label("moved"))
        .join(Lot, Lot.id == PairingShift.lot_id)
        .group_by(PairingShift.order_line_id, Lot.variant_id)
        .having(_moved != 0),
        "line {order_line_id}",
        "variant {variant_id}: {moved} units too many or too few",
    ),
)
