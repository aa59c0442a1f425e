"""A workshop packs units of lots anew: into another size, or several lots into one. Nothing appears and nothing vanishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import BundleItem, Producer, ProducerKind, Variant, Village
from shop.inventory.errors import LotInQuestion, LotRecalled
from shop.inventory.lot_writing import Author
from shop.inventory.lots import Declaration, declare_lot
from shop.inventory.models import WHOLE_BP, Lot, LotChange, LotShare, LotStatus
from shop.inventory.recall_state import recalled
from shop.inventory.stock import note_moved_stock
from shop.inventory.trace_models import LotOrigin, LotPledge
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.money import split
from shop.kit.text import msg
from shop.storage.locks import LockRank, lock_rows

_NOTHING: Final = msg("Please say how many units of which lot are packed anew.")


@dataclass(frozen=True, slots=True)
class Repacking:
    """`taken` are units by lot; they become `units` of `variant_id`, kept by the workshop `producer_id`."""

    taken: Mapping[int, int]
    variant_id: int
    producer_id: int
    units: int
    token: str


def repack(session: Session, wanted: Repacking, *, author: Author, now: datetime) -> int:
    """Make a new lot of units that are free; returns its id. The same token makes one lot. Locks the lots.

    The new lot keeps no longer than the first of its origins, has the households of all of them by weight, and no more
    weight than went in. Where an origin had a pledge, the new lot needs one of its own.
    Raises NotFound, LotRecalled, InvalidInput by field.
    """
    taken = {lot_id: units for lot_id, units in wanted.taken.items() if units}
    lots = lock_rows(session, LockRank.LOT, sa.select(Lot).where(Lot.id.in_(taken)))
    if len(lots) != len(taken):
        raise NotFound()
    if not lots:
        raise InvalidInput(_NOTHING, field="taken")
    weights = _weights(session, lots, wanted)
    lot = declare_lot(
        session, _declaration(session, lots, taken, weights, wanted, now), author=author, now=now
    )
    if _has_origins(session, lot.id):
        return lot.id
    _refuse(session, lots, taken)
    for one in lots:
        _take(session, one, taken[one.id], lot, author, now)
    lot.needs_pledge = lot.needs_pledge or _any_pledged(session, taken)
    session.flush()
    facts = {"units": wanted.units, "lots": ", ".join(one.code for one in lots)}
    audit(session, author.user_id, "lot.repacked", "lot", lot.code, facts, now=now)
    note_moved_stock(session, {lot.variant_id, *(one.variant_id for one in lots)}, now=now)
    return lot.id


def refuse_repacking(session: Session, wanted: Repacking, *, now: datetime) -> None:
    """Raises what `repack` would raise now; nothing is locked or changed."""
    taken = {lot_id: units for lot_id, units in wanted.taken.items() if units}
    lots = session.scalars(sa.select(Lot).where(Lot.id.in_(taken)).order_by(Lot.id)).all()
    if not lots:
        raise InvalidInput(_NOTHING, field="taken")
    weights = _weights(session, lots, wanted)
    _declaration(session, lots, taken, weights, wanted, now)
    _refuse(session, lots, taken)


@dataclass(frozen=True, slots=True)
class FreeLot:
    id: int
    code: str
    producer_zh: str
    producer_en: str
    village_zh: str
    village_en: str
    pack_zh: str
    pack_en: str
    net_weight_g: int
    available: int


@dataclass(frozen=True, slots=True)
class PackSize:
    variant_id: int
    name_zh: str
    name_en: str
    net_weight_g: int


def free_lots_like(session: Session, lot_id: int, village_ids: frozenset[int]) -> Sequence[FreeLot]:
    """Open lots of the same product in these villages that have free units, this one first. One statement."""
    columns: tuple[Any, ...] = (
        *(Lot.id, Lot.code, Producer.name_zh, Producer.name_en, Village.name_zh, Village.name_en),
        *(Variant.name_zh, Variant.name_en, Variant.net_weight_g, Lot.available),
    )
    rows = session.execute(
        sa.select(*columns)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .where(
            Variant.product_id == _product_of(lot_id),
            Producer.village_id.in_(village_ids),
            *(Lot.status == LotStatus.OPEN, Lot.available > 0, Lot.in_question.is_(False), ~recalled()),
        )
        .order_by(sa.case((Lot.id == lot_id, 0), else_=1), Lot.best_before, Lot.id)
        .limit(50)
    )
    return [FreeLot(*row) for row in rows]


def pack_sizes(session: Session, lot_id: int) -> Sequence[PackSize]:
    """The sizes in which the lot's product is sold; a gift box is none. One statement."""
    is_box = sa.exists().where(BundleItem.bundle_id == Variant.id)
    rows = session.execute(
        sa.select(Variant.id, Variant.name_zh, Variant.name_en, Variant.net_weight_g)
        .where(Variant.product_id == _product_of(lot_id), Variant.active.is_(True), ~is_box)
        .order_by(Variant.position, Variant.id)
    )
    return [PackSize(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class MadeLot:
    """A lot into which units of another went, at once or by way of a third. `sold`: promised, or gone."""

    id: int
    code: str
    pack_zh: str
    pack_en: str
    declared: int
    available: int
    sold: int
    is_recalled: bool


def lots_made_from(session: Session, lot_id: int) -> Sequence[MadeLot]:
    """With all that was made of these. One statement."""
    made = sa.select(LotOrigin.lot_id).where(LotOrigin.origin_id == lot_id).cte("made", recursive=True)
    made = made.union(sa.select(LotOrigin.lot_id).join(made, LotOrigin.origin_id == made.c.lot_id))
    columns = (Variant.name_zh, Variant.name_en, Lot.declared, Lot.available)
    rows = session.execute(
        sa.select(Lot.id, Lot.code, *columns, Lot.held + Lot.committed + Lot.shipped, recalled())
        .join(Variant, Variant.id == Lot.variant_id)
        .where(Lot.id.in_(sa.select(made.c.lot_id)))
        .order_by(Lot.id)
    )
    return [MadeLot(*row[:7], is_recalled=bool(row[7])) for row in rows]


def _product_of(lot_id: int) -> sa.ScalarSelect[int]:
    found = sa.select(Variant.product_id).join(Lot, Lot.variant_id == Variant.id).where(Lot.id == lot_id)
    return found.scalar_subquery()


def _weights(session: Session, lots: Sequence[Lot], wanted: Repacking) -> Mapping[int, int]:
    """Net weight in grams by variant. Raises InvalidInput for goods of another product, or of more weight than goes in."""
    ids = {wanted.variant_id, *(lot.variant_id for lot in lots)}
    rows = session.execute(
        sa.select(Variant.id, Variant.product_id, Variant.net_weight_g).where(Variant.id.in_(ids))
    ).all()
    grams = {row.id: row.net_weight_g for row in rows}
    if wanted.variant_id not in grams or len({row.product_id for row in rows}) != 1:
        raise InvalidInput(msg("Only lots of the same product are packed into one."), field="taken")
    goes_in = sum(wanted.taken[lot.id] * grams[lot.variant_id] for lot in lots)
    if wanted.units < 1 or wanted.units * grams[wanted.variant_id] > goes_in:
        raise InvalidInput(
            msg("What goes in weighs %(kilos)s kg: that is at least 1 and at most %(most)s packs."),
            field="units",
            kilos=f"{goes_in / 1000:g}",
            most=goes_in // grams[wanted.variant_id],
        )
    return grams


def _declaration(
    session: Session,
    lots: Sequence[Lot],
    taken: Mapping[int, int],
    grams: Mapping[int, int],
    wanted: Repacking,
    now: datetime,
) -> Declaration:
    workshop = session.get(Producer, wanted.producer_id)
    if workshop is None or workshop.kind is not ProducerKind.WORKSHOP:
        raise InvalidInput(msg("Only a workshop packs goods of others anew."), field="producer")
    harvested = [lot.harvested_on for lot in lots if lot.harvested_on is not None]
    return Declaration(
        variant_id=wanted.variant_id,
        producer_id=wanted.producer_id,
        units=wanted.units,
        best_before=min(lot.best_before for lot in lots),
        harvested_on=min(harvested, default=None),
        packed_on=shanghai_date(now),
        shares=_shares(session, {lot.id: taken[lot.id] * grams[lot.variant_id] for lot in lots}),
        token=wanted.token,
    )


def _shares(session: Session, grams_by_lot: Mapping[int, int]) -> dict[int, int]:
    """Whose goods the new lot has, by what of their weight went in."""
    weights: dict[int, int] = {}
    rows = session.execute(
        sa.select(LotShare.lot_id, LotShare.household_id, LotShare.share_bp)
        .where(LotShare.lot_id.in_(grams_by_lot))
        .order_by(LotShare.household_id, LotShare.lot_id)
    )
    for row in rows:
        weights[row.household_id] = weights.get(row.household_id, 0) + grams_by_lot[row.lot_id] * row.share_bp
    shares = split(WHOLE_BP, list(weights.values()))
    return {household: bp for household, bp in zip(weights, shares, strict=True) if bp}


def _has_origins(session: Session, lot_id: int) -> bool:
    return session.scalar(sa.select(LotOrigin.lot_id).where(LotOrigin.lot_id == lot_id).limit(1)) is not None


def _refuse(session: Session, lots: Sequence[Lot], taken: Mapping[int, int]) -> None:
    if session.scalar(sa.select(Lot.id).where(Lot.id.in_(taken), recalled()).limit(1)) is not None:
        raise LotRecalled()
    if any(lot.in_question for lot in lots):
        raise LotInQuestion()
    for lot in lots:
        if lot.status != LotStatus.OPEN or not 0 < taken[lot.id] <= lot.available:
            raise InvalidInput(
                msg("Only %(left)s units of lot %(lot)s are free."),
                field="taken",
                left=lot.available,
                lot=lot.code,
            )


def _take(session: Session, lot: Lot, units: int, into: Lot, author: Author, now: datetime) -> None:
    lot.available, lot.withdrawn = lot.available - units, lot.withdrawn + units
    session.add(LotOrigin(lot_id=into.id, origin_id=lot.id, units=units))
    session.add(
        LotChange(
            lot_id=lot.id,
            at=now,
            actor_id=author.user_id,
            for_producer=author.for_producer,
            repacked_change=units,
            reason=into.code,
        )
    )
    session.flush()


def _any_pledged(session: Session, taken: Mapping[int, int]) -> bool:
    pledged = sa.select(LotPledge.id).where(LotPledge.lot_id.in_(taken), LotPledge.replaced_at.is_(None))
    return session.scalar(pledged.limit(1)) is not None
