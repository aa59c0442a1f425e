"""What waits about organisations that buy on account: second words, and debts that are overdue."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.accounts.terms import waiting_terms
from shop.payments.terms.debts import owed_by_age
from shop.payments.terms.write_offs import waiting_write_offs
from shop.reports.piles import Item, Pile, Waiting

TERMS, WRITE_OFF, OVERDUE = "terms", "write_off", "overdue"


def waiting_debts(session: Session, now: datetime, most: int) -> Waiting:
    """Words of second persons first, then organisations with something overdue. Three statements."""
    terms = waiting_terms(session, most=most)
    given_up = waiting_write_offs(session, most=most)
    late = [one for one in owed_by_age(session, now=now) if one.overdue_fen]
    items = [
        Item(
            *(str(one.organisation_id), one.organisation, one.organisation),
            kind=TERMS,
            key=f"{TERMS}/{one.organisation_id}",
            amount_fen=one.limit_fen,
            since=one.proposed_at,
        )
        for one in terms.items
    ]
    items += [
        Item(
            *(str(one.organisation_id), one.organisation, one.organisation),
            kind=WRITE_OFF,
            key=f"{WRITE_OFF}/{one.id}",
            amount_fen=one.amount_fen,
            since=one.proposed_at,
        )
        for one in given_up.items
    ]
    items += [
        Item(
            *(str(one.organisation_id), one.organisation, one.organisation),
            kind=OVERDUE,
            amount_fen=one.overdue_fen,
        )
        for one in late
    ]
    total = terms.total + given_up.total + len(late)
    return Waiting(Pile.DEBTS, total, items[:most], sum(one.overdue_fen for one in late))
