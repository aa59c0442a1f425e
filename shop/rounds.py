"""What falls due with time alone: orders that nobody complains about, tasks that nobody answers.

Each order and each task has a transaction of its own, so that one that cannot move does not hold up the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.setting_versions import due_versions
from shop.accounts.shop_settings import follow_plan, read_shop_settings, values_since
from shop.campaigns.calling_off import call_off_given_up, settle_top_ups
from shop.campaigns.following import follow_orders
from shop.campaigns.order_ends import note_call_off
from shop.catalogue.running_prices import due_prices, follow_price
from shop.delivery.tariffs import follow_tariff
from shop.favourites.restock import forget_old_waits, packs_that_came, tell_next
from shop.fulfilment.before_packing import nothing_is_packed
from shop.fulfilment.collecting import Patience, due_for_collection, remind_to_collect
from shop.fulfilment.deadlines import escalate_overdue, overdue_tasks
from shop.fulfilment.harvest_too_early import ask_buyer, settle_spoiling, spoiling, unasked
from shop.fulfilment.harvesting import cut_newest, short_lots
from shop.fulfilment.promised_refunds import owes_refund
from shop.fulfilment.proposals_due import steps_due
from shop.fulfilment.receipt import has_uncollected, receive_order
from shop.fulfilment.reminding import due_for_reminder as due_for_task_reminder
from shop.fulfilment.reminding import remind_household
from shop.fulfilment.stopping import orders_to_stop, stop_recalled
from shop.inventory.lots import close_expired_lots
from shop.kit.clock import shanghai_date
from shop.ledger.payouts.closing import close_payouts, is_closed
from shop.ledger.payouts.rule import payout_rule
from shop.ordering.completion import due_for_completion
from shop.ordering.merging import drop_old_baskets
from shop.ordering.reasons import Reason
from shop.payments.cancelling import cancel_order
from shop.payments.providers.base import Providers
from shop.payments.terms.reminding import due_for_reminder, remind
from shop.purchases.reminding import remind_by_clock
from shop.storage.row_by_row import at_the_boundary, done, moved
from shop.storage.unit_of_work import UnitOfWork


def complete_orders(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Complete what has been on its way for the shop's number of days; returns how many orders moved.

    What lies at a pickup point uncollected is not with its buyer, and neither is what was called back and is not paid
    back yet: it stays on the work list.
    """

    def due(session: Session) -> list[int]:
        days = values_since(session, "complete_after_days")
        return due_for_completion(
            session, now=now, after_days=days, unless=sa.or_(has_uncollected(), owes_refund())
        )

    steps = [partial(receive_order, order_id=order_id, now=now) for order_id in unit_of_work.run(due)]
    return moved(unit_of_work, steps)


def follow_settings(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Bring into force what was planned for by now: settings and tariffs, in the order of their moments."""

    def follow(session: Session, *, version_id: int) -> bool:
        return follow_plan(session, version_id, now=now) or follow_tariff(session, version_id, now=now)

    due = unit_of_work.run(partial(due_versions, now=now))
    return done(unit_of_work, [partial(follow, version_id=one) for one in due])


def remind_collectors(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Write to buyers whose parcels wait at a pickup point for the shop's number of days, twice for each arrival."""

    def due(session: Session) -> tuple[Patience, Sequence[int]]:
        settings = read_shop_settings(session)
        days = Patience(settings.remind_uncollected_after_days, settings.remind_again_after_days)
        return days, due_for_collection(session, days, now=now)

    patience, order_ids = unit_of_work.run(due)
    steps = [partial(remind_to_collect, order_id=one, patience=patience, now=now) for one in order_ids]
    return moved(unit_of_work, steps)


def escalate_tasks(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Take each overdue task one step further: to the coordinator, then to another household."""

    def due(session: Session) -> tuple[int, list[int]]:
        hours = read_shop_settings(session).coordinator_hours
        return hours, overdue_tasks(session, coordinator_hours=hours, now=now)

    hours, task_ids = unit_of_work.run(due)
    steps = [
        partial(escalate_overdue, task_id=task_id, coordinator_hours=hours, now=now) for task_id in task_ids
    ]
    return moved(unit_of_work, steps)


def remind_households(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Tell households whose time runs out, once for each deadline."""

    def due(session: Session) -> list[int]:
        hours = read_shop_settings(session).remind_before_hours
        return due_for_task_reminder(session, before_hours=hours, now=now)

    steps = [partial(remind_household, task_id=task_id, now=now) for task_id in unit_of_work.run(due)]
    return moved(unit_of_work, steps)


def follow_proposals(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Look again for units that buyers wait for, and give the money back where nobody answered in time."""
    return moved(unit_of_work, unit_of_work.run(partial(steps_due, now=now)))


def settle_recalls(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Stop what has not left of recalled lots, and tell their buyers; returns how many orders."""
    steps = [
        partial(stop_recalled, recall_id=recall_id, order_id=order_id, now=now)
        for recall_id, order_id in unit_of_work.run(orders_to_stop)
    ]
    return moved(unit_of_work, steps)


def settle_short_harvests(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Take what a harvest did not bring out of the orders that were placed last; returns how many orders."""
    short = sum(
        settle_short_harvest(unit_of_work, lot_id, now=now) for lot_id in unit_of_work.run(short_lots)
    )
    return short + settle_early_harvests(unit_of_work, now=now)


def settle_early_harvests(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Find other goods for orders that would get spoiled ones, or ask their buyers; returns how many orders."""
    steps = [
        partial(settle_spoiling, order_id=order_id, lot_id=lot_id, now=now)
        for order_id, lot_id in unit_of_work.run(spoiling)
    ]
    settled = moved(unit_of_work, steps)
    asks = [
        partial(ask_buyer, task_id=task_id, allocation_id=allocation_id, now=now)
        for task_id, allocation_id in unit_of_work.run(unasked)
    ]
    return settled + moved(unit_of_work, asks)


def settle_short_harvest(unit_of_work: UnitOfWork, lot_id: int, *, now: datetime) -> int:
    """As `settle_short_harvests`, for one lot."""
    cut = 0
    while at_the_boundary(unit_of_work, partial(cut_newest, lot_id=lot_id, now=now)) is True:
        cut += 1
    return cut


def remind_of_targets(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Write to owners whose department is behind its yearly target, in the months of the setting, once in each."""
    return unit_of_work.run(partial(remind_by_clock, now=now)).told


def remind_debtors(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Write to organisations whose debts are due soon or overdue, once a week each."""

    def due(session: Session) -> Sequence[int]:
        return due_for_reminder(session, now=now)

    steps = [
        partial(remind, organisation_id=organisation_id, actor_id=None, now=now)
        for organisation_id in unit_of_work.run(due)
    ]
    return moved(unit_of_work, steps)


def close_due_payouts(unit_of_work: UnitOfWork, *, now: datetime) -> bool:
    """Draft the run whose closing day has come, once; whether there was anything to draft."""

    def close(session: Session) -> bool:
        closing = payout_rule(session).closed_by(shanghai_date(now))
        if closing is None or is_closed(session, until := closing - timedelta(days=1)):
            return False
        return close_payouts(session, until, now=now) is not None

    return unit_of_work.run(close)


def follow_prices(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Begin and end prices whose time has come; returns how many."""
    ids = unit_of_work.run(partial(due_prices, now=now))
    return moved(unit_of_work, [partial(follow_price, price_id=one, now=now) for one in ids])


def tell_of_restock(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Tell whose turn it is that a pack can be bought again; returns how many packs were looked at."""
    packs = unit_of_work.run(packs_that_came)
    return moved(unit_of_work, [partial(tell_next, variant_id=one, now=now) for one in packs])


def forget_waits(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Forget who has waited for a pack for too long; returns how many."""
    return unit_of_work.run(partial(forget_old_waits, now=now))


def close_lots(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Take lots off sale whose best-before has passed; returns how many."""
    return unit_of_work.run(partial(close_expired_lots, now=now))


def forget_baskets(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Forget baskets that nobody came back to; returns how many."""
    return unit_of_work.run(partial(drop_old_baskets, now=now))


def settle_own_orders(unit_of_work: UnitOfWork, providers: Providers, *, now: datetime) -> int:
    """What members of campaigns buy themselves and what came to nothing, or was given up; returns how many moved."""
    return settle_top_ups(unit_of_work, _call_off(unit_of_work, providers, now), now=now)


def call_off_own_orders(
    unit_of_work: UnitOfWork, providers: Providers, *, member_id: int, now: datetime
) -> int:
    """Those that one member has just given up."""
    call_off = _call_off(unit_of_work, providers, now)
    return call_off_given_up(unit_of_work, call_off, now=now, member_id=member_id)


def call_off_campaign_order(
    unit_of_work: UnitOfWork,
    providers: Providers,
    *,
    order_id: int,
    reason: str,
    actor_id: int,
    now: datetime,
) -> None:
    """An organiser calls an order of a closed campaign off, until something of it is packed; its members' choices follow.

    Raises TooLateToCancel, NotFound, NotAllowed.
    """

    def while_it_may(session: Session, order_id: int) -> bool:
        if not nothing_is_packed(session, order_id):
            return False
        note_call_off(session, order_id, reason=reason, actor_id=actor_id, now=now)
        return True

    cancel_order(
        unit_of_work,
        providers,
        order_id,
        actor_id=actor_id,
        now=now,
        reason=reason,
        while_it_may=while_it_may,
    )
    follow_orders(unit_of_work, now=now)


def _call_off(unit_of_work: UnitOfWork, providers: Providers, now: datetime) -> Callable[[int], object]:
    """As its buyer would: until something of it is packed."""
    return lambda order_id: cancel_order(
        unit_of_work,
        providers,
        order_id,
        actor_id=None,
        now=now,
        reason=Reason.CANCELLED_BY_BUYER,
        while_it_may=nothing_is_packed,
    )
