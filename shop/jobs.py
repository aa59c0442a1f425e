"""What the worker does by the clock, and how messages leave the outbox.

Two tables to be filled: `JOBS` (what runs when) and `DELIVERIES` (who sends a kind of outbox message). A job and a
delivery get the application's unit of work and settings; each may run twice or be killed half way, and must then
still leave everything right. Jobs run inside an application context, so sentences can be translated. The web
process never imports this file, so a job may use the dictionaries that are too large for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from shop.accounts.forgetting import forget_old_traces
from shop.catalogue.pictures import make_pictures_ready
from shop.catalogue.search_index import index_waiting
from shop.extensions import payment_providers, settings, tracking_provider, unit_of_work, waybill_provider
from shop.fulfilment.following import follow_parcels
from shop.fulfilment.replies.taking import forget_old_replies
from shop.fulfilment.waybills.models import WAYBILL, WAYBILL_CANCEL
from shop.fulfilment.waybills.sending import send_cancel, send_waybill
from shop.inventory.lot_import import forget_tables
from shop.inventory.lot_photos import make_lot_photos_ready
from shop.inventory.stock_state import refresh_stock_state
from shop.kit.clock import utc_now
from shop.ledger.payouts.proof_photos import make_proofs_ready
from shop.mailroom import deliver_message
from shop.notifications.forgetting import forget_old_messages
from shop.notifications.messages import OUTBOX_KIND
from shop.ordering.best_sellers import count_sold_units
from shop.ordering.claim_photos import make_claim_photos_ready
from shop.payments.reconciling import reconcile, send_refunds
from shop.payments.releasing import release_dead_orders
from shop.payments.sandbox.notices import send_notice
from shop.payments.sandbox.till import NOTICE
from shop.rounds import (
    close_due_payouts,
    close_lots,
    complete_orders,
    escalate_tasks,
    follow_prices,
    follow_proposals,
    forget_baskets,
    remind_collectors,
    remind_debtors,
    remind_households,
    settle_recalls,
    settle_short_harvests,
)
from shop.settings import Settings
from shop.storage import outbox
from shop.storage.database import allow_long_statements
from shop.storage.heartbeat import beat
from shop.storage.media import media_store
from shop.storage.outbox import ClaimedMessage, PermanentFailure
from shop.storage.unit_of_work import UnitOfWork

WORKER = "worker"

log = logging.getLogger("shop.jobs")


@dataclass(frozen=True)
class At:
    """What a job or a delivery may use: the way to write, the settings, and the moment it began."""

    unit_of_work: UnitOfWork
    settings: Settings
    now: datetime


@dataclass(frozen=True)
class Job:
    """Something to do by the clock. `minutes` and `hours` as in crontab; `every_seconds` within each minute."""

    name: str
    run: Callable[[At], object]
    minutes: str = "*"
    hours: str = "*"
    every_seconds: int = 60


Delivery = Callable[[ClaimedMessage, At], object]


def keep_search(at: At) -> int:
    return at.unit_of_work.run(index_waiting)


def keep_pictures(at: At) -> int:
    store = media_store(at.settings.media_url)
    made = (make_pictures_ready, make_claim_photos_ready, make_proofs_ready, make_lot_photos_ready)
    return sum(make(at.unit_of_work, store) for make in made)


def keep_stock_states(at: At) -> None:
    at.unit_of_work.run(lambda session: refresh_stock_state(session, now=at.now))


def keep_best_sellers(at: At) -> None:
    def count(session: Session) -> None:
        allow_long_statements(session, seconds=300)
        count_sold_units(session)

    at.unit_of_work.run(count)


def beat_heart(at: At) -> None:
    at.unit_of_work.run(lambda session: beat(session, WORKER, now=at.now))


def deliver_outbox(at: At) -> int:
    """Send what is due, each message outside any transaction; returns how many went out."""
    messages = at.unit_of_work.run(lambda session: outbox.claim_due(session, now=utc_now()))
    return sum(_deliver(message, at) for message in messages)


def _deliver(message: ClaimedMessage, at: At) -> bool:
    deliver = DELIVERIES.get(message.kind)
    try:
        if deliver is None:
            raise PermanentFailure(f"nobody delivers {message.kind}")
        deliver(message, at)
    except Exception as error:  # noqa: BLE001  the worker's outermost boundary: one bad message must not stop the others
        log.warning("message %s of kind %s failed: %s", message.id, message.kind, type(error).__name__)
        failed = partial(
            outbox.mark_failed,
            message_id=message.id,
            error=f"{type(error).__name__}: {error}",
            now=utc_now(),
            permanent=isinstance(error, PermanentFailure),
        )
        at.unit_of_work.run(failed)
        return False
    at.unit_of_work.run(lambda session: outbox.mark_sent(session, message.id, now=utc_now()))
    return True


def send_sandbox_notice(message: ClaimedMessage, at: At) -> None:
    """The sandbox plays a provider: it tells the shop over HTTP, as they all do."""
    send_notice(
        at.unit_of_work,
        str(message.payload["token"]),
        url=f"{at.settings.public_url}/payments/sandbox/webhook",
        secret=at.settings.secret_key,
        now=at.now,
    )


def ask_for_waybill(message: ClaimedMessage, at: At) -> None:
    send_waybill(at.unit_of_work, waybill_provider(), int(message.payload["waybill_id"]), now=utc_now())


def cancel_waybill(message: ClaimedMessage, at: At) -> None:
    send_cancel(at.unit_of_work, waybill_provider(), int(message.payload["waybill_id"]), now=utc_now())


def release_holds(at: At) -> int:
    return release_dead_orders(at.unit_of_work, now=at.now)


def reconcile_payments(at: At) -> object:
    return reconcile(at.unit_of_work, payment_providers(), now=at.now)


def send_waiting_refunds(at: At) -> object:
    return send_refunds(at.unit_of_work, payment_providers(), now=at.now)


def settle_recalled_lots(at: At) -> int:
    return settle_recalls(at.unit_of_work, now=at.now)


def escalate(at: At) -> int:
    return escalate_tasks(at.unit_of_work, now=at.now)


def remind_of_tasks(at: At) -> int:
    return remind_households(at.unit_of_work, now=at.now)


def carry_on_proposals(at: At) -> int:
    return follow_proposals(at.unit_of_work, now=at.now)


def settle_harvests(at: At) -> int:
    return settle_short_harvests(at.unit_of_work, now=at.now)


def follow_timed_prices(at: At) -> int:
    return follow_prices(at.unit_of_work, now=at.now)


def complete_quiet_orders(at: At) -> int:
    return complete_orders(at.unit_of_work, now=at.now)


def close_expired(at: At) -> int:
    return close_lots(at.unit_of_work, now=at.now)


def follow_sent_parcels(at: At) -> int:
    provider = tracking_provider()
    push_url = f"{at.settings.public_url}/tracking/{provider.name}/push" if provider else ""
    return follow_parcels(at.unit_of_work, provider, push_url=push_url, now=at.now)


def close_monthly_payouts(at: At) -> bool:
    return close_due_payouts(at.unit_of_work, now=at.now)


def remind_of_debts(at: At) -> int:
    return remind_debtors(at.unit_of_work, now=at.now)


def forget_guest_baskets(at: At) -> int:
    return forget_baskets(at.unit_of_work, now=at.now)


def send_message(message: ClaimedMessage, at: At) -> None:
    deliver_message(message, unit_of_work=at.unit_of_work, settings=at.settings, now=utc_now())


def remind_to_collect(at: At) -> int:
    return remind_collectors(at.unit_of_work, now=at.now)


def forget_traces(at: At) -> None:
    at.unit_of_work.run(lambda session: forget_old_traces(session, now=at.now))
    at.unit_of_work.run(lambda session: forget_old_replies(session, now=at.now))


def forget_messages(at: At) -> int:
    return forget_old_messages(at.unit_of_work, now=at.now)


def forget_imports(at: At) -> int:
    return forget_tables(media_store(at.settings.media_url), now=at.now)


# Who sends which kind of outbox message.
DELIVERIES: Mapping[str, Delivery] = {
    OUTBOX_KIND: send_message,
    NOTICE: send_sandbox_notice,
    WAYBILL: ask_for_waybill,
    WAYBILL_CANCEL: cancel_waybill,
}

# What runs when. Each line: a name, a function of `At`, and its times in UTC.
JOBS: tuple[Job, ...] = (
    Job("heartbeat", beat_heart),
    Job("outbox", deliver_outbox, every_seconds=10),
    Job("search", keep_search, every_seconds=10),
    Job("pictures", keep_pictures, every_seconds=10),
    Job("stock_states", keep_stock_states, minutes="*/10"),
    Job("best_sellers", keep_best_sellers, minutes="40"),
    Job("forget_old_traces", forget_traces, minutes="20", hours="19"),
    Job("forget_messages", forget_messages, minutes="25", hours="19"),
    Job("forget_imports", forget_imports, minutes="30"),
    Job("release_holds", release_holds),
    Job("send_refunds", send_waiting_refunds),
    Job("reconcile_payments", reconcile_payments, minutes="*/3"),
    Job("remind_of_tasks", remind_of_tasks, minutes="2-59/5"),
    Job("settle_recalls", settle_recalled_lots, every_seconds=10),
    Job("escalate_tasks", escalate, minutes="*/5"),
    Job("follow_parcels", follow_sent_parcels, minutes="*/10"),
    Job("follow_proposals", carry_on_proposals, minutes="*/5"),
    Job("short_harvests", settle_harvests),
    Job("timed_prices", follow_timed_prices, every_seconds=10),
    Job("complete_orders", complete_quiet_orders, minutes="15"),
    Job("close_lots", close_expired, minutes="5", hours="16"),  # just after midnight in Shanghai
    Job("close_payouts", close_monthly_payouts, minutes="30", hours="18"),  # at half past two in Shanghai
    Job("remind_of_debts", remind_of_debts, minutes="10", hours="1"),  # in the morning in Shanghai
    Job("remind_to_collect", remind_to_collect, minutes="20", hours="1"),  # as well
    Job("forget_baskets", forget_guest_baskets, minutes="40", hours="19"),
)


def run_job(name: str) -> object:
    """Run one job now, in the current application; commands use it too. Raises KeyError for an unknown name."""
    jobs = {job.name: job for job in JOBS}
    return jobs[name].run(At(unit_of_work=unit_of_work(), settings=settings(), now=utc_now()))
