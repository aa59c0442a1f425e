"""A small shop at work: each method is one thing that people do, through the shop's own functions and reactions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.accounts.shop_settings import set_shop_settings
from shop.catalogue.models import Seller
from shop.check.all_rules import find_violations
from shop.delivery.models import Run, RunStop
from shop.fulfilment.accepting import accept
from shop.fulfilment.closing import close_waiting
from shop.fulfilment.declining import decline
from shop.fulfilment.handover import hand_over
from shop.fulfilment.models import Parcel, Task, TaskStatus
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER, keeper
from shop.fulfilment.readiness import mark_ready
from shop.fulfilment.received import received_at
from shop.fulfilment.receiving import receive
from shop.fulfilment.runs import arrive, depart, load
from shop.fulfilment.shipping import Consignment, ship_parcels
from shop.inventory.models import Allocation, ReturnedUnits, ReturnStatus, ReturnWish
from shop.kit.money import plain_yuan
from shop.ledger.payouts.closing import Closed, close_payouts
from shop.ordering.basket import BasketOwner
from shop.ordering.claim_models import ClaimKind, ClaimRule, ClaimStatus
from shop.ordering.claims import Told, decide_claim, open_claim
from shop.ordering.completion import complete
from shop.ordering.models import DeliveryKind, Order, OrderLine
from shop.payments.bank import agree_to, confirm_transfer, confirm_transfer_back
from shop.payments.cancelling import CancelOutcome, cancel_order
from shop.payments.goods_back import Goods, Origin, origins_of_order
from shop.payments.goods_returning import write_off_instead
from shop.payments.models import Payment, PaymentStatus, Refund, RefundBearer, RefundStatus
from shop.payments.part_refunds import PartRefund, ask_part_refund
from shop.payments.providers.bank_transfer import BankTransfer
from shop.payments.providers.base import Attempt, Providers
from shop.payments.providers.on_account import OnAccount
from shop.payments.providers.sandbox import Sandbox
from shop.payments.refund_limits import RefundedUnits, left_to_refund
from shop.payments.refund_settling import send_refund
from shop.payments.sandbox.till import Button, press
from shop.payments.starting import Pages, start_payment
from shop.payments.statements.importing import Reading, import_statement, open_statement
from shop.payments.statements.matching import pay_with_lines
from shop.payments.statements.models import Proposal, StatementLine
from shop.payments.syncing import sync
from shop.payments.terms.accepting import buy_on_terms
from shop.payments.terms.errors import DebtClosed
from shop.payments.terms.write_offs import write_off
from shop.payments.whole_refunds import refund_in_full
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.buying import buy, somebody
from tests.factories.organisations import add_union
from tests.factories.small_shop import SmallShop, add_lot, add_product, fill_shelves, open_small_shop
from tests.factories.statements import as_csv, rows_of

TIMES = ("cutoff_at", "departs_at", "arrives_at")
PAGES = Pages("http://shop.example/paid", "http://shop.example/pay")
LIVE = (TaskStatus.OPEN, TaskStatus.ACCEPTED, TaskStatus.READY, TaskStatus.PACKED)


@dataclass
class Trade:
    """`now` is the clock on the wall; every step takes a minute."""

    unit_of_work: UnitOfWork
    shop: SmallShop
    admin_id: int
    union_id: int
    organisation_id: int
    now: datetime = field(init=False)
    began: datetime = field(init=False)
    sent: int = 0
    trucks: int = 1
    asked: int = 0
    buyers: int = 0

    def __post_init__(self) -> None:
        self.now = self.began = self.shop.now

    @property
    def providers(self) -> Providers:
        sandbox = Sandbox(self.unit_of_work, "http://localhost/sandbox", ("secret",))
        return {"sandbox": sandbox, "bank_transfer": BankTransfer(5), "on_account": OnAccount(5)}

    def run(self, work):
        self.now += timedelta(minutes=1)
        self.shop.now = self.now
        return self.unit_of_work.run(work)

    # Buying

    def order(self, goods: dict[str, int], *, courier: bool = False, method: str = "sandbox") -> int:
        """Placed, with its attempt to pay begun."""
        order_id = self._place(goods, courier=courier, method=method)
        self.attempt(order_id)
        return order_id

    def _place(
        self, goods: dict[str, int], *, courier: bool, method: str, by: BasketOwner | None = None
    ) -> int:
        self.buyers += 1
        changes = {
            "courier": courier, "payment_method": method, "recipient": somebody(self.buyers), "by": by,
        }  # fmt: skip
        return self.run(lambda session: buy(session, self.shop, goods, **changes)).order_id

    def attempt(self, order_id: int) -> Attempt:
        return start_payment(self.unit_of_work, self.providers, order_id, pages=PAGES, now=self.now)

    def pay(self, order_id: int, *, button: Button = Button.SUCCEED) -> None:
        attempt = self.attempt(order_id)
        if attempt.provider == "bank_transfer":
            self.transfer(attempt.id, attempt.amount_fen)
            return
        self.run(lambda session: press(session, attempt.provider_ref or "", button, now=self.now))
        sync(self.unit_of_work, self.providers, attempt.id, now=self.now)

    def transfer(self, payment_id: int, fen: int) -> None:
        """An admin sees it on the statement, however late."""
        who = {"actor_id": self.admin_id, "now": self.now}
        self.run(lambda session: confirm_transfer(session, payment_id, fen, **who))

    def pay_by_receipt(self, order_id: int) -> None:
        """It stands on a statement; one person puts it to its order, another agrees."""
        attempt = self.attempt(order_id)
        second = self.run(self._second_person)
        limit = {"second_person_above_yuan": "0"}
        self.run(lambda session: set_shop_settings(session, limit, actor_id=None, now=self.now))
        row = (self.now.date().isoformat(), "", plain_yuan(attempt.amount_fen), "某某大学", attempt.reference)
        file = open_statement(as_csv(rows_of([row])))
        who = {"actor_id": self.admin_id, "now": self.now}
        self.run(lambda session: import_statement(session, file, Reading(), file_name="11.csv", **who))
        line_id = self.run(lambda session: session.scalar(sa.select(sa.func.max(StatementLine.id))))
        parts = {line_id: attempt.amount_fen}
        self.run(lambda session: pay_with_lines(session, attempt.id, parts, **who))
        proposal_id = self.run(lambda session: session.scalar(sa.select(sa.func.max(Proposal.id))))
        self.run(lambda session: agree_to(session, proposal_id, actor_id=second, now=self.now))
        limit = {"second_person_above_yuan": "5000"}
        self.run(lambda session: set_shop_settings(session, limit, actor_id=None, now=self.now))

    def _second_person(self, session: Session) -> int:
        person = User(email=f"second{self.now:%d%H%M}@shop.example", name="second", created_at=self.now)
        session.add(person)
        session.flush()
        return person.id

    def sell_on_terms(self, goods: dict[str, int], *, courier: bool = False) -> int:
        """Accepted as a debt of the union, transferred later."""
        who = BasketOwner(user_id=self.union_id)
        order_id = self._place(goods, courier=courier, method="on_account", by=who)
        self.accept_on_terms(order_id)
        return order_id

    def accept_on_terms(self, order_id: int) -> int:
        """Returns the debt's id."""
        return buy_on_terms(
            self.unit_of_work, self.providers, order_id, organisation_id=self.organisation_id, now=self.now
        )

    def debt(self, order_id: int) -> Payment:
        """What is owed for it. Raises DebtClosed."""
        for one in self.payments(order_id):
            if one.is_open_debt:
                return one
        raise DebtClosed()

    def settle(self, order_id: int) -> None:
        """What is owed for it stands on the statement; a second person agrees where one is needed."""
        debt = self.debt(order_id)
        self.transfer(debt.id, debt.due_fen)

    def give_up(self, order_id: int, fen: int) -> bool:
        """A part of a debt is written off; small amounts need no second person."""
        debt = self.debt(order_id)
        self.asked += 1
        say = {"token": f"off{self.asked}", "actor_id": self.admin_id, "now": self.now}
        return self.run(lambda session: write_off(session, debt.id, fen, "bank charges", **say))

    def sell(self, goods: dict[str, int], *, courier: bool = False, method: str = "sandbox") -> int:
        order_id = self.order(goods, courier=courier, method=method)
        self.pay(order_id)
        return order_id

    def expire(self, order_id: int) -> None:
        """Nobody paid in time."""
        over = [payment.expires_at for payment in self.payments(order_id) if payment.expires_at]
        self.now = max([self.now, *over]) + timedelta(minutes=1)
        self.sync_all(order_id)

    def sync_all(self, order_id: int) -> None:
        for payment in self.payments(order_id):
            if payment.status is PaymentStatus.PENDING:
                sync(self.unit_of_work, self.providers, payment.id, now=self.now)

    def cancel(self, order_id: int, *, also_confirmed: bool = False) -> CancelOutcome:
        return cancel_order(
            self.unit_of_work,
            self.providers,
            order_id,
            actor_id=None,
            now=self.now,
            also_confirmed=also_confirmed,
        )

    def send_refunds(self) -> None:
        """The provider sends back what is asked for; a person does where a bank is needed."""
        waiting = sa.select(Refund.id).where(
            Refund.status.in_([RefundStatus.REQUESTED, RefundStatus.PENDING])
        )
        for refund_id in self.run(lambda session: session.scalars(waiting).all()):
            status = send_refund(self.unit_of_work, self.providers, refund_id, now=self.now)
            if status is RefundStatus.PENDING:
                say = partial(
                    confirm_transfer_back, refund_id=refund_id, actor_id=self.admin_id, now=self.now
                )
                self.run(say)

    def call_off(self, order_id: int) -> None:
        """An admin cancels a paid order, and the money goes back."""
        self.cancel(order_id, also_confirmed=True)
        self.send_refunds()

    def ask_refund(self, order_id: int, *, bearer: RefundBearer = RefundBearer.SHOP) -> int:
        """Money back for an order that went its way, asked for and not sent yet."""
        ask = partial(
            refund_in_full,
            order_id=order_id,
            bearer=bearer,
            reason="broken",
            actor_id=self.admin_id,
            token=f"claim{order_id}",
            now=self.now,
        )
        return self.run(ask)

    def refund(self, order_id: int, *, bearer: RefundBearer = RefundBearer.SHOP) -> int:
        refund_id = self.ask_refund(order_id, bearer=bearer)
        self.send_refunds()
        return refund_id

    def part_refund(
        self,
        order_id: int,
        bearer: str,
        *,
        units: dict[str, int] | None = None,
        fen: int | None = None,
        freight_fen: int = 0,
        free_fen: int = 0,
        claim_id: int | None = None,
        goods: str = "",
        lot: str = "",
        send: bool = True,
    ) -> int:
        """Money back for some units, by SKU and at their price or for `fen` each line, for freight, or for a free amount.

        `goods`: that the units came back, to be sold again or written off; of `lot`, else of the first that has so many.
        """

        def ask(session: Session) -> int:
            left = left_to_refund(session, order_id).lines
            origins = origins_of_order(session, order_id, now=self.now) if goods else {}
            lines = session.execute(
                sa.select(OrderLine.id, OrderLine.sku).where(OrderLine.order_id == order_id)
            )
            wanted = tuple(
                RefundedUnits(
                    line_id,
                    units[sku],
                    left[line_id].most_for(units[sku]) if fen is None else fen,
                    goods=_goods(origins.get(line_id, ()), units[sku], goods, self.shop.lots.get(lot)),
                )
                for line_id, sku in lines
                if units and sku in units
            )
            part = PartRefund(RefundBearer(bearer), "dented", wanted, freight_fen, free_fen, claim_id)
            self.asked += 1
            return ask_part_refund(
                session, order_id, part, token=f"part{self.asked}", actor_id=self.admin_id, now=self.now
            )

        refund_id = self.run(ask)
        if send:
            self.send_refunds()
        return refund_id

    def write_off_instead(self, order_id: int) -> None:
        """What refunds of the order put back in stock is not fit for sale after all."""
        back = sa.select(ReturnedUnits.refund_line_id).join(
            Allocation, Allocation.id == ReturnedUnits.allocation_id
        )
        of_order = back.join(OrderLine, OrderLine.id == Allocation.order_line_id).where(
            OrderLine.order_id == order_id, ReturnedUnits.status == ReturnStatus.RESTOCKED
        )
        for line_id in self.run(lambda session: set(session.scalars(of_order))):
            by = {"reason": "mouldy", "actor_id": self.admin_id, "now": self.now}
            self.run(partial(write_off_instead, order_id=order_id, refund_line_id=line_id, **by))

    def claim(
        self, order_id: int, sku: str, *, kind: ClaimKind = ClaimKind.ARRIVED_BAD, units: int = 1
    ) -> int:
        """The buyer says that units of a line are not right."""

        def tell(session: Session) -> int:
            line = sa.select(OrderLine.id).where(OrderLine.order_id == order_id, OrderLine.sku == sku)
            told = Told(kind, "cracked", f"{sku}{self.now}", session.scalar(line), units)
            received = received_at(session, order_id)
            return open_claim(session, order_id, told, received_at=received, now=self.now)

        return self.run(tell)

    def grant(self, claim_id: int, status: ClaimStatus = ClaimStatus.ACCEPTED) -> None:
        rule = ClaimRule.NOT_SHOWN if status is ClaimStatus.REFUSED else ClaimRule.BAD_ON_ARRIVAL
        decided = {"rule": rule, "answer": "Sorry.", "actor_id": self.admin_id}
        self.run(lambda session: decide_claim(session, claim_id, status, now=self.now, **decided))

    def ask_to_close(self, order_id: int) -> None:
        """An admin takes what nobody has out of an order."""
        who = {"reason": "nobody has any", "actor_id": self.admin_id}
        self.run(lambda session: close_waiting(session, order_id, now=self.now, **who))

    def close_waiting(self, order_id: int) -> None:
        """The same, and its price has gone back."""
        self.ask_to_close(order_id)
        self.send_refunds()

    # The village

    def tasks(self, order_id: int, *statuses: TaskStatus) -> list[Task]:
        statement = sa.select(Task).where(Task.order_id == order_id).order_by(Task.id)
        if statuses:
            statement = statement.where(Task.status.in_(statuses))
        return self.run(lambda session: list(session.scalars(statement)))

    def accept(self, order_id: int) -> None:
        ids = [task.id for task in self.tasks(order_id, TaskStatus.OPEN)]
        if ids:
            self.run(lambda session: accept(session, ids, by=WORKER, now=self.now))

    def decline(self, order_id: int, *, which: int = 0) -> Task:
        task = self.tasks(order_id, TaskStatus.OPEN, TaskStatus.ACCEPTED)[which]
        self.run(lambda session: decline(session, task.id, "货不够", by=WORKER, now=self.now))
        return task

    def decline_by(self, order_id: int, producer: str) -> Task:
        """The named producer's task."""
        wanted = self.shop.producers[producer]
        tasks = self.tasks(order_id, TaskStatus.OPEN, TaskStatus.ACCEPTED)
        return self.decline(order_id, which=[task.producer_id for task in tasks].index(wanted))

    def ready(self, order_id: int) -> None:
        ids = [task.id for task in self.tasks(order_id, TaskStatus.OPEN, TaskStatus.ACCEPTED)]
        if ids:
            self.run(lambda session: mark_ready(session, ids, by=WORKER, now=self.now))

    def pack(self, order_id: int) -> list[str]:
        tasks = self.tasks(order_id, *LIVE)
        ids = [task.id for task in tasks]
        self.run(lambda session: receive(session, ids, by=WORKER, now=self.now))
        return [
            self.run(lambda session, at=place: pack_parcel(session, order_id, at, by=WORKER, now=self.now))
            for place in sorted({task.packing_place_id for task in tasks})
        ]

    def ship(self, order_id: int) -> None:
        """Everything of it leaves, by courier or on its truck, and arrives."""
        codes = self.pack(order_id)
        order = self.order_row(order_id)
        if order.delivery is DeliveryKind.COURIER:
            self.run(lambda session: ship_parcels(session, self._labels(codes), by=WORKER, now=self.now))
            return
        truck = f"R{self.trucks}"
        self.run(lambda session: load(session, truck, codes, by=WORKER, now=self.now))
        self.run(lambda session: depart(session, truck, by=WORKER, now=self.now))
        self.run(lambda session: arrive(session, truck, now=self.now))
        self.trucks += 1
        self.run(self._next_truck)

    def _next_truck(self, session: Session) -> None:
        days = {name: self.now + timedelta(days=count) for count, name in enumerate(TIMES, start=2)}
        run = Run(code=f"R{self.trucks}", capacity_g=500_000, **days)
        run.stops.append(RunStop(pickup_point_id=self.shop.point_id))
        session.add(run)
        session.flush()
        self.shop.run_id = run.id

    def _labels(self, codes: list[str]) -> list[Consignment]:
        self.sent += len(codes)
        return [Consignment(code, "sf", f"SF{self.sent - n:013d}") for n, code in enumerate(codes)]

    def hand_over(self, order_id: int) -> None:
        code = self.order_row(order_id).pickup_code or ""
        by = keeper(self.admin_id, frozenset({self.shop.point_id}))
        self.run(lambda session: hand_over(session, code, by=by, now=self.now))

    def complete(self, order_id: int) -> None:
        self.run(lambda session: complete(session, order_id, now=self.now))

    def deliver(self, order_id: int) -> None:
        """From a paid order to a completed one."""
        self.ready(order_id)
        self.ship(order_id)
        self.complete(order_id)

    # The office

    def close(self, *, days: int = 0, advance: bool = False) -> Closed | None:
        until = (self.now + timedelta(days=days)).date()
        return self.run(lambda session: close_payouts(session, until, now=self.now, advance=advance))

    def order_row(self, order_id: int) -> Order:
        return self.run(lambda session: session.get_one(Order, order_id))

    def payments(self, order_id: int) -> list[Payment]:
        statement = sa.select(Payment).where(Payment.order_id == order_id).order_by(Payment.attempt)
        return self.run(lambda session: list(session.scalars(statement)))

    def parcels(self, order_id: int) -> list[Parcel]:
        statement = sa.select(Parcel).where(Parcel.order_id == order_id).order_by(Parcel.id)
        return self.run(lambda session: list(session.scalars(statement)))

    def violations(self) -> list[str]:
        def look(session: Session) -> list[str]:
            return [
                f"{one.rule}: {one.subject}: {one.detail}" for one in find_violations(session, now=self.now)
            ]

        return self.run(look)


def _goods(origins: Sequence[Origin], units: int, wish: str, lot_id: int | None) -> Goods | None:
    if not wish:
        return None
    if lot_id is not None:
        return Goods(ReturnWish(wish), lot_id)
    lot_id = next((one.lot_id for one in origins if one.units >= units), origins[0].lot_id)
    return Goods(ReturnWish(wish), lot_id)


def open_for_trade(session: Session, unit_of_work: UnitOfWork) -> Trade:
    """The small shop, with a bank account, a gift box, and honey that two households have pooled."""
    shop = open_small_shop(session)
    admin = User(email="admin@shop.example", name="admin", created_at=shop.now)
    session.add(admin)
    session.get_one(Seller, shop.seller_id).bank_account = "6222 0000 0000 0001"
    add_product(session, shop, "honey", price_fen=4999, gross_g=700)
    add_lot(session, shop, "honey-pool", "honey", "li", units=30, shares={"li": 6667, "chen": 3333})
    add_product(session, shop, "box", price_fen=17777, gross_g=1300, parts={"tea": 2, "honey": 1})
    fill_shelves(session, shop)
    session.commit()
    union = add_union(session, now=shop.now)
    session.commit()
    return Trade(unit_of_work, shop, admin.id, *union)
