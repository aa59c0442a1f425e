"""Orders changed at random among everything that villages and buyers do: units and money still add up after each step."""

from __future__ import annotations

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from shop.fulfilment.models import Parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.redirecting import Redirection, judge_redirection, redirect_order
from shop.fulfilment.regrouping import inside_of, others_beside, regroup
from shop.fulfilment.taking_down import open_lines, take_down
from shop.kit.errors import ShopError
from shop.ordering.direct.wish import Item
from shop.ordering.models import Order, OrderStatus
from shop.ordering.supplements import add_supplement
from shop.ordering.wish import Courier, Pickup, Recipient
from shop.payments.freight_back import freight_left
from shop.payments.models import Payment, PaymentStatus, Refund, RefundStatus
from tests.integration.fulfilment.test_life_of_tasks import WHICH, Days, Shops, shops

__all__ = ["shops"]  # the fixture
PLACES = st.sampled_from(["truck", "陕西省", "新疆维吾尔自治区"])
CITIES = {"陕西省": ("西安市", "雁塔区"), "新疆维吾尔自治区": ("乌鲁木齐市", "天山区")}


class Changes(Days):
    """The days of tasks, with buyers who change their mind."""

    presses = 0

    def token(self) -> str:
        self.presses += 1
        return f"press {self.presses}"

    def order_of(self, which: int) -> int | None:
        standing = sa.select(Order.id).where(Order.status == OrderStatus.CONFIRMED).order_by(Order.id)
        return self.pick(standing, which)

    @rule(which=WHICH, line=WHICH, count=st.integers(1, 3))
    def fewer(self, which: int, line: int, count: int) -> None:
        order_id = self.order_of(which)
        if order_id is None:
            return
        now, token = self.trade.now, self.token()

        def press(session):
            lines = open_lines(session, order_id, now=now)
            units = {lines[line % len(lines)].line.id: count}
            take_down(
                session,
                order_id,
                units,
                seen_back_fen=None,
                token=token,
                actor_id=None,
                by_team=True,
                now=now,
            )

        self.may(press)

    @rule(which=WHICH, place=PLACES, by_team=st.booleans())
    def elsewhere(self, which: int, place: str, by_team: bool) -> None:
        order_id = self.order_of(which)
        if order_id is None:
            return
        shop, now, token = self.trade.shop, self.trade.now, self.token()
        by_truck = Pickup(shop.point_id, shop.run_id)
        delivery = by_truck if place == "truck" else Courier(place, *CITIES[place], "人民路 1 号")
        to = Redirection(Recipient("周老师", "+8613900000001"), delivery)

        def press(session):
            order = session.get_one(Order, order_id)
            asked = {"freight_left": freight_left, "by_team": by_team, "now": now}
            seen = judge_redirection(session, order, to, **asked).difference_fen
            redirect_order(
                session,
                order_id,
                to,
                seen_difference_fen=seen,
                reason="搬家",
                token=token,
                actor_id=None,
                **asked,
            )

        self.may(press)

    @rule(which=WHICH, sku=st.sampled_from(["tea", "eggs", "honey"]), waive=st.booleans(), pays=st.booleans())
    def more(self, which: int, sku: str, waive: bool, pays: bool) -> None:
        order_id = self.order_of(which)
        if order_id is None:
            return
        items, now, token = [Item(self.trade.shop.variants[sku], 1)], self.trade.now, self.token()

        def press(session):
            return add_supplement(
                session, order_id, items, waive_freight=waive, reason="漏点了", seen_total_fen=None, token=token,
                actor_id=None, by_team=True, now=now,
            )  # fmt: skip

        try:
            beside = self.trade.run(press)
            if pays:
                self.trade.pay(beside.order_id)
        except ShopError:
            return

    @rule(which=WHICH, alone=st.booleans())
    def other_parcel(self, which: int, alone: bool) -> None:
        parcel_id = self.pick(sa.select(Parcel.id).order_by(Parcel.id), which)
        if parcel_id is None:
            return

        def press(session):
            code = session.get_one(Parcel, parcel_id).code
            tasks = [one.task_id for one in inside_of(session, parcel_id)]
            beside = [None] if alone else list(others_beside(session, parcel_id)) or [None]
            chosen = tasks[:1] if beside[0] is None else tasks
            regroup(session, code, chosen, beside[0], by=WORKER, now=self.trade.now)

        self.may(press)

    @invariant()
    def what_was_paid_and_did_not_go_back_stands(self) -> None:
        """Of each order no more goes back than came, and what it says went back is what did."""

        def look(session):
            back = sa.func.coalesce(sa.func.sum(Refund.amount_fen), 0)
            arrived = sa.select(back).where(
                Refund.order_id == Order.id, Refund.status == RefundStatus.SUCCEEDED
            )
            rows = sa.select(
                Payment.received_fen, Payment.refunding_fen, Order.refunded_fen, arrived.scalar_subquery()
            ).join(Order, Order.id == Payment.order_id)
            return session.execute(rows.where(Payment.status == PaymentStatus.SUCCEEDED)).all()

        for received, asked_back, says, went in self.trade.run(look):
            assert went == says <= asked_back <= received


def test_units_and_money_add_up_whatever_is_changed(shops: Shops):
    Changes.shops = shops
    run_state_machine_as_test(
        Changes,
        settings=settings(
            max_examples=4,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
