"""A few conversations, ready answers, and thanks with a household's reply: what the desk of a demo begins with."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import Product, ProductStatus
from shop.conversations.answering import answer, write_note
from shop.conversations.desk_models import CannedAnswer
from shop.conversations.letters import LetterReach, send_reply, show_letter, tap_reply
from shop.conversations.models import Conversation, Topic
from shop.conversations.rating import rate
from shop.conversations.reading import find_conversation
from shop.conversations.thanks import households_of_order
from shop.conversations.thanks_models import ReadyReply, SignedAs, Thanks, ThanksLetter
from shop.conversations.village_questions import ask_village, villages_to_ask
from shop.conversations.writing import About, Said, open_conversation, write_message
from shop.kit.clock import shanghai_date, shanghai_moment
from shop.kit.references import secret_token
from shop.ordering.models import Order, OrderStatus

BUYER, OTHER_BUYER, ADMIN, COORDINATOR = (
    f"{name}@demo.example" for name in ("buyer", "buyer2", "admin", "coordinator")
)
HOUR: Final = timedelta(hours=1)
CANNED: Final = (
    (
        "车到时间",
        "When the truck arrives",
        Topic.DELIVERY,
        "{name}您好，订单 {order} 随本周的班车到校，到了会给您发消息，凭取货码到自提点领取。",
        "Hello {name}, order {order} comes with this week's truck. We write to you when it is there; collect it with your pickup code.",
    ),
    (
        "发票怎么开",
        "How to get an invoice",
        Topic.MONEY,
        "{name}您好，请打开订单 {order}，点“索取发票”，填好抬头就行。有问题请打 {phone}（{hours}）。",
        "Hello {name}, please open order {order} and ask for the invoice there. Questions: {phone} ({hours}).",
    ),
    (
        "怎么保存",
        "How to keep it",
        Topic.GOODS,
        "您好，{goods}请密封，放在阴凉干燥处。开袋后尽快吃完。",
        "Hello, please keep {goods} closed, cool and dry, and eat it soon once it is opened.",
    ),
    (
        "已经在查",
        "We are looking into it",
        None,
        "{name}您好，收到了，我们马上去查，今天给您答复。——{shop}",
        "Hello {name}, thank you for telling us. We look into it and answer you today. {shop}",
    ),
)


def add_talks(session: Session, *, now: datetime) -> None:
    """Nothing where somebody has written already, or the demo's accounts are not there."""
    rows = session.execute(
        sa.select(User.email, User.id).where(User.email.in_((BUYER, OTHER_BUYER, ADMIN, COORDINATOR)))
    )
    people = {email: user_id for email, user_id in rows if email is not None}
    talked = session.scalar(sa.select(Conversation.id).where(Conversation.claim_id.is_(None)).limit(1))
    if len(people) < 4 or talked is not None:
        return
    session.add_all(
        CannedAnswer(
            title_zh=zh,
            title_en=en,
            topic=topic,
            text_zh=text_zh,
            text_en=text_en,
            position=place,
            active=True,
        )
        for place, (zh, en, topic, text_zh, text_en) in enumerate(CANNED)
    )
    _conversations(session, people, now)
    _thanks(session, people, now)


def _conversations(session: Session, people: dict[str, int], now: datetime) -> None:
    product_id = session.scalar(
        sa.select(Product.id).where(Product.status == ProductStatus.PUBLISHED).order_by(Product.id).limit(1)
    )
    goods = About(Topic.GOODS, product_id=product_id)
    _open(
        session,
        people[OTHER_BUYER],
        goods,
        "请问这个茶是今年的新茶吗？送长辈，想要礼盒装的。",
        now - 2 * HOUR,
    )
    _answered(session, people, _working(now, 2, 15))
    _closed_and_rated(session, people, _working(now, 6, 10))
    _handed_to_village(session, people, goods, now)


def _answered(session: Session, people: dict[str, int], at: datetime) -> None:
    buyer = people[BUYER]
    about = About(Topic.DELIVERY, _newest_order(session, buyer, at))
    asked = _open(session, buyer, about, "我周五出差，取货码能让同事帮我领吗？", at)
    reply = "可以。打开订单，点“让别人代领”，把链接发给同事就行，不用把取货码念给别人。"
    _say(session, asked, people[ADMIN], reply, at + HOUR * 1.4)


def _closed_and_rated(session: Session, people: dict[str, int], at: datetime) -> None:
    """With a note that only the team reads."""
    admin = people[ADMIN]
    told = _open(
        session, people[OTHER_BUYER], About(Topic.OTHER), "希望香菇能出小包装，宿舍里吃不完一大袋。", at
    )
    write_note(session, told, _said("已转给合作社，问能不能做 100 克的。"), actor_id=admin, now=at + HOUR)
    reply = "谢谢建议！已经请村里的合作社试做 100 克小包装，出来了会上架。"
    _say(session, told, admin, reply, at + HOUR * 2, close=True)
    rate(session, told, 5, "回得很快，也真的去办了。", now=at + HOUR * 9)


def _handed_to_village(session: Session, people: dict[str, int], about: About, now: datetime) -> None:
    """The desk has asked the village; the buyer has written once more since."""
    buyer = people[BUYER]
    asked = _open(session, buyer, about, "收到的一袋比上次的颜色深，是同一批吗？", now - 5 * HOUR)
    village = villages_to_ask(session, session.get_one(Conversation, asked))[0]
    text = "这批货比上次颜色深，是烘得久一点，还是换了地块？"
    ask_village(
        session,
        asked,
        village.id,
        text,
        token=secret_token(),
        actor_id=people[ADMIN],
        now=now - 4 * HOUR,
    )
    write_message(session, asked, _said("不急，知道原因就好。"), user_id=buyer, now=now - 3 * HOUR)


def _thanks(session: Session, people: dict[str, int], now: datetime) -> None:
    done = sa.select(Order.id).where(
        Order.user_id == people[BUYER], Order.status == OrderStatus.COMPLETED, Order.completed_at < now
    )
    order_id = session.scalar(done.order_by(Order.completed_at.desc()).limit(1))
    if order_id is None:
        return
    thanks = Thanks(
        order_id=order_id,
        signed_as=SignedAs.TEACHER,
        text="家里老人都说好，辛苦你们了！",
        at=now - 20 * HOUR,
        letters=[ThanksLetter(household_id=one) for one in households_of_order(session, order_id)],
    )
    session.add(thanks)
    session.flush()
    letters = [letter.id for letter in thanks.letters]
    everything, by = LetterReach(everything=True), people[COORDINATOR]
    for place, letter_id in enumerate(letters):
        if place % 3 == 2:
            continue  # still to be read by its coordinator
        show_letter(session, letter_id, everything, actor_id=by, now=now - 18 * HOUR)
        if place == 0:
            tap_reply(session, letter_id, ReadyReply.COME_AGAIN, everything)
            reply = "谢谢老师，明年新茶下来再来尝。"
            send_reply(session, letter_id, reply, everything, actor_id=by, now=now - 16 * HOUR)


def _working(now: datetime, days: int, hour: int) -> datetime:
    """An hour of a weekday at least so many days ago."""
    day = shanghai_date(now) - timedelta(days=days)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return shanghai_moment(day, time(hour))


def _newest_order(session: Session, user_id: int, before: datetime) -> int | None:
    newest = sa.select(Order.id).where(Order.user_id == user_id, Order.confirmed_at < before)
    return session.scalar(newest.order_by(Order.placed_at.desc()).limit(1))


def _said(text: str) -> Said:
    return Said(text, secret_token())


def _open(session: Session, user_id: int, about: About, text: str, at: datetime) -> int:
    topic = about.topic if about.order_id is not None or about.topic is not Topic.DELIVERY else Topic.OTHER
    about = About(topic, about.order_id, about.product_id)
    code = open_conversation(session, about, _said(text), user_id=user_id, language="zh", now=at)
    return find_conversation(session, code)[0].id


def _say(
    session: Session, conversation_id: int, admin_id: int, text: str, at: datetime, *, close: bool = False
) -> None:
    answer(session, conversation_id, _said(text), close=close, actor_id=admin_id, now=at)
