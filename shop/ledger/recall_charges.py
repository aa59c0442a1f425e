"""What households bear of a recall's refunds: told to them by itself, and given back where nothing was wrong after all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.audit import audit
from shop.catalogue.models import Household, Product, Variant
from shop.inventory.figures import change_earned
from shop.inventory.models import Lot
from shop.inventory.trace_models import LotRecall, RecallState
from shop.kit.errors import Conflict, NotFound
from shop.kit.text import msg
from shop.ledger.events import ChargesGivenBack
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ledger.months import open_moment
from shop.ledger.posting import Place, gather, post
from shop.ordering.locking import lock_orders
from shop.payments.models import Refund, RefundLine
from shop.storage.event_log import record

_GIVEN_BACK: Final = ":given_back"  # ends the reference of the entry that gives a household its part again


class StillRecalled(Conflict):
    code = "still_recalled"
    default_message = msg(
        "The lot is recalled: what its households bear is given back when the recall is lifted."
    )


class SecondPersonGivesBack(Conflict):
    code = "second_person_gives_back"
    default_message = msg("You asked for these refunds yourself. Another person has to give the charge back.")


@dataclass(frozen=True, slots=True)
class RecallCharge:
    """Of one recall, what a household bears; `back_fen` of it was given back."""

    recall_id: int
    lot_code: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    household_zh: str
    household_en: str
    reason_zh: str
    reason_en: str
    orders: int
    fen: int
    back_fen: int
    at: datetime


def charges_of_households(session: Session, household_ids: Collection[int]) -> Sequence[RecallCharge]:
    """As the household reads them, the newest first. One statement."""
    return _read(session, Posting.household_id.in_(household_ids))


def charges_of_recall(session: Session, recall_id: int) -> Sequence[RecallCharge]:
    """Household by household. One statement."""
    return _read(session, LotRecall.id == recall_id)


def charge_of(session: Session, recall_id: int, household_id: int) -> RecallCharge | None:
    found = _read(session, sa.and_(LotRecall.id == recall_id, Posting.household_id == household_id))
    return found[0] if found else None


def recall_charged_by(session: Session, refund_id: int) -> Sequence[tuple[int, int]]:
    """(recall, household): what the refund takes from households because of a recall. One statement."""
    rows = session.execute(
        sa.select(LotRecall.id, Posting.household_id)
        .select_from(Refund)
        .join(LotRecall, _because_of())
        .join(JournalEntry, JournalEntry.reference == f"refund:{refund_id}")
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(Refund.id == refund_id, Posting.account == Account.HOUSEHOLD_PAYABLE, Posting.amount_fen > 0)
        .distinct()
        .order_by(LotRecall.id, Posting.household_id)
    )
    return [(row[0], row[1]) for row in rows if row[1] is not None]


def give_charges_back(session: Session, recall_id: int, *, actor_id: int, now: datetime) -> dict[int, int]:
    """The recall was lifted: the shop bears what its households bore. Returns it by household, in fen; done once.

    The buyers keep their money. Locks the orders, by id, before the first household's figures. Raises NotFound,
    StillRecalled, or SecondPersonGivesBack for who asked for one of the refunds.
    """
    recall = session.get(LotRecall, recall_id)
    if recall is None:
        raise NotFound()
    if recall.state is not RecallState.LIFTED:
        raise StillRecalled()
    of_it = sa.select(Refund).join(LotRecall, _because_of()).where(LotRecall.id == recall_id)
    lock_orders(session, set(session.scalars(of_it.with_only_columns(Refund.order_id))))
    refunds = session.scalars(of_it.order_by(Refund.order_id, Refund.id)).all()
    charged = [(one, borne) for one in refunds if (borne := _borne(session, one.id))]
    if any(one.requested_by_id == actor_id for one, _ in charged):
        raise SecondPersonGivesBack()
    moment = open_moment(session, now)
    total: Counter[int] = Counter()
    for refund, borne in charged:
        if _post_back(session, refund, borne, moment):
            for place, fen in borne.items():
                if place.household_id is not None:
                    total[place.household_id] += fen
    if total:
        change_earned(session, total, moment, sign=1)
        code = session.get_one(Lot, recall.lot_id).code
        facts = {"amount_fen": sum(total.values()), "households": len(total)}
        audit(session, actor_id, "lot.charge_given_back", "lot", code, facts, now=now)
        record(session, ChargesGivenBack(recall_id, tuple(sorted(total))))
    return total


def _post_back(session: Session, refund: Refund, borne: Mapping[Place, int], moment: datetime) -> bool:
    """False when it was given back before."""
    amounts = gather(
        [
            *((place, -fen) for place, fen in borne.items()),
            (Place(Account.REFUNDS_BORNE), sum(borne.values())),
        ]
    )
    reference = f"refund:{refund.id}{_GIVEN_BACK}"
    entry = post(session, EntryKind.REFUND, reference, amounts, now=moment, order_id=refund.order_id)
    return entry is not None


def _borne(session: Session, refund_id: int) -> dict[Place, int]:
    rows = session.execute(
        sa.select(Posting.household_id, Posting.order_line_id, Posting.lot_id, Posting.amount_fen)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(
            JournalEntry.reference == f"refund:{refund_id}",
            Posting.account == Account.HOUSEHOLD_PAYABLE,
            Posting.amount_fen > 0,
        )
        .order_by(Posting.id)
    )
    return {
        Place(Account.HOUSEHOLD_PAYABLE, household_id=row[0], order_line_id=row[1], lot_id=row[2]): row[3]
        for row in rows
    }


def _because_of() -> sa.ColumnElement[bool]:
    """SQL: the recall that stood when the refund was asked for, which only its lot's households bear."""
    newer = aliased(LotRecall)
    overtaken = sa.exists().where(
        newer.lot_id == LotRecall.lot_id, newer.id > LotRecall.id, newer.recalled_at <= Refund.created_at
    )
    of_lot = sa.exists().where(
        RefundLine.refund_id == Refund.id, RefundLine.bearing_lot_id == LotRecall.lot_id
    )
    return sa.and_(
        of_lot.correlate(Refund, LotRecall),
        LotRecall.recalled_at <= Refund.created_at,
        ~overtaken.correlate(Refund, LotRecall),
    )


def is_recall_charge() -> sa.ColumnElement[bool]:
    """SQL, of JournalEntry and Refund: the entry takes a recall's refund from its households, or gives it back."""
    reference = sa.literal("refund:") + sa.cast(Refund.id, sa.String)
    of_recall = sa.exists().where(RefundLine.refund_id == Refund.id, RefundLine.bearing_lot_id.is_not(None))
    return sa.and_(
        Refund.order_id == JournalEntry.order_id,
        JournalEntry.kind == EntryKind.REFUND,
        JournalEntry.reference.in_((reference, reference + _GIVEN_BACK)),
        of_recall.correlate(Refund),
    )


def _read(session: Session, which: sa.ColumnElement[bool]) -> Sequence[RecallCharge]:
    reference = sa.literal("refund:") + sa.cast(Refund.id, sa.String)
    back = JournalEntry.reference == reference + _GIVEN_BACK
    fen, given = (
        sa.cast(sa.func.coalesce(sa.func.sum(sa.case((condition, value), else_=0)), 0), sa.BigInteger)
        for condition, value in ((~back, Posting.amount_fen), (back, -Posting.amount_fen))
    )
    names: tuple[Any, ...] = (
        *(LotRecall.id, Lot.code, Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
        *(Household.alias_zh, Household.alias_en, LotRecall.reason_zh, LotRecall.reason_en),
    )
    rows = session.execute(
        sa.select(
            *names,
            sa.func.count(sa.distinct(Refund.order_id)),
            fen,
            given,
            sa.func.min(JournalEntry.posted_at),
        )
        .select_from(Refund)
        .join(LotRecall, _because_of())
        .join(
            JournalEntry,
            sa.and_(
                JournalEntry.order_id == Refund.order_id, sa.or_(JournalEntry.reference == reference, back)
            ),
        )
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(Household, Household.id == Posting.household_id)
        .join(Lot, Lot.id == LotRecall.lot_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(JournalEntry.kind == EntryKind.REFUND, Posting.account == Account.HOUSEHOLD_PAYABLE, which)
        .group_by(Posting.household_id, *names)
        .order_by(LotRecall.id.desc(), Posting.household_id)
    )
    found: Sequence[Any] = rows.all()
    return [RecallCharge(*row) for row in found]
