"""承诺达标合格证 of a lot: signed by who answers for the goods, or the supplier's own, kept; signed anew when they change."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import Household, Producer, Product, Variant, Village
from shop.catalogue.version import bump_version
from shop.inventory.errors import LotRecalled, NotHarvested
from shop.inventory.lot_writing import Author
from shop.inventory.models import Lot
from shop.inventory.pledge_state import pledge_of_lot
from shop.inventory.pledge_words import PledgeBasis
from shop.inventory.recall_state import is_recalled
from shop.inventory.stock import note_moved_stock
from shop.inventory.trace_models import LotPledge
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.storage.locks import LockRank, lock_row

_NEEDED: Final = msg("Please fill this in.")
_LONGEST: Final = {"producer": 120, "place": 200, "contact": 40, "signed_by": 60, "number": 60}


@dataclass(frozen=True, slots=True)
class Pledge:
    """What stands on it besides the goods. With a `number` it is the supplier's own, which has its term."""

    producer: str
    place: str
    contact: str
    signed_by: str
    basis: Collection[PledgeBasis] = ()
    number: str = ""
    issued_on: date | None = None  # None: on the day on which it is signed
    expires_on: date | None = None

    @property
    def of_supplier(self) -> bool:
        return bool(self.number)


def sign_pledge(session: Session, lot_id: int, pledge: Pledge, *, author: Author, now: datetime) -> bool:
    """Give a lot its pledge, and so put it on sale where the law waited for it; False when it says the same already.

    Another one replaces it. Locks the lot. Raises NotFound, NotHarvested, LotRecalled, InvalidInput by field.
    """
    lot = lock_row(session, LockRank.LOT, sa.select(Lot).where(Lot.id == lot_id))
    if lot is None:
        raise NotFound()
    if lot.expected_on is not None:
        raise NotHarvested()
    if is_recalled(session, lot_id):
        raise LotRecalled()
    said = _tidied(pledge, shanghai_date(now))
    known, facts = pledge_of_lot(session, lot_id), _facts(session, lot, said)
    if known is not None and said.number in {"", known.number} and _says(known, facts):
        return False
    if known is not None:
        known.replaced_at = now
        session.flush()
    number = said.number or _number(session, lot)
    _refuse_taken(session, number, lot_id)
    session.add(LotPledge(lot_id=lot_id, number=number, actor_id=author.user_id, created_at=now, **facts))
    lot.needs_pledge = False
    session.flush()
    noted = {"number": number, "signed_by": said.signed_by}
    audit(session, author.user_id, "lot.pledge_signed", "lot", lot.code, noted, now=now)
    note_moved_stock(session, {lot.variant_id}, now=now)
    bump_version(session)
    return True


def sign_own_word(session: Session, lot_id: int, *, author: Author, now: datetime) -> None:
    """The producer declares a lot and gives its word for it in the same press; where no pledge is needed, nothing."""
    lot = session.get_one(Lot, lot_id)
    if lot.needs_pledge:
        pledge = replace(usual_pledge(session, lot_id), basis=(PledgeBasis.PROMISE,))
        sign_pledge(session, lot_id, pledge, author=author, now=now)


def usual_pledge(session: Session, lot_id: int) -> Pledge:
    """Who makes the lot, where, and how to reach them: what the form begins with. Raises NotFound. One statement.

    A household that did not agree to be named signs with its producer's name for the paper; the public page has none.
    """
    row = session.execute(
        sa.select(
            *(Producer.name_zh, Producer.phone, Household.phone),
            *(Village.county_zh, Village.town_zh, Village.name_zh),
        )
        .join(Lot, Lot.producer_id == Producer.id)
        .join(Village, Village.id == Producer.village_id)
        .outerjoin(Household, Household.id == Producer.household_id)
        .where(Lot.id == lot_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    name, phone, own_phone, county, town, village = row
    return Pledge(
        producer=name, place=f"{county}{town}{village}", contact=phone or own_phone or "", signed_by=name[:60]
    )


def _tidied(pledge: Pledge, today: date) -> Pledge:
    texts: dict[str, Any] = {name: tidy(getattr(pledge, name)) for name in _LONGEST}
    errors = {
        name: msg("This text is too long.") for name, text in texts.items() if len(text) > _LONGEST[name]
    }
    errors |= {name: _NEEDED for name in ("producer", "place", "signed_by") if not texts[name]}
    basis = tuple(one for one in PledgeBasis if one in pledge.basis)
    if not basis and not pledge.of_supplier:
        errors["basis"] = msg("Please choose on what it rests.")
    issued_on = pledge.issued_on or today
    if issued_on > today:
        errors["issued_on"] = msg("This day has not come yet.")
    if pledge.expires_on is not None and pledge.expires_on < today:
        errors["expires_on"] = msg("This pledge has expired.")
    if errors:
        raise InvalidInput(errors=errors)
    return replace(pledge, **texts, basis=basis, issued_on=issued_on)


def _facts(session: Session, lot: Lot, said: Pledge) -> dict[str, Any]:
    goods = session.execute(
        sa.select(Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en, Variant.net_weight_g)
        .join(Variant, Variant.product_id == Product.id)
        .where(Variant.id == lot.variant_id)
    ).one()
    return {
        "goods_zh": f"{goods[0]} {goods[2]}",
        "goods_en": f"{goods[1]} {goods[3]}",
        "units": lot.declared,
        "net_weight_g": lot.declared * goods[4],
        "of_supplier": said.of_supplier,
        "basis": " ".join(said.basis),
        **{name: getattr(said, name) for name in ("producer", "place", "contact", "signed_by")},
        "issued_on": said.issued_on,
        "expires_on": said.expires_on,
    }


def _says(known: LotPledge, facts: dict[str, Any]) -> bool:
    return all(getattr(known, name) == value for name, value in facts.items())


def _number(session: Session, lot: Lot) -> str:
    """The lot's number and which pledge of it this is; a lot is locked, so no two get the same."""
    signed = session.scalar(sa.select(sa.func.count(LotPledge.id)).where(LotPledge.lot_id == lot.id)) or 0
    return f"{lot.code}-{signed + 1:02d}"


def _refuse_taken(session: Session, number: str, lot_id: int) -> None:
    taken = sa.select(LotPledge.lot_id).where(LotPledge.number == number)
    if session.scalar(taken) is not None:
        raise InvalidInput(msg("This number stands on another pledge already."), field="number")
