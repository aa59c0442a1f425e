"""The form of a part's refund: looked at with who gives what, then done once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.extensions import payment_providers
from shop.kit.clock import shanghai_date, utc_now
from shop.ledger.models import Payout, PayoutStatus
from shop.ledger.payouts import close_payouts
from shop.ordering.access import guest_key
from shop.ordering.completion import complete
from shop.ordering.models import Order, OrderLine
from shop.payments.models import Payment, Refund, RefundBearer
from shop.payments.sandbox.models import SandboxSession
from shop.payments.sandbox.till import Button, press
from shop.payments.syncing import sync
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
