"""What happened to a lot's recalls, step by step, each with its person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.inventory.trace_models import LotRecall, RecallState


class RecallStep(StrEnum):
    PROPOSED = "proposed"
    REFUSED = "refused"
    RECALLED = "active"
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """`said` is what its person wrote."""

    step: RecallStep
    at: datetime
    who: str
    said: str


def recall_history(session: Session, recalls: Sequence[LotRecall]) -> list[HistoryStep]:
    """The newest first. One statement."""
    ids = {
        one
        for recall in recalls
        for one in (recall.proposed_by_id, recall.recalled_by_id, recall.refused_by_id, recall.lifted_by_id)
        if one is not None
    }
    name = sa.func.coalesce(sa.func.nullif(User.name, ""), User.email, "")
    names = {row[0]: str(row[1]) for row in session.execute(sa.select(User.id, name).where(User.id.in_(ids)))}
    steps = []
    for recall in recalls:
        ended = RecallStep.LIFTED if recall.state is RecallState.LIFTED else RecallStep.REFUSED
        ended_by = recall.lifted_by_id if ended is RecallStep.LIFTED else recall.refused_by_id
        for step, at, who, said in (
            (ended, recall.ended_at, ended_by, recall.ended_reason),
            (RecallStep.RECALLED, recall.recalled_at, recall.recalled_by_id, recall.reason_zh),
            (
                RecallStep.PROPOSED,
                recall.proposed_at,
                recall.proposed_by_id,
                recall.proposed_reason_zh or recall.reason_zh,
            ),
        ):
            if at is not None:
                steps.append(HistoryStep(step, at, names.get(who or 0, ""), said))
    return steps
