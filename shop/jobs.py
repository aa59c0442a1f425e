"""What the worker does by the clock, and how messages leave the outbox.

Two tables: `JOBS` (what runs when) and `DELIVERIES` (who sends a kind of outbox message). A job and a delivery get
the application's unit of work and settings; each may run twice or be killed half way, and must still leave
everything right. Jobs run inside an application context, so sentences can be translated. The web process never
imports this file, so a job may use the dictionaries that are too large for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial

from sqlalchemy.orm import Session

from shop.accounts.campus.leaving import end_memberships
from shop.accounts.forgetting import forget_old_traces
from shop.accounts.trace_addresses import cut_old_addresses
from shop.campaigns.approving import end_late_bills
from shop.campaigns.closing import close_campaigns
from shop.campaigns.following import follow_orders
from shop.campaigns.parcels import forget_homes
from shop.campaigns.reminding import remind_before_end
from shop.canteens.placing import place_standing_orders
from shop.catalogue.counting_searches import forget_old_searches
from shop.catalogue.search_index import index_waiting
from shop.clockwork import At, Delivery, Job, by_clock
from shop.conversations.forgetting import forget_old_talks
from shop.conversations.quiet import close_quiet_conversations
from shop.exporting import write_waiting
from shop.extensions import (
    campus_clients,
    payment_providers,
    settings,
    tracking_provider,
    unit_of_work,
    waybill_provider,
)
from shop.fulfilment.following import follow_parcels
from shop.fulfilment.replies.taking import forget_old_replies
from shop.fulfilment.waybills.models import WAYBILL, WAYBILL_CANCEL
from shop.fulfilment.waybills.sending import send_cancel, send_waybill
from shop.gifts.approving import end_late_approvals
from shop.gifts.forgetting import forget_lists
from shop.gifts.listing import judge_waiting
from shop.gifts.placing import place_gifts
from shop.inventory.stock_state import refresh_stock_state
from shop.kit.clock import utc_now
from shop.mailroom import deliver_message
from shop.notifications.campaign_letters import tell_members
from shop.notifications.forgetting import forget_old_messages
from shop.notifications.messages import OUTBOX_KIND
from shop.ordering.best_sellers import count_sold_units
from shop.paperwork import forget_files, make_waiting_packs
from shop.payments.joint.settling import settle_joint_transfers
from shop.payments.outside.importing import go_on_with_imports
from shop.payments.reconciling import reconcile, send_refunds
from shop.payments.releasing import release_dead_orders
from shop.payments.sandbox.notices import send_notice
from shop.payments.sandbox.till import NOTICE
from shop.photos_ready import make_photos_ready
from shop.privacy.carrying_out import carry_out_erasures
from shop.reports.background import forget_exports
from shop.reports.scheduled import plan_due_exports
from shop.rounds import (
    close_due_payouts,
    close_lots,
    complete_orders,
    escalate_tasks,
    follow_prices,
    follow_proposals,
    follow_settings,
    forget_baskets,
    forget_waits,
    remind_collectors,
    remind_debtors,
    remind_households,
    remind_of_targets,
    settle_own_orders,
    settle_recalls,
    settle_short_harvests,
    tell_of_restock,
)
from shop.storage import outbox
from shop.storage.database import allow_long_statements
from shop.storage.heartbeat import beat
from shop.storage.media import media_store
from shop.storage.outbox import ClaimedMessage, PermanentFailure

WORKER = "worker"
log = logging.getLogger("shop.jobs")


def with_store(work: Callable[..., object]) -> Callable[[At], object]:
    """As `by_clock`, for what needs the store of files besides."""
    return lambda at: work(at.unit_of_work, media_store(at.settings.media_url), now=at.now)


def with_providers(work: Callable[..., object]) -> Callable[[At], object]:
    return lambda at: work(at.unit_of_work, payment_providers(), now=at.now)


def keep_search(at: At) -> int:
    return at.unit_of_work.run(index_waiting)


def keep_pictures(at: At) -> int:
    return make_photos_ready(at.unit_of_work, media_store(at.settings.media_url))


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


def enter_outside_orders(at: At) -> int:
    store = media_store(at.settings.media_url)
    return go_on_with_imports(at.unit_of_work, payment_providers(), store, now=at.now)


def send_waiting_refunds(at: At) -> object:
    settle_own_orders(at.unit_of_work, payment_providers(), now=at.now)
    return send_refunds(at.unit_of_work, payment_providers(), now=at.now)


def follow_sent_parcels(at: At) -> int:
    provider = tracking_provider()
    push_url = f"{at.settings.public_url}/tracking/{provider.name}/push" if provider else ""
    return follow_parcels(at.unit_of_work, provider, push_url=push_url, now=at.now)


def forget_guest_baskets(at: At) -> int:
    return forget_baskets(at.unit_of_work, now=at.now) + forget_waits(at.unit_of_work, now=at.now)


def send_message(message: ClaimedMessage, at: At) -> None:
    deliver_message(message, unit_of_work=at.unit_of_work, settings=at.settings, now=utc_now())


def forget_traces(at: At) -> None:
    at.unit_of_work.run(lambda session: forget_old_traces(session, now=at.now))
    at.unit_of_work.run(lambda session: forget_old_replies(session, now=at.now))
    at.unit_of_work.run(lambda session: forget_old_searches(session, now=at.now))
    forget_old_talks(at.unit_of_work, now=at.now)


def end_campus_memberships(at: At) -> int:
    return end_memberships(at.unit_of_work, campus_clients().wecom, now=at.now)


# Who sends which kind of outbox message.
DELIVERIES: Mapping[str, Delivery] = {
    OUTBOX_KIND: send_message,
    NOTICE: send_sandbox_notice,
    WAYBILL: ask_for_waybill,
    WAYBILL_CANCEL: cancel_waybill,
}

# What runs when: a name, a function of `At`, and its times in UTC.
JOBS: tuple[Job, ...] = (
    Job("heartbeat", beat_heart),
    Job("outbox", deliver_outbox, every_seconds=10),
    Job("search", keep_search, every_seconds=10),
    Job("pictures", keep_pictures, every_seconds=10),
    Job("read_gift_lists", by_clock(judge_waiting), every_seconds=10),
    Job("end_campaign_approvals", by_clock(end_late_bills), minutes="*/5"),
    Job("end_gift_approvals", by_clock(end_late_approvals), minutes="*/5"),
    Job("place_gifts", by_clock(place_gifts), every_seconds=10),
    Job("settle_joint_transfers", by_clock(settle_joint_transfers), every_seconds=5),
    Job("plan_exports", by_clock(plan_due_exports)),
    Job("write_exports", with_store(write_waiting), every_seconds=10),
    Job("forget_exports", with_store(forget_exports), minutes="50"),
    Job("standing_orders", by_clock(place_standing_orders), minutes="*/5"),
    Job("stock_states", keep_stock_states, minutes="*/10"),
    Job("best_sellers", keep_best_sellers, minutes="40"),
    Job("forget_old_traces", forget_traces, minutes="20", hours="19"),
    Job("forget_messages", by_clock(forget_old_messages), minutes="25", hours="19"),
    Job("cut_addresses", by_clock(cut_old_addresses), minutes="35", hours="19"),
    Job("erase_people", with_store(carry_out_erasures), minutes="7"),
    Job("forget_gift_lists", by_clock(forget_lists), minutes="45", hours="19"),
    Job("forget_imports", forget_files, minutes="30"),
    Job("release_holds", by_clock(release_dead_orders)),
    Job("send_refunds", send_waiting_refunds),
    Job("outside_orders", enter_outside_orders, every_seconds=10),
    Job("reconcile_payments", with_providers(reconcile), minutes="*/3"),
    Job("remind_of_tasks", by_clock(remind_households), minutes="2-59/5"),
    Job("make_papers", make_waiting_packs, every_seconds=5),
    Job("close_campaigns", by_clock(close_campaigns), every_seconds=10),
    Job("follow_campaign_orders", by_clock(follow_orders), every_seconds=10),
    Job("forget_homes", by_clock(forget_homes), minutes="50", hours="19"),
    Job("remind_before_campaigns_end", by_clock(remind_before_end), minutes="*/5"),
    Job("tell_campaign_members", by_clock(tell_members), every_seconds=10),
    Job("settle_recalls", by_clock(settle_recalls), every_seconds=10),
    Job("escalate_tasks", by_clock(escalate_tasks), minutes="*/5"),
    Job("follow_parcels", follow_sent_parcels, minutes="*/10"),
    Job("follow_proposals", by_clock(follow_proposals), minutes="*/5"),
    Job("short_harvests", by_clock(settle_short_harvests)),
    Job("timed_prices", by_clock(follow_prices), every_seconds=10),
    Job("restock", by_clock(tell_of_restock)),
    Job("follow_settings", by_clock(follow_settings)),
    Job("complete_orders", by_clock(complete_orders), minutes="15"),
    Job("close_lots", by_clock(close_lots), minutes="5", hours="16"),  # just after midnight in Shanghai
    Job("close_payouts", by_clock(close_due_payouts), minutes="30", hours="18"),  # 2:30 in Shanghai
    Job("remind_of_targets", by_clock(remind_of_targets), minutes="20", hours="1"),
    Job("remind_of_debts", by_clock(remind_debtors), minutes="10", hours="1"),  # in the morning in Shanghai
    Job("remind_to_collect", by_clock(remind_collectors), minutes="20", hours="1"),  # as well
    Job("end_memberships", end_campus_memberships, minutes="15", hours="17"),  # after midnight in Shanghai
    Job("close_conversations", by_clock(close_quiet_conversations), minutes="35", hours="19"),
    Job("forget_baskets", forget_guest_baskets, minutes="40", hours="19"),
)


def run_job(name: str) -> object:
    """Run one job now, in the current application; commands use it too. Raises KeyError for an unknown name."""
    jobs = {job.name: job for job in JOBS}
    return jobs[name].run(At(unit_of_work=unit_of_work(), settings=settings(), now=utc_now()))
