"""Ways to break what holds of debts and terms."""

from __future__ import annotations

from tests.integration.check.plants import Saboteur, plants

DEBT = (
    "SELECT p.id, p.reference, o.number FROM payments p JOIN orders o ON o.id = p.order_id "
    "WHERE p.provider = 'on_account' AND p.status = 'pending' ORDER BY p.id LIMIT 1"
)


@plants("terms: what is owed on the books are the open debts")
def _a_debt_is_forgotten(by: Saboteur) -> str:
    debt = by.row(DEBT)
    by.do("UPDATE payments SET status = 'expired' WHERE id = :id", id=debt.id)
    return f"order {debt.number}"


@plants("terms: a debt is smaller by its refunds and by what was given up, and by nothing else")
def _a_debt_shrinks(by: Saboteur) -> str:
    debt = by.row(DEBT)
    by.do("UPDATE payments SET credited_fen = credited_fen + 1 WHERE id = :id", id=debt.id)
    return f"payment {debt.reference}"


@plants("terms: a debt is of an organisation and of a confirmed order")
def _a_debt_is_nobodys(by: Saboteur) -> str:
    debt = by.row(DEBT)
    by.do("UPDATE orders SET organisation_id = NULL WHERE number = :number", number=debt.number)
    return f"payment {debt.reference}"


@plants("terms: two persons stand behind them")
def _one_person_grants(by: Saboteur) -> str:
    terms = by.ask("SELECT min(id) FROM organisation_terms")
    by.do("UPDATE organisation_terms SET approved_by_id = proposed_by_id WHERE id = :id", id=terms)
    return f"terms {terms}"


PLANTED = True
