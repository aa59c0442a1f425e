"""From what an organisation asks for to the order that says what the accepted version says."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from shop.inventory.models import Lot
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.price_tiers import Tier
from shop.kit.transitions import IllegalStep
from shop.ledger.models import Account, JournalEntry, Posting
from shop.ordering.errors import SoldOut
from shop.ordering.models import Channel, Order, OrderLine, OrderStatus
from shop.ordering.wish import Courier
from shop.payments.terms.accepting import buy_on_terms
from shop.payments.terms.debts import open_debts
from shop.quotations.accepting import Answer, accept_version
from shop.quotations.access import Member
from shop.quotations.errors import (
    AcceptedOtherwise,
    ChangedMeanwhile,
    NotToBeAccepted,
    NotYourPart,
    OlderVersion,
    QuotationExpired,
)
from shop.quotations.models import QuotationLine, QuotationState, QuotationVersion
from shop.quotations.reading import find_quotations, read_quotation, waiting_quotations
from shop.quotations.requesting import ask_change, request_quotation, withdraw
from shop.quotations.version_wish import LineWish
from shop.quotations.versions import decline, save_draft, send_version
from tests.factories.quotations import a_quotation, a_request, an_offer, send_offer

TOTAL = 8 * 6_000 + 3 * 5_900 + 1_500 - 701


def quoted(desk, **asked):
    admin = desk.trade.admin_id
    return desk.run(lambda s: a_quotation(s, desk.shop, desk.buyer, actor_id=admin, now=desk.now, **asked))


def send(desk, number, **changes):
    admin = desk.trade.admin_id
    return desk.run(lambda s: send_offer(s, desk.shop, number, actor_id=admin, now=desk.now, **changes))


def accept(desk, number, version=1, *, by=None, method="on_account"):
    answer = Answer(number, version, method)
    return desk.run(lambda s: accept_version(s, by or desk.buyer, answer, now=desk.now))


def state(desk, number):
    return desk.run(lambda s: read_quotation(s, number).state)


def order_of(desk, accepted):
    return desk.run(lambda s: s.get_one(Order, accepted.order_id))


def test_a_request_waits_for_the_team_and_the_same_form_asks_once(desk):
    wish = a_request(desk.shop)
    ask = [desk.run(lambda s: request_quotation(s, desk.buyer, wish, now=desk.now)) for _ in range(2)]
    assert len(set(ask)) == 1
    waiting = desk.run(lambda s: waiting_quotations(s, most=5))
    assert [(one.number, one.title) for one in waiting.items] == [(ask[0], "冬春菌菇和蛋")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"contact": ""}, "contact"),
        ({"phone": "12"}, "phone"),
        ({"items": {}}, "items"),
    ],
)
def test_what_cannot_be_asked_for_is_said_at_its_field(desk, changes, field):
    with pytest.raises(InvalidInput) as refused:
        desk.run(lambda s: request_quotation(s, desk.buyer, a_request(desk.shop, **changes), now=desk.now))
    assert list(refused.value.errors) == [field]


def test_who_only_looks_on_asks_and_accepts_nothing(desk):
    with pytest.raises(NotYourPart):
        desk.run(lambda s: request_quotation(s, desk.viewer, a_request(desk.shop), now=desk.now))
    number = quoted(desk)
    with pytest.raises(NotYourPart):
        accept(desk, number, by=desk.viewer)


def test_members_of_another_organisation_find_nothing(desk):
    number = quoted(desk)
    stranger = Member(desk.buyer.user_id, desk.buyer.organisation_id + 99, "x", "X", "owner")
    with pytest.raises(NotFound):
        accept(desk, number, by=stranger)
    with pytest.raises(NotFound):
        desk.run(lambda s: read_quotation(s, number, stranger.organisation_id))


def test_an_accepted_version_is_ordered_as_it_says_and_owed_on_terms(desk):
    number = quoted(desk)
    accepted = accept(desk, number)
    order = order_of(desk, accepted)
    assert (order.total_fen, order.freight_fen, order.discount_fen) == (TOTAL, 1_500, 701)
    assert (order.channel, order.organisation_id) == (Channel.QUOTATION, desk.buyer.organisation_id)
    lines = desk.run(lambda s: s.scalars(sa.select(OrderLine).where(OrderLine.order_id == order.id)).all())
    assert sorted((one.quantity, one.unit_price_fen) for one in lines) == [(3, 5_900), (8, 6_000)]
    assert order.invoice_title == "某某大学union"
    own = desk.buyer.organisation_id
    buy_on_terms(desk.trade.unit_of_work, desk.trade.providers, order.id, organisation_id=own, now=desk.now)
    [debt] = desk.run(lambda s: open_debts(s, own))
    assert debt.due_fen == TOTAL
    assert order_of(desk, accepted).status is OrderStatus.CONFIRMED


def test_what_goes_off_is_borne_by_the_shop_and_households_have_their_part(desk):
    number = quoted(desk)
    order_id = accept(desk, number).order_id
    own = desk.buyer.organisation_id
    buy_on_terms(desk.trade.unit_of_work, desk.trade.providers, order_id, organisation_id=own, now=desk.now)

    def booked(account):
        statement = (
            sa.select(sa.func.sum(Posting.amount_fen))
            .join(JournalEntry)
            .where(JournalEntry.order_id == order_id, Posting.account == account)
        )
        return desk.run(lambda s: s.scalar(statement))

    goods = 8 * 6_000 + 3 * 5_900
    assert booked(Account.COUPONS_BORNE) == 701
    assert booked(Account.HOUSEHOLD_PAYABLE) == -(goods * 76 // 100)


def test_accepted_twice_it_is_one_order(desk):
    number = quoted(desk)
    first, again = accept(desk, number), accept(desk, number, by=desk.approver)
    assert (first.order_id, first.is_new, again.is_new) == (again.order_id, True, False)


def test_an_approver_accepts_for_the_account_of_who_asked(desk):
    number = quoted(desk)
    accepted = accept(desk, number, by=desk.approver)
    assert accepted.buyer_id == desk.buyer.user_id


def test_only_the_newest_version_can_be_accepted(desk):
    number = quoted(desk)
    send(desk, number, discount_fen=0, discount_words="")
    with pytest.raises(OlderVersion):
        accept(desk, number, 1)
    accept(desk, number, 2)
    with pytest.raises(AcceptedOtherwise):
        accept(desk, number, 1)


def test_after_its_last_day_it_is_over(desk):
    number = quoted(desk)
    desk.trade.now += timedelta(days=8)
    with pytest.raises(QuotationExpired):
        accept(desk, number)
    [row] = desk.run(lambda s: find_quotations(s).items)
    assert row.shown_state(desk.now) == "expired"


def test_sold_out_nothing_is_ordered_and_nothing_held(desk):
    much = LineWish(desk.shop.variants["tea"], 5_000, (Tier(1, 5_000),))
    number = quoted(desk)
    send(desk, number, lines=(much,), discount_fen=0, discount_words="")
    with pytest.raises(SoldOut):
        accept(desk, number, 2)
    assert state(desk, number) is QuotationState.QUOTED
    assert desk.run(
        lambda s: (s.scalar(sa.select(sa.func.count(Order.id))), s.scalar(sa.select(sa.func.sum(Lot.held))))
    ) == (0, 0)


def test_by_courier_it_goes_to_the_agreed_address_for_the_agreed_freight(desk):
    number = quoted(desk)
    send(desk, number, delivery=Courier("陕西省", "西安市", "碑林区", "咸宁西路 28 号"), freight_fen=0)
    order = order_of(desk, accept(desk, number, 2))
    assert (order.street, order.freight_fen) == ("咸宁西路 28 号", 0)


def test_somebody_wants_it_otherwise_and_the_next_version_answers(desk):
    number = quoted(desk)
    for _ in range(2):
        desk.run(lambda s: ask_change(s, desk.buyer, number, 1, "鸡蛋改 2 箱", now=desk.now))
    assert state(desk, number) is QuotationState.CHANGES
    with pytest.raises(NotToBeAccepted):
        accept(desk, number)
    assert desk.run(lambda s: waiting_quotations(s, most=5)).total == 1
    send(desk, number)
    assert state(desk, number) is QuotationState.QUOTED
    assert desk.run(lambda s: [one.wish for one in read_quotation(s, number).versions]) == ["鸡蛋改 2 箱", ""]


def test_a_draft_is_written_anew_and_goes_out_only_as_it_was_read(desk):
    number = desk.run(lambda s: request_quotation(s, desk.buyer, a_request(desk.shop), now=desk.now))
    admin = desk.trade.admin_id
    seen = []

    def draft(session):
        seen.append(desk.now.isoformat())
        return save_draft(session, number, an_offer(desk.shop, now=desk.now), actor_id=admin, now=desk.now)

    assert [desk.run(draft), desk.run(draft)] == [1, 1]

    def go(seen_at):
        return desk.run(lambda s: send_version(s, number, 1, seen_at=seen_at, actor_id=admin, now=desk.now))

    with pytest.raises(ChangedMeanwhile):
        go(seen[0])
    assert [go(seen[1]), go(seen[1])] == [True, False]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": ()}, "lines"),
        ({"discount_fen": 99_999_999}, "discount_fen"),
        ({"discount_words": ""}, "discount_words"),
        ({"valid_until": timedelta(days=-1)}, "valid_until"),
        ({"lines": "dearer"}, "lines-0"),
    ],
)
def test_an_offer_that_makes_no_sense_is_not_written(desk, changes, field):
    number = desk.run(lambda s: request_quotation(s, desk.buyer, a_request(desk.shop), now=desk.now))
    if changes.get("lines") == "dearer":
        changes = {"lines": (LineWish(desk.shop.variants["tea"], 9, (Tier(1, 100), Tier(5, 200))),)}
    if "valid_until" in changes:
        changes = {"valid_until": desk.now.date() + changes["valid_until"]}
    with pytest.raises(InvalidInput) as refused:
        desk.run(
            lambda s: save_draft(
                s,
                number,
                an_offer(desk.shop, now=desk.now, **changes),
                actor_id=desk.trade.admin_id,
                now=desk.now,
            )
        )
    assert list(refused.value.errors) == [field]


def test_the_shop_declines_with_a_reason_and_a_withdrawn_one_is_over(desk):
    number = quoted(desk)
    admin = desk.trade.admin_id
    with pytest.raises(InvalidInput):
        desk.run(lambda s: decline(s, number, " ", actor_id=admin, now=desk.now))
    assert desk.run(lambda s: decline(s, number, "今年没有这么多", actor_id=admin, now=desk.now))
    with pytest.raises(IllegalStep):
        desk.run(lambda s: withdraw(s, desk.buyer, number, now=desk.now))
    other = quoted(desk)
    assert desk.run(lambda s: withdraw(s, desk.buyer, other, now=desk.now))
    with pytest.raises(NotToBeAccepted):
        accept(desk, other)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE quotation_versions SET discount_fen = 700",
        "DELETE FROM quotation_versions",
        "UPDATE quotation_lines SET quantity = 1, line_fen = unit_price_fen",
        "DELETE FROM quotation_lines",
        "UPDATE quotation_tiers SET unit_price_fen = 1",
        "DELETE FROM quotation_tiers",
        "INSERT INTO quotation_tiers (line_id, from_quantity, unit_price_fen) SELECT MIN(id), 90, 1 FROM quotation_lines",
    ],
)
def test_a_sent_version_is_never_changed_in_the_database(desk, statement):
    quoted(desk)
    with pytest.raises(DatabaseError):
        desk.run(lambda s: s.execute(sa.text(statement)))
    assert desk.run(lambda s: s.scalar(sa.select(sa.func.count(QuotationLine.id)))) == 2
    assert desk.run(lambda s: s.scalar(sa.select(QuotationVersion.discount_fen))) == 701
