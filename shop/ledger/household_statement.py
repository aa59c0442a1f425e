"""A household's account for a period: what it had to get, what came, what was paid, what it has to get now."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from shop.kit.text import msg
from shop.ledger.account_statement import AccountStatement, StatementLine
from shop.ledger.models import Account, EntryKind, Posting
from shop.ledger.words import ENTRY_NAMES

# What gave a household more, and what less, where the kind of the entry alone says it of the other side.
_MORE: Final = {
    EntryKind.REASSIGNMENT: msg("Units came from another household"),
    EntryKind.REFUND: msg("Less of a refund to bear"),
    EntryKind.REVERSAL: msg("Sale counts again"),
    EntryKind.PAYOUT: msg("Payout that came back"),
}
_LESS: Final = {EntryKind.REFUND: msg("Refund that the household bears")}


class HouseholdStatement(AccountStatement):
    @property
    def earned_fen(self) -> int:
        return self.closing_fen - self.opening_fen + self.paid_fen

    @property
    def paid_fen(self) -> int:
        return -self.sum_of(EntryKind.PAYOUT)

    def word_of(self, line: StatementLine) -> str:
        return (_MORE if line.fen > 0 else _LESS).get(line.kind, ENTRY_NAMES[line.kind])


def household_statement(session: Session, household_id: int, first: date, last: date) -> HouseholdStatement:
    """Whole Shanghai days, both included. Two statements."""
    own = Posting.household_id == household_id
    return HouseholdStatement.read(session, Account.HOUSEHOLD_PAYABLE, own, first, last)
