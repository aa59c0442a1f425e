"""What is written about a recall to those who work with the goods, and to households that bear its refunds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.fulfilment.recall_people import recall_of_worker
from shop.inventory.trace_models import RecallState
from shop.ledger.recall_charges import charge_of
from shop.notifications.messages import Message

_OF_WORK: Final = frozenset({Message.RECALL_NEAR, Message.RECALLED_BOXES, Message.RECALL_OVER})
_OF_MONEY: Final = frozenset({Message.RECALL_CHARGED, Message.RECALL_CHARGE_BACK})
OF_RECALLS: Final = _OF_WORK | _OF_MONEY


def recall_facts(
    session: Session, message: Message, user: User, payload: Mapping[str, Any]
) -> dict[str, Any] | None:
    """None where it is true no more, or the household wants no texts."""
    if message in _OF_MONEY:
        return _charge(session, message, user, payload)
    recall = recall_of_worker(session, payload["recall_id"], user.id)
    if recall is None or (message is Message.RECALLED_BOXES and not recall.boxes):
        return None
    if message is not Message.RECALLED_BOXES:
        expected = RecallState.LIFTED if message is Message.RECALL_OVER else RecallState.ACTIVE
        if recall.state is not expected:
            return None
    return {"name": user.name, "recall": recall}


def _charge(
    session: Session, message: Message, user: User, payload: Mapping[str, Any]
) -> dict[str, Any] | None:
    charge = charge_of(session, payload["recall_id"], payload["facts"]["household_id"])
    if charge is None or not user.wants_texts or not user.phone:
        return None
    is_back = message is Message.RECALL_CHARGE_BACK
    fen = charge.back_fen if is_back else charge.fen - charge.back_fen
    return {"charge": charge, "fen": fen} if fen > 0 else None
