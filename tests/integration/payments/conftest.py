"""A counter to pay at: a small shop, its providers, and short names for what buyers, providers and time do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName, User, UserRole
from shop.check.all_rules import find_violations
from shop.inventory.models import Lot
from shop.kit.clock import utc_now
from shop.ordering.models import Order, OrderEvent
from shop.payments.cancelling import CancelOutcome, cancel_order
from shop.payments.models import Payment, Refund
from shop.payments.notices import Received, receive
from shop.payments.providers.bank_transfer import BankTransfer
from shop.payments.providers.base import Attempt, Providers, Visit
from shop.payments.providers.sandbox import Sandbox
from shop.payments.reconciling import Report, reconcile
from shop.payments.starting import Pages, start_payment
from shop.payments.syncing import sync
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.buying import buy
from tests.factories.small_shop import SmallShop, open_small_shop
from tests.fakes.alipay_server import FakeAlipay, fake_alipay
from tests.fakes.stripe_lab import DOUBLE, StripeLab, double, fake, signed
from tests.fakes.wechat_server import FakeWechat, fake_wechat

PAGES = Pages("http://shop.example/paid", "http://shop.example/pay")

DESK = Visit()


class Counter:
    def __init__(self, unit_of_work: UnitOfWork, providers: Providers, shop: SmallShop) -> None:
        self.unit_of_work, self.providers, self.shop = unit_of_work, providers, shop
        self.now = shop.now

    def read(self, work):
        return self.unit_of_work.run(work)

    def order(
        self,
        goods: dict[str, int] | None = None,
        *,
        method: str = "stripe",
        as_account: bool = False,
        **how: object,
    ) -> int:
        """Placed by a guest, or by somebody with an account who may pay by transfer as well."""

        def place(session: Session) -> int:
            chosen = "bank_transfer" if as_account else method
            placed = buy(session, self.shop, goods or {"tea": 1}, payment_method=chosen, **how)
            session.get_one(Order, placed.order_id).payment_method = method
            return placed.order_id

        return self.read(place)

    def start(self, order_id: int, method: str | None = None, visit: Visit = DESK) -> Attempt:
        return start_payment(
            self.unit_of_work, self.providers, order_id, pages=PAGES, now=self.now, method=method, visit=visit
        )

    def sync(self, payment_id: int):
        return sync(self.unit_of_work, self.providers, payment_id, now=self.now)

    def cancel(self, order_id: int, **kwargs) -> CancelOutcome:
        return cancel_order(
            self.unit_of_work, self.providers, order_id, actor_id=None, now=self.now, **kwargs
        )

    def reconcile(self) -> Report:
        return reconcile(self.unit_of_work, self.providers, now=self.now, everything=True)

    def webhook(self, event: object, *, now: datetime | None = None) -> Received:
        headers, body = signed(event, now or self.now)
        return self.hear("stripe", headers, body)

    def hear(self, name: str, headers: dict[str, str], body: bytes) -> Received:
        return receive(self.unit_of_work, self.providers[name], headers, body, now=self.now)

    def wait(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def order_row(self, order_id: int) -> Order:
        return self.read(lambda session: session.get_one(Order, order_id))

    def payments(self, order_id: int) -> list[Payment]:
        statement = sa.select(Payment).where(Payment.order_id == order_id).order_by(Payment.attempt)
        return self.read(lambda session: list(session.scalars(statement)))

    def refunds(self, order_id: int) -> list[Refund]:
        statement = sa.select(Refund).where(Refund.order_id == order_id).order_by(Refund.id)
        return self.read(lambda session: list(session.scalars(statement)))

    def history(self, order_id: int) -> list[str]:
        statement = sa.select(OrderEvent.kind).where(OrderEvent.order_id == order_id).order_by(OrderEvent.id)
        return self.read(lambda session: list(session.scalars(statement)))

    def stock(self) -> tuple[int, int, int]:
        """Available, held and committed units of the whole shop."""
        columns = (sa.func.sum(Lot.available), sa.func.sum(Lot.held), sa.func.sum(Lot.committed))
        return self.read(lambda session: tuple(int(n) for n in session.execute(sa.select(*columns)).one()))

    def violations(self) -> list[str]:
        def look(session: Session) -> list[str]:
            return [str(violation) for violation in find_violations(session)]

        return self.read(look)


@pytest.fixture
def small_shop(session: Session) -> SmallShop:
    return open_small_shop(session, now=utc_now().replace(microsecond=0))


@pytest.fixture(scope="session")
def fake_stripe() -> Iterator[StripeLab]:
    with fake() as lab:
        yield lab


@pytest.fixture(scope="session")
def double_stripe() -> Iterator[StripeLab]:
    if not DOUBLE.exists():
        pytest.skip("no Stripe double stands beside the project")
    with double() as lab:
        yield lab


@pytest.fixture(params=["fake", "double"])
def lab(request: pytest.FixtureRequest) -> StripeLab:
    """A Stripe to be driven; a test that asks for it runs against the fake and against the double."""
    chosen: StripeLab = request.getfixturevalue(f"{request.param}_stripe")
    chosen.control("reset")
    return chosen


@pytest.fixture(scope="session")
def wechat_server() -> Iterator[FakeWechat]:
    with fake_wechat() as server:
        yield server


@pytest.fixture(scope="session")
def alipay_server() -> Iterator[FakeAlipay]:
    with fake_alipay() as server:
        yield server


@pytest.fixture
def wechat(wechat_server: FakeWechat) -> FakeWechat:
    wechat_server.forget()
    return wechat_server


@pytest.fixture
def alipay(alipay_server: FakeAlipay) -> FakeAlipay:
    alipay_server.forget()
    return alipay_server


def open_counter(unit_of_work: UnitOfWork, providers: Providers, small_shop: SmallShop) -> Iterator[Counter]:
    """At the end every invariant holds that held at the beginning."""
    house = {
        "sandbox": Sandbox(unit_of_work, "http://localhost/sandbox", ("secret",)),
        "bank_transfer": BankTransfer(5),
    }
    desk = Counter(unit_of_work, {**providers, **house}, small_shop)
    before = desk.violations()
    yield desk
    assert [found for found in desk.violations() if found not in before] == []


@pytest.fixture
def counter(unit_of_work: UnitOfWork, small_shop: SmallShop, lab: StripeLab) -> Iterator[Counter]:
    """Sells through Stripe and what needs nobody outside."""
    yield from open_counter(unit_of_work, {"stripe": lab.provider}, small_shop)


@pytest.fixture
def wallets(
    unit_of_work: UnitOfWork, small_shop: SmallShop, wechat: FakeWechat, alipay: FakeAlipay
) -> Iterator[Counter]:
    """Sells through both wallets and what needs nobody outside."""
    providers = {"wechat": wechat.provider(), "alipay": alipay.provider()}
    yield from open_counter(unit_of_work, providers, small_shop)


@pytest.fixture
def admin(counter: Counter) -> int:
    """The id of somebody who handles money."""

    def add(session: Session) -> int:
        roles = [UserRole(role=RoleName.ADMIN), UserRole(role=RoleName.FINANCE)]
        user = User(email="finance@shop.example", created_at=counter.now, roles=roles)
        session.add(user)
        session.flush()
        return user.id

    return counter.read(add)
