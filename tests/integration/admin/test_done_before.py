"""Two people of finance press one button: each step is done once, and the second is told by whom."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry, RoleName, User
from shop.inventory.holds import ship_allocations
from shop.inventory.models import Allocation
from shop.kit.clock import shanghai_date, utc_now
from shop.ledger.models import Payout
from shop.ordering.completion import complete, mark_shipped
from shop.payments.models import Payment, Refund, RefundStatus
from shop.payments.whole_refunds import refund_in_full
from tests.factories.payouts import IDENTITY

FIRST = "admin@example.com had done this already"
PAYEE = {
    "kind": "own", "name": "李大山", "identity": IDENTITY, "account": "6222020200112230", "account_again": "6222020200112230", "bank": "农业银行",
    "seen": "0",
}  # fmt: skip


@pytest.fixture
def other(desk_of):
    return desk_of("other", RoleName.ADMIN, RoleName.FINANCE)


@pytest.fixture
def third(desk_of):
    return desk_of("third", RoleName.ADMIN, RoleName.FINANCE)


def times(see, action: str) -> int:
    return len(see(sa.select(AuditEntry.id).where(AuditEntry.action == action)))


def test_a_transfer_is_confirmed_once_and_the_second_hears_by_whom(admin, other, place, begin_payment, see):
    begin_payment(place({"tea": 2}, payment_method="bank_transfer"))
    [payment] = see(sa.select(Payment))
    path, amount = f"/admin/transfers/{payment.id}", f"{payment.amount_fen / 100:.2f}"
    admin.post(path, received=amount)
    assert "The transfer is confirmed" in admin.said()
    other.post(path, received=amount)
    page = other.said()
    assert FIRST in page
    assert "The transfer is confirmed" not in page
    assert times(see, "transfer.confirmed") == 1


def test_of_two_second_persons_one_agrees_and_the_other_hears_of_it(
    admin, other, third, place, begin_payment, see, session
):
    admin.post("/admin/settings", second_person_above_yuan="0")
    begin_payment(place({"tea": 2}, payment_method="bank_transfer"))
    [payment] = see(sa.select(Payment))
    third.post(f"/admin/transfers/{payment.id}", received=f"{payment.amount_fen / 100:.2f}")
    assert "It is confirmed when a second person" in third.said()
    agree = "/admin/proposals/1/agree"
    admin.post(agree)
    other.post(agree)
    assert FIRST in other.said()
    assert times(see, "transfer.confirmed") == 1
    third.post("/admin/proposals/1/withdraw")
    said = third.said()
    assert "A second person has agreed already" in said
    assert "Nothing was booked" not in said


def test_a_proposal_is_taken_back_once(admin, other, third, place, begin_payment, see):
    admin.post("/admin/settings", second_person_above_yuan="0")
    begin_payment(place({"tea": 2}, payment_method="bank_transfer"))
    [payment] = see(sa.select(Payment))
    third.post(f"/admin/transfers/{payment.id}", received=f"{payment.amount_fen / 100:.2f}")
    admin.post("/admin/proposals/1/withdraw")
    assert "Taken back." in admin.said()
    other.post("/admin/proposals/1/withdraw")
    assert FIRST in other.said()
    other.post("/admin/proposals/1/agree")
    assert "It was taken back meanwhile." in other.said()


def test_money_that_was_sent_back_is_noted_once(admin, other, paid, unit_of_work, see):
    how = {"bearer": "shop", "reason": "x", "actor_id": admin.user_id, "token": "t", "now": utc_now()}
    refund_id = unit_of_work.run(lambda session: refund_in_full(session, paid.order_id, **how))
    path = f"/admin/refunds/{refund_id}"
    admin.post(f"{path}/sent")
    assert "the money is back with the buyer" in admin.said()
    other.post(f"{path}/sent")
    assert FIRST in other.said()
    assert see(sa.select(Refund.status)) == [RefundStatus.SUCCEEDED]
    unit_of_work.run(
        lambda session: session.execute(sa.update(Refund).values(status=RefundStatus.FAILED, failure="x"))
    )
    unit_of_work.run(lambda session: session.execute(sa.update(Payment).values(refunding_fen=0)))
    admin.post(f"{path}/retry")
    assert "asked for again" in admin.said()
    other.post(f"{path}/retry")
    assert FIRST in other.said()
    assert len(see(sa.select(Refund.id))) == 2


def test_every_step_of_a_payout_is_done_once(admin, other, third, paid, unit_of_work, see):
    now = utc_now()
    ids = unit_of_work.run(lambda session: list(session.scalars(sa.select(Allocation.id))))
    unit_of_work.run(lambda session: ship_allocations(session, ids, now=now))
    unit_of_work.run(lambda session: mark_shipped(session, paid.order_id, now=now))
    unit_of_work.run(lambda session: complete(session, paid.order_id, now=now))
    run = third.post("/admin/payouts/close", until=shanghai_date(now).isoformat()).location
    [payout] = see(sa.select(Payout))
    third.post(f"/admin/households/{payout.household_id}/payee", **PAYEE)
    unit_of_work.run(lambda session: session.execute(sa.text("UPDATE payees SET usable_from = changed_at")))
    steps = [
        (f"{run}/approve", {}, "is approved.", "payout.approved"),
        (
            f"{run}/{payout.id}/paid",
            {"reference": "B-1"},
            "It is paid and stands in the books once.",
            "payout.paid",
        ),
        (f"{run}/{payout.id}/sent-back", {"reason": "closed"}, "Its entry is taken back.", "payout.returned"),
    ]
    for path, typed, done, action in steps:
        admin.post(path, **typed)
        assert done in admin.said(), path
        other.post(path, **typed)
        said = other.said()
        assert FIRST in said, path
        assert done not in said
        assert times(see, action) == 1


def test_who_presses_twice_is_not_told_that_a_colleague_did_it(
    admin, place, begin_payment, see, unit_of_work
):
    unit_of_work.run(
        lambda session: session.execute(sa.update(User).where(User.id == admin.user_id).values(name="王会计"))
    )
    begin_payment(place({"tea": 2}, payment_method="bank_transfer"))
    [payment] = see(sa.select(Payment))
    for _ in range(2):
        admin.post(f"/admin/transfers/{payment.id}", received=f"{payment.amount_fen / 100:.2f}")
    said = admin.said()
    assert "The transfer is confirmed" in said
    assert "王会计 had done this already" in said
