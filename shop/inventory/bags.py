"""Numbers for the bags of a lot: each is handed out once, however many people print at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import User
from shop.catalogue.version import bump_version
from shop.inventory.errors import LotRecalled, PledgeMissing
from shop.inventory.lot_writing import Author
from shop.inventory.models import Lot
from shop.inventory.recall_state import is_recalled
from shop.inventory.trace_models import BagPrint
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.references import form_digest
from shop.kit.text import msg, tidy
from shop.storage.locks import LockRank, lock_row

MOST_AT_ONCE: Final = 500  # labels in one print
LONGEST_REASON: Final = 200


def hand_out_bags(
    session: Session, lot_id: int, count: int, *, token: str, author: Author, now: datetime
) -> int:
    """The next `count` numbers of a lot; returns the print's id. The same token hands out once. Locks the lot.

    Raises NotFound, InvalidInput for more labels than the lot has bags, LotRecalled, PledgeMissing.
    """
    lot = _lock(session, lot_id)
    if (known := _sent_before(session, lot_id, token)) is not None:
        return known
    _refuse_held_back(session, lot)
    if not 1 <= count <= MOST_AT_ONCE:
        raise InvalidInput(
            msg("Please enter at least 1 label, and not more than %(most)s."),
            field="count",
            most=MOST_AT_ONCE,
        )
    left = lot.declared - lot.bags_printed
    if count > left:
        raise InvalidInput(
            msg(
                "This lot has %(declared)s units, and %(left)s of them have no label yet. If it has more, correct its"
                " number first; a spoilt label is printed again below."
            ),
            field="count",
            declared=lot.declared,
            left=max(left, 0),
        )
    first = lot.bags_printed + 1
    lot.bags_printed += count
    return _note(session, lot, first, lot.bags_printed, "", token, author, now)


def reprint_bags(
    session: Session,
    lot_id: int,
    first: int,
    last: int,
    *,
    reason: str,
    token: str,
    author: Author,
    now: datetime,
) -> int:
    """Labels once more for numbers that were handed out; returns the print's id. The same token prints once.

    Raises NotFound, InvalidInput for numbers without a label or without a reason, LotRecalled.
    """
    lot, said = _lock(session, lot_id), tidy(reason)[:LONGEST_REASON]
    if (known := _sent_before(session, lot_id, token)) is not None:
        return known
    _refuse_held_back(session, lot)
    errors = {}
    if not 1 <= first <= last <= lot.bags_printed:
        errors["last"] = msg("Labels were printed for the numbers 1 to %(printed)s only.")
    elif last - first >= MOST_AT_ONCE:
        errors["last"] = msg("At most %(most)s labels at once.")
    if not said:
        errors["reason"] = msg("Please say why.")
    if errors:
        raise InvalidInput(errors=errors, printed=lot.bags_printed, most=MOST_AT_ONCE)
    facts = {"first": first, "last": last, "reason": said}
    audit(session, author.user_id, "lot.bags_reprinted", "lot", lot.code, facts, now=now)
    return _note(session, lot, first, last, said, token, author, now)


@dataclass(frozen=True, slots=True)
class PrintRow:
    id: int
    first: int
    last: int
    reason: str
    at: datetime
    actor: str


def prints_of_lot(session: Session, lot_id: int, *, most: int = 50) -> Sequence[PrintRow]:
    """The newest first. One statement."""
    rows = session.execute(
        sa.select(
            *(BagPrint.id, BagPrint.first, BagPrint.last, BagPrint.reason, BagPrint.at),
            sa.func.coalesce(User.name, ""),
        )
        .outerjoin(User, User.id == BagPrint.actor_id)
        .where(BagPrint.lot_id == lot_id)
        .order_by(BagPrint.id.desc())
        .limit(most)
    )
    return [PrintRow(*row) for row in rows]


def print_of_lot(session: Session, lot_id: int, print_id: int) -> BagPrint:
    """Raises NotFound, the same for another lot's."""
    found = session.scalar(sa.select(BagPrint).where(BagPrint.id == print_id, BagPrint.lot_id == lot_id))
    if found is None:
        raise NotFound()
    return found


def printed_bags(session: Session, lot_id: int) -> int:
    return session.scalar(sa.select(Lot.bags_printed).where(Lot.id == lot_id)) or 0


def _lock(session: Session, lot_id: int) -> Lot:
    lot = lock_row(session, LockRank.LOT, sa.select(Lot).where(Lot.id == lot_id))
    if lot is None:
        raise NotFound()
    return lot


def _refuse_held_back(session: Session, lot: Lot) -> None:
    if is_recalled(session, lot.id):
        raise LotRecalled()
    if lot.needs_pledge:
        raise PledgeMissing()


def _sent_before(session: Session, lot_id: int, token: str) -> int | None:
    return session.scalar(sa.select(BagPrint.id).where(BagPrint.token == form_digest(f"lot {lot_id}", token)))


def _note(
    session: Session,
    lot: Lot,
    first: int,
    last: int,
    reason: str,
    token: str,
    author: Author,
    now: datetime,
) -> int:
    handed = BagPrint(
        lot_id=lot.id,
        first=first,
        last=last,
        reason=reason,
        token=form_digest(f"lot {lot.id}", token),
        actor_id=author.user_id,
        at=now,
    )
    session.add(handed)
    session.flush()
    if not reason:
        bump_version(session)  # the page of a bag says whether its number was ever printed
    return handed.id
