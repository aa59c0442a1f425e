"""The form of a part's refund: looked at with who gives what, then done once."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.extensions import payment_providers
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.money import plain_yuan
from shop.ledger.models import JournalEntry, Payout, PayoutStatus, Posting
from shop.ledger.order_money import order_money
from shop.ledger.payouts.closing import close_payouts
from shop.ordering.access import guest_key
from shop.ordering.completion import complete
from shop.ordering.models import Order, OrderLine
from shop.payments.models import Payment, Refund, RefundBearer, RefundStatus
from shop.payments.providers.base import RefundState
from shop.payments.refund_settling import apply_refund_state
from shop.payments.sandbox.models import SandboxSession
from shop.payments.sandbox.till import Button, press
from shop.payments.syncing import sync
from shop.web.filters import yuan
from tests.integration.admin.test_orders import ship


@pytest.fixture
def come(paid, unit_of_work, see):
    """A paid order whose goods are on their way, with the id of its first line."""
    unit_of_work.run(lambda session: ship(session, paid.order_id))
    [line] = see(sa.select(OrderLine).where(OrderLine.order_id == paid.order_id).limit(1))
    return paid.number, line


def path(number):
    return f"/admin/orders/{number}/part-refund"


def test_it_is_shown_with_who_gives_what_and_asked_for_once(admin, come, see):
    number, line = come
    typed = {f"units-{line.id}": "1", "bearer": "household", "reason": "碎了", "token": "once"}
    shown = admin.post(path(number), **typed)
    assert shown.status_code == 200
    assert "Owed to households" in shown.text
    assert "Refunds that the shop bears" in shown.text
    assert see(sa.select(Refund)) == []
    [payment] = see(sa.select(Payment).where(Payment.succeeded_at.is_not(None)))
    sure = typed | {"sure": "1", "seen_left_fen": str(payment.received_fen)}
    for _ in range(2):
        assert admin.post(path(number), **sure).status_code == 303
    [refund] = see(sa.select(Refund))
    assert (refund.bearer, refund.amount_fen) == (RefundBearer.HOUSEHOLD, line.unit_price_fen)
    assert "refund.requested" in {entry.action for entry in see(sa.select(AuditEntry))}


def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(admin, come, see):
    number, line = come
    answer = admin.post(
        path(number), **{f"units-{line.id}": "99", "free": "abc", "bearer": "shop", "reason": "碎了"}
    )
    assert answer.status_code == 400
    assert 'value="99"' in answer.text
    assert 'value="abc"' in answer.text
    assert 'id="free-error"' in answer.text
    too_many = admin.post(path(number), **{f"units-{line.id}": "99", "bearer": "shop", "reason": "碎了"})
    assert f'id="units-{line.id}-error"' in too_many.text
    more = admin.post(
        path(number),
        **{f"units-{line.id}": "1", f"fen-{line.id}": "9999", "bearer": "shop", "reason": "碎了"},
    )
    assert f'id="fen-{line.id}-error"' in more.text
    nothing = admin.post(path(number))
    assert 'id="bearer-error"' in nothing.text
    assert see(sa.select(Refund)) == []


def test_the_second_of_two_admins_looks_again(admin, come, see):
    number, _ = come
    [payment] = see(sa.select(Payment).where(Payment.succeeded_at.is_not(None)))
    seen = {
        "bearer": "shop",
        "reason": "碎了",
        "free": "1",
        "sure": "1",
        "seen_left_fen": str(payment.received_fen),
    }
    admin.post(path(number), **seen, token="one")
    assert admin.post(path(number), **seen, token="two").headers["Location"].endswith("/part-refund")
    assert len(see(sa.select(Refund))) == 1


def test_a_claim_or_a_link_may_fill_the_fields_and_change_goes_back_to_them(admin, come):
    number, line = come
    assert 'value="2"' in admin.get(path(number), **{f"units-{line.id}": "2"}).text
    again = admin.post(
        path(number), **{f"units-{line.id}": "1", "free": "3", "bearer": "shop", "change": "1"}
    )
    assert again.status_code == 200
    assert 'name="free" value="3"' in again.text


def test_a_called_off_order_has_nothing_to_give(admin, paid, unit_of_work):
    unit_of_work.run(
        lambda session: session.execute(
            sa.update(Order).where(Order.id == paid.order_id).values(status="cancelled")
        )
    )
    assert "Nothing can go back" in admin.get(path(paid.number)).text


def test_who_bears_it_is_the_shop_and_not_the_system_in_chinese(admin, come):
    page = admin.client.get(path(come[0]), headers={"Accept-Language": "zh"}).text
    assert "<b>商店</b>" in page
    assert "系统" not in page.split("<fieldset>")[1]


def test_everything_that_is_wrong_is_said_at_once_and_in_words(admin, come):
    number, line = come
    fields = {f"units-{line.id}": "-5", f"fen-{line.id}": "17.001", "free": "9" * 19}
    page = admin.post(path(number), **fields).text
    for words in (
        "It cannot be less than 0.",
        "at most two places after the point",
        "More than 1,000,000 yuan cannot be right",
        "Please choose who bears it.",
        "Please say why.",
    ):
        assert words in page, words


@pytest.fixture
def by_guest(app, unit_of_work, place, begin_payment, see, client):
    """A guest's paid order, of which nothing has left; with its page as the guest reads it."""
    placed = place(payment_method="sandbox")
    payment_id = begin_payment(placed)
    [token] = see(sa.select(SandboxSession.token))
    unit_of_work.run(lambda session: press(session, token, Button.SUCCEED, now=utc_now()))
    with app.app_context():
        sync(unit_of_work, payment_providers(), payment_id, now=utc_now())
    key = guest_key(placed.number, [app.extensions["shop.settings"].secret_key], now=utc_now())

    def page() -> str:
        address = f"/orders/{placed.number}?key={key}"
        return client.get(address, headers={"Accept-Language": "en"}, follow_redirects=True).text

    return placed.number, page


def test_of_an_order_that_was_called_off_nobody_reads_that_households_keep_their_money(admin, by_guest):
    number, page = by_guest
    typed = {"bearer": "shop", "reason": "晚了", "free": "1", "sure": "1", "token": "once"}
    assert admin.post(path(number), **typed).status_code == 303
    assert "The households keep their money." in page()
    admin.post(f"/admin/orders/{number}/refund", reason="不要了")
    shown = page()
    assert "¥1.00" in shown
    assert "The households keep their money." not in shown


def test_order_and_receipt_say_whose_the_money_is_after_a_refund_beside_the_sale(
    admin, by_guest, unit_of_work, see
):
    number, page = by_guest
    [order] = see(sa.select(Order).where(Order.number == number))
    before = see_parts(unit_of_work, order.id).by_sale
    assert "to the households" in page()
    assert "less:" not in page()
    typed = {"bearer": "shop", "reason": "晚了", "free": "30", "sure": "1", "token": "once"}
    assert admin.post(path(number), **typed).status_code == 303
    [refund] = see(sa.select(Refund))
    done = RefundState(RefundStatus.SUCCEEDED)
    unit_of_work.run(lambda session: apply_refund_state(session, refund.id, done, now=utc_now()))
    now = see_parts(unit_of_work, order.id).now
    assert (now.household, now.shop) == (before.household, before.shop - 3000)
    for shown in (page(), admin.get(f"/admin/orders/{number}").text):
        assert "Now, ¥30.00 less" in shown
        assert yuan(now.shop) in shown
        assert "the shop gave from its own money; the others keep theirs" in shown


def see_parts(unit_of_work, order_id):
    return unit_of_work.run(lambda session: order_money(session, order_id))


def test_goods_that_somebody_prepares_are_not_said_to_be_taken_out_one_by_one(admin, by_guest):
    number, _ = by_guest
    page = admin.get(path(number)).text
    assert "can be called off as a whole" in page
    assert f'href="/admin/orders/{number}#money"' in page
    assert "close-units" not in page


def test_the_preview_says_of_money_that_was_paid_out_that_it_is_deducted(admin, come, unit_of_work):
    number, line = come

    def pay_out(session):
        order_id = session.scalar(sa.select(Order.id).where(Order.number == number))
        complete(session, order_id, now=utc_now())
        close_payouts(session, shanghai_date(utc_now()), now=utc_now())
        paid = {"status": PayoutStatus.PAID, "paid_at": utc_now()}
        session.execute(sa.update(Payout).values(paid))

    unit_of_work.run(pay_out)
    shown = admin.post(path(number), **{f"units-{line.id}": "1", "bearer": "household", "reason": "碎了"})
    assert "Already paid: deducted from the next payout" in shown.text


def sent(unit_of_work, refund_id):
    state = RefundState(RefundStatus.SUCCEEDED, provider_ref=f"re_{refund_id}")
    unit_of_work.run(lambda session: apply_refund_state(session, refund_id, state, now=utc_now()))


def test_the_order_names_the_free_amount_and_who_bears_how_much(admin, come, see, unit_of_work):
    number, line = come
    typed = {
        f"units-{line.id}": "1",
        "free": "40.00",
        "bearer": "household",
        "reason": "碎了",
        "token": "one",
    }
    admin.post(path(number), **typed, sure="1")
    [refund] = see(sa.select(Refund))
    before = admin.get(f"/admin/orders/{number}").text
    assert "another ¥40.00" in before
    assert "(the household" not in before, "nothing is booked yet"
    sent(unit_of_work, refund.id)
    borne = (
        sa.select(Posting.account, sa.func.sum(Posting.amount_fen))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(JournalEntry.reference == f"refund:{refund.id}", Posting.amount_fen > 0)
        .group_by(Posting.account)
    )
    given = unit_of_work.run(lambda session: session.execute(borne).all())
    fen = {account.value: int(amount) for account, amount in given}
    shown = admin.get(f"/admin/orders/{number}").text
    parts = [
        f"the household {yuan(fen['household_payable'])}",
        f"the shop {yuan(fen['refunds_borne'])}",
    ]
    assert all(part in shown for part in parts), fen
    report = admin.get("/admin/reports/refunds", **{"from": this_day(), "to": this_day()}, format="csv").text
    assert plain_yuan(fen["household_payable"]) in report
    assert plain_yuan(fen["refunds_borne"]) in report


def this_day():
    return shanghai_date(utc_now()).isoformat()


def test_a_refund_of_goods_that_are_back_in_stock_names_nobody_who_bore_nothing(
    admin, come, see, unit_of_work
):
    number, line = come
    whole = re.search(r'value="(restock:[0-9]*)"', admin.get(path(number)).text)[1]
    typed = {f"units-{line.id}": "1", f"goods-{line.id}": whole, "bearer": "household", "reason": "x"}
    assert admin.post(path(number), **typed, sure="1").status_code == 303
    [refund] = see(sa.select(Refund))
    sent(unit_of_work, refund.id)
    report = admin.get("/admin/reports/refunds", **{"from": this_day(), "to": this_day()}, format="csv").text
    assert "Back in stock" in report
    assert "Household" not in report.split("\n", 1)[1]
    assert "back in stock, nobody bears it" in admin.get(f"/admin/orders/{number}").text


def test_in_chinese_the_courier_as_bearer_is_not_the_word_for_delivery(admin, come, see, unit_of_work):
    number, line = come
    admin.post(path(number), **{f"units-{line.id}": "1", "bearer": "courier", "reason": "x"}, sure="1")
    [refund] = see(sa.select(Refund))
    sent(unit_of_work, refund.id)
    address = f"/admin/reports/refunds?from={this_day()}&to={this_day()}&format=csv"
    report = admin.client.get(address, headers={"Accept-Language": "zh"}).text
    assert "快递公司" in report
    assert "快递到家" not in report


def test_bearers_who_cannot_bear_yet_say_why(admin, by_guest):
    page = admin.get(path(by_guest[0])).text
    assert page.count("Only once goods have left") == 2


def test_reports_of_payments_and_refunds_say_by_which_days_they_go(admin):
    payments = admin.get("/admin/reports/payments-by-method").text
    assert "stands beside its payment, whenever it went" in payments
    headings = admin.get("/admin/reports/payments-by-method", format="csv").text
    assert "Sent back of these payments" in headings
    assert (
        "Payments by method have them on the day of the payment" in admin.get("/admin/reports/refunds").text
    )
