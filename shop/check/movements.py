"""Money that moved outside orders: each movement that stands is one entry, said by two persons or by a bank statement."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from shop.check.rule import or_nothing, rule, total
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ledger.movements.kinds import WAYS
from shop.ledger.movements.listing import entry_name
from shop.ledger.movements.models import BankMovement, MovementStatus
from shop.ordering.reasons import Reason
from shop.payments.statements.models import LineStatus, StatementLine

_reversal = aliased(JournalEntry)
_comes = BankMovement.kind.in_([kind for kind, way in WAYS.items() if way.comes_in])
_signed = sa.case((_comes, BankMovement.amount_fen), else_=-BankMovement.amount_fen)
_is_booked = BankMovement.status == MovementStatus.BOOKED
_said = sa.case((_is_booked, _signed), else_=0)

# What the entry of each movement leaves on our bank account and on the account that its kind moves.
_other = sa.case({kind.value: way.account.value for kind, way in WAYS.items()}, value=BankMovement.kind)
_on_other = sa.and_(
    sa.cast(Posting.account, sa.String) == _other,
    sa.func.coalesce(Posting.village_id, 0) == sa.func.coalesce(BankMovement.village_id, 0),
    sa.func.coalesce(Posting.provider, "") == BankMovement.provider,
)
_posted = (
    sa.select(
        BankMovement.id.label("movement_id"),
        total(sa.case((Posting.account == Account.BANK, Posting.amount_fen), else_=0), "bank"),
        total(sa.case((_on_other, -Posting.amount_fen), else_=0), "other"),
    )
    .join(JournalEntry, JournalEntry.reference == entry_name())
    .join(Posting, Posting.entry_id == JournalEntry.id)
    .outerjoin(_reversal, _reversal.reverses_id == JournalEntry.id)
    .where(_reversal.id.is_(None), JournalEntry.kind == EntryKind.MOVEMENT)
    .group_by(BankMovement.id)
    .subquery()
)
_bank, _moved = or_nothing(_posted.c.bank), or_nothing(_posted.c.other)
_of_entry = aliased(BankMovement)
_names = sa.literal("movement:") + sa.cast(_of_entry.id, sa.String)
_has_movement = sa.exists().where(
    sa.or_(JournalEntry.reference == _names, JournalEntry.reference == _names + ":reversed")
)
_booked_line = sa.exists().where(BankMovement.line_id == StatementLine.id, _is_booked)
_is_payout = sa.and_(
    StatementLine.status == LineStatus.SET_ASIDE, StatementLine.reason == Reason.PROVIDER_PAYOUT.value
)

RULES = (
    rule(
        "movement: one that stands has one entry of its amount, any other none",
        sa.select(BankMovement.id, BankMovement.status, _said.label("said"), _bank.label("bank"))
        .outerjoin(_posted, _posted.c.movement_id == BankMovement.id)
        .where(sa.or_(_bank != _said, _moved != _said)),
        "movement {id}",
        "{status}, {said} fen to our bank, its entry {bank} fen",
    ),
    rule(
        "movement: what a provider holds stands under its name, and nothing else does",
        sa.select(JournalEntry.reference, Posting.account, Posting.provider)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where((Posting.account == Account.PROVIDER_CLEARING) != Posting.provider.is_not(None)),
        "entry {reference}",
        "{account} of {provider}",
    ),
    rule(
        "movement: no entry of this kind without one",
        sa.select(JournalEntry.reference, JournalEntry.posted_at).where(
            JournalEntry.kind == EntryKind.MOVEMENT, ~_has_movement
        ),
        "entry {reference}",
        "posted {posted_at}, nobody said so",
    ),
    rule(
        "movement: nobody agrees to what they said themselves, where no statement says it",
        sa.select(BankMovement.id, BankMovement.decided_by_id.label("person")).where(
            BankMovement.status.in_((MovementStatus.BOOKED, MovementStatus.TAKEN_BACK)),
            BankMovement.decided_by_id == BankMovement.proposed_by_id,
        ),
        "movement {id}",
        "person {person} spoke twice",
    ),
    rule(
        "movement: nobody takes back alone what two persons booked",
        sa.select(BankMovement.id, BankMovement.reversed_by_id.label("person")).where(
            BankMovement.status == MovementStatus.TAKEN_BACK,
            BankMovement.line_id.is_(None),
            BankMovement.reversed_by_id == BankMovement.back_asked_by_id,
        ),
        "movement {id}",
        "person {person} spoke twice",
    ),
    rule(
        "movement: a receipt that is a provider's payout has one, and no other receipt has",
        sa.select(StatementLine.id, StatementLine.status, StatementLine.reason).where(
            _is_payout != _booked_line
        ),
        "receipt {id}",
        "{status} {reason}",
    ),
)
