"""What people are told, in their language, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop import jobs, mailroom
from shop.accounts.events import PasswordChanged
from shop.accounts.models import Organisation
from shop.accounts.shop_settings import set_shop_settings
from shop.canteens.words import REASONS
from shop.catalogue.models import PackingPlaceStaff, Seller
from shop.conversations.models import Topic
from shop.conversations.reading import find_conversation
from shop.conversations.writing import About, Said, open_conversation
from shop.exports.schedules import LOST_RIGHT
from shop.fulfilment.models import Parcel, Task, TaskItem
from shop.fulfilment.proposal_models import Proposal
from shop.fulfilment.take_out_models import TakeOut
from shop.inventory.models import Allocation, Lot
from shop.inventory.trace_models import LotRecall, RecalledOrder, RecallState
from shop.invoicing.models import DocumentKind, Invoice, InvoiceOrder, InvoiceStatus, TaxDocument
from shop.kit.clock import utc_now
from shop.mailroom import channel_for, deliver_message
from shop.notifications.channels import AppriseChannel, ConsoleChannel
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import TEXTS, Message
from shop.notifications.outbox_queries import list_dead_letters
from shop.notifications.papers_reactions import ABOUT
from shop.ordering.checkout import place_order
from shop.ordering.claim_models import Claim, ClaimKind, ClaimRule, ClaimStatus
from shop.ordering.confirmation import confirm
from shop.ordering.events import OrderPlaced
from shop.ordering.models import InvoiceKind, Order, OrderLine
from shop.ordering.preorder_models import PreorderDelay
from shop.payments.models import ON_ACCOUNT, Payment, PaymentStatus, Refund, RefundBearer
from shop.reimbursement.models import PackKind
from shop.reviews.models import HiddenReason, Review, ReviewStatus
from shop.settings import DEMO_FIELD_KEY, Environment
from shop.storage.event_log import record
from shop.storage.field_cipher import FieldCipher
from shop.storage.outbox import OutboxMessage, PermanentFailure, claim_due, revive
from tests.factories.buying import a_guest, a_wish, fill_basket
from tests.factories.organisation_news import news_of_organisations
from tests.factories.people import make_person
from tests.factories.small_shop import NOW, open_small_shop
from tests.fakes.channel import MemoryChannel


@pytest.fixture
def shop(session):
    opened = open_small_shop(session)
    session.commit()
    return opened


@pytest.fixture
def order_id(unit_of_work, shop):
    """A guest's order, placed as the shop places it."""
    owner, now = a_guest(), NOW

    def work(session: Session) -> int:
        fill_basket(session, owner, {"tea": 2}, now=now)
        return place_order(session, a_wish(shop, owner), now=now).order_id

    return unit_of_work.run(work)


@pytest.fixture
def deliver(app, unit_of_work, settings):
    def run(channel=None):
        channel = channel or MemoryChannel()
        with app.app_context():
            for message in unit_of_work.run(lambda session: claim_due(session, now=utc_now())):
                deliver_message(
                    message, unit_of_work=unit_of_work, settings=settings, now=utc_now(), channel=channel
                )
        return channel.envelopes

    return run


def in_language(unit_of_work, order_id, language, email="lin@example.com"):
    def change(session: Session) -> None:
        order = session.get_one(Order, order_id)
        order.language, order.email = language, email

    unit_of_work.run(change)


def test_placing_an_order_is_told_once(unit_of_work, order_id, session):
    unit_of_work.run(lambda session: record(session, OrderPlaced(order_id)))
    kinds = session.scalars(sa.select(OutboxMessage.dedupe_key)).all()
    assert kinds.count(f"order_placed:{order_id}") == 1


def test_the_letter_lists_goods_and_leads_a_guest_to_the_order(
    unit_of_work, order_id, deliver, session, settings
):
    in_language(unit_of_work, order_id, "en")
    letter = next(letter for letter in deliver() if "is placed" in letter.subject)
    order = session.get_one(Order, order_id)
    assert order.number in letter.subject
    assert f"{settings.public_url}/orders/{order.number}?key=" in letter.text
    assert "× 2" in letter.text
    assert "× 2" in letter.html
    assert letter.email == "lin@example.com"


def test_a_guest_with_a_telephone_only_gets_a_short_text(order_id, deliver):
    letter = deliver()[0]
    assert letter.email is None
    assert letter.phone == "+8613800000000"
    assert "已提交" in letter.short
    assert "/orders/" in letter.short


def test_a_letter_ends_with_the_shop_its_address_and_its_telephone_on_lines_of_their_own(
    unit_of_work, order_id, deliver, settings
):
    in_language(unit_of_work, order_id, "en")
    unit_of_work.run(
        lambda session: set_shop_settings(session, {"phone": "029-0000-0000"}, actor_id=None, now=NOW)
    )
    text = deliver()[0].text
    assert text.rstrip().splitlines()[-2:] == [settings.public_url, "029-0000-0000"]
    assert "\n\nPay or follow the order here:\n" in text


@pytest.mark.parametrize(("language", "words"), [("zh", "已确认"), ("en", "is confirmed")])
def test_confirming_is_told_in_the_orders_language(unit_of_work, order_id, deliver, language, words):
    in_language(unit_of_work, order_id, language)
    unit_of_work.run(lambda session: confirm(session, order_id, now=NOW))
    assert any(words in letter.subject for letter in deliver())


def test_who_will_collect_is_told_where_when_and_with_which_code(unit_of_work, order_id, deliver, session):
    in_language(unit_of_work, order_id, "en")
    unit_of_work.run(lambda session: confirm(session, order_id, now=NOW))
    letter = next(letter for letter in deliver() if "is confirmed" in letter.subject)
    code = session.scalar(sa.select(Order.pickup_code))
    for written in (letter.text, letter.html):
        assert "Library north gate" in written
        assert "The truck arrives Fri 27 Nov 10:00" in written
        assert f"Pickup code {code}" in written
    assert f"Pickup code {code}" in letter.short


def test_the_letter_says_who_sells(unit_of_work, order_id, deliver):
    in_language(unit_of_work, order_id, "zh")
    unit_of_work.run(lambda session: confirm(session, order_id, now=NOW))
    for letter in deliver():
        assert "销售方 平利合作社" in letter.text
        assert "销售方 平利合作社" in letter.html


def test_who_pays_by_transfer_is_told_where_to_with_which_words_and_until_when(
    unit_of_work, order_id, deliver
):
    in_language(unit_of_work, order_id, "en")
    account = {"payee": "Pingli Cooperative", "bank": "ICBC", "number": "6222 0000"}

    def begin(session: Session) -> None:
        session.add(
            Payment(
                order_id=order_id, attempt=1, provider="bank_transfer", amount_fen=13600, reference="AB12CD34",
                request=account, created_at=NOW, expires_at=NOW,
            )
        )  # fmt: skip

    unit_of_work.run(begin)
    letter = next(letter for letter in deliver() if "is placed" in letter.subject)
    for written in (letter.text, letter.html):
        for fact in (*account.values(), "AB12CD34", "136.00", "reserved until"):
            assert fact in written


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("message", sorted(set(Message) - TEXTS))
def test_every_message_can_be_written_in_both_languages(
    unit_of_work, order_id, deliver, shop, message, language
):
    in_language(unit_of_work, order_id, language)
    person = make_person(unit_of_work, "lin@example.com")
    about = unit_of_work.run(lambda session: things(session, shop, order_id))
    if message in (Message.RECALL_LIFTED, Message.RECALL_OVER):
        lifted = {"state": RecallState.LIFTED, "recalled_by_id": None, "lifted_by_id": person.id}
        unit_of_work.run(lambda session: session.execute(sa.update(LotRecall).values(**lifted)))
    of_recall = {"user_id": person.id, "recall_id": about["recall_id"]}
    box = {"recall_id": about["recall_id"], "order_id": order_id, "packing_place_id": shop.places["mogou"]}
    unit_of_work.run(
        lambda session: session.add_all(
            [
                PackingPlaceStaff(user_id=person.id, packing_place_id=shop.places["mogou"]),
                TakeOut(**box, parcel_code="BOX", units=2, task_ids=[], at=utc_now()),
            ]
        )
    )
    news = news_of_organisations(
        unit_of_work,
        message,
        organisation_id=about["organisation_id"],
        order_id=order_id,
        point_id=shop.point_id,
        user_id=person.id,
    )
    facts = news or {
        Message.ORDER_CODE: {
            "phone": "+8613800000000",
            "facts": {"sealed_code": FieldCipher([DEMO_FIELD_KEY]).seal("123456")},
        },
        Message.CONTACT_CODE: {
            "email": "lin@example.com",
            "facts": {"sealed_code": FieldCipher([DEMO_FIELD_KEY]).seal("123456")},
        },
        Message.REGISTERED: {
            "email": "lin@example.com",
            "facts": {"sealed_code": FieldCipher([DEMO_FIELD_KEY]).seal("123456")},
        },
        Message.CONTACT_CHANGED: {"email": "lin@example.com"},
        Message.EXPORT_READY: {
            "user_id": person.id,
            "facts": {
                "view": "月报",
                "first": "2026-10-01",
                "last": "2026-10-31",
                "path": "/admin/exports/1",
            },
        },
        Message.EXPORTS_PAUSED: {
            "user_id": person.id,
            "facts": {"view": "月报", "reason": LOST_RIGHT, "path": "/admin/schedules/1"},
        },
        Message.PASSKEY_ADDED: {"user_id": person.id, "facts": {"label": "手机"}},
        Message.PASSKEY_REMOVED: {"user_id": person.id, "facts": {"label": "手机"}},
        Message.SECOND_FACTOR_CHANGED: {
            "user_id": person.id,
            "facts": {"news": "code_used", "codes_left": 9},
        },
        Message.CAMPUS_LINKED: {"user_id": person.id, "facts": {"provider": "cas"}},
        Message.CAMPUS_UNLINKED: {"user_id": person.id, "facts": {"provider": "cas"}},
        Message.WAYS_DROPPED: {
            "user_id": person.id,
            "facts": {"dropped": ["phone", "devices"], "taken_over": True},
        },
        Message.NEW_DEVICE: {"user_id": person.id, "facts": {"device": "WeChat · Android"}},
        Message.RESET_PASSWORD: {"email": "lin@example.com"},
        Message.TASKS_OVERDUE: {"user_id": person.id, "facts": {"village_id": shop.villages["mogou"]}},
        Message.DEBTS_DUE: {"user_id": person.id, "organisation_id": about["organisation_id"]},
        Message.PAPERS_READY: {
            "user_id": person.id,
            "facts": {
                "organisation": "校工会",
                "about": ABOUT[PackKind.CAMPAIGN],
                "ref": "1",
                "made": True,
                "missing": 2,
                "path": "/org/union/papers/campaign/1",
            },
        },
        Message.STANDING_NOT_PLACED: {
            "user_id": person.id,
            "facts": {
                "organisation": "第一食堂",
                "slug": "canteen",
                "standing_id": 1,
                "standing": "每周的蛋",
                "day": "2026-12-04",
                "reason": REASONS["sold_out"],
                "rest_zh": "",
                "rest_en": "",
                "order": "",
            },
        },
        Message.QUOTATION_ANSWERED: {
            "user_id": person.id,
            "facts": {"organisation": "校工会", "slug": "union", "number": "BJ-261130-7KQ2", "version": 3},
        },
        Message.CONVERSATION_ANSWERED: {
            "user_id": person.id,
            "conversation_id": unit_of_work.run(lambda session: a_conversation(session, person.id, language)),
        },
        Message.BACK_IN_STOCK: {"user_id": person.id, "facts": {"variant_id": shop.variants["tea"]}},
        Message.REVIEW_INVITED: {"order_id": order_id},
        **reviewed(unit_of_work, order_id, message),
        Message.RECALL_NEAR: of_recall,
        Message.RECALLED_BOXES: of_recall,
        Message.RECALL_OVER: of_recall,
    }.get(
        message,
        {"order_id": order_id} | {name: one for name, one in about.items() if name != "organisation_id"}
        if message.startswith(("order_", "parcel_", "claim_", "invoice_", "lot_", "recall_", "thanks_"))
        else {"user_id": person.id},
    )
    unit_of_work.run(
        lambda session: enqueue_message(
            session, message, dedupe_key="test", now=utc_now(), language=language, **facts
        )
    )
    letter = deliver()[-1]
    assert letter.subject
    assert "\n" not in letter.subject
    assert letter.text.strip()
    assert "<p>" in letter.html
    assert "style=" not in letter.html


def test_what_was_dropped_stands_line_by_line_in_the_plain_letter(unit_of_work, deliver):
    person = make_person(unit_of_work, "lin@example.com")
    facts = {"user_id": person.id, "facts": {"dropped": ["phone", "passkeys", "devices"]}}
    unit_of_work.run(
        lambda session: enqueue_message(
            session, Message.WAYS_DROPPED, dedupe_key="test", now=utc_now(), language="en", **facts
        )
    )
    rows = deliver()[-1].text.splitlines()
    start = next(place for place, row in enumerate(rows) if row.startswith("- ") and row != "-- ")
    assert [row[:2] for row in rows[start : start + 3]] == ["- "] * 3
    assert "" in (rows[start - 1], rows[start + 3])


def a_conversation(session, user_id, language) -> int:
    """Answered, and not read yet; returns its id."""
    about, said = About(Topic.OTHER), Said("When?", "once")
    code = open_conversation(session, about, said, user_id=user_id, language=language, now=utc_now())
    conversation, _number = find_conversation(session, code)
    conversation.buyer_unread = 1
    return conversation.id


def reviewed(unit_of_work, order_id, message):
    """A review of the order's first goods that is hidden, or answered, as the message tells."""
    if message not in {Message.REVIEW_HIDDEN, Message.REVIEW_ANSWERED}:
        return {}
    is_hidden = message is Message.REVIEW_HIDDEN
    fate = (
        {"status": ReviewStatus.HIDDEN, "hidden_reason": HiddenReason.PRIVATE}
        if is_hidden
        else {"status": ReviewStatus.PUBLISHED, "answer": "谢谢", "answered_at": NOW}
    )

    def write(session: Session) -> int:
        line = session.scalars(sa.select(OrderLine.product_id).where(OrderLine.order_id == order_id)).first()
        review = Review(order_id=order_id, product_id=line, stars=2, written_at=NOW, changed_at=NOW, **fate)
        session.add(review)
        session.flush()
        return review.id

    return {message: {"order_id": order_id, "review_id": unit_of_work.run(write)}}


def a_debt(session, order_id) -> int:
    """The order is owed for by an organisation as well; returns its id."""
    organisation = Organisation(slug="union", name="校工会", invoice_title="校工会", tax_number="1" * 18)
    session.add(organisation)
    session.flush()
    session.get_one(Order, order_id).organisation_id = organisation.id
    session.add(
        Payment(
            order_id=order_id, provider=ON_ACCOUNT, amount_fen=100, reference="debt", created_at=NOW, attempt=9,
            expires_at=NOW, request={"payee": "某某大学", "bank": "工行", "number": "1000"},
        )
    )  # fmt: skip
    session.flush()
    return organisation.id


def a_late_harvest(session, order_id) -> int:
    """What the order is promised is harvested a week later than was said."""
    was_on, expected_on = NOW.date() + timedelta(days=3), NOW.date() + timedelta(days=10)
    lots = sa.select(Allocation.lot_id).join(OrderLine, OrderLine.id == Allocation.order_line_id)
    lot_id = session.scalars(lots.where(OrderLine.order_id == order_id)).first()
    expected = {"expected_on": expected_on, "expected_units": 99, "confidence_pct": 100}
    session.execute(sa.update(Lot).where(Lot.id == lot_id).values(**expected))
    delay = PreorderDelay(order_id=order_id, lot_id=lot_id, was_on=was_on, expected_on=expected_on, at=NOW)
    session.add(delay)
    session.flush()
    return delay.id


def things(session, shop, order_id):
    parcel = Parcel(
        code="P1", order_id=order_id, packing_place_id=shop.hub_id, weight_g=500, carrier="sf",
        tracking_number="SF1234567890123", packed_at=NOW,
    )  # fmt: skip
    payment_id = session.scalar(sa.select(Payment.id))
    session.add(parcel)
    session.flush()
    about = {"parcel_id": parcel.id, "organisation_id": a_debt(session, order_id)}
    about["delay_id"] = a_late_harvest(session, order_id)
    if payment_id is None:
        payment = Payment(
            order_id=order_id,
            provider="sandbox",
            amount_fen=100,
            reference="r",
            created_at=NOW,
            attempt=1,
            status=PaymentStatus.EXPIRED,
        )
        session.add(payment)
        session.flush()
        payment_id = payment.id
    refund = Refund(
        payment_id=payment_id, order_id=order_id, amount_fen=1234, bearer=RefundBearer.SHOP, reason="x",
        reference="R1", request_token="t", created_at=NOW,
    )  # fmt: skip
    claim = Claim(
        order_id=order_id, kind=ClaimKind.OTHER, text="x", request_token="t", opened_at=NOW,
        status=ClaimStatus.PARTLY, rule=ClaimRule.BAD_ON_ARRIVAL, answer="Sorry.", decided_at=NOW,
    )  # fmt: skip
    session.add_all([refund, claim])
    session.flush()
    about |= {"proposal_id": _proposal(session, shop, order_id), "invoice_id": _invoice(session, order_id)}
    about["recall_id"] = _recall(session, order_id)
    return about | {"refund_id": refund.id, "claim_id": claim.id}


def _recall(session: Session, order_id: int) -> int:
    """Of a lot that the order had something of."""
    lot_id = session.scalars(sa.select(Allocation.lot_id)).first()
    recall = LotRecall(
        lot_id=lot_id, state=RecallState.ACTIVE, reason_zh="发霉", reason_en="Mould", advice_zh="请勿食用",
        advice_en="Do not eat it", recalled_at=NOW,
    )  # fmt: skip
    session.add(recall)
    session.flush()
    session.add(RecalledOrder(recall_id=recall.id, order_id=order_id, units=1, settled_at=NOW))
    session.flush()
    return recall.id


def _proposal(session: Session, shop, order_id: int) -> int:
    """Of a task whose household was reminded, and whose coordinator was told to call."""
    units = session.scalars(sa.select(Allocation)).first()
    later = utc_now() + timedelta(days=2)
    task = Task(
        code="1234567890", order_id=order_id, producer_id=shop.producers["li"], village_id=shop.villages["mogou"],
        packing_place_id=shop.places["mogou"], earns_fen=1, opened_at=NOW, deadline_at=later, reminded_at=NOW,
        escalated_at=NOW, items=[TaskItem(allocation_id=units.id)],
    )  # fmt: skip
    proposal = Proposal(
        order_id=order_id, allocation_id=units.id, units=units.units, wait_until=later.date(),
        substitute_id=shop.variants["eggs"], difference_fen=900, made_at=NOW, answer_by=later,
    )  # fmt: skip
    session.add_all([task, proposal])
    session.flush()
    return proposal.id


def _invoice(session: Session, order_id: int) -> int:
    """One that was issued."""
    seller_id = session.scalars(sa.select(Seller.id)).first()
    number = "26612000000000000001"
    paper = TaxDocument(number=number, kind=DocumentKind.INVOICE, issued_on=NOW.date(), recorded_at=NOW)
    session.add(paper)
    session.flush()
    invoice = Invoice(
        seller_id=seller_id, sequence=1, number="KP1-000001", status=InvoiceStatus.ISSUED, kind=InvoiceKind.PERSONAL,
        title="林老师", issued_title="林老师", requested_at=NOW, issued_at=NOW, amount_fen=6800, reason="抬头不全",
        document_number=number, orders=[InvoiceOrder(order_id=order_id, seller_id=seller_id, waits=False)],
    )  # fmt: skip
    session.add(invoice)
    session.flush()
    return invoice.id


def test_markup_in_a_name_is_text_in_the_letter(unit_of_work, order_id, deliver):
    def rename(session: Session) -> None:
        order = session.get_one(Order, order_id)
        order.email = "lin@example.com"
        session.execute(
            sa.text("UPDATE order_lines SET product_name_zh = :name"),
            {"name": "<img src=x onerror=alert(1)>"},
        )

    unit_of_work.run(rename)
    letter = deliver()[0]
    assert "<img" not in letter.html


def test_a_failed_message_is_tried_again_and_a_hopeless_one_is_a_dead_letter(
    app, unit_of_work, order_id, session, monkeypatch
):
    channel = MemoryChannel(failures=1)
    monkeypatch.setattr(mailroom, "channel_for", lambda settings: channel)
    with app.app_context():
        assert jobs.run_job("outbox") == 0
        unit_of_work.run(lambda session: session.execute(sa.update(OutboxMessage).values(due_at=utc_now())))
        assert jobs.run_job("outbox") == 1
    assert len(channel.envelopes) == 1

    def hopeless(envelope):
        raise PermanentFailure("nobody there")

    channel.send = hopeless
    unit_of_work.run(lambda session: record(session, PasswordChanged(make_user(session), utc_now())))
    with app.app_context():
        jobs.run_job("outbox")
    letters = list_dead_letters(session)
    assert [(letter.message, letter.last_error) for letter in letters] == [
        ("password_changed", "PermanentFailure: nobody there")
    ]
    session.rollback()
    unit_of_work.run(lambda session: revive(session, letters[0].id, now=utc_now()))
    assert list_dead_letters(session) == []


def make_user(session):
    return session.execute(
        sa.text(
            "INSERT INTO users (email, name, active, totp_last_counter, recovery_codes, created_at) "
            "VALUES ('x@example.com', '', true, 0, '[]', '2026-01-01 00:00:00+00') RETURNING id"
        )
    ).scalar_one()


def test_production_never_prints_letters(settings):
    production = replace(settings, env=Environment.PRODUCTION, notify_urls=())
    assert isinstance(channel_for(production), AppriseChannel)
    assert isinstance(channel_for(replace(settings, env=Environment.DEMO)), ConsoleChannel)
