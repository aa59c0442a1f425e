"""Requests about personal data that wait for the desk, by the day on which the law wants an answer."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.privacy_models import PrivacyRequest, RequestStatus
from shop.kit.clock import shanghai_date
from shop.reports.piles import Item, Pile, Waiting
from shop.storage.paging import read_first

OVERDUE, SECOND, HELD_BACK = "overdue", "second", "held_back"


def waiting_requests(session: Session, now: datetime, most: int) -> Waiting:
    """Those without an answer, those that need a second admin, and erasures that something holds back. One statement."""
    today = shanghai_date(now)
    waits = PrivacyRequest.status.in_([RequestStatus.OPEN, RequestStatus.PROPOSED])
    held = sa.and_(PrivacyRequest.status == RequestStatus.WAITING, PrivacyRequest.held_back != "")
    statement = (
        sa.select(
            *(PrivacyRequest.number, PrivacyRequest.kind, PrivacyRequest.status, PrivacyRequest.due_on),
            PrivacyRequest.owner_id,
        )
        .where(sa.or_(waits, held))
        .order_by(PrivacyRequest.due_on, PrivacyRequest.id)
    )
    found = read_first(session, statement, most=most)
    items = []
    for number, kind, status, due_on, owner_id in found.items:
        said = (
            SECOND
            if status is RequestStatus.PROPOSED
            else HELD_BACK
            if status is RequestStatus.WAITING
            else ""
        )
        items.append(
            Item(
                number,
                number,
                number,
                kind=OVERDUE if due_on < today else said,
                detail_zh=kind.value,
                due=due_on,
                owner_id=owner_id,
            )
        )
    return Waiting(Pile.PRIVACY, found.total, items)
