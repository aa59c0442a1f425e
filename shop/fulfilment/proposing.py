"""Nobody has some units of an order: its buyer is asked what is to become of them, with a day by which to answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings
from shop.fulfilment.errors import NothingWaits, ProposalOpen, SubstituteGone
from shop.fulfilment.events import ProposalMade
from shop.fulfilment.finding import lock_task
from shop.fulfilment.models import Task, TaskItem
from shop.fulfilment.proposal_models import Proposal
from shop.fulfilment.reach import Reach
from shop.fulfilment.settling_proposals import NOT_SETTLED
from shop.fulfilment.substitutes import substitutes
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg
from shop.ordering.history import note
from shop.storage.event_log import record

LONGEST_WAIT: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Offered:
    """What the buyer may choose beside the money back."""

    wait_until: date | None = None
    substitute_id: int | None = None


def propose(
    session: Session, task_id: int, allocation_id: int, offered: Offered, *, by: Reach, now: datetime
) -> int:
    """Ask the buyer about units that wait; returns the proposal's id. The same, sent again, asks once.

    Raises NotFound for a task out of reach, NothingWaits, ProposalOpen when something else was proposed and is not
    answered, InvalidInput for a day that cannot be waited for, SubstituteGone.
    """
    task = lock_task(session, task_id, by.prepares())
    item = _item(task, allocation_id)
    standing = session.scalar(
        sa.select(Proposal).where(Proposal.allocation_id == allocation_id, Proposal.status.in_(NOT_SETTLED))
    )
    if standing is not None:
        if (standing.wait_until, standing.substitute_id) != (offered.wait_until, offered.substitute_id):
            raise ProposalOpen()
        return standing.id
    if not item.waits:
        raise NothingWaits()
    _refuse_day(offered.wait_until, now)
    proposal = Proposal(
        order_id=task.order_id,
        allocation_id=allocation_id,
        units=item.allocation.units,
        wait_until=offered.wait_until,
        substitute_id=offered.substitute_id,
        difference_fen=_difference(session, task.order_id, allocation_id, offered.substitute_id, now),
        made_at=now,
        made_by_id=by.user_id,
        answer_by=now + timedelta(hours=read_shop_settings(session).answer_within_hours),
    )
    session.add(proposal)
    session.flush()
    note(session, task.order_id, "proposal_made", now, by.user_id, task=task.code, units=proposal.units)
    record(session, ProposalMade(proposal.id, task.order_id))
    return proposal.id


def _item(task: Task, allocation_id: int) -> TaskItem:
    for item in task.items:
        if item.allocation_id == allocation_id:
            return item
    raise NotFound()


def _refuse_day(day: date | None, now: datetime) -> None:
    today = shanghai_date(now)
    if day is not None and not today < day <= today + LONGEST_WAIT:
        raise InvalidInput(errors={"wait_until": msg("Please name a day after today, within sixty days.")})


def _difference(
    session: Session, order_id: int, allocation_id: int, substitute_id: int | None, now: datetime
) -> int:
    if substitute_id is None:
        return 0
    for one in substitutes(session, order_id, allocation_id, now=now):
        if one.variant_id == substitute_id:
            return one.back_fen
    raise SubstituteGone()
