"""Packaging that comes in, is used and is counted; every change says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.inventory.intake.errors import TooFewPieces
from shop.inventory.intake.packaging_list import PackagingKeepers
from shop.inventory.intake.packaging_models import (
    PackagingChange,
    PackagingDeed,
    PackagingKind,
    PackagingStock,
)
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.references import token_digest
from shop.kit.text import msg, tidy
from shop.storage.locks import LockRank, lock_row, note_lock
from shop.storage.named_locks import lock_name

MOST_PIECES: Final = 1_000_000
PIECES: Final = msg("Please enter a whole number up to 1,000,000.")
SAY_WHY: Final = msg("Please say why.")
NAME_NEEDED: Final = msg("Please fill this in.")
COUNTED_MEANWHILE: Final = msg(
    "The book says %(now)s by now: somebody changed it while you counted. Please count again."
)


@dataclass(frozen=True, slots=True)
class NewPackaging:
    """`producer_id` or `packing_place_id` keeps it."""

    kind: PackagingKind
    name_zh: str
    name_en: str
    units: int
    alarm_at: int
    producer_id: int | None = None
    packing_place_id: int | None = None
    token: str = ""


def add_packaging(
    session: Session, new: NewPackaging, keepers: PackagingKeepers, *, actor_id: int | None, now: datetime
) -> int:
    """A packaging that was not in the book yet; the one there is for a form sent before. Raises NotFound, InvalidInput."""
    lock_name(session, f"packaging/{new.token}")
    known = _known(session, new.token)
    if known is not None:
        return known.stock_id
    if not keepers.may_keep(session, new.producer_id, new.packing_place_id):
        raise NotFound()
    zh, en = tidy(new.name_zh)[:40], tidy(new.name_en)[:80]
    if not zh:
        raise InvalidInput(NAME_NEEDED, field="name_zh")
    _judge_pieces(units=new.units, alarm_at=new.alarm_at)
    stock = PackagingStock(
        producer_id=new.producer_id,
        packing_place_id=new.packing_place_id,
        kind=new.kind,
        name_zh=zh,
        name_en=en or zh,
        units=new.units,
        alarm_at=new.alarm_at,
    )
    session.add(stock)
    session.flush()
    _note(session, stock.id, PackagingDeed.RECEIVED, new.units, actor_id, now, token=new.token)
    facts = {"name": zh, "units": new.units, "alarm_at": new.alarm_at}
    audit(session, actor_id, "packaging.added", "packaging", stock.id, facts, now=now)
    return stock.id


def receive_packaging(
    session: Session,
    stock_id: int,
    units: int,
    keepers: PackagingKeepers,
    *,
    token: str = "",
    actor_id: int | None,
    now: datetime,
) -> None:
    """So many more came in; a form sent twice counts once. Locks the stock. Raises NotFound, InvalidInput."""
    stock = _lock_own(session, stock_id, keepers)
    if _known(session, token) is not None:
        return
    if units < 1:
        raise InvalidInput(PIECES, field="units")
    _judge_pieces(units=stock.units + units)
    stock.units += units
    _note(session, stock.id, PackagingDeed.RECEIVED, units, actor_id, now, token=token)


def count_packaging(
    session: Session,
    stock_id: int,
    counted: int,
    keepers: PackagingKeepers,
    *,
    seen: int | None,
    reason: str,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Say how many there really are; saying it twice is once. `seen` is what the book said to who counted.

    Locks the stock. Raises NotFound, InvalidInput, and Conflict when the book changed meanwhile.
    """
    stock = _lock_own(session, stock_id, keepers)
    if counted == stock.units:
        return
    if seen is not None and seen != stock.units:
        raise Conflict(COUNTED_MEANWHILE, now=stock.units)
    said = tidy(reason)[:200]
    if not said:
        raise InvalidInput(SAY_WHY, field="reason")
    _judge_pieces(counted=counted)
    change = counted - stock.units
    stock.units = counted
    _note(session, stock.id, PackagingDeed.COUNTED, change, actor_id, now, reason=said)
    facts = {"units": [counted - change, counted], "reason": said}
    audit(session, actor_id, "packaging.counted", "packaging", stock.id, facts, now=now)


def set_alarm(
    session: Session,
    stock_id: int,
    alarm_at: int,
    keepers: PackagingKeepers,
    *,
    active: bool,
    actor_id: int | None,
    now: datetime,
) -> None:
    """From how many on somebody is told; what is no longer used warns nobody. Raises NotFound, InvalidInput."""
    stock = _lock_own(session, stock_id, keepers)
    _judge_pieces(alarm_at=alarm_at)
    if (stock.alarm_at, stock.active) == (alarm_at, active):
        return
    facts = {"alarm_at": [stock.alarm_at, alarm_at], "active": [stock.active, active]}
    stock.alarm_at, stock.active = alarm_at, active
    session.flush()
    audit(session, actor_id, "packaging.changed", "packaging", stock.id, facts, now=now)


def take_packaging(session: Session, units: Mapping[int, int], *, producer_id: int) -> None:
    """So many pieces of a workshop's own are used, in id order; `note_used` says for what.

    Raises NotFound, and TooFewPieces naming what the book does not have.
    """
    note_lock(session, LockRank.PACKAGING)
    for stock_id, count in sorted(units.items()):
        own = (PackagingStock.id == stock_id, PackagingStock.producer_id == producer_id)
        taken = session.execute(
            sa.update(PackagingStock)
            .where(*own, PackagingStock.units >= count)
            .values(units=PackagingStock.units - count)
            .returning(PackagingStock.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
        if taken is None:
            raise _too_few(session, stock_id, producer_id)


def note_used(
    session: Session, units: Mapping[int, int], processing_id: int, *, actor_id: int | None, now: datetime
) -> None:
    """Write down which processing took them."""
    for stock_id, count in sorted(units.items()):
        _note(session, stock_id, PackagingDeed.USED, -count, actor_id, now, processing_id=processing_id)


def give_packaging_back(session: Session, processing_id: int, *, actor_id: int | None, now: datetime) -> None:
    """What an undone processing had used is there again."""
    used = sa.select(PackagingChange.stock_id, PackagingChange.change).where(
        PackagingChange.processing_id == processing_id, PackagingChange.deed == PackagingDeed.USED
    )
    note_lock(session, LockRank.PACKAGING)
    for stock_id, change in sorted(session.execute(used).all()):
        session.execute(
            sa.update(PackagingStock)
            .where(PackagingStock.id == stock_id)
            .values(units=PackagingStock.units - change)
            .execution_options(synchronize_session=False)
        )
        deed = PackagingDeed.GIVEN_BACK
        _note(session, stock_id, deed, -change, actor_id, now, processing_id=processing_id)


def _too_few(session: Session, stock_id: int, producer_id: int) -> Exception:
    own = sa.select(PackagingStock).where(
        PackagingStock.id == stock_id, PackagingStock.producer_id == producer_id
    )
    stock = session.scalar(own.execution_options(populate_existing=True))
    return NotFound() if stock is None else TooFewPieces(left=stock.units, name=stock.name_zh)


def _judge_pieces(**numbers: int) -> None:
    wrong = {field: PIECES for field, count in numbers.items() if not 0 <= count <= MOST_PIECES}
    if wrong:
        raise InvalidInput(errors=wrong)


def _lock_own(session: Session, stock_id: int, keepers: PackagingKeepers) -> PackagingStock:
    wanted = sa.select(PackagingStock).where(PackagingStock.id == stock_id, keepers.condition())
    stock = lock_row(session, LockRank.PACKAGING, wanted)
    if stock is None:
        raise NotFound()
    return stock


def _known(session: Session, token: str) -> PackagingChange | None:
    if not token:
        return None
    return session.scalar(sa.select(PackagingChange).where(PackagingChange.token_hash == token_digest(token)))


def _note(
    session: Session,
    stock_id: int,
    deed: PackagingDeed,
    change: int,
    actor_id: int | None,
    now: datetime,
    *,
    processing_id: int | None = None,
    reason: str = "",
    token: str = "",
) -> None:
    session.add(
        PackagingChange(
            stock_id=stock_id,
            deed=deed,
            change=change,
            processing_id=processing_id,
            at=now,
            actor_id=actor_id,
            reason=reason,
            token_hash=token_digest(token) if token else None,
        )
    )
    session.flush()
