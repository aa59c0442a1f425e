"""One order at every stage for each side, told through the shop's own steps; street and note end in the stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from shop.delivery.models import Run, RunStop
from shop.extensions import payment_providers, unit_of_work
from shop.fulfilment.accepting import accept
from shop.fulfilment.handover import hand_over
from shop.fulfilment.models import Task
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER, Reach
from shop.fulfilment.readiness import mark_ready
from shop.fulfilment.receiving import receive
from shop.fulfilment.runs import arrive, depart, load
from shop.fulfilment.shipping import Consignment, mark_delivered, ship_parcels
from shop.kit.references import secret_token, token_digest
from shop.ordering.basket import BasketOwner, add_item
from shop.ordering.checkout import place_order
from shop.ordering.completion import complete
from shop.ordering.models import InvoiceKind, Order
from shop.ordering.wish import Courier, InvoiceWish, Pickup, Recipient, Wish
from shop.payments.cancelling import cancel_order
from shop.payments.models import Payment
from shop.payments.sandbox.models import SandboxSession
from shop.payments.sandbox.till import Button, press
from shop.payments.starting import Pages, start_payment
from shop.payments.syncing import sync
from tests.factories.planted_goods import BOX, Plots

COURIER_STAGES = ("awaiting", "open", "accepted", "ready", "received", "packed", "shipped", "delivered")
TRUCK_STAGES = ("waiting", "loaded", "departed", "here", "collected")
BOX_STAGES = ("box_received", "box_packed")
ENDS = ("cancelled", "refunded", "completed")
_numbers = count(1)


@dataclass
class OrderFacts:
    """What tests need to know of a planted order."""

    id: int
    number: str
    page_token: str = ""  # of the sandbox's page
    tasks: tuple[int, ...] = ()
    parcel: str = ""
    pickup_code: str = ""
    place_id: int = 0


def tell_stories(
    app: Flask, world: Any, sides: dict[str, Any], plots: Plots, now: datetime
) -> tuple[Any, Any]:
    """Orders by side and stage, and the runs that they travel on. Needs an application context."""
    runs = unit_of_work().run(lambda session: _runs(session, world.points, now))
    teller = Teller(world, plots, runs, now)
    for key, side in sides.items():
        for stage in COURIER_STAGES + TRUCK_STAGES + BOX_STAGES + ENDS:
            teller.tell(key, stage, side)
    for stage in ("awaiting", "open"):
        teller.tell("guest", stage, sides["a"])
    teller.trucks_leave()
    return teller.orders, {stage: code for stage, (_id, code) in runs.items()}


def _runs(session: Session, points: dict[str, int], now: datetime) -> dict[str, tuple[int, str]]:
    made = {}
    for stage in ("loaded", "departed", "here"):
        run = Run(
            code=f"SAFE-{stage.upper()}", cutoff_at=now + timedelta(days=2), departs_at=now + timedelta(days=3),
            arrives_at=now + timedelta(days=4), capacity_g=10**7,
            stops=[RunStop(pickup_point_id=points[side], position=place) for place, side in enumerate("ab")],
        )  # fmt: skip
        session.add(run)
        session.flush()
        made[stage] = (run.id, run.code)
    return made


class Teller:
    def __init__(self, world: Any, plots: Plots, runs: dict[str, tuple[int, str]], now: datetime) -> None:
        self.world, self.plots, self.runs, self.now = world, plots, runs, now
        self.orders: dict[str, dict[str, OrderFacts]] = {}
        self._aboard: dict[str, list[OrderFacts]] = {stage: [] for stage in TRUCK_STAGES}

    def tell(self, key: str, stage: str, side: Any) -> None:
        order = self._place(key, stage, side)
        self.orders.setdefault(key, {})[stage] = order
        if stage == "cancelled":
            cancel_order(unit_of_work(), payment_providers(), order.id, actor_id=None, now=self.now)
        if stage not in {"awaiting", "cancelled"}:
            self._pay(order)
            self._advance(order, stage, self.world.users.get(side.coordinator))

    def trucks_leave(self) -> None:
        """All trucks but one leave; at one of them the parcels are at the points, and one is collected."""
        for stage, run in (
            ("loaded", "loaded"),
            ("departed", "departed"),
            ("here", "here"),
            ("collected", "here"),
        ):
            for order in self._aboard[stage]:
                self._do(load, self.runs[run][1], [order.parcel])
        for run in ("departed", "here"):
            self._do(depart, self.runs[run][1])
        unit_of_work().run(lambda session: arrive(session, self.runs["here"][1], now=self.now))
        for order in self._aboard["collected"]:
            point_ids = frozenset({self.world.points["a"], self.world.points["b"]})
            self._do(hand_over, order.pickup_code, by=Reach(pickup_point_ids=point_ids))

    def _place(self, key: str, stage: str, side: Any) -> OrderFacts:
        wish = self._wish(key, stage, side)
        sku = BOX if stage in BOX_STAGES else self.plots.skus[side.key]

        def work(session: Session) -> Any:
            add_item(session, wish.owner, sku, 2, now=self.now)
            return place_order(session, wish, now=self.now)

        placed = unit_of_work().run(work)
        pages = Pages(f"http://127.0.0.1:8000/orders/{placed.number}/paid", "http://127.0.0.1:8000/cart")
        start_payment(unit_of_work(), payment_providers(), placed.order_id, pages=pages, now=self.now)
        return self._read(placed.order_id)

    def _wish(self, key: str, stage: str, side: Any) -> Wish:
        guest = key == "guest"
        user_id = None if guest else self.world.users[side.buyer]
        owner = (
            BasketOwner(token_hash=token_digest(secret_token())) if guest else BasketOwner(user_id=user_id)
        )
        run = stage if stage in self.runs else "here"
        return Wish(
            token=secret_token(),
            owner=owner,
            user_id=user_id,
            recipient=Recipient(side.recipient, f"+86{side.phone}", side.email),
            delivery=Pickup(self.world.points[side.key], self.runs[run][0])
            if stage in TRUCK_STAGES
            else Courier("陕西省", "西安市", "雁塔区", f"{side.street} {stage}"),
            payment_method="sandbox",
            note=f"{side.note} {stage}",
            invoice=InvoiceWish(InvoiceKind.ORGANISATION, side.invoice_title, side.tax_number),
            privacy_version="1" if guest else None,
        )

    def _pay(self, order: OrderFacts) -> None:
        def pay(session: Session) -> int:
            press(session, order.page_token, Button.SUCCEED, now=self.now)
            newest = sa.select(sa.func.max(Payment.id)).where(Payment.order_id == order.id)
            return session.scalars(newest).one()

        payment_id = unit_of_work().run(pay)
        sync(unit_of_work(), payment_providers(), payment_id, now=self.now)

    def _advance(self, order: OrderFacts, stage: str, actor_id: int | None) -> None:
        tasks = self._tasks(order)
        steps: tuple[tuple[Callable[[], object], frozenset[str]], ...] = (
            (lambda: self._do(accept, tasks), frozenset({"open"})),
            (lambda: self._do(mark_ready, tasks), frozenset({"accepted"})),
            (lambda: self._do(receive, tasks), frozenset({"ready"})),
            (lambda: self._pack(order), frozenset({"received", "box_received"})),
        )
        if stage == "refunded":
            cancel_order(
                unit_of_work(),
                payment_providers(),
                order.id,
                actor_id=actor_id,
                now=self.now,
                also_confirmed=True,
            )
            return
        for step, stops_before in steps:
            if stage in stops_before:
                self._note(order)
                return
            step()
        self._note(order)
        if stage in {"shipped", "delivered", "completed"}:
            line = Consignment(order.parcel, "sf", f"SF{7_000_000_000_000 + next(_numbers)}")
            self._do(ship_parcels, [line])
        if stage in {"delivered", "completed"}:
            self._do(mark_delivered, order.parcel)
        if stage == "completed":
            unit_of_work().run(lambda session: complete(session, order.id, now=self.now))
        if stage in TRUCK_STAGES:
            self._aboard[stage].append(order)

    def _pack(self, order: OrderFacts) -> None:
        order.parcel = self._do(pack_parcel, order.id, order.place_id)

    def _do(self, step: Callable[..., Any], *arguments: Any, by: Reach = WORKER) -> Any:
        return unit_of_work().run(lambda session: step(session, *arguments, by=by, now=self.now))

    def _tasks(self, order: OrderFacts) -> list[int]:
        self._note(order)
        return list(order.tasks)

    def _note(self, order: OrderFacts) -> None:
        fresh = self._read(order.id)
        order.tasks, order.pickup_code, order.place_id = fresh.tasks, fresh.pickup_code, fresh.place_id

    @staticmethod
    def _read(order_id: int) -> OrderFacts:
        def work(session: Session) -> OrderFacts:
            order = session.get_one(Order, order_id)
            tasks = session.execute(
                sa.select(Task.id, Task.packing_place_id).where(Task.order_id == order_id).order_by(Task.id)
            ).all()
            page = session.scalar(
                sa.select(SandboxSession.token).where(SandboxSession.order_number == order.number)
            )
            return OrderFacts(
                id=order_id, number=order.number, page_token=page or "", tasks=tuple(row.id for row in tasks),
                pickup_code=order.pickup_code or "", place_id=tasks[0].packing_place_id if tasks else 0,
            )  # fmt: skip

        return unit_of_work().run(work)
