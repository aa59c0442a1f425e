"""The team asks a village about goods; its coordinator answers the team, and learns nothing of the buyer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from shop.accounts.audit import audit
from shop.catalogue.models import Producer, ProductVillage, Village
from shop.conversations.desk_models import VillageQuestion
from shop.conversations.errors import AlreadyAnswered
from shop.conversations.locking import lock_conversation
from shop.conversations.models import Conversation
from shop.conversations.reading import read_thread
from shop.conversations.typed import LONGEST_QUESTION, words, words_without_contacts
from shop.inventory.models import Allocation, Lot
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, normalise_digits
from shop.ordering.models import OrderLine
from shop.storage.paging import Page, read_page

NAMES_BUYER: Final = msg(
    "Please leave out who the buyer is: the village needs neither name, telephone, address nor order number."
)
NO_CONTACTS: Final = msg(
    "Please leave out telephone numbers, WeChat names, addresses and links: the village answers you, and nobody else."
)
SHOWN_AT_ONCE: Final = 20
_SHORTEST_NAME: Final = 2


def villages_to_ask(session: Session, conversation: Conversation) -> Sequence[Village]:
    """Those whose goods it is about, else all. Two statements at most."""
    of_order = (
        sa.select(Producer.village_id)
        .join(Lot, Lot.producer_id == Producer.id)
        .join(Allocation, Allocation.lot_id == Lot.id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(OrderLine.order_id == conversation.order_id)
    )
    of_product = sa.select(ProductVillage.village_id).where(
        ProductVillage.product_id == conversation.product_id
    )
    concerned = sa.or_(Village.id.in_(of_order), Village.id.in_(of_product))
    in_order = sa.select(Village).order_by(Village.id)
    return session.scalars(in_order.where(concerned)).all() or session.scalars(in_order).all()


def ask_village(
    session: Session,
    conversation_id: int,
    village_id: int | None,
    text: str,
    *,
    token: str,
    actor_id: int,
    now: datetime,
) -> None:
    """Once for each form. Raises NotFound, or InvalidInput also for words that say who the buyer is."""
    if village_id is None or session.get(Village, village_id) is None:
        raise InvalidInput(msg("Please choose which village you ask."), field="village")
    said = words_without_contacts(text, LONGEST_QUESTION, field="question", sentence=NO_CONTACTS)
    lock_conversation(session, conversation_id)
    conversation = read_thread(session, conversation_id)
    if _names_buyer(said, conversation):
        raise InvalidInput(NAMES_BUYER, field="question")
    known = sa.select(VillageQuestion.id).where(
        VillageQuestion.conversation_id == conversation_id, VillageQuestion.request_token == token
    )
    if session.scalar(known) is not None:
        return
    session.add(
        VillageQuestion(
            conversation_id=conversation_id,
            village_id=village_id,
            product_id=conversation.product_id,
            text=said,
            request_token=token,
            asked_by_id=actor_id,
            asked_at=now,
        )
    )
    session.flush()
    facts = {"village_id": village_id}
    audit(session, actor_id, "conversation.village_asked", "conversation", conversation_id, facts, now=now)


def answer_question(
    session: Session,
    question_id: int,
    text: str,
    *,
    village_ids: Collection[int],
    actor_id: int,
    now: datetime,
) -> None:
    """To the team, whose conversation shows it. Raises NotFound for another village's, AlreadyAnswered, InvalidInput."""
    conversation_id = session.scalar(
        sa.select(VillageQuestion.conversation_id).where(_own(question_id, village_ids))
    )
    if conversation_id is None:
        raise NotFound()
    said = words(text, LONGEST_QUESTION, field="answer")
    answered = session.execute(
        sa.update(VillageQuestion)
        .where(_own(question_id, village_ids), VillageQuestion.answered_at.is_(None))
        .values(answer=said, answered_by_id=actor_id, answered_at=now)
        .returning(VillageQuestion.id)
    ).all()
    if not answered:
        raise AlreadyAnswered()
    lock_conversation(session, conversation_id).desk_unread += 1


def questions_of_conversation(session: Session, conversation_id: int) -> Sequence[VillageQuestion]:
    """For the team. One statement."""
    statement = (
        sa.select(VillageQuestion)
        .where(VillageQuestion.conversation_id == conversation_id)
        .options(joinedload(VillageQuestion.village), joinedload(VillageQuestion.answered_by))
        .order_by(VillageQuestion.id)
    )
    return session.scalars(statement).all()


def questions_of_villages(
    session: Session, village_ids: Collection[int], *, page: int = 1
) -> Page[VillageQuestion]:
    """Those that wait first, the oldest of them first; then what was answered, the newest first. Two statements."""
    waits = VillageQuestion.answered_at.is_(None)
    statement = (
        sa.select(VillageQuestion)
        .where(VillageQuestion.village_id.in_(village_ids))
        .options(joinedload(VillageQuestion.village), joinedload(VillageQuestion.product))
        .order_by(
            sa.case((waits, 0), else_=1),
            sa.case((waits, VillageQuestion.asked_at)),
            VillageQuestion.answered_at.desc(),
            VillageQuestion.id,
        )
    )
    return read_page(session, statement, number=page, size=SHOWN_AT_ONCE, scalars=True)


def questions_counted(village_ids: Collection[int]) -> sa.Select[Any]:
    """How many wait for their coordinator."""
    return sa.select(sa.func.count(VillageQuestion.id)).where(
        VillageQuestion.village_id.in_(village_ids), VillageQuestion.answered_at.is_(None)
    )


def _own(question_id: int, village_ids: Collection[int]) -> sa.ColumnElement[bool]:
    return sa.and_(VillageQuestion.id == question_id, VillageQuestion.village_id.in_(village_ids))


def _names_buyer(text: str, conversation: Conversation) -> bool:
    said = normalise_digits(text).casefold()
    digits = "".join(one for one in said if one.isdigit())
    order, user = conversation.order, conversation.user
    names = [user.name, user.email] if user is not None else []
    phones = [user.phone] if user is not None else []
    if order is not None:
        names += [order.recipient, order.email, order.street, order.number]
        phones.append(order.phone)
    if any(name and len(name) >= _SHORTEST_NAME and name.casefold() in said for name in names):
        return True
    return any(phone and phone.removeprefix("+86") in digits for phone in phones)
