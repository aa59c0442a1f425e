"""From a wish and the lots that serve it to the life of an order."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random

from shop.demo.life import HOUR, MINUTE, Fate, Job, Life, Part, keep_silent, send, stop_at, work_out
from shop.demo.wishes import Mishap, Wish
from shop.demo.world import World
from shop.payments.providers.sandbox import LIFETIME

BANK_DAYS = 5
FATES = {Mishap.UNPAID: Fate.UNPAID, Mishap.CALLED_OFF: Fate.CALLED_OFF}


def begin(world: World, wish: Wish, parts: list[Part], random: Random, now: datetime) -> Life:
    """Placed, paid or not, and given to households."""
    life = _decide(world, wish, random, now)
    if life.fate in {Fate.FULFILLED, Fate.CALLED_OFF}:
        give(life, world, wish, parts, life.confirmed, random)
    return life


def give(life: Life, world: World, wish: Wish, parts: list[Part], at: datetime, random: Random) -> None:
    """A task for each producer and packing place."""
    grouped: dict[tuple[int, int], list[Part]] = defaultdict(list)
    for part in parts:
        grouped[part.producer_id, part.place_id].append(part)
    for (producer_id, place_id), own in grouped.items():
        job = Job(producer_id, place_id, own, at)
        work_out(job, world.place_kind(place_id), wish.trip, random)
        life.jobs.append(job)


def finish(life: Life, wish: Wish, random: Random) -> None:
    """Sent and received, or left lying; an order that is still under way came as far as the wish says."""
    if not life.jobs:
        return
    if wish.mishap is Mishap.SILENT:
        keep_silent(next(job for job in life.jobs if job.declined is None), life.now)
    send(life, wish.trip, random)
    if life.fate is Fate.CALLED_OFF and life.ended >= min(leg.packed for leg in life.legs.values()):
        life.fate = Fate.FULFILLED  # too late: it was packed already
    if wish.until is not None:
        stop_at(life, wish.until, life.now)


def _decide(world: World, wish: Wish, random: Random, now: datetime) -> Life:
    placed = wish.placed
    fate = FATES.get(wish.mishap, Fate.FULFILLED)
    confirmed = placed + random.randint(1, 4) * MINUTE
    ended = confirmed + random.randint(10, 600) * MINUTE
    over = placed + LIFETIME
    if wish.by_bank:
        confirmed = placed + random.randint(3, 60) * HOUR
        ended = confirmed + random.randint(1, 10) * HOUR
        over = world.calendar.end_of_working_day(placed, BANK_DAYS)
    if wish.on_account is not None:
        confirmed = placed + MINUTE
    if wish.until is not None:
        confirmed = min(confirmed, now - timedelta(minutes=30))
    if fate is Fate.UNPAID:
        ended = over
    if ended > now:  # too young to have come to an end
        fate = Fate.FULFILLED
    if wish.mishap is Mishap.AWAITED or (wish.by_bank and confirmed > now):
        fate = Fate.AWAITED
    return Life(fate, now, placed, confirmed, ended, by_truck=wish.trip is not None)
