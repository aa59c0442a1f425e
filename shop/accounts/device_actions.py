"""Presses of buttons that a phone keeps and sends later: each is decided once, whoever sends it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.device_models import ActionOutcome, DeviceAction
from shop.kit.errors import InvalidInput, TooMany
from shop.kit.text import msg

OLDEST = timedelta(days=30)  # a press that comes later than this is not carried out any more
KEPT_FOR = timedelta(days=90)  # well over OLDEST: whose row is gone is refused for its age
MOST_A_DAY = 500
LONGEST_SAID = 500


class OtherContent(InvalidInput):
    """A name was given twice: to two things."""

    code = "other_content"
    default_message = msg("Something else was sent under this name before.")


class TooManyActions(TooMany):
    code = "too_many_actions"
    default_message = msg("Too much was sent from this phone today. It stays on the phone and is sent later.")


@dataclass(frozen=True, slots=True)
class SentAction:
    """`key`: the phone's name for the press; `made_at`: when it was pressed, by the phone, never after it came."""

    user_id: int
    key: str
    path: str
    fields: Mapping[str, str] = field(default_factory=dict)
    made_at: datetime = field(kw_only=True)

    @property
    def digest(self) -> str:
        said = json.dumps([self.path, dict(self.fields)], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


def find_action(session: Session, sent: SentAction) -> DeviceAction | None:
    """What was decided about it before. Raises OtherContent when that was about something else."""
    found = session.scalar(
        sa.select(DeviceAction).where(DeviceAction.user_id == sent.user_id, DeviceAction.key == sent.key)
    )
    if found is not None and found.digest != sent.digest:
        raise OtherContent()
    return found


def decide(
    session: Session, sent: SentAction, outcome: ActionOutcome, *, now: datetime, said: str = ""
) -> DeviceAction:
    """Write down what became of it, before its work is done: a second copy waits here, and then finds the first.

    Raises TooManyActions, or IntegrityError for a copy that lost; the unit of work then runs again and finds it.
    """
    _count(session, sent.user_id, now)
    row = DeviceAction(
        user_id=sent.user_id,
        key=sent.key,
        path=sent.path,
        digest=sent.digest,
        made_at=sent.made_at,
        received_at=now,
        outcome=outcome,
        said=said[:LONGEST_SAID],
    )
    session.add(row)
    session.flush()
    return row


def forget_old_actions(session: Session, *, now: datetime) -> None:
    session.execute(sa.delete(DeviceAction).where(DeviceAction.received_at < now - KEPT_FOR))


def _count(session: Session, user_id: int, now: datetime) -> None:
    lately = sa.select(sa.func.count()).where(
        DeviceAction.user_id == user_id, DeviceAction.received_at > now - timedelta(days=1)
    )
    if (session.scalar(lately) or 0) >= MOST_A_DAY:
        raise TooManyActions(retry_after=3600)
