"""The advance account is what was lent less what went back, each said by two persons and posted once."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from shop.check.rule import or_nothing, rule, total
from shop.ledger.advance.models import AdvanceRepayment, RepaymentStatus
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting

_reversal = aliased(JournalEntry)
_name = sa.literal("advance:") + sa.cast(AdvanceRepayment.id, sa.String)
_posted = (
    sa.select(AdvanceRepayment.id.label("repayment_id"), total(Posting.amount_fen, "fen"))
    .join(JournalEntry, JournalEntry.reference == _name)
    .join(Posting, Posting.entry_id == JournalEntry.id)
    .outerjoin(_reversal, _reversal.reverses_id == JournalEntry.id)
    .where(Posting.account == Account.ADVANCE, _reversal.id.is_(None))
    .group_by(AdvanceRepayment.id)
    .subquery()
)
_fen = or_nothing(_posted.c.fen)
_said = sa.case((AdvanceRepayment.status == RepaymentStatus.REPAID, AdvanceRepayment.amount_fen), else_=0)

# What a payout took and the bank sent back was lent all the same: the lender may have been repaid before.
_taken = sa.case(
    (sa.and_(JournalEntry.kind == EntryKind.PAYOUT, JournalEntry.reverses_id.is_(None)), -Posting.amount_fen),
    else_=0,
)
_returned = sa.case((JournalEntry.kind == EntryKind.ADVANCE_REPAID, Posting.amount_fen), else_=0)
_sums = (
    sa.select(total(_taken, "lent"), total(_returned, "repaid"))
    .select_from(Posting)
    .join(JournalEntry, JournalEntry.id == Posting.entry_id)
    .where(Posting.account == Account.ADVANCE)
    .subquery()
)

RULES = (
    rule(
        "advance: a repayment that stands has one entry of its amount, any other none",
        sa.select(
            AdvanceRepayment.id, AdvanceRepayment.status, AdvanceRepayment.amount_fen, _fen.label("posted")
        )
        .outerjoin(_posted, _posted.c.repayment_id == AdvanceRepayment.id)
        .where(_fen != _said),
        "repayment {id}",
        "{status}, {amount_fen} fen, its entry {posted} fen",
    ),
    rule(
        "advance: never more goes back than was lent",
        sa.select(_sums.c.lent, _sums.c.repaid).where(_sums.c.repaid > _sums.c.lent),
        "advance account",
        "{lent} fen were lent, {repaid} fen repaid",
    ),
    rule(
        "advance: nobody agrees to what they said themselves",
        sa.select(AdvanceRepayment.id, AdvanceRepayment.decided_by_id.label("person")).where(
            AdvanceRepayment.status.in_((RepaymentStatus.REPAID, RepaymentStatus.TAKEN_BACK)),
            AdvanceRepayment.decided_by_id == AdvanceRepayment.proposed_by_id,
        ),
        "repayment {id}",
        "person {person} spoke twice",
    ),
    rule(
        "advance: only payouts borrow, and only repayments give back",
        sa.select(JournalEntry.reference, JournalEntry.kind, total(Posting.amount_fen, "fen"))
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(
            Posting.account == Account.ADVANCE,
            JournalEntry.kind.not_in((EntryKind.PAYOUT, EntryKind.ADVANCE_REPAID)),
        )
        .group_by(JournalEntry.id, JournalEntry.reference, JournalEntry.kind),
        "entry {reference}",
        "a {kind} moves {fen} fen of it",
    ),
)
