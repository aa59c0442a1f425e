"""Who received what somebody else's account ordered is served by the desk: their own data, and nothing of the buyer."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import RoleName, User
from shop.accounts.privacy_models import AboutWhat, AskedFor, PrivacyRequest, RequestStatus
from shop.gifts.models import GiftRecipient
from shop.kit.errors import NotFound
from shop.ordering.models import Order, OrderEvent
from shop.privacy.asking import ask
from shop.privacy.carrying_out import carry_out_erasures
from shop.privacy.people import person_of
from shop.storage.base import Base
from shop.storage.media import media_store
from tests.conftest import OwnOriginClient
from tests.factories.form_browser import FormBrowser
from tests.factories.gifts import PEOPLE, a_gift, a_list, place, submit
from tests.factories.page_forms import forms_of
from tests.factories.people import make_person, sign_in
from tests.integration.gifts.conftest import trade  # noqa: F401

NAME, PHONE, ADDRESS = PEOPLE[0]
STREET = "小寨东路9号"
OTHERS = [word for person in PEOPLE[1:] for word in person]


@pytest.fixture
def number(trade) -> str:  # noqa: F811
    """The order of the first of three recipients."""
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    submit(trade, gift_id)
    place(trade, gift_id)
    wanted = sa.select(Order).where(Order.recipient == NAME)
    order = trade.run(lambda session: session.scalars(wanted).one())
    trade.run(lambda session: setattr(session.get_one(Order, order.id), "email", "union@pays.example"))
    return order.number


@pytest.fixture
def arrived(trade, number) -> str:  # noqa: F811
    order_id = trade.run(lambda session: session.scalar(sa.select(Order.id).where(Order.number == number)))
    trade.deliver(order_id)
    return number


@pytest.fixture
def desk(app, unit_of_work):
    """Browsers of two admins."""

    def enter(name: str) -> FormBrowser:
        person = make_person(unit_of_work, f"{name}@example.com", roles=[RoleName.ADMIN])
        client = OwnOriginClient(app, app.response_class, use_cookies=True)
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        assert sign_in(client, person.email).status_code == 303
        return FormBrowser(client)

    return enter("first"), enter("second")


def write_down(browser: FormBrowser, number: str, kind: str) -> str:
    """Where the desk finds what the recipient asked at the counter."""
    browser.open("/admin/privacy/new")
    said = {"whose": number.lower(), "text": "本人持快递单到店", "contact": ""}
    browser.send("/admin/privacy/new", kind=kind, about="recipient", **said)
    assert browser.path.startswith("/admin/privacy/requests/"), browser.text
    return browser.path


@pytest.fixture
def carry_out(trade, settings):  # noqa: F811
    """The worker's hourly turn, so many days from now; how many people are erased."""

    def work(*, days: int = 40) -> int:
        store = media_store(settings.media_url)
        return carry_out_erasures(trade.unit_of_work, store, now=trade.now + timedelta(days=days))

    return work


def request_of(trade) -> PrivacyRequest:  # noqa: F811
    return trade.run(lambda session: session.scalars(sa.select(PrivacyRequest)).one())


def test_the_copy_holds_what_is_theirs_and_nothing_of_who_paid(trade, arrived, desk):  # noqa: F811
    first, _ = desk
    here = write_down(first, arrived, "copy")
    (form,) = [one for one in forms_of(first.page) if one.action.endswith("/copy")]
    answer = first.client.post(f"{here}/copy", data=form.fields)
    text = zipfile.ZipFile(io.BytesIO(answer.data)).read("copy.json").decode()
    copied = json.loads(text)["data"]
    assert set(copied) == {"orders", "parcels", "parcel_journeys", "gift_recipients", "privacy_requests"}
    [order] = copied["orders"]
    assert (order["recipient"], order["phone"], order["street"]) == (NAME, f"+86{PHONE}", STREET)
    assert copied["gift_recipients"][0]["card"] == "{称呼}：这一年多谢您。"
    assert copied["parcels"][0]["tracking_number"]
    payer = trade.run(lambda session: session.get_one(User, trade.union_id))
    theirs = [payer.email, payer.name, "union@pays.example", "校工会", "fen", "tea", *OTHERS]
    assert not [word for word in theirs if word and word in text]


def test_an_erasure_takes_the_recipient_and_leaves_the_buyers_order_and_the_books(
    trade,  # noqa: F811
    arrived,
    desk,
    carry_out,
):
    before = trade.run(lambda session: facts(session, arrived))
    first, second = desk
    here = write_down(first, arrived, "erasure")
    first.open(here)
    first.send(f"{here}/propose")
    second.open(here)
    second.send(f"{here}/agree")
    assert (carry_out(), carry_out()) == (1, 0)
    assert request_of(trade).status is RequestStatus.DONE
    assert trade.run(lambda session: facts(session, arrived)) == before
    assert trade.run(left_of) == []
    assert trade.run(lambda session: session.scalar(sa.select(sa.func.count(GiftRecipient.id)))) == 3
    others = trade.run(lambda session: session.scalars(sa.select(Order.recipient)).all())
    assert sorted(others) == sorted(["", *(name for name, _, _ in PEOPLE[1:])])


def facts(session, number: str) -> tuple[object, ...]:
    """What is the buyer's of the order."""
    order = session.scalars(sa.select(Order).where(Order.number == number)).one()
    events = session.scalars(sa.select(OrderEvent.kind).where(OrderEvent.order_id == order.id)).all()
    return (order.user_id, order.organisation_id, order.email, order.status, order.total_fen, *events)


def left_of(session) -> list[str]:
    """Where a word of the recipient still stands, in the whole database but in the digests of the trail."""
    words = (NAME, PHONE, STREET)
    return [
        f"{rows.name}.{column.name}"
        for rows in Base.metadata.sorted_tables
        for column in rows.columns
        if any(
            word in value
            for value in session.scalars(sa.select(sa.cast(column, sa.Text)).where(column.is_not(None)))
            for word in words
        )
    ]


def test_goods_on_their_way_hold_an_erasure_back_and_the_buyers_claim_does_not(trade, number, desk):  # noqa: F811
    first, _ = desk
    page = first.open(write_down(first, number, "erasure"))
    assert "These orders are not completed yet" in page.text
    assert "Propose the erasure" not in page.text
    order_id = trade.run(lambda session: session.scalar(sa.select(Order.id).where(Order.number == number)))
    trade.deliver(order_id)
    trade.claim(order_id, "tea")
    assert "Propose the erasure" in first.open(first.path).text


def test_a_correction_is_made_by_the_desk_and_stands_in_the_list_too(trade, number, desk):  # noqa: F811
    first, _ = desk
    here = write_down(first, number, "correction")
    first.open(f"{here}/correct")
    page = first.send(f"{here}/correct", refused=400, recipient="", phone="12", street="雁塔路1号").page
    assert "雁塔路1号" in page
    first.open(f"{here}/correct")
    first.send(f"{here}/correct", recipient="陈小姐", phone="13800000099", street="雁塔路1号")
    put = ("陈小姐", "+8613800000099", "雁塔路1号")

    def stands(session):
        order = session.scalars(sa.select(Order).where(Order.number == number)).one()
        row = session.scalars(sa.select(GiftRecipient).where(GiftRecipient.order_id == order.id)).one()
        return (order.recipient, order.phone, order.street), (row.name, row.phone, row.street)

    assert trade.run(stands) == (put, put)
    first.open(f"{here}/correct")
    assert "It stands there like this already." in first.send(f"{here}/correct").text
    assert "陈小姐" not in first.open("/admin/audit").text


def test_what_is_on_its_way_is_not_relabelled(trade, number, desk):  # noqa: F811
    order_id = trade.run(lambda session: session.scalar(sa.select(Order.id).where(Order.number == number)))
    trade.accept(order_id)
    trade.ready(order_id)
    trade.pack(order_id)
    first, _ = desk
    here = write_down(first, number, "correction")
    first.open(f"{here}/correct")
    page = first.send(f"{here}/correct", refused=400, recipient="陈小姐", street="雁塔路1号").page
    assert "It is packed and on its way" in page
    assert "陈小姐" in page


def test_nobody_is_served_as_the_recipient_of_a_guests_order_or_of_their_own(trade, number):  # noqa: F811
    def own(session) -> None:
        session.get_one(User, trade.union_id).phone = f"+86{PHONE}"
        session.get_one(User, trade.union_id).name = NAME

    guests = trade.order_row(trade.sell({"tea": 1}, courier=True)).number
    trade.run(own)
    for one in (guests, number, "000000-0000-0000"):
        with pytest.raises(NotFound):
            trade.run(lambda session, this=one: person_of(session, AboutWhat.RECIPIENT, this))


def test_a_telephone_that_is_the_buyers_stays_the_buyers(trade, arrived, carry_out):  # noqa: F811
    """Who had no number of the recipient left their own: it is in no copy, and no erasure takes it."""
    trade.run(lambda session: setattr(session.get_one(User, trade.union_id), "phone", f"+86{PHONE}"))
    received = trade.run(lambda session: person_of(session, AboutWhat.RECIPIENT, arrived)).received
    assert (received.name, received.phone) == (NAME, "")
    asked = {"text": "删", "asked_by_id": None, "now": trade.now}

    def plan(session) -> None:
        request = ask(session, AskedFor.ERASURE, AboutWhat.RECIPIENT, arrived, **asked)
        request.status, request.erase_at = RequestStatus.WAITING, trade.now

    trade.run(plan)
    assert carry_out(days=0) == 1
    order = trade.run(lambda session: session.scalars(sa.select(Order).where(Order.number == arrived)).one())
    assert (order.recipient, order.phone) == ("", f"+86{PHONE}")
