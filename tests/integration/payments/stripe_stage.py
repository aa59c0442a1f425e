"""The shop and its Stripe, with short names for what buyers, banks and the team do between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count

from shop.payments.models import RefundBearer
from shop.payments.providers.base import Attempt, AttemptStatus, ProviderState
from shop.payments.reconciling import send_refunds
from shop.payments.syncing import settle
from shop.payments.whole_refunds import refund_in_full
from tests.factories.buying import somebody
from tests.fakes.stripe_lab import StripeLab
from tests.integration.payments.conftest import Counter

_buyers = count(1)


@dataclass
class Stage:
    """The shop and its Stripe, with `hear` for whatever brings news of one to the other."""

    counter: Counter
    lab: StripeLab
    hear: Callable[[], None]
    waited: int = 0

    def wait(self, *, minutes: int) -> None:
        """On both sides."""
        self.counter.wait(minutes=minutes)
        self.lab.control("clock", advance=60 * minutes)
        self.waited += minutes

    def order(self, goods: dict[str, int] | None = None) -> int:
        self.counter.shop.now = self.counter.now
        return self.counter.order(goods, recipient=somebody(next(_buyers)))

    def start(self, order_id: int) -> Attempt:
        return self.counter.start(order_id)

    def buyer_pays(self, attempt: Attempt, **how: object) -> None:
        self.lab.pay(attempt.provider_ref, **how)

    def paid(self) -> int:
        """An order whose money has come, and was heard of."""
        order_id = self.order()
        self.buyer_pays(self.start(order_id))
        self.hear()
        return order_id

    def over_for_us(self, attempt: Attempt, how: AttemptStatus = AttemptStatus.EXPIRED) -> None:
        """Our clock says so; at Stripe the buyer is still paying."""
        state = ProviderState(how)
        settle(self.counter.unit_of_work, attempt.id, state, now=self.counter.now)

    def ask_refund(self, order_id: int) -> int:
        how = {"bearer": RefundBearer.SHOP, "reason": "bad eggs", "actor_id": None, "token": "form"}
        return self.counter.read(partial(refund_in_full, order_id=order_id, now=self.counter.now, **how))

    def send_refunds(self) -> None:
        send_refunds(self.counter.unit_of_work, self.counter.providers, now=self.counter.now)

    def intent(self, order_id: int) -> str:
        return self.counter.payments(order_id)[-1].charge_ref

    def refund_at_stripe(self, order_id: int, amount: int) -> None:
        self.lab.control("refund", payment_intent=self.intent(order_id), amount=amount)

    def settle_refunds(self, outcome: str) -> None:
        for refund in self.lab.refunds():
            if refund["status"] == "pending":
                self.lab.control(f"refunds/{refund['id']}/settle", outcome=outcome)

    def dispute(self, order_id: int, outcome: str) -> None:
        objects, intent = self.lab.control("state")["objects"], self.intent(order_id)
        charges = [one for one in objects if one["object"] == "charge" and one["payment_intent"] == intent]
        self.lab.control(f"charges/{charges[0]['id']}/dispute", outcome=outcome)
