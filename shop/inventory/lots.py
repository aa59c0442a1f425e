"""Lots as their producers declare, correct and withdraw them; every change is kept with who made it and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import User
from shop.catalogue.models import ComplianceClass, Producer, Product, Variant
from shop.catalogue.refreshing import add_village
from shop.inventory.errors import LotCorrected, LotTooSmall, NotHarvested
from shop.inventory.lot_writing import Author, lot_code, note_change, open_lot, sent_before
from shop.inventory.models import WHOLE_BP, Lot, LotChange, LotShare, LotStatus
from shop.inventory.pledge_state import demanded_on
from shop.inventory.stock import note_moved_stock
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg
from shop.storage.locks import LockRank, lock_row, lock_rows

MOST_UNITS = 100_000
AT_LEAST_ONE = msg("Please enter at least 1 unit, and not more than 100,000.")
EXPIRED = msg("past its best-before date")
RECALLED = msg("recalled")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a producer says about a new lot. `shares` are basis points by household; empty: the producer's own."""

    variant_id: int
    producer_id: int
    units: int
    best_before: date
    harvested_on: date | None = None
    packed_on: date | None = None
    certificate_id: int | None = None
    shares: Mapping[int, int] | None = None
    code: str = ""  # an import names its lots, so that a file sent twice is known; else one is made
    token: str = ""  # of the form: sent twice, it makes one lot


def declare_lot(session: Session, declaration: Declaration, *, author: Author, now: datetime) -> Lot:
    """A new lot, for sale at once, or once its pledge is signed; the one there is for a form that was sent before.

    Raises InvalidInput for units, dates or shares that cannot be.
    """
    return declare_lots(session, [declaration], author=author, now=now)[0]


def declare_lots(
    session: Session, declarations: Sequence[Declaration], *, author: Author, now: datetime
) -> list[Lot]:
    """New lots, for sale at once; all of them or none. Raises NotFound, InvalidInput."""
    lots = [_declare(session, declaration, author, now) for declaration in declarations]
    note_moved_stock(session, {lot.variant_id for lot in lots}, now=now)
    return lots


def correct_lot(
    session: Session,
    lot_id: int,
    *,
    declared: int,
    reason: str,
    author: Author,
    now: datetime,
    seen: int | None = None,
) -> None:
    """Say how many units the lot really has; saying it twice is once.

    `seen` is how many its person was shown; None: a program says it. Raises LotCorrected when they are others by now,
    LotTooSmall for fewer than are promised or gone, NotHarvested for a forecast.
    """
    lot = open_lot(session, lot_id)
    if lot.expected_on is not None:
        raise NotHarvested()
    if declared == lot.declared:
        return
    if seen is not None and seen != lot.declared:
        raise _corrected(session, lot, seen)
    promised = lot.declared - lot.available
    if declared < promised:
        raise LotTooSmall(field="units", promised=promised)
    if declared > MOST_UNITS:
        raise InvalidInput(msg("At most %(most)s units."), field="units", most=MOST_UNITS)
    change = declared - lot.declared
    lot.declared, lot.available = declared, lot.available + change
    lot.goes_first = min(lot.goes_first, lot.available + lot.held)
    session.flush()
    note_change(session, lot, author, now, declared=change, reason=reason)
    facts = {"declared": [declared - change, declared], "reason": reason}
    audit(session, author.user_id, "lot.corrected", "lot", lot.code, facts, now=now)
    note_moved_stock(session, {lot.variant_id}, now=now)


def withdraw_lot(session: Session, lot_id: int, *, reason: str, author: Author, now: datetime) -> None:
    """Take what is left of a lot off sale for good; units already promised stay promised."""
    lot = open_lot(session, lot_id)
    facts = {"units": lot.available, "reason": reason}
    _close(session, lot, author, now, reason)
    audit(session, author.user_id, "lot.withdrawn", "lot", lot.code, facts, now=now)
    note_moved_stock(session, {lot.variant_id}, now=now)


def stop_lot(session: Session, lot_id: int, *, author: Author, now: datetime) -> Lot:
    """Lock a lot that is called back, and take what is left of it off sale. Raises NotFound."""
    lot = lock_row(session, LockRank.LOT, sa.select(Lot).where(Lot.id == lot_id))
    if lot is None:
        raise NotFound()
    if lot.status == LotStatus.OPEN:
        _close(session, lot, author, now, RECALLED)
    return lot


def close_expired_lots(session: Session, *, now: datetime) -> int:
    """Withdraw what is left of lots past their best-before; return how many lots. What is not harvested cannot spoil."""
    past = sa.select(Lot).where(
        Lot.status == LotStatus.OPEN, Lot.best_before < shanghai_date(now), Lot.expected_on.is_(None)
    )
    lots = lock_rows(session, LockRank.LOT, past)
    for lot in lots:
        _close(session, lot, Author(None), now, EXPIRED)
    if lots:
        note_moved_stock(session, {lot.variant_id for lot in lots}, now=now)
    return len(lots)


def _declare(session: Session, declaration: Declaration, author: Author, now: datetime) -> Lot:
    producer = session.get(Producer, declaration.producer_id)
    variant = session.get(Variant, declaration.variant_id)
    if producer is None or variant is None or not producer.active:
        raise NotFound()
    code = declaration.code or lot_code(declaration.token, now)
    if declaration.token and (known := sent_before(session, code, variant.id, producer.id)) is not None:
        return known
    shares = shares_of(declaration, producer.household_id)
    today = shanghai_date(now)
    keeps, needs_pledge = demands_of(session, variant.product_id, today)
    errors = mistakes_in(
        declaration, shares, today, household_id=producer.household_id, shelf_life_days=keeps
    )
    if errors:
        raise InvalidInput(errors=errors, keeps=keeps)
    lot = Lot(
        code=code,
        variant_id=variant.id,
        producer_id=producer.id,
        certificate_id=declaration.certificate_id,
        harvested_on=declaration.harvested_on,
        packed_on=declaration.packed_on,
        best_before=declaration.best_before,
        declared=declaration.units,
        available=declaration.units,
        needs_pledge=needs_pledge,
        created_at=now,
        shares=[
            LotShare(household_id=household_id, share_bp=bp) for household_id, bp in sorted(shares.items())
        ],
    )
    session.add(lot)
    session.flush()
    note_change(session, lot, author, now, declared=declaration.units)
    add_village(session, variant.product_id, producer.village_id)
    return lot


def _corrected(session: Session, lot: Lot, seen: int) -> LotCorrected:
    """By whom, and when: the newest change of the number of its units."""
    change = session.execute(
        sa.select(LotChange.at, sa.func.coalesce(User.name, ""))
        .outerjoin(User, User.id == LotChange.actor_id)
        .where(LotChange.lot_id == lot.id, LotChange.declared_change != 0)
        .order_by(LotChange.id.desc())
        .limit(1)
    ).one_or_none()
    at, name = (change.at, change[1]) if change is not None else (lot.created_at, "")
    return LotCorrected(who=name, before=seen, after=lot.declared, at=at)


def demands_of(session: Session, product_id: int, today: date) -> tuple[int, bool]:
    """For how many days the goods keep, and whether the law wants a pledge for a lot of them. One statement."""
    row = session.execute(
        sa.select(Product.shelf_life_days, demanded_on(today).label("pledge"))
        .join(ComplianceClass, ComplianceClass.id == Product.compliance_class_id)
        .where(Product.id == product_id)
    ).one()
    return row.shelf_life_days, bool(row.pledge)


def _close(session: Session, lot: Lot, author: Author, now: datetime, reason: str) -> None:
    units = lot.available
    lot.available, lot.withdrawn, lot.status = 0, lot.withdrawn + units, LotStatus.CLOSED
    lot.goes_first = 0
    session.flush()
    note_change(session, lot, author, now, withdrawn=units, reason=reason)


def shares_of(declaration: Declaration, household_id: int | None) -> dict[int, int]:
    """Whose goods they are: as declared, else the household's own. Empty for a workshop that did not say."""
    if declaration.shares:
        return dict(declaration.shares)
    return {household_id: WHOLE_BP} if household_id is not None else {}


def mistakes_in(
    declaration: Declaration,
    shares: Mapping[int, int],
    today: date,
    *,
    household_id: int | None,
    shelf_life_days: int,
) -> dict[str, str]:
    """What cannot be, by field: message ids, in which `keeps` is the shelf life in days.

    `household_id`: the household that keeps the lot, not a workshop. Goods of which no day is known were made today
    at the latest.
    """
    errors = {}
    if not 1 <= declaration.units <= MOST_UNITS:
        errors["units"] = AT_LEAST_ONE
    if declaration.best_before < today:
        errors["best_before"] = msg("The best-before date has passed.")
    harvested, packed = declaration.harvested_on, declaration.packed_on
    for name, day in (("harvested_on", harvested), ("packed_on", packed)):
        if day is not None and day > today:
            errors[name] = msg("This day has not come yet.")
    has_been = not errors.keys() & {
        "harvested_on",
        "packed_on",
    }  # else all that is counted from it is wrong as well
    if has_been and declaration.best_before > (packed or harvested or today) + timedelta(
        days=shelf_life_days
    ):
        errors["best_before"] = msg("That is later than it keeps: %(keeps)s days from packing or harvest.")
    if has_been and harvested is not None and packed is not None and packed < harvested:
        errors["packed_on"] = msg("It was packed before it was harvested.")
    if not shares:
        errors["shares"] = msg("Say whose goods are in this lot.")
    elif sum(shares.values()) != WHOLE_BP or min(shares.values()) <= 0:
        errors["shares"] = msg("The shares of a lot must add up to 100 per cent.")
    elif household_id is not None and set(shares) != {household_id}:
        errors["shares"] = msg(
            "What a household keeps is its own. Only a workshop's lot has shares of others."
        )
    return errors
