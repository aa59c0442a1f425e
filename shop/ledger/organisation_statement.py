"""What an organisation owed, bought, paid and owes, for a period, as the receivables of its orders say."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from shop.kit.text import msg
from shop.ledger.account_statement import AccountStatement, StatementLine
from shop.ledger.models import Account, EntryKind
from shop.ordering.models import Order


class OrganisationStatement(AccountStatement):
    @property
    def bought_fen(self) -> int:
        return self.sum_of(EntryKind.SALE)

    @property
    def paid_fen(self) -> int:
        return -self.sum_of(EntryKind.SETTLEMENT)

    @property
    def credited_fen(self) -> int:
        """Refunds before payment, and what was given up."""
        return self.opening_fen + self.bought_fen - self.paid_fen - self.closing_fen

    def word_of(self, line: StatementLine) -> str:
        """Who bears a refund is not the buyer's matter."""
        return msg("Refund") if line.kind is EntryKind.REFUND else super().word_of(line)


def organisation_statement(
    session: Session, organisation_id: int, first: date, last: date
) -> OrganisationStatement:
    """Whole Shanghai days, both included. Two statements."""
    own = Order.organisation_id == organisation_id
    return OrganisationStatement.read(session, Account.RECEIVABLES, own, first, last)
