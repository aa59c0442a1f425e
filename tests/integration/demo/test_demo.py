"""The made-up year: it breaks no rule, looks like real orders, and goes on where it stopped."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from shop import create_app
from shop.accounts.models import User
from shop.catalogue.models import Household, ProducerMember
from shop.check.all_rules import find_violations
from shop.delivery.models import PointKeeper, Run
from shop.demo.decided import decide
from shop.demo.paid_out import pay_past_runs
from shop.demo.payees import add_payees
from shop.demo.play import play
from shop.demo.received import add_receipts
from shop.extensions import db, payment_providers, settings, unit_of_work
from shop.fulfilment.models import Parcel, ParcelStatus, Task, TaskStatus
from shop.fulfilment.override_models import Override
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.invoicing.models import PurchaseVoucher, VoucherStatus
from shop.kit.bank_cards import is_mistyped_card
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.identity_numbers import is_identity
from shop.ledger.models import Account, JournalEntry, Payee, Payout, PayoutRun, PayoutStatus, Posting
from shop.ledger.movements.models import BankMovement, MovementKind, MovementStatus
from shop.ledger.payouts.approval import approve_run
from shop.ledger.payouts.bank_files import export_transfers
from shop.ledger.payouts.payees import open_payee
from shop.ledger.payouts.proof_models import PayoutProof
from shop.ledger.payouts.unproven import list_unproven
from shop.ordering.claim_desk import open_claims
from shop.ordering.models import Order, OrderEvent, OrderLine, OrderStatus
from shop.payments.cancelling import cancel_order
from shop.payments.models import Payment, PaymentStatus, Refund, RefundBearer, RefundStatus
from shop.payments.part_refunds import PartRefund, ask_part_refund
from shop.payments.refund_settling import send_refund
from shop.payments.statements.models import StatementLine
from shop.storage.database import WRITES
from shop.storage.field_cipher import FieldCipher
from shop.storage.media import media_store
from tests import databases
from tests.demo_shop import DAYS, ORDERS, play_some
from tests.factories.trade import open_for_trade


def of(email: str) -> sa.ScalarSelect[int]:
    return sa.select(User.id).where(User.email == email).scalar_subquery()


def violations(app: Flask) -> list[str]:
    with app.app_context():
        return unit_of_work().run(lambda s: [str(one) for one in find_violations(s)])


def test_a_made_up_history_breaks_no_rule(demo_app: Flask, demo_session: Session):
    assert violations(demo_app) == []
    assert demo_session.scalar(sa.select(sa.func.count(Order.id))) == ORDERS
    assert demo_session.scalar(sa.select(sa.func.count(PayoutRun.id))) >= 3


def test_the_bank_of_the_demo_holds_money_and_providers_only_the_last_days(demo_session: Session):
    """What a provider holds was paid since it last passed everything on."""
    balances = dict(
        demo_session.execute(
            sa.select(Posting.account, sa.func.sum(Posting.amount_fen)).group_by(Posting.account)
        ).all()
    )
    owed = -int(balances[Account.HOUSEHOLD_PAYABLE])
    assert balances[Account.BANK] > owed * 3 // 4, "households can be paid"
    week_ago = utc_now() - timedelta(days=8)
    lately = sa.select(sa.func.sum(Posting.amount_fen)).join(
        JournalEntry, JournalEntry.id == Posting.entry_id
    )
    lately = lately.where(Posting.account == Account.PROVIDER_CLEARING, Posting.amount_fen > 0)
    assert balances[Account.PROVIDER_CLEARING] <= demo_session.scalar(
        lately.where(JournalEntry.posted_at > week_ago)
    )
    kinds = set(demo_session.scalars(sa.select(BankMovement.kind)))
    assert kinds >= set(MovementKind) - {MovementKind.INCOME_PAID_OUT, MovementKind.INTEREST}
    assert demo_session.scalar(
        sa.select(sa.func.count()).where(BankMovement.status == MovementStatus.PROPOSED)
    )


def test_no_truck_of_the_made_up_history_brings_spoiled_goods(demo_session: Session):
    spoiled = (
        sa.select(Order.number, Lot.best_before, Run.arrives_at)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Run, Run.id == Order.run_id)
    )
    rows = demo_session.execute(spoiled).all()
    assert rows
    assert [row for row in rows if row.best_before <= shanghai_date(row.arrives_at)] == []


def test_playing_again_goes_on_with_other_numbers(seeded_app: Flask):
    with seeded_app.app_context():
        for households in (0, 0, 120):
            played = unit_of_work().run(lambda s, n=households: play_some(s, orders=120, households=n))
            assert played.orders == 120
        counted = unit_of_work().run(
            lambda s: s.execute(
                sa.select(sa.func.count(Order.id), sa.func.count(Order.number.distinct()))
            ).one()
        )
        assert tuple(counted) == (360, 360)
        assert unit_of_work().run(lambda s: s.scalar(sa.select(sa.func.count(Household.id)))) == 120
    assert violations(seeded_app) == []


def test_the_same_seed_and_moment_give_the_same_history(seeded_app: Flask):
    now = utc_now()

    def digest(session: Session) -> str:
        play(session, orders=150, households=80, days=90, seed=3, now=now)
        said = [
            session.execute(sa.select(*columns).order_by(*columns)).all()
            for columns in (
                (Order.number, Order.status, Order.total_fen, Order.placed_at, Order.pickup_code),
                (OrderEvent.order_id, OrderEvent.at, OrderEvent.kind),
                (Parcel.code, Parcel.tracking_number),
                (Payment.reference, Payment.status, Payment.received_fen),
            )
        ]
        session.rollback()
        return hashlib.sha256(repr(said).encode()).hexdigest()

    with seeded_app.app_context():
        assert unit_of_work().run(digest) == unit_of_work().run(digest)


def test_the_demos_people_are_in_the_middle_of_things(demo_session: Session):
    ask = demo_session.scalar
    statuses = set(
        demo_session.scalars(sa.select(Order.status).where(Order.user_id == of("buyer@demo.example")))
    )
    assert statuses >= {OrderStatus.AWAITING_PAYMENT, OrderStatus.CONFIRMED, OrderStatus.SHIPPED}
    assert OrderStatus.COMPLETED in statuses
    for farmer in ("farmer@demo.example", "farmer2@demo.example"):
        own = sa.select(ProducerMember.producer_id).where(ProducerMember.user_id == of(farmer))
        tasks = set(demo_session.scalars(sa.select(Task.status).where(Task.producer_id.in_(own))))
        assert tasks >= {TaskStatus.OPEN, TaskStatus.ACCEPTED, TaskStatus.PACKED}
    keeps = sa.select(PointKeeper.pickup_point_id).where(PointKeeper.user_id == of("point@demo.example"))
    waiting = sa.select(sa.func.count(Parcel.id)).where(
        Parcel.pickup_point_id.in_(keeps),
        Parcel.status == ParcelStatus.SHIPPED,
        Parcel.arrived_at.is_not(None),
    )
    assert ask(waiting) >= 3
    assert ask(sa.select(sa.func.count(Payment.id)).where(Payment.status == PaymentStatus.PENDING)) >= 2
    assert ask(sa.select(sa.func.count()).where(Allocation.status == AllocationStatus.HELD)) >= 2
    assert open_claims(demo_session)
    assert ask(sa.select(sa.func.count(Task.id)).where(Task.status == TaskStatus.DECLINED)) >= 1
    assert ask(sa.select(sa.func.count(Task.id)).where(Task.escalated_at.is_not(None))) >= 1


REAL_KINDS = {
    "placed", "payment_started", "confirmed", "task_accepted", "task_ready", "task_received", "parcel_packed",
    "parcel_loaded", "parcel_shipped", "shipped", "parcel_arrived", "parcel_handed_over", "parcel_delivered",
    "completed", "cancelled", "payment_expired", "refund_requested", "refund_succeeded", "task_declined",
    "task_overdue", "claim_opened", "claim_decided", "accepted_on_terms", "debt_settled",
}  # fmt: skip


def test_histories_speak_the_shops_own_words(demo_session: Session):
    kinds = set(demo_session.scalars(sa.select(OrderEvent.kind).distinct()))
    assert kinds == REAL_KINDS


def test_an_order_tells_its_life_in_order(demo_session: Session):
    done = (
        sa.select(Order.id).where(Order.status == OrderStatus.COMPLETED, Order.run_id.is_not(None)).limit(1)
    )
    events = demo_session.execute(
        sa.select(OrderEvent.kind, OrderEvent.at)
        .where(OrderEvent.order_id == done.scalar_subquery())
        .order_by(OrderEvent.id)
    ).all()
    kinds = [event.kind for event in events]
    assert kinds[:3] == ["placed", "payment_started", "confirmed"]
    assert [event.at for event in events] == sorted(event.at for event in events)
    steps = [
        "task_accepted",
        "task_ready",
        "parcel_packed",
        "parcel_shipped",
        "parcel_arrived",
        "parcel_handed_over",
    ]
    assert [kind for kind in dict.fromkeys(kinds) if kind in steps] == steps


def filled(session: Session, entity: type, which: sa.ColumnElement[bool]) -> set[str]:
    """The columns that say something in a row."""
    row = session.scalars(sa.select(entity).where(which).limit(1)).one()
    return {
        column.key
        for column in sa.inspect(entity).columns
        if getattr(row, column.key) not in (None, "", {}, [])
    }


ENTITIES = (Order, OrderLine, Payment, Task, Parcel, Allocation)
# A guest's order that the worker's hands prepared names nobody; an open attempt knows where its page is.
OF_PEOPLE = {"user_id", "unit_id", "acted_by_id", "acted_for", "packed_by_id", "handed_over_by_id"}
OF_ATTEMPTS = {"request", "redirect_url"}
OF_GOODS = {"tax_code", "tax_rate_bp"}


@pytest.fixture
def real_columns(sqlite_template, tmp_path: Path) -> dict[type, set[str]]:
    """What the shop's own steps write for an order that was collected and completed."""
    with sqlite_template.copy(tmp_path) as url:
        app = create_app(databases.testing_settings(tmp_path, url))
        with (
            app.app_context(),
            Session(db.engine.execution_options(**{WRITES: True}), expire_on_commit=False) as session,
        ):
            trade = open_for_trade(session, unit_of_work())
            order_id = trade.sell({"tea": 1})
            trade.accept(order_id)
            trade.ready(order_id)
            trade.ship(order_id)
            trade.hand_over(order_id)
            trade.complete(order_id)
            return columns_of(session, order_id)


def columns_of(session: Session, order_id: int) -> dict[type, set[str]]:
    """The columns that say something, by entity."""
    line = sa.select(sa.func.min(OrderLine.id)).where(OrderLine.order_id == order_id).scalar_subquery()
    conditions = {Order: Order.id == order_id, Allocation: Allocation.order_line_id == line}
    found = {}
    for entity in ENTITIES:
        condition = conditions.get(entity, getattr(entity, "order_id", None) == order_id)
        row = session.scalars(sa.select(entity).where(condition).limit(1)).one()
        keys = {column.key for column in sa.inspect(entity).columns}
        found[entity] = {key for key in keys if getattr(row, key) not in (None, "", {}, [])}
    return found


def test_an_order_fills_the_columns_that_a_real_one_fills(demo_session: Session, real_columns):
    odd = (Task.escalated_at.is_not(None), Task.status == TaskStatus.DECLINED)
    ordinary = [~sa.exists().where(Task.order_id == Order.id, one) for one in odd]
    collected = sa.select(sa.func.max(Order.id)).where(
        Order.run_id.is_not(None),
        Order.status == OrderStatus.COMPLETED,
        Order.payment_method == "sandbox",
        *ordinary,
    )
    made_up = columns_of(demo_session, demo_session.scalar(collected))
    for entity in ENTITIES:
        assert made_up[entity] ^ real_columns[entity] <= OF_PEOPLE | OF_ATTEMPTS | OF_GOODS, entity


def test_a_fresh_order_of_the_demo_can_be_cancelled_and_refunded(demo_app: Flask):
    def paid(session: Session) -> int:
        young = utc_now() - timedelta(days=4)
        return session.scalars(
            sa.select(Order.id).where(
                Order.status == OrderStatus.CONFIRMED, Order.payment_method == "sandbox", Order.placed_at > young,
                ~sa.exists().where(Parcel.order_id == Order.id),
            ).order_by(Order.id).limit(1)
        ).one()  # fmt: skip

    with demo_app.app_context():
        work, providers, now = unit_of_work(), payment_providers(), utc_now()
        order_id = work.run(paid)
        cancel_order(work, providers, order_id, actor_id=None, now=now, also_confirmed=True)
        refund_id = work.run(lambda s: s.scalar(sa.select(Refund.id).where(Refund.order_id == order_id)))
        assert send_refund(work, providers, refund_id, now=now) is RefundStatus.SUCCEEDED
    assert violations(demo_app) == []


def test_the_oldest_payment_of_the_demo_can_be_refunded_as_well(demo_app: Flask):
    oldest = (
        sa.select(Order.id)
        .where(
            Order.status == OrderStatus.COMPLETED, Order.payment_method == "sandbox", Order.refunded_fen == 0
        )
        .order_by(Order.placed_at)
        .limit(1)
    )
    with demo_app.app_context():
        work, now = unit_of_work(), utc_now()
        order_id = work.run(lambda s: s.scalars(oldest).one())
        part = PartRefund(RefundBearer.SHOP, "one jar leaked", free_fen=100)
        refund_id = work.run(lambda s: ask_part_refund(s, order_id, part, token="t", actor_id=1, now=now))
        assert send_refund(work, payment_providers(), refund_id, now=now) is RefundStatus.SUCCEEDED
    assert violations(demo_app) == []


def test_most_households_of_the_demo_can_be_paid_and_some_cannot(demo_app: Flask):
    cipher = FieldCipher(["a key for tests only, long enough"])
    with demo_app.app_context(), Session(db.engine) as session:
        added = add_payees(session, cipher, seed=7, now=utc_now())
        households = session.scalar(sa.select(sa.func.count(Household.id)))
        assert households // 2 < added < households
        [number, *_] = session.scalars(sa.select(PayoutRun.number).order_by(PayoutRun.id.desc()))
        approve_run(
            session, number, actor_id=session.scalar(sa.select(of("admin@demo.example"))), now=utc_now()
        )
        assert export_transfers(session, number, again=False, cipher=cipher, actor_id=1, now=utc_now())
        opened = [open_payee(payee, cipher) for payee in session.scalars(sa.select(Payee))]
        assert all(is_identity(one.identity) and not is_mistyped_card(one.account) for one in opened)
        assert len({one.identity for one in opened}) == len(opened)
        session.rollback()


def test_the_demo_has_receipts_that_wait_and_an_order_that_was_paid_twice(demo_app: Flask):
    with demo_app.app_context():
        lines = [add_receipts(unit_of_work(), now=utc_now()) for _ in range(2)]
    assert lines == [4, 0]
    with demo_app.app_context(), Session(db.engine) as session:
        suspense = session.scalar(
            sa.select(-sa.func.sum(Posting.amount_fen)).where(Posting.account == Account.SUSPENSE)
        )
        assert suspense == session.scalar(sa.select(sa.func.sum(StatementLine.suspense_fen))) == 326_400
        (twice,) = session.scalars(sa.select(Payment).where(Payment.status == PaymentStatus.ORPHANED)).all()
        assert (twice.failure, twice.refunding_fen) == ("paid_twice", twice.received_fen)
    assert violations(demo_app) == []


def test_an_order_of_the_demo_was_given_otherwise_with_a_reason(demo_app: Flask):
    with demo_app.app_context():
        decide(unit_of_work(), now=utc_now())
    with demo_app.app_context(), Session(db.engine) as session:
        (given,) = session.scalars(sa.select(Override)).all()
        assert given.reason
        assert given.by_rule_id != given.given_to_id
    assert violations(demo_app) == []


def test_past_months_of_the_demo_are_paid_by_two_persons_proven_and_have_vouchers(demo_app: Flask):
    cipher = FieldCipher(["a key for tests only, long enough"])
    with demo_app.app_context():
        work, store = unit_of_work(), media_store(settings().media_url)
        long_ago = utc_now() - timedelta(days=DAYS)
        work.run(lambda s: add_payees(s, cipher, seed=7, now=long_ago))
        paid = pay_past_runs(work, store, cipher, now=utc_now())
    with demo_app.app_context(), Session(db.engine) as session:
        runs = session.scalars(sa.select(PayoutRun).order_by(PayoutRun.id)).all()
        assert paid == len(runs) - 2
        assert [run.approved_at is not None for run in runs] == [True] * (len(runs) - 1) + [False]
        assert all(run.until < shanghai_date(run.created_at) for run in runs)
        assert len(set(session.scalars(sa.select(PayoutProof.run_id)))) == paid
        states = sa.select(PurchaseVoucher.status, sa.func.count()).group_by(PurchaseVoucher.status)
        assert set(dict(session.execute(states).all())) == {VoucherStatus.ISSUED, VoucherStatus.DUE}
        assert list_unproven(session, now=utc_now()).total, "the newest paid run lacks its receipts"
        named = sa.select(sa.func.count(PurchaseVoucher.id)).where(PurchaseVoucher.name_sealed != "")
        assert session.scalar(named) == session.scalar(sa.select(sa.func.count(PurchaseVoucher.id)))
    assert violations(demo_app) == []


def test_whose_payee_was_named_after_a_month_was_over_is_paid_later(seeded_app: Flask):
    """A second, longer history finds households whose payees the first one named."""
    cipher = FieldCipher(["a key for tests only, long enough"])
    with seeded_app.app_context():
        work, store, now = unit_of_work(), media_store(settings().media_url), utc_now()
        work.run(lambda s: play(s, orders=120, households=0, days=DAYS, seed=5, now=now))
        work.run(lambda s: add_payees(s, cipher, seed=5, now=now))
        assert pay_past_runs(work, store, cipher, now=now) > 0
        paid = sa.select(sa.func.min(Payout.paid_at)).where(Payout.status == PayoutStatus.PAID)
        assert work.run(lambda s: s.scalar(paid)) == now
