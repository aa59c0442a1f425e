"""Everybody hears by the ways that they chose, and by each of them once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.message_models import MessageRobot, MessageTopic
from shop.accounts.message_ways import choose_ways, remove_robot
from shop.accounts.models import User
from shop.accounts.shop_settings import set_shop_settings
from shop.kit.clock import utc_now
from shop.mailroom import deliver_message
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message
from shop.notifications.sending import DeliveryFailed
from shop.ordering.basket import BasketOwner
from shop.ordering.checkout import place_order
from shop.ordering.models import Order
from shop.storage.outbox import OutboxMessage, claim_due, mark_failed, mark_sent
from tests.factories.buying import a_wish, fill_basket
from tests.factories.people import make_person, post, sign_in
from tests.factories.small_shop import NOW, open_small_shop
from tests.fakes.channel import MemoryChannel

WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7abc-4bc4-97a0-0ec2sifa5aaa"


class BrokenRobot(MemoryChannel):
    """Takes everything but what goes to a robot."""

    def send(self, envelope):
        if envelope.robot is not None:
            raise DeliveryFailed("wecom answered 502")
        super().send(envelope)


@pytest.fixture
def buyer(unit_of_work):
    return make_person(unit_of_work, "lin@example.com")


@pytest.fixture
def order_id(unit_of_work, session, buyer):
    shop = open_small_shop(session)
    session.commit()

    def work(inner: Session) -> int:
        inner.get_one(User, buyer.id).phone = "+8613800000001"
        owner = BasketOwner(user_id=buyer.id)
        fill_basket(inner, owner, {"tea": 2}, now=NOW)
        return place_order(inner, a_wish(shop, owner), now=NOW).order_id

    return unit_of_work.run(work)


@pytest.fixture
def worker(app, unit_of_work, settings):
    """Sends what is due, as the worker does; returns what a channel was given."""

    def run(channel=None, later=timedelta()):
        channel, now = channel or MemoryChannel(), utc_now() + later
        for _ in range(3):
            for message in unit_of_work.run(lambda session: claim_due(session, now=now)):
                with app.app_context():
                    _send(message, channel, now)
        return channel.envelopes

    def _send(message, channel, now):
        try:
            deliver_message(message, unit_of_work=unit_of_work, settings=settings, now=now, channel=channel)
        except DeliveryFailed as error:
            told = str(error)
            unit_of_work.run(lambda session: mark_failed(session, message.id, told, now=now))
        else:
            unit_of_work.run(lambda session: mark_sent(session, message.id, now=now))

    return run


def tell(unit_of_work, order_id, message):
    now = utc_now()
    unit_of_work.run(
        lambda session: enqueue_message(session, message, order_id=order_id, dedupe_key="test", now=now)
    )


def choose(unit_of_work, person, **wanted):
    topics = {MessageTopic(name): ways for name, ways in wanted.items()}
    unit_of_work.run(lambda session: choose_ways(session, person.id, topics, now=utc_now()))


def set_robot(client, address=WECOM, secret=""):
    return post(
        client, "/account/messages/robot", form_at="/account/messages", address=address, secret=secret
    )


def kinds(envelopes):
    return sorted("robot" if one.robot else "mail" if one.email else "text" for one in envelopes)


def test_a_way_that_fails_is_tried_again_alone(client, unit_of_work, order_id, buyer, worker):
    sign_in(client, buyer.email)
    assert set_robot(client).status_code == 303
    worker()
    choose(unit_of_work, buyer, orders=["mail", "text", "robot"])
    tell(unit_of_work, order_id, Message.ORDER_CONFIRMED)
    assert kinds(worker(BrokenRobot())) == ["mail", "text"]
    assert kinds(worker(later=timedelta(minutes=1))) == ["robot"], "nobody is told twice by mail or text"
    assert worker(later=timedelta(days=1)) == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_robots_first_words_name_the_shop_as_its_setting_does(
    client, unit_of_work, buyer, worker, language
):
    named = {"name_zh": "平利山货铺", "name_en": "Pingli Mountain Goods"}

    def work(session):
        set_shop_settings(session, named, actor_id=None, now=utc_now())
        session.get_one(User, buyer.id).language = language

    unit_of_work.run(work)
    sign_in(client, buyer.email)
    set_robot(client)
    (hello,) = [one for one in worker() if one.robot]
    assert named[f"name_{language}"] in hello.short
    assert "扶贫超市" not in hello.short


def test_a_robot_gets_one_line_that_opens_nothing_by_itself(client, unit_of_work, order_id, buyer, worker):
    sign_in(client, buyer.email)
    set_robot(client)
    (hello,) = [one for one in worker() if one.robot]
    assert "从现在起" in hello.short
    choose(unit_of_work, buyer, orders=["robot"])
    tell(unit_of_work, order_id, Message.ORDER_CONFIRMED)
    (said,) = worker()
    assert said.robot.key == "693a91f6-7abc-4bc4-97a0-0ec2sifa5aaa"
    assert "key=" not in said.short, "everybody in the group reads it"


def test_news_of_parcels_can_be_off_and_news_of_money_cannot(client, unit_of_work, order_id, buyer, worker):
    worker()
    sign_in(client, buyer.email)
    page = post(client, "/account/messages", form_at="/account/messages")
    assert page.status_code == 400
    assert "请至少留一种方式" in page.text
    saved = post(client, "/account/messages", form_at="/account/messages", orders="mail")
    assert saved.status_code == 303
    for message in (Message.ORDER_SHIPPED, Message.ORDER_ARRIVED, Message.ORDER_CONFIRMED):
        tell(unit_of_work, order_id, message)
    assert [one.email for one in worker()] == ["lin@example.com"]


def test_where_nothing_was_chosen_mail_comes_and_security_always_does(unit_of_work, order_id, buyer, worker):
    worker()
    choose(unit_of_work, buyer, parcels=[])
    tell(unit_of_work, order_id, Message.ORDER_CONFIRMED)
    now = utc_now()
    unit_of_work.run(
        lambda session: enqueue_message(
            session, Message.PASSWORD_CHANGED, user_id=buyer.id, dedupe_key="test", now=now
        )
    )
    assert kinds(worker()) == ["mail", "mail"]


def test_what_leads_nowhere_any_more_goes_by_mail_again(
    client, unit_of_work, order_id, buyer, worker, session
):
    sign_in(client, buyer.email)
    set_robot(client)
    worker()
    choose(unit_of_work, buyer, orders=["robot"], parcels=["robot"])
    unit_of_work.run(lambda s: remove_robot(s, buyer.id, now=utc_now()))
    tell(unit_of_work, order_id, Message.ORDER_CONFIRMED)
    assert kinds(worker()) == ["mail"]
    choose(unit_of_work, buyer, orders=["text"])
    unit_of_work.run(lambda s: setattr(s.get_one(Order, order_id), "phone", ""))
    tell(unit_of_work, order_id, Message.ORDER_PLACED)
    assert kinds(worker()) == ["mail"]


def test_what_cannot_be_chosen_says_what_is_missing_and_keeps_what_was_ticked(client, buyer, unit_of_work):
    sign_in(client, buyer.email)
    unit_of_work.run(lambda session: setattr(session.get_one(User, buyer.id), "phone", None))
    for way, words in (("text", "请先在个人资料里填写手机号"), ("robot", "请先设置好机器人")):
        page = post(client, "/account/messages", form_at="/account/messages", orders=way, parcels="mail")
        assert page.status_code == 400
        assert words in page.text
        (box,) = re.findall(rf'<input[^>]*name="orders"[^>]*value="{way}"[^>]*>', page.text)
        assert "checked" in box


def test_the_robots_key_lies_sealed_and_is_shown_to_nobody_again(client, buyer, session):
    sign_in(client, buyer.email)
    refused = set_robot(client, "https://evil.example/robot/send?access_token=66cc55dd66cc55dd")
    assert refused.status_code == 400
    assert "evil.example" in refused.text, "what was typed is kept"
    assert session.scalar(sa.select(MessageRobot.user_id)) is None
    session.rollback()
    set_robot(client)
    session.rollback()
    assert "693a91f6" not in session.scalars(sa.select(MessageRobot.sealed_key)).one()
    assert "693a91f6" not in client.get("/account/messages").text
    assert "693a91f6" not in str(session.scalars(sa.select(OutboxMessage.payload)).all())
