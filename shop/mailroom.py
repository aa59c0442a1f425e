"""Writes letters in the reader's language and hands them to a channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import render_template
from flask_babel import force_locale

from shop.accounts.robot_addresses import RobotAddress, unpacked
from shop.campaigns.links import link_key
from shop.campaigns.member_models import CampaignMember
from shop.delivery.carriers import CARRIERS
from shop.kit.references import token_digest
from shop.notifications.by_ways import compose_for_reader
from shop.notifications.campaign_letters import MEMBER
from shop.notifications.channels import AppriseChannel, ConsoleChannel
from shop.notifications.conversation_letters import LINK, ThreadLink
from shop.notifications.letter import Letter, SealedRobot
from shop.notifications.messages import SHORT_WORDS, TEXTS
from shop.notifications.sending import Channel, Envelope
from shop.notifications.sms_provider import HttpTexts
from shop.ordering.access import guest_key
from shop.ordering.models import Order
from shop.settings import Settings
from shop.storage.field_cipher import FieldCipher, SealBroken
from shop.storage.outbox import ClaimedMessage, PermanentFailure
from shop.storage.unit_of_work import UnitOfWork

LOCALES = {"zh": "zh", "en": "en"}
KEY_LENGTH = 32  # of our name for a message, 128 bits: what tells a provider that it is the same


def channel_for(settings: Settings) -> Channel:
    """The console where nothing else is set up, but never in production: letters hold personal data."""
    if settings.sms is not None or settings.notify_urls or settings.is_production:
        return AppriseChannel(settings.notify_urls, HttpTexts(settings.sms) if settings.sms else None)
    return ConsoleChannel()


def deliver_message(
    message: ClaimedMessage,
    *,
    unit_of_work: UnitOfWork,
    settings: Settings,
    now: datetime,
    channel: Channel | None = None,
) -> None:
    """Write and send one message of the outbox. Raises what the channel raises. Needs an application context."""
    letter = unit_of_work.run(lambda session: compose_for_reader(session, message, now=now))
    if letter is not None:
        key = token_digest(message.dedupe_key)[:KEY_LENGTH]
        (channel or channel_for(settings)).send(seal(letter, settings, key=key, now=now))


def seal(letter: Letter, settings: Settings, *, key: str = "", now: datetime) -> Envelope:
    """Render the letter's templates; a subject is always one line."""
    facts: dict[str, Any] = _opened(letter.facts, settings)
    facts |= {"public_url": settings.public_url, "carriers": CARRIERS}
    if letter.message in TEXTS:
        return _text(letter, facts, key)
    order = facts.get("order")
    link = order_link(order, settings, now=now) if isinstance(order, Order) else None
    if "without_order" in facts:  # of whose own review it tells, and who acts on its order no more
        link = f"{settings.public_url}/login?next=/account/reviews"
    if isinstance(thread := facts.get(LINK), ThreadLink):
        link = thread_link(thread, settings, now=now)
    if isinstance(member := facts.get(MEMBER), CampaignMember):
        link = campaign_link(member, settings)
    with force_locale(LOCALES.get(letter.language, "zh")):
        folder = f"email/{letter.message}"
        subject = " ".join(render_template(f"{folder}/subject.txt", **facts).split())
        facts |= {"subject": subject, "link": link}
        short = f"{subject} {link}" if link else subject
        if letter.message in SHORT_WORDS:
            short = " ".join(render_template(f"{folder}/short.txt", **facts).split())
        return Envelope(
            email=letter.email,
            phone=letter.phone,
            subject=subject,
            text=render_template(f"{folder}/body.txt", **facts),
            html=render_template(f"{folder}/body.html", **facts),
            short=short,
            key=key,
            robot=_robot(letter.robot, settings),
        )


def _robot(sealed: SealedRobot | None, settings: Settings) -> RobotAddress | None:
    """Raises PermanentFailure where none of the keys opens it: its person has to set it up again."""
    if sealed is None:
        return None
    try:
        return unpacked(sealed.kind, FieldCipher(settings.field_keys).open(sealed.sealed_key))
    except SealBroken as error:
        raise PermanentFailure("the robot's key cannot be opened any more") from error


def _text(letter: Letter, facts: Mapping[str, Any], key: str) -> Envelope:
    """To a household's telephone: one line of Chinese, whatever language its person reads elsewhere."""
    with force_locale(LOCALES["zh"]):
        short = " ".join(render_template(f"text/{letter.message}.txt", **facts).split())
    return Envelope(email=None, phone=letter.phone, subject=short, text=short, html="", short=short, key=key)


def _opened(facts: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """A code lies sealed in the outbox and is opened for the letter alone."""
    if "sealed_code" not in facts:
        return dict(facts)
    return {"code": FieldCipher(settings.field_keys).open(str(facts["sealed_code"]))}


def order_link(order: Order, settings: Settings, *, now: datetime) -> str:
    """Where the buyer follows the order. A guest's link carries the key that opens it; with an account it leads
    through the sign-in page, because the browser has often been signed out by the time a letter is read.
    """
    path = f"/orders/{order.number}"
    if order.user_id is not None:
        return f"{settings.public_url}/login?next={path}"
    address = f"{settings.public_url}{path}"
    keys = (settings.secret_key, *settings.secret_key_fallbacks)
    return f"{address}?key={guest_key(order.number, keys, now=now)}"


def thread_link(thread: ThreadLink, settings: Settings, *, now: datetime) -> str:
    """Where an answer is read: through the sign-in page, or with the key of a guest's order."""
    path = f"/conversations/{thread.code}"
    if thread.order_number is None:
        return f"{settings.public_url}/login?next={path}"
    keys = (settings.secret_key, *settings.secret_key_fallbacks)
    return f"{settings.public_url}{path}?key={guest_key(thread.order_number, keys, now=now)}"


def campaign_link(member: CampaignMember, settings: Settings) -> str:
    """Where a member chooses: through the sign-in page, or by the personal link of who has no account."""
    if member.user_id is not None:
        return f"{settings.public_url}/login?next=/org/campaigns/{member.campaign_id}/choose"
    return f"{settings.public_url}/org/campaigns/by-link/{link_key(member, settings.secret_key)}"
