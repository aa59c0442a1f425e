"""A recall, told to those who work with the goods: coordinators, the hub, keepers; and to households what it costs them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import Producer, ProducerMember
from shop.fulfilment.events import TakeOutNeeded
from shop.fulfilment.recall_people import people_near, stopped_tasks
from shop.fulfilment.take_out_models import TakeOut
from shop.fulfilment.take_outs import holders
from shop.fulfilment.text_readers import reads_texts, text_readers
from shop.kit.clock import shanghai_date, utc_now
from shop.ledger.events import ChargesGivenBack
from shop.ledger.recall_charges import recall_charged_by
from shop.notifications.enqueueing import call_back_message, enqueue_message
from shop.notifications.messages import Message
from shop.notifications.waking_hours import when_awake
from shop.ordering.events import LotCalledBack, RecallLifted
from shop.payments.events import RefundSucceeded

_GATHERS: Final = timedelta(minutes=30)  # the refunds of one recall, into one text to a household


def tell_near_a_recall(session: Session, event: LotCalledBack) -> None:
    for user_id in people_near(session, event.recall_id):
        _tell(session, Message.RECALL_NEAR, event.recall_id, user_id)


def tell_box_holders(session: Session, event: TakeOutNeeded) -> None:
    """Once a recall, with all boxes that are known when it is sent; the list of what is to be decided has each."""
    for user_id in holders(session, session.get_one(TakeOut, event.take_out_id)):
        _tell(session, Message.RECALLED_BOXES, event.recall_id, user_id)


def tell_over(session: Session, event: RecallLifted) -> None:
    """Who was told of the recall: households by text message, and who has the goods before them."""
    boxes = session.scalars(sa.select(TakeOut).where(TakeOut.recall_id == event.recall_id)).all()
    places = {(one.packing_place_id, one.run_id is not None): one for one in boxes}
    people = {user_id for one in places.values() for user_id in holders(session, one)}
    for user_id in sorted({*people, *people_near(session, event.recall_id)}):
        key = _key(event.recall_id, user_id)
        if not call_back_message(session, Message.RECALL_NEAR, dedupe_key=key):
            _tell(session, Message.RECALL_OVER, event.recall_id, user_id)
    now = utc_now()
    told: set[int] = set()
    for task_id, user_ids in text_readers(session, stopped_tasks(session, event.recall_id)).items():
        for user_id in user_ids:
            if user_id in told:
                continue
            told.add(user_id)
            key = f"recall {event.recall_id} user {user_id}"
            if not call_back_message(session, Message.TASK_TAKEN_AWAY, dedupe_key=key):
                enqueue_message(
                    session, Message.TASK_RECALL_LIFTED, task_id=task_id, user_id=user_id, dedupe_key=key,
                    now=now, due_at=when_awake(now),
                )  # fmt: skip


def tell_charged(session: Session, event: RefundSucceeded) -> None:
    """What a household bears of a recall's refunds, once a day for all of them."""
    now = utc_now()
    for recall_id, household_id in recall_charged_by(session, event.refund_id):
        for user_id in _members(session, household_id):
            enqueue_message(
                session, Message.RECALL_CHARGED, recall_id=recall_id, user_id=user_id,
                facts={"household_id": household_id},
                dedupe_key=f"recall {recall_id} household {household_id} user {user_id} {shanghai_date(now)}",
                now=now, due_at=when_awake(now + _GATHERS),
            )  # fmt: skip


def tell_charge_given_back(session: Session, event: ChargesGivenBack) -> None:
    now = utc_now()
    for household_id in event.household_ids:
        for user_id in _members(session, household_id):
            enqueue_message(
                session, Message.RECALL_CHARGE_BACK, recall_id=event.recall_id, user_id=user_id,
                facts={"household_id": household_id},
                dedupe_key=f"recall {event.recall_id} household {household_id} user {user_id}",
                now=now, due_at=when_awake(now),
            )  # fmt: skip


def _members(session: Session, household_id: int) -> list[int]:
    """People of the household with a telephone of their own who want texts. One statement."""
    first = sa.func.min(User.id)
    found = (
        sa.select(first)
        .join(ProducerMember, ProducerMember.user_id == User.id)
        .join(Producer, Producer.id == ProducerMember.producer_id)
        .where(Producer.household_id == household_id, reads_texts())
        .group_by(User.phone)
        .order_by(first)
    )
    return list(session.scalars(found))


def _tell(session: Session, message: Message, recall_id: int, user_id: int) -> None:
    enqueue_message(
        session,
        message,
        recall_id=recall_id,
        user_id=user_id,
        dedupe_key=_key(recall_id, user_id),
        now=utc_now(),
    )


def _key(recall_id: int, user_id: int) -> str:
    return f"recall {recall_id} user {user_id}"
