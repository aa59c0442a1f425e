"""`flask payments reconcile` alone, with every webhook lost: each order comes to its right state."""

from __future__ import annotations

import pytest

from shop.ordering.models import OrderStatus
from shop.payments.models import PaymentStatus, RefundStatus
from shop.payments.work_list import WorkKind, payment_work
from tests import databases
from tests.integration.payments.stripe_stage import Stage


@pytest.fixture
def settings(database_url, tmp_path, lab):
    """Whatever Stripe would send, nobody could read it."""
    return databases.testing_settings(
        tmp_path, database_url, payment_methods=("sandbox", "stripe"), stripe_secret_key="sk_test_1",
        stripe_webhook_secrets=(), stripe_api_base=lab.url,
    )  # fmt: skip


@pytest.fixture
def command(app):
    def run() -> str:
        said = app.test_cli_runner().invoke(args=["payments", "reconcile"])
        assert said.exit_code == 0, said.output
        return said.output

    return run


def test_the_command_alone_brings_every_order_to_its_right_state(counter, lab, command):
    stage = Stage(counter, lab, lambda: None)
    paid, later, refused, expired, dear = (stage.order() for _ in range(5))
    stage.buyer_pays(stage.start(paid))
    for order_id, outcome in ((later, "succeeded"), (refused, "failed")):
        attempt = stage.start(order_id)
        stage.buyer_pays(attempt, method="alipay", outcome="processing")
        lab.control(f"sessions/{attempt.provider_ref}/settle", outcome=outcome)
    lab.control(f"sessions/{stage.start(expired).provider_ref}/expire")
    stage.buyer_pays(stage.start(dear), amount=1)
    assert "asked 5, confirmed 2" in command()
    assert [counter.order_row(one).status for one in (paid, later, expired)] == [
        OrderStatus.CONFIRMED,
        OrderStatus.CONFIRMED,
        OrderStatus.CANCELLED,
    ]
    assert counter.payments(refused)[0].status is PaymentStatus.FAILED
    assert counter.payments(dear)[0].status is PaymentStatus.ORPHANED
    assert counter.payments(paid)[0].fee_fen > 0


def test_the_command_alone_learns_of_refunds_and_disputes(counter, lab, command):
    stage = Stage(counter, lab, lambda: None)
    asked, made_there, disputed, back = (stage.order() for _ in range(4))
    for order_id in (asked, made_there, disputed, back):
        stage.buyer_pays(stage.start(order_id))
    command()
    stage.ask_refund(asked)
    stage.ask_refund(back)
    stage.refund_at_stripe(made_there, 100)
    stage.dispute(disputed, "open")
    command()
    for order_id, fen in ((asked, 6800), (made_there, 100)):
        assert [(one.status, one.amount_fen) for one in counter.refunds(order_id)] == [
            (RefundStatus.SUCCEEDED, fen)
        ]
    lab.control(f"refunds/{counter.refunds(back)[0].provider_ref}/settle", outcome="failed")
    command()
    command()
    waiting = counter.read(lambda session: payment_work(session, now=counter.now).items)
    assert {(one.order_id, one.kind) for one in waiting} == {
        (disputed, WorkKind.DISPUTED),
        (back, WorkKind.REFUND_CAME_BACK),
    }
