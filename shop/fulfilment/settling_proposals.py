"""A proposal has come to its end, whoever brought it about. The order is locked by the caller."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.proposal_models import AnsweredBy, Outcome, Proposal, ProposalStatus

NOT_SETTLED = (ProposalStatus.OPEN, ProposalStatus.WAITING)


def settle_proposals(
    session: Session, allocation_ids: Collection[int], outcome: Outcome, *, now: datetime
) -> None:
    """What became of the units that these proposals were about. Settled before: nothing."""
    _settle(_unsettled(session, Proposal.allocation_id.in_(allocation_ids)), outcome, now)


def settle_of_order(session: Session, order_id: int, *, now: datetime) -> None:
    """The order was called off: nobody has to answer any more."""
    _settle(_unsettled(session, Proposal.order_id == order_id), Outcome.CALLED_OFF, now)


def settle(proposal: Proposal, outcome: Outcome, now: datetime) -> None:
    proposal.status, proposal.outcome, proposal.settled_at = ProposalStatus.SETTLED, outcome, now
    if proposal.answered_by is None:
        proposal.answered_by, proposal.answered_at = AnsweredBy.SHOP, now


def _settle(found: Iterable[Proposal], outcome: Outcome, now: datetime) -> None:
    for proposal in found:
        settle(proposal, outcome, now)


def _unsettled(session: Session, which: sa.ColumnElement[bool]) -> Collection[Proposal]:
    statement = sa.select(Proposal).where(which, Proposal.status.in_(NOT_SETTLED))
    return session.scalars(statement.execution_options(populate_existing=True)).all()
