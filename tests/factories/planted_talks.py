"""On each side: a conversation, a question to its village, and thanks to its household at every stage."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer
from shop.conversations.desk_models import CannedAnswer, VillageQuestion
from shop.conversations.models import Topic
from shop.conversations.reading import find_conversation
from shop.conversations.thanks_models import LetterState, SignedAs, Thanks, ThanksLetter
from shop.conversations.writing import About, Said, open_conversation

# Each of its own order: what is pressed, and how the letter stands before.
LETTERS: Final = {
    "pass_on": ("open", LetterState.WAITING),
    "keep_back": ("accepted", LetterState.WAITING),
    "answer": ("ready", LetterState.SHOWN),
    "tap": ("received", LetterState.SHOWN),
    "desk_show": ("packed", LetterState.WAITING),
    "desk_keep": ("shipped", LetterState.WAITING),
}


def plant_talks(session: Session, world: Any, sides: dict[str, Any], now: datetime) -> dict[str, Any]:
    """By side: `code` and `conversation` of its buyer, `question` to its village, letters by what is pressed."""
    canned = CannedAnswer(
        title_zh="车到时间",
        title_en="Truck",
        text_zh="{name}您好，车周四到。",
        text_en="Hello {name}, on Thursday.",
        active=True,
    )
    session.add(canned)
    talks: dict[str, Any] = {}
    for key, side in sides.items():
        orders, user_id = world.orders[key], world.users[side.buyer]
        said = Said(f"{side.recipient}问：什么时候到？", f"planted {key}")
        about = About(Topic.DELIVERY, orders["open"].id)
        code = open_conversation(session, about, said, user_id=user_id, language="zh", now=now)
        conversation_id = find_conversation(session, code)[0].id
        producer = session.get_one(Producer, world.producers[side.producer])
        question = VillageQuestion(
            conversation_id=conversation_id,
            village_id=producer.village_id,
            text="是今年的新茶吗？",
            request_token="q",
            asked_at=now,
        )
        answered = VillageQuestion(
            conversation_id=conversation_id,
            village_id=producer.village_id,
            text="还有吗？",
            request_token="answered",
            asked_at=now,
            answer="还有。",
            answered_at=now,
        )
        letters = {
            name: _letter(session, orders[stage].id, producer.household_id, state, now)
            for name, (stage, state) in LETTERS.items()
        }
        session.add_all([question, answered, *letters.values()])
        session.flush()
        talks[key] = {"code": code, "conversation": conversation_id, "question": question.id} | {
            name: letter.id for name, letter in letters.items()
        }
    return {"talks": talks, "canned_answer": canned.id}


def _letter(
    session: Session, order_id: int, household_id: int | None, state: LetterState, now: datetime
) -> ThanksLetter:
    thanks = session.scalar(sa.select(Thanks).where(Thanks.order_id == order_id))
    if thanks is None:
        thanks = Thanks(order_id=order_id, signed_as=SignedAs.TEACHER, text="好吃，谢谢！", at=now)
        session.add(thanks)
        session.flush()
    return ThanksLetter(thanks_id=thanks.id, household_id=household_id, state=state)
