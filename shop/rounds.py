"""What falls due with time alone: orders that nobody complains about, tasks that nobody answers.

Each order and each task has a transaction of its own, so that one that cannot move does not hold up the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings
from shop.fulfilment.deadlines import escalate_overdue, overdue_tasks
from shop.fulfilment.receipt import has_uncollected, receive_order
from shop.inventory.lots import close_expired_lots
from shop.kit.errors import ShopError
from shop.ordering.completion import due_for_completion
from shop.ordering.merging import drop_old_baskets
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
