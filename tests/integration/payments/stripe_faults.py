"""Everything that can go wrong between the shop and Stripe, each with the one right end that it has.

A fault is a function that places one order, lets it go wrong, and returns the order's id. Whether the shop hears of it
by webhooks or by asking is another matter, and makes no difference to the end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from shop.ordering.models import Order
from shop.payments.errors import ProviderUnavailable
from shop.payments.providers.base import Attempt, AttemptStatus
from tests.integration.payments.stripe_stage import Stage

SESSIONS, REFUNDS, EXPIRE = "^/v1/checkout/sessions$", "^/v1/refunds$", "/expire$"

SECOND_LOOK = 11  # minutes after its end a dead attempt is asked after once more


@dataclass(frozen=True)
class End:
    """How an order stands when everything was heard. Stock: sold, or free again."""

    order: str
    payments: tuple[str, ...]
    refunds: tuple[str, ...] = ()
    stock: str = "free"
    told: frozenset[str] = frozenset()  # what must stand in the order's history
    seen: frozenset[str] = frozenset()  # why it stood in the work list at any time
    left: frozenset[str] = frozenset()  # why it stands there at the end


@dataclass(frozen=True)
class Fault:
    name: str
    happen: Callable[[Stage], int]
    end: End
    also_asked: bool = False  # no webhook tells the whole of it: the worker has to ask


SOLD = End("confirmed", ("succeeded",), stock="sold", told=frozenset({"confirmed"}))


def refused_then_paid(mode: str, *, times: int, **how: object) -> Callable[[Stage], int]:
    """The first click on pay gets no answer; the second one leads to Stripe's page."""

    def happen(stage: Stage) -> int:
        order_id = stage.order()
        stage.lab.fault(mode, SESSIONS, times=times, **how)
        try:
            attempt = stage.start(order_id)
        except ProviderUnavailable:
            stage.lab.control("faults")
            attempt = stage.start(order_id)
        stage.buyer_pays(attempt)
        return order_id

    return happen


def lost_and_found(stage: Stage) -> int:
    """No second click: the session is found by whoever asks, and the buyer's other tab paid there."""
    order_id = stage.order()
    stage.lab.fault("reset_after", SESSIONS, times=3)
    try:
        stage.start(order_id)
    except ProviderUnavailable:
        reference = stage.counter.payments(order_id)[0].reference
        (session,) = [one for one in stage.lab.sessions() if one["client_reference_id"] == reference]
        stage.lab.pay(session["id"])
    return order_id


def two_tabs(stage: Stage) -> int:
    """Two tabs, each with a double click, all at once."""
    order_id = stage.order()
    gate = threading.Barrier(4)

    def click(_: int) -> Attempt:
        gate.wait()
        return stage.start(order_id)

    with ThreadPoolExecutor(4) as clicks:
        attempts = list(clicks.map(click, range(4)))
    assert len({one.provider_ref for one in attempts}) == 1
    stage.buyer_pays(attempts[0])
    return order_id


def told_late(stage: Stage) -> int:
    """The return page asked before any webhook came."""
    order_id = stage.order()
    attempt = stage.start(order_id)
    stage.buyer_pays(attempt)
    stage.counter.sync(attempt.id)
    return order_id


def wrong_money(**wrong: object) -> Callable[[Stage], int]:
    def happen(stage: Stage) -> int:
        order_id = stage.order()
        stage.lab.control("settings", async_refunds=True)
        stage.buyer_pays(stage.start(order_id), **wrong)
        stage.hear()
        stage.send_refunds()
        stage.settle_refunds("succeeded")
        stage.lab.control("settings", async_refunds=False)
        return order_id

    return happen


def asynchronous(outcome: str) -> Callable[[Stage], int]:
    def happen(stage: Stage) -> int:
        order_id = stage.order()
        attempt = stage.start(order_id)
        stage.buyer_pays(attempt, method="alipay", outcome="processing")
        stage.hear()
        stage.lab.control(f"sessions/{attempt.provider_ref}/settle", outcome=outcome)
        return order_id

    return happen


def nobody_pays(stage: Stage) -> int:
    order_id = stage.order()
    stage.lab.control(f"sessions/{stage.start(order_id).provider_ref}/expire")
    return order_id


def declined(stage: Stage) -> int:
    """A card is refused on Stripe's page; the buyer gives up there."""
    order_id = stage.order()
    attempt = stage.start(order_id)
    stage.buyer_pays(attempt, outcome="declined")
    stage.lab.control(f"sessions/{attempt.provider_ref}/expire")
    return order_id


def paid_after_expiry(stage: Stage) -> int:
    order_id = stage.order()
    attempt = stage.start(order_id)
    stage.over_for_us(attempt)
    stage.buyer_pays(attempt)
    return order_id


def paid_after_cancel(stage: Stage) -> int:
    order_id = stage.order()
    attempt = stage.start(order_id)
    wish = partial(_wish_to_cancel, order_id=order_id, now=stage.counter.now)
    stage.counter.read(wish)
    stage.over_for_us(attempt)
    stage.buyer_pays(attempt)
    return order_id


def _wish_to_cancel(session, order_id, now):
    session.get_one(Order, order_id).cancel_requested_at = now


def paid_while_cancelling(stage: Stage) -> int:
    """Stripe does not let go of the session in time, and the buyer pays in the other tab."""
    order_id = stage.order()
    attempt = stage.start(order_id)
    stage.lab.fault("503", EXPIRE, times=100)
    stage.counter.cancel(order_id)
    stage.lab.control("faults")
    stage.buyer_pays(attempt)
    return order_id


def cancelling_without_an_answer(stage: Stage) -> int:
    """Stripe has closed the session, and the answer is lost."""
    order_id = stage.order()
    stage.start(order_id)
    stage.lab.fault("reset_after", EXPIRE, times=3)
    stage.counter.cancel(order_id)
    return order_id


def last_unit_gone(stage: Stage) -> int:
    """All eggs; somebody else has them when the money comes, and gives them back when all is said."""
    order_id = stage.order({"eggs": 10})
    attempt = stage.start(order_id)
    stage.over_for_us(attempt)
    other = stage.order({"eggs": 10})
    stage.buyer_pays(attempt)
    stage.wait(minutes=SECOND_LOOK)
    stage.hear()
    stage.counter.cancel(other)
    return order_id


def paid_twice(stage: Stage) -> int:
    order_id = stage.order()
    first = stage.start(order_id)
    stage.over_for_us(first, AttemptStatus.FAILED)
    stage.buyer_pays(stage.start(order_id))
    stage.hear()
    stage.buyer_pays(first)
    return order_id


def refund(outcome: str) -> Callable[[Stage], int]:
    def happen(stage: Stage) -> int:
        order_id = stage.paid()
        stage.lab.control("settings", async_refunds=True)
        stage.ask_refund(order_id)
        stage.send_refunds()
        stage.settle_refunds(outcome)
        stage.lab.control("settings", async_refunds=False)
        return order_id

    return happen


def refund_without_an_answer(stage: Stage) -> int:
    order_id = stage.paid()
    stage.ask_refund(order_id)
    stage.lab.fault("reset_after", REFUNDS, times=3)
    stage.send_refunds()
    stage.lab.control("faults")
    return order_id


def refund_comes_back(stage: Stage) -> int:
    """It had succeeded; days later the buyer's bank would not have it."""
    order_id = stage.paid()
    stage.ask_refund(order_id)
    stage.send_refunds()
    stage.hear()
    stage.lab.control(f"refunds/{stage.counter.refunds(order_id)[0].provider_ref}/settle", outcome="failed")
    return order_id


def refunded_at_stripe(part: int | None) -> Callable[[Stage], int]:
    def happen(stage: Stage) -> int:
        order_id = stage.paid()
        stage.refund_at_stripe(order_id, part or stage.counter.order_row(order_id).total_fen)
        return order_id

    return happen


def called_off_after_dashboard(stage: Stage) -> int:
    """The buyer has everything back before anything was packed; the team calls the order off."""
    order_id = refunded_at_stripe(None)(stage)
    stage.hear()
    stage.counter.cancel(order_id, also_confirmed=True)
    return order_id


def failed_refund_made_at_stripe(stage: Stage) -> int:
    """Ours failed; whoever saw it did it by hand in Stripe's dashboard."""
    order_id = refund("failed")(stage)
    stage.hear()
    stage.refund_at_stripe(order_id, stage.counter.order_row(order_id).total_fen)
    return order_id


def failed_return_made_at_stripe(stage: Stage) -> int:
    """Money that no order could use: its automatic refund failed, and somebody made it by hand."""
    order_id = stage.order({"eggs": 10})
    attempt = stage.start(order_id)
    stage.over_for_us(attempt)
    other = stage.order({"eggs": 10})
    stage.buyer_pays(attempt)
    stage.lab.control("settings", async_refunds=True)
    stage.wait(minutes=SECOND_LOOK)
    stage.hear()
    stage.send_refunds()
    stage.settle_refunds("failed")
    stage.hear()
    stage.lab.control("settings", async_refunds=False)
    stage.refund_at_stripe(order_id, attempt.amount_fen)
    stage.counter.cancel(other)
    return order_id


def refund_crosses_one_at_stripe(stage: Stage) -> int:
    """Ours waits while Stripe is down for us; meanwhile somebody has made it in the dashboard."""
    order_id = stage.paid()
    stage.ask_refund(order_id)
    stage.refund_at_stripe(order_id, stage.counter.order_row(order_id).total_fen)
    return order_id


def part_crosses_one_at_stripe(stage: Stage) -> int:
    """Ours is of everything, theirs of a part: Stripe refuses ours, which a person asks for anew."""
    order_id = stage.paid()
    stage.ask_refund(order_id)
    stage.refund_at_stripe(order_id, 100)
    return order_id


def disputed(*outcomes: str) -> Callable[[Stage], int]:
    def happen(stage: Stage) -> int:
        order_id = stage.paid()
        for outcome in outcomes:
            stage.dispute(order_id, outcome)
            stage.hear()
        return order_id

    return happen


GONE = End(
    "cancelled", ("orphaned",), ("succeeded",), told=frozenset({"payment_orphaned", "refund_succeeded"})
)
FREE = End("cancelled", ("expired",), told=frozenset({"payment_expired", "cancelled"}))


def sold(*told: str, **changes: object) -> End:
    """Paid and confirmed, and what else was said of it."""
    return replace(SOLD, told=SOLD.told | set(told), **changes)


def needs(*kinds: str) -> dict[str, frozenset[str]]:
    """A person has to look, and still has at the end."""
    return {"seen": frozenset(kinds), "left": frozenset(kinds)}


_WRONG = replace(GONE, seen=frozenset({"wrong_amount"}))
_BACK = ("refund_requested", "refund_succeeded")

FAULTS = (
    Fault("the answer is lost after processing", refused_then_paid("reset_after", times=3), SOLD),
    Fault("the answer is lost, and nobody clicks again", lost_and_found, SOLD, also_asked=True),
    Fault(
        "a failure is saved under the key",
        refused_then_paid("500_saved", times=1),
        sold("payment_failed", payments=("failed", "succeeded")),
    ),
    Fault("500", refused_then_paid("500", times=100), SOLD),
    Fault("503", refused_then_paid("503", times=100), SOLD),
    Fault("429 once", refused_then_paid("429", times=1), SOLD),
    Fault("429 all the time", refused_then_paid("429", times=100), SOLD),
    Fault("a gateway's page instead of an answer", refused_then_paid("502_html", times=100), SOLD),
    Fault("hangs before processing", refused_then_paid("hang_before", times=1, seconds=1.5), SOLD),
    Fault("hangs after processing", refused_then_paid("hang_after", times=1, seconds=1.5), SOLD),
    Fault("the connection is reset", refused_then_paid("reset_before", times=3), SOLD),
    Fault("double click and two tabs", two_tabs, SOLD),
    Fault("the webhook is late", told_late, SOLD),
    Fault("another amount", wrong_money(amount=1), _WRONG),
    Fault("more than was asked for", wrong_money(amount=99_999), _WRONG),
    Fault("another currency", wrong_money(currency="usd"), _WRONG),
    Fault("paid later by the bank", asynchronous("succeeded"), SOLD),
    Fault(
        "refused later by the bank",
        asynchronous("failed"),
        replace(FREE, payments=("failed",), told=frozenset({"payment_failed", "cancelled"})),
    ),
    Fault("nobody pays", nobody_pays, FREE),
    Fault("the card is declined", declined, FREE),
    Fault("paid after expiry", paid_after_expiry, sold("payment_expired", "cancelled", "revived")),
    Fault("paid after the buyer cancelled", paid_after_cancel, GONE),
    Fault(
        "paid while cancelling",
        paid_while_cancelling,
        End(
            "cancelled",
            ("succeeded",),
            ("succeeded",),
            told=frozenset({"cancel_requested", "confirmed", *_BACK}),
        ),
    ),
    Fault(
        "cancelling without an answer",
        cancelling_without_an_answer,
        replace(FREE, told=FREE.told | {"cancel_requested"}),
    ),
    Fault("paid after the last unit went to someone else", last_unit_gone, GONE),
    Fault(
        "paid twice",
        paid_twice,
        sold("payment_orphaned", payments=("orphaned", "succeeded"), refunds=("succeeded",)),
    ),
    Fault("refund pending, then succeeded", refund("succeeded"), sold(*_BACK, refunds=("succeeded",))),
    Fault(
        "refund pending, then failed",
        refund("failed"),
        sold("refund_failed", refunds=("failed",), **needs("refund_failed")),
    ),
    Fault("the answer to a refund is lost", refund_without_an_answer, sold(*_BACK, refunds=("succeeded",))),
    Fault(
        "a refund comes back from the bank",
        refund_comes_back,
        sold(*_BACK, "refund_came_back", refunds=("succeeded",), **needs("refund_came_back")),
    ),
    Fault(
        "a part refunded in the dashboard",
        refunded_at_stripe(100),
        sold("refunded_elsewhere", *_BACK, refunds=("succeeded",)),
    ),
    Fault(
        "all refunded in the dashboard",
        refunded_at_stripe(None),
        sold("refunded_elsewhere", *_BACK, refunds=("succeeded",), **needs("refunded_elsewhere")),
    ),
    Fault(
        "all refunded in the dashboard, and called off",
        called_off_after_dashboard,
        End(
            "cancelled",
            ("succeeded",),
            ("succeeded",),
            told=frozenset({"refunded_elsewhere", "cancelled"}),
            seen=frozenset({"refunded_elsewhere"}),
        ),
    ),
    Fault(
        "a failed refund made in the dashboard",
        failed_refund_made_at_stripe,
        sold("refunded_elsewhere", refunds=("failed", "succeeded"), seen=frozenset({"refund_failed"})),
    ),
    Fault(
        "a failed return made in the dashboard",
        failed_return_made_at_stripe,
        replace(GONE, refunds=("failed", "succeeded"), seen=frozenset({"refund_failed"})),
    ),
    Fault(
        "a refund crosses the same in the dashboard",
        refund_crosses_one_at_stripe,
        sold("refunded_elsewhere", *_BACK, refunds=("succeeded",)),
    ),
    Fault(
        "a refund crosses a smaller one in the dashboard",
        part_crosses_one_at_stripe,
        sold(
            "refunded_elsewhere", "refund_failed", refunds=("failed", "succeeded"), **needs("refund_failed")
        ),
        also_asked=True,
    ),
    Fault("dispute opened", disputed("open"), sold("dispute_opened", **needs("disputed"))),
    Fault(
        "dispute won",
        disputed("open", "won"),
        sold("dispute_opened", "dispute_won", seen=frozenset({"disputed"})),
    ),
    Fault(
        "dispute lost",
        disputed("open", "lost"),
        sold("dispute_opened", "dispute_lost", seen=frozenset({"disputed"})),
    ),
    Fault("dispute over before it was heard of", disputed("lost"), sold("dispute_opened", "dispute_lost")),
)
