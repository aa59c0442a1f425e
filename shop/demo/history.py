"""What the history of an order says, in the words that the shop itself would have written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from shop.demo.claim_talks import ToldClaim, add_claim_talk
from shop.demo.life import HOUR, Fate, Job, Leg
from shop.demo.made import Made, broken_at
from shop.demo.rows import Rows
from shop.demo.terms import OnAccount
from shop.demo.wishes import Mishap
from shop.demo.work import Work, escalated, loaded
from shop.demo.world import World
from shop.fulfilment.models import TaskStatus
from shop.ordering.claim_models import Claim, ClaimKind, ClaimRule, ClaimStatus
from shop.ordering.models import OrderEvent
from shop.ordering.reasons import Reason

WORDS = ("收到时碎了一个。", "少了一份。", "有一份压坏了。")
ANSWERED = "已核实，抱歉。我们补发，或退回这一件的钱。"
COMPLAINING = {Mishap.COMPLAINT, Mishap.ANSWERED, Mishap.BROKEN}


class Event(NamedTuple):
    at: datetime
    kind: str
    actor_id: int | None
    facts: dict[str, Any]


class History:
    def __init__(self, world: World, rows: Rows, work: Work) -> None:
        self._world, self._rows, self._work = world, rows, work

    def write(self, made: Made, codes: tuple[dict[int, str], dict[int, str]], payment_id: int) -> None:
        tasks, parcels = codes
        life = made.life
        events = [*self._buying(made, payment_id), *self._end(made)]
        for number, job in enumerate(life.jobs):
            events += self._preparing(made, job, tasks[number])
        for place_id, code in parcels.items():
            events += self._travelling(made, life.legs[place_id], code)
        for event in sorted(events, key=lambda event: event.at):
            if event.at <= life.now:
                self._rows.add(OrderEvent, order_id=made.id, **event._asdict())

    def _buying(self, made: Made, payment_id: int) -> Iterator[Event]:
        life, buyer = made.life, made.wish.buyer.user_id
        provider = made.wish.method
        yield Event(life.placed, "placed", buyer, {})
        if made.wish.on_account is not None:
            yield from self._on_account(made, made.wish.on_account)
            return
        yield Event(life.placed, "payment_started", None, {"provider": provider, "attempt": 1})
        if life.fate is Fate.UNPAID:
            yield Event(life.ended, "payment_expired", None, {"provider": provider, "reason": ""})
            yield Event(life.ended, "cancelled", None, {"reason": Reason.UNPAID})
        elif life.fate is not Fate.AWAITED:
            yield Event(life.confirmed, "confirmed", None, {"payment_id": payment_id})

    def _on_account(self, made: Made, terms: OnAccount) -> Iterator[Event]:
        at, money = made.life.confirmed, {"amount_fen": made.total_fen}
        yield Event(at, "accepted_on_terms", None, {"days": terms.days, **money})
        yield Event(at, "confirmed", None, {"payment_id": None})
        if terms.paid_after is not None:
            yield Event(at + terms.paid_after, "debt_settled", None, money)

    def _preparing(self, made: Made, job: Job, code: str) -> Iterator[Event]:
        life = made.life
        village_id = self._work.village_of(job.producer_id)
        user_id, acted = self._world.people.hand_for(job.producer_id, village_id)
        facts = {"task": code, "producer_id": job.producer_id, "acted_for": acted}
        if job.declined is not None:
            yield Event(job.declined, "task_declined", user_id, facts)
            return
        if (late := escalated(life, job)) is not None:
            yield Event(late, "task_overdue", None, {"task": code, "producer_id": job.producer_id})
        until = life.ended if life.task_status(job) is TaskStatus.CANCELLED else life.now
        packer = self._work.packer(job.place_id)
        for at, kind, actor in (
            (job.accepted, "task_accepted", user_id),
            (job.ready, "task_ready", user_id),
            (job.received, "task_received", packer),
        ):
            if at < until:
                yield Event(at, kind, actor, facts)

    def _travelling(self, made: Made, leg: Leg, code: str) -> Iterator[Event]:
        parcel, packer = {"parcel": code}, self._work.packer(leg.place_id)
        yield Event(leg.packed, "parcel_packed", packer, parcel)
        yield Event(leg.shipped, "parcel_shipped", packer, parcel)
        if made.wish.trip is None:
            yield Event(leg.ended, "parcel_delivered", packer, parcel)
            return
        if leg.shipped <= made.life.now:
            yield Event(loaded(leg), "parcel_loaded", packer, {**parcel, "run": made.wish.trip.code})
        yield Event(leg.arrived, "parcel_arrived", None, parcel)
        yield Event(leg.ended, "parcel_handed_over", self._work.keeper(made), parcel)

    def _end(self, made: Made) -> Iterator[Event]:
        life, admin_id = made.life, self._world.people.admin_id
        money = {"amount_fen": made.total_fen}
        if life.fate is Fate.CALLED_OFF:
            yield Event(life.ended, "refund_requested", admin_id, money)
            yield Event(life.ended, "cancelled", admin_id, {"reason": Reason.CANCELLED_BY_BUYER})
            yield Event(life.ended, "refund_succeeded", None, money)
        if life.fate is not Fate.FULFILLED:
            return
        yield Event(life.shipped, "shipped", None, {})
        yield Event(life.completed, "completed", None, {})
        if made.wish.mishap in COMPLAINING:
            yield from self._claim(made)
        if (at := broken_at(made)) is not None:
            yield Event(at, "refund_requested", admin_id, money)
            yield Event(at, "refund_succeeded", None, money)

    def _claim(self, made: Made) -> Iterator[Event]:
        """About the first line; an answered one was granted."""
        opened_at = max(leg.ended for leg in made.life.legs.values()) + HOUR
        decided_at = opened_at + 3 * HOUR
        is_open = made.wish.mishap is Mishap.COMPLAINT or decided_at > made.life.now
        if opened_at > made.life.now:
            return
        buyer_id, admin_id = made.wish.buyer.user_id, self._world.people.admin_id
        claim_id = self._rows.add(
            Claim,
            order_id=made.id,
            order_line_id=made.lines[0].id,
            kind=ClaimKind.ARRIVED_BAD,
            units=1,
            text=WORDS[made.id % len(WORDS)],
            status=ClaimStatus.OPEN if is_open else ClaimStatus.ACCEPTED,
            request_token=f"demo:{made.id}",
            opened_at=opened_at,
            opened_by_id=buyer_id,
            rule=None if is_open else ClaimRule.BAD_ON_ARRIVAL,
            answer="" if is_open else ANSWERED,
            decided_at=None if is_open else decided_at,
            decided_by_id=None if is_open else admin_id,
        )
        decided = None if is_open else decided_at
        add_claim_talk(self._rows, ToldClaim(claim_id, made.id, buyer_id, opened_at, decided, admin_id))
        facts = {"claim_id": claim_id}
        yield Event(opened_at, "claim_opened", buyer_id, {**facts, "claim_kind": ClaimKind.ARRIVED_BAD.value})
        if not is_open:
            said = {"decision": ClaimStatus.ACCEPTED.value, "rule": ClaimRule.BAD_ON_ARRIVAL.value}
            yield Event(decided_at, "claim_decided", admin_id, {**facts, **said})
