"""Finding orders, and what the team does with one."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
import time_machine

from shop.accounts.models import AuditEntry, Organisation, User
from shop.catalogue.models import Producer, Product
from shop.check.all_rules import find_violations
from shop.delivery.models import Run
from shop.fulfilment.declining import decline
from shop.fulfilment.models import Task
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.receiving import receive
from shop.fulfilment.runs import load
from shop.inventory.holds import ship_allocations
from shop.inventory.models import Allocation, Lot
from shop.kit.clock import utc_now
from shop.ledger.models import Posting
from shop.ordering.completion import mark_shipped
from shop.ordering.models import Order, OrderEvent, OrderStatus
from shop.ordering.reasons import Reason
from shop.ordering.wish import Recipient
from shop.payments.bank import confirm_transfer, confirm_transfer_back
from shop.payments.models import Payment, Refund, RefundBearer
from shop.payments.whole_refunds import refund_in_full
from shop.storage.outbox import OutboxMessage
from tests.integration.admin.conftest import asks_for_the_password


def ship(session, order_id):
    ids = session.scalars(sa.select(Allocation.id)).all()
    ship_allocations(session, ids, now=utc_now())
    mark_shipped(session, order_id, now=utc_now())


def parcels_read(admin, paid) -> str:
    """What the form says of the order's parts, as whoever presses has read it."""
    page = admin.get(f"/admin/orders/{paid.number}").text
    return re.search(r'name="parcels" value="([^"]*)"', page).group(1)


@pytest.fixture
def refunds(see):
    return lambda: see(sa.select(Refund))


@pytest.fixture
def order_of(see):
    """The order as it is now."""

    def _order_of(placed) -> Order:
        [order] = see(sa.select(Order).where(Order.id == placed.order_id))
        return order

    return _order_of


@pytest.mark.parametrize(
    "how",
    ["number", "end of number", "number without dashes", "end of telephone", "recipient", "sku", "part of sku", "name",
     "reference"],
)  # fmt: skip
def test_an_order_is_found_by(how, admin, place, begin_payment, see):
    wanted = place({"tea": 1}, recipient=Recipient("金老师", "+8613912345678"))
    other = place({"eggs": 1}, recipient=Recipient("马老师", "+8613800009999"))
    begin_payment(wanted)
    asked = {
        "end of number": wanted.number[-9:].lower(),
        "number without dashes": wanted.number.replace("-", ""),
        "part of sku": "te",
        "name": see(sa.select(Product.name_zh).where(Product.slug == "tea"))[0],
        "reference": see(sa.select(Payment.reference))[0],
        "number": wanted.number[:-1].lower(),  # all but the last sign: orders of one day begin alike
        "end of telephone": "5678",
        "recipient": "金老",
        "sku": "tea",
    }
    page = admin.get("/admin/orders", q=asked[how]).text
    assert wanted.number in page
    assert other.number not in page


@pytest.mark.parametrize(
    "how", ["account", "organisation", "team's note", "buyer's note", "task", "pickup code"]
)
def test_an_order_is_also_found_by(how, admin, place, session, unit_of_work, paid):
    other = place({"eggs": 1}, recipient=Recipient("马老师", "+8613800009999"))
    order = session.get(Order, paid.order_id)
    order.note = "放 门卫 50%"
    known = Organisation(slug="finders", name="示例大学工会", invoice_title="x", tax_number="1" * 18)
    session.add(known)
    session.flush()
    order.organisation_id = known.id
    order.user_id = admin.user_id
    session.get(User, admin.user_id).name = "贾宝玉"
    code = session.scalars(sa.select(Task.code).where(Task.order_id == order.id)).first()
    asked = {
        "account": "贾宝",
        "organisation": "大学工会",
        "team's note": '“改送" 北门',
        "buyer's note": "卫 50%",
        "task": (code or "").lower(),
        "pickup code": order.pickup_code,
    }
    session.commit()
    admin.post(f"/admin/orders/{paid.number}/note", text='买家说：“改送" 北门')
    page = admin.get("/admin/orders", q=asked[how]).text
    assert paid.number in page
    assert other.number not in page
    assert paid.number not in admin.get("/admin/orders", q="text").text, (
        "how it is stored is no word of the note"
    )


@pytest.mark.parametrize(
    "asked", ["%", "_", "' OR 1=1 --", "\\", "<script>", "０１２", "{{7*191}}", "x" * 500]
)
def test_a_hostile_search_finds_nothing_and_breaks_nothing(asked, admin, place):
    placed = place()
    answer = admin.get("/admin/orders", q=asked, page="99999999", **{"from": "2026-13-45", "status": "x"})
    assert answer.status_code == 200
    assert placed.number not in answer.text
    assert "<script>" not in answer.text.split("<main")[1]
    assert "1337" not in answer.text


def test_lists_filter_by_state_delivery_and_day(admin, place, shop):
    placed = place()
    today = (shop.now + timedelta(hours=8)).date()
    assert placed.number in admin.get("/admin/orders", status="awaiting_payment", delivery="pickup").text
    assert placed.number in admin.get("/admin/orders", **{"from": today, "to": today}).text
    for other in (
        {"status": "shipped"},
        {"delivery": "courier"},
        {"to": today - timedelta(days=1)},
        {"asks": "1"},
    ):
        assert placed.number not in admin.get("/admin/orders", **other).text


def test_one_order_shows_lots_households_books_and_history(admin, paid):
    page = admin.get(f"/admin/orders/{paid.number}").text
    for words in (
        "tea-li",
        "li&#39;s",
        "Owed to households",
        ": Sale</a>",
        "Confirmed",
        "Bank transfer",
        "+8613800000000",
    ):
        assert words in page, words
    assert "sale:order" not in page


def test_before_anything_left_the_sale_is_taken_back(admin, unit_of_work, paid, shop, refunds, order_of, see):
    answer = admin.post(f"/admin/orders/{paid.number}/refund", reason="bought twice")
    assert answer.status_code == 303
    assert order_of(paid).status is OrderStatus.CANCELLED
    [refund] = refunds()
    assert (refund.bearer, refund.amount_fen, refund.reason) == (RefundBearer.REVERSAL, 13600, "bought twice")
    assert see(sa.select(Lot.available).where(Lot.id == shop.lots["tea-li"])) == [20]
    actions = set(see(sa.select(AuditEntry.action)))
    assert {"order.cancelled", "refund.requested"} <= actions


def test_an_order_whose_buyer_has_everything_back_is_called_off_without_a_second_refund(
    admin, unit_of_work, paid, refunds, order_of, shop, see
):
    ask = partial(
        refund_in_full, order_id=paid.order_id, bearer=RefundBearer.SHOP, reason=Reason.REFUNDED_ELSEWHERE,
        actor_id=None, token="elsewhere", now=utc_now(),
    )  # fmt: skip
    refund_id = unit_of_work.run(ask)
    unit_of_work.run(
        partial(confirm_transfer_back, refund_id=refund_id, actor_id=admin.user_id, now=utc_now())
    )
    assert "Sent back in full in the payment service's own pages" in admin.get("/admin/money-work").text
    page = admin.get(f"/admin/orders/{paid.number}").text
    assert "The buyer has everything back: the order is called off" in page
    assert "¥0" not in page.split('id="ask-refund"')[1].split("</dialog>")[0]
    admin.post(f"/admin/orders/{paid.number}/refund", reason="bought twice")
    assert "the buyer had the money back already" in admin.said()
    assert order_of(paid).status is OrderStatus.CANCELLED
    assert len(refunds()) == 1
    assert see(sa.select(Lot.available).where(Lot.id == shop.lots["tea-li"])) == [20]
    by_account = sa.select(sa.func.sum(Posting.amount_fen)).group_by(Posting.account)
    assert set(see(by_account)) == {0}, "nobody keeps anything of a sale that did not happen"
    assert unit_of_work.run(lambda session: list(find_violations(session))) == []
    assert "Sent back in full" not in admin.get("/admin/money-work").text


def test_after_goods_left_the_shop_bears_the_refund_once(admin, unit_of_work, paid, refunds, order_of):
    unit_of_work.run(lambda inner: ship(inner, paid.order_id))
    read = parcels_read(admin, paid)
    for _ in range(2):
        admin.post(
            f"/admin/orders/{paid.number}/refund", reason="broken", token="the same form", parcels=read
        )
    assert order_of(paid).status is OrderStatus.SHIPPED
    [refund] = refunds()
    assert (refund.bearer, refund.amount_fen) == (RefundBearer.SHOP, 13600)


def test_a_refund_that_the_shop_bears_makes_no_household_earn_more_than_was_sold(
    admin, unit_of_work, paid, refunds
):
    unit_of_work.run(lambda inner: ship(inner, paid.order_id))
    earned = admin.get("/admin/reports").text
    share = re.search(r"([\d.]+ %) of sales", earned).group(1)
    read = parcels_read(admin, paid)
    admin.post(f"/admin/orders/{paid.number}/refund", reason="broken", parcels=read)
    [refund] = refunds()
    unit_of_work.run(
        lambda inner: confirm_transfer_back(inner, refund.id, actor_id=admin.user_id, now=utc_now())
    )
    page = admin.get("/admin/reports").text
    assert f"{share} of sales before the refunds that the shop bears" in page
    assert "¥136 sold before refunds" in page
    assert "the shop bore refunds of ¥136" in page


def test_a_refund_needs_a_reason_the_permission_and_the_password_again(admin, clerk, paid, refunds):
    path = f"/admin/orders/{paid.number}/refund"
    assert clerk.post(path, reason="x").status_code == 404
    assert f'action="{path}"' not in clerk.get(f"/admin/orders/{paid.number}").text
    admin.post(path, reason="  ")
    assert "Please say why." in admin.said()
    with time_machine.travel(utc_now() + timedelta(minutes=20)):
        assert asks_for_the_password(admin.post(path, reason="x"))
    assert refunds() == []


@pytest.fixture
def short(unit_of_work, place, begin_payment, admin):
    """A paid order of tea and eggs; nobody has the eggs."""
    placed = place({"tea": 1, "eggs": 2}, payment_method="bank_transfer")
    payment_id = begin_payment(placed)

    def money_comes(session):
        fen = session.get_one(Payment, payment_id).amount_fen
        confirm_transfer(session, payment_id, fen, actor_id=admin.user_id, now=utc_now())

    unit_of_work.run(money_comes)
    unit_of_work.run(
        lambda session: decline(session, _egg_task(session), "鸡不下蛋", by=WORKER, now=utc_now())
    )
    return placed


def _egg_task(session) -> int:
    eggs = sa.select(Task.id).join(Producer, Producer.id == Task.producer_id).where(Producer.slug == "yu")
    return session.scalars(eggs).one()


def test_units_that_nobody_has_are_taken_out_of_an_order_after_reading_what_it_does(
    admin, short, refunds, see
):
    here = f"/admin/orders/{short.number}"
    assert f"{here}" in admin.get("/admin/tasks").text
    assert f'href="{here}/close-units"' in admin.get(here).text
    assert f'href="{here}/close-units"' in admin.get(f"{here}/part-refund").text
    shown = admin.get(f"{here}/close-units").text
    assert "¥118.00 goes back to the buyer." in shown
    admin.post(f"{here}/close-units", reason=" ")
    assert refunds() == []
    admin.post(f"{here}/close-units", reason="no hens")
    [refund] = refunds()
    assert (refund.amount_fen, refund.reason) == (2 * 5900, "no hens")
    assert {"order.units_closed", "refund.requested"} <= set(see(sa.select(AuditEntry.action)))
    assert "close-units" not in admin.get(here).text
    admin.post(f"{here}/close-units", reason="again")
    assert "No units of this order wait" in admin.said()
    assert len(refunds()) == 1


def test_taking_units_out_needs_the_password_again(admin, short, refunds):
    path = f"/admin/orders/{short.number}/close-units"
    with time_machine.travel(utc_now() + timedelta(minutes=20)):
        assert admin.get(path).location.startswith("/verify")
        assert asks_for_the_password(admin.post(path, reason="x"))
    assert refunds() == []


def test_who_has_no_finance_permission_is_told_who_can_take_units_out(clerk, short, refunds):
    here = f"/admin/orders/{short.number}"
    page = clerk.get(here).text
    assert "close-units" not in page
    assert "Somebody with the finance permission can take them out" in page
    assert "In the books" not in page
    assert clerk.post(f"{here}/close-units", reason="no hens").status_code == 404
    assert refunds() == []


def test_an_unpaid_order_is_cancelled_without_a_refund(admin, place, refunds, order_of):
    placed = place()
    admin.post(f"/admin/orders/{placed.number}/refund", reason="on request")
    assert order_of(placed).status is OrderStatus.CANCELLED
    assert refunds() == []


def test_a_note_is_for_the_team_and_escaped(admin, paid, see):
    admin.post(f"/admin/orders/{paid.number}/note", text="<img src=x onerror=alert(1)>")
    page = admin.get(f"/admin/orders/{paid.number}").text
    assert "&lt;img src=x" in page
    assert "<img src=x" not in page
    assert see(sa.select(OrderEvent.kind).order_by(OrderEvent.id.desc()))[0] == "shop_note"


def test_a_message_is_sent_again_only_if_it_was_due(admin, paid, see):
    messages = sa.select(OutboxMessage.id)
    before = len(see(messages))
    admin.post(f"/admin/orders/{paid.number}/message", message="order_confirmed:0")
    assert len(see(messages)) == before + 1
    for wrong in ("order_shipped:1", "order_refunded:0", "x", ""):
        admin.post(f"/admin/orders/{paid.number}/message", message=wrong)
    assert len(see(messages)) == before + 1


def test_a_transfer_is_confirmed_by_the_exact_amount(admin, clerk, begin_payment, place, order_of, see):
    placed = place({"tea": 2}, payment_method="bank_transfer")
    payment_id = begin_payment(placed)
    path = f"/admin/transfers/{payment_id}"
    assert clerk.get(path).status_code == clerk.post(path, received="136.00").status_code == 404
    for wrong in ("136.01", "13600", "-136", "1e3", "", "NaN", "9" * 400):
        assert admin.post(path, received=wrong).status_code == 400, wrong
    assert order_of(placed).status is OrderStatus.AWAITING_PAYMENT
    assert admin.post(path, received="１３６.00").status_code == 303
    assert order_of(placed).status is OrderStatus.CONFIRMED
    assert see(sa.select(Payment.confirmed_by_id).where(Payment.id == payment_id)) == [admin.user_id]
    assert "transfer.confirmed" in set(see(sa.select(AuditEntry.action)))
    assert admin.post(path, received="136.00").status_code == 303
    assert len(see(sa.select(OrderEvent.id).where(OrderEvent.kind == "confirmed"))) == 1


def test_money_that_cannot_settle_itself_is_listed_and_tried_again(admin, unit_of_work, paid, refunds):
    admin.post(f"/admin/orders/{paid.number}/refund", reason="bought twice")
    refund_id = refunds()[0].id
    admin.post(f"/admin/refunds/{refund_id}/ask")  # the bank takes it: to be sent by hand
    page = admin.get("/admin/money-work").text
    assert "To be sent back by bank transfer" in page
    admin.post(f"/admin/refunds/{refund_id}/sent")
    assert refunds()[0].status == "succeeded"
    assert "Everything is settled" in admin.get("/admin/money-work").text


def test_calling_off_twice_says_that_the_money_went_back_before(admin, paid, refunds):
    path = f"/admin/orders/{paid.number}/refund"
    admin.post(path, reason="bought twice")
    assert "the money is on its way back" in admin.said()
    admin.post(path, reason="bought twice")
    assert "cancelled and ¥136.00 refunded before" in admin.said()
    assert len(refunds()) == 1


def test_a_transfer_to_be_sent_back_says_to_whom(admin, unit_of_work, paid, refunds, see):
    admin.post(f"/admin/orders/{paid.number}/refund", reason="bought twice")
    admin.post(f"/admin/refunds/{refunds()[0].id}/ask")
    [payment] = see(sa.select(Payment))
    [order] = see(sa.select(Order).where(Order.id == paid.order_id))
    page = admin.get("/admin/money-work").text
    for words in (payment.reference, order.recipient):
        assert words in page, words
    assert 'href="/admin/money-work"' in admin.get(f"/admin/orders/{paid.number}").text.split('id="money"')[1]


def test_days_in_the_wrong_order_are_said(admin, paid):
    for path in ("/admin/orders", "/admin/audit"):
        page = admin.get(path, **{"from": "2026-02-01", "to": "2026-01-01"}).text
        assert "The last day lies before the first." in page, path


def test_who_confirms_a_transfer_is_asked_with_the_amount_that_was_typed(admin, place, begin_payment):
    payment_id = begin_payment(place({"tea": 1}, payment_method="bank_transfer"))
    page = admin.get(f"/admin/transfers/{payment_id}").text
    assert 'You typed: ¥<b data-typed="received"></b>' in page


@pytest.mark.parametrize("typed", ["138", "1380", "13800000000", "+861380", "0000"])
def test_orders_are_found_by_how_a_telephone_begins_or_ends(admin, place, session, typed):
    placed = place({"tea": 1})
    session.execute(sa.update(Order).values(phone="+8613800000000"))
    session.commit()
    assert (placed.number in admin.get("/admin/orders", q=typed).text) is (len(typed) > 3)
    assert placed.number not in admin.get("/admin/orders", q="8000").text


def test_a_page_behind_the_last_is_the_last(admin, place):
    placed = place({"tea": 1})
    assert placed.number in admin.get("/admin/orders", page=99).text


@pytest.mark.parametrize("on_truck", [True, False])
def test_calling_off_names_the_boxes_that_stand_packed(on_truck, admin, paid, unit_of_work, see):
    def pack(session):
        [task] = session.scalars(sa.select(Task).where(Task.order_id == paid.order_id)).all()
        receive(session, [task.id], by=WORKER, now=utc_now())
        code = pack_parcel(session, paid.order_id, task.packing_place_id, by=WORKER, now=utc_now())
        if on_truck:
            load(session, truck, [code], by=WORKER, now=utc_now())
        return code

    [truck] = see(sa.select(Run.code).join(Order, Order.run_id == Run.id).where(Order.id == paid.order_id))
    code = unit_of_work.run(pack)
    page = admin.get(f"/admin/orders/{paid.number}").text
    said = (
        f"Parcel {code} stands on truck {truck}: the village has to take it off and unpack it."
        if on_truck
        else f"Parcel {code} is packed: the village has to unpack it."
    )
    assert page.count(said) == 2  # beside the button, and in its question
    admin.post(f"/admin/orders/{paid.number}/refund", reason="bought twice")
    assert "Parcel to be unpacked" in admin.get(f"/admin/orders/{paid.number}").text
    assert paid.number in admin.get("/admin/orders", q=code).text


def test_a_cancelled_order_shows_no_pickup_code_and_offers_no_message(admin, paid, see):
    code = see(sa.select(Order.pickup_code).where(Order.id == paid.order_id))[0]
    page = admin.get(f"/admin/orders/{paid.number}").text
    assert f'<dd class="num">{code}</dd>' in page
    assert "Send a message again" in page
    admin.post(f"/admin/orders/{paid.number}/refund", reason="bought twice")
    page = admin.get(f"/admin/orders/{paid.number}").text
    assert f'<dd class="num">{code}</dd>' not in page
    assert "Send a message again" not in page
