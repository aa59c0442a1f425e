"""What falls due with time alone: orders that nobody complains about, tasks that nobody answers.

Each order and each task has a transaction of its own, so that one that cannot move does not hold up the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings
from shop.catalogue.running_prices import due_prices, follow_price
from shop.fulfilment.collecting import Patience, due_for_collection, remind_to_collect
from shop.fulfilment.deadlines import escalate_overdue, overdue_tasks
from shop.fulfilment.harvesting import cut_newest, short_lots
from shop.fulfilment.proposals_due import steps_due
from shop.fulfilment.receipt import has_uncollected, receive_order
from shop.fulfilment.reminding import due_for_reminder as due_for_task_reminder
from shop.fulfilment.reminding import remind_household
from shop.fulfilment.stopping import orders_to_stop, stop_recalled
from shop.inventory.lots import close_expired_lots
from shop.kit.clock import shanghai_date
from shop.kit.errors import ShopError
from shop.ledger.payouts.closing import close_payouts, is_closed
from shop.ledger.payouts.rule import payout_rule
from shop.ordering.completion import due_for_completion
from shop.ordering.merging import drop_old_baskets
from shop.payments.terms.reminding import due_for_reminder, remind
from shop.storage.unit_of_work import UnitOfWork

log = logging.getLogger("shop.rounds")


def complete_orders(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Complete what has been on its way for the shop's number of days; returns how many orders moved.

    What lies at a pickup point uncollected is not with its buyer: it stays on the work list.
    """

    def due(session: Session) -> list[int]:
        days = read_shop_settings(session).complete_after_days
        return due_for_completion(session, now=now, after_days=days, unless=has_uncollected())

    steps = [partial(receive_order, order_id=order_id, now=now) for order_id in unit_of_work.run(due)]
    return _each(unit_of_work, steps)


def remind_collectors(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Write to buyers whose parcels wait at a pickup point for the shop's number of days, twice for each arrival."""

    def due(session: Session) -> tuple[Patience, Sequence[int]]:
        settings = read_shop_settings(session)
        days = Patience(settings.remind_uncollected_after_days, settings.remind_again_after_days)
        return days, due_for_collection(session, days, now=now)

    patience, order_ids = unit_of_work.run(due)
    steps = [partial(remind_to_collect, order_id=one, patience=patience, now=now) for one in order_ids]
    return _each(unit_of_work, steps)


def escalate_tasks(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Take each overdue task one step further: to the coordinator, then to another household."""

    def due(session: Session) -> tuple[int, list[int]]:
        hours = read_shop_settings(session).coordinator_hours
        return hours, overdue_tasks(session, coordinator_hours=hours, now=now)

    hours, task_ids = unit_of_work.run(due)
    steps = [
        partial(escalate_overdue, task_id=task_id, coordinator_hours=hours, now=now) for task_id in task_ids
    ]
    return _each(unit_of_work, steps)


def remind_households(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Tell households whose time runs out, once for each deadline."""

    def due(session: Session) -> list[int]:
        hours = read_shop_settings(session).remind_before_hours
        return due_for_task_reminder(session, before_hours=hours, now=now)

    steps = [partial(remind_household, task_id=task_id, now=now) for task_id in unit_of_work.run(due)]
    return _each(unit_of_work, steps)


def follow_proposals(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Look again for units that buyers wait for, and give the money back where nobody answered in time."""
    return _each(unit_of_work, unit_of_work.run(partial(steps_due, now=now)))


def settle_recalls(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Stop what has not left of recalled lots, and tell their buyers; returns how many orders."""
    steps = [
        partial(stop_recalled, recall_id=recall_id, order_id=order_id, now=now)
        for recall_id, order_id in unit_of_work.run(orders_to_stop)
    ]
    return _each(unit_of_work, steps)


def settle_short_harvests(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Take what a harvest did not bring out of the orders that were placed last; returns how many orders."""
    return sum(settle_short_harvest(unit_of_work, lot_id, now=now) for lot_id in unit_of_work.run(short_lots))


def settle_short_harvest(unit_of_work: UnitOfWork, lot_id: int, *, now: datetime) -> int:
    """As `settle_short_harvests`, for one lot."""
    cut = 0
    while unit_of_work.run(partial(cut_newest, lot_id=lot_id, now=now)):
        cut += 1
    return cut


def remind_debtors(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Write to organisations whose debts are due soon or overdue, once a week each."""

    def due(session: Session) -> Sequence[int]:
        return due_for_reminder(session, now=now)

    steps = [
        partial(remind, organisation_id=organisation_id, actor_id=None, now=now)
        for organisation_id in unit_of_work.run(due)
    ]
    return _each(unit_of_work, steps)


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
    return _each(unit_of_work, [partial(follow_price, price_id=one, now=now) for one in ids])


def close_lots(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Take lots off sale whose best-before has passed; returns how many."""
    return unit_of_work.run(partial(close_expired_lots, now=now))


def forget_baskets(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Forget guests' baskets that nobody came back to; returns how many."""
    return unit_of_work.run(partial(drop_old_baskets, now=now))


def _each(unit_of_work: UnitOfWork, steps: Sequence[Callable[[Session], object]]) -> int:
    moved = 0
    for step in steps:
        try:
            unit_of_work.run(step)
        except ShopError as error:
            log.warning("one could not move: %s", error.code)
        else:
            moved += 1
    return moved
