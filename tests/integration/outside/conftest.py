"""A team that takes orders down: a small shop, a chat group, a fair and another platform."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName, User, UserRole
from shop.check.all_rules import find_violations
from shop.inventory.models import Lot
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.references import secret_token
from shop.ledger.models import Account, Posting
from shop.ordering.direct.wish import Item
from shop.ordering.models import Order
from shop.ordering.outside.models import OutsideSource, PaidHow, SourceKind
from shop.ordering.wish import Pickup, Recipient
from shop.payments.models import Payment
from shop.payments.outside.entering import Entered, enter_outside_order
from shop.payments.outside.taken import Taken
from shop.payments.providers.base import Providers
from shop.payments.providers.outside import OutsideMoney
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.small_shop import SmallShop, open_small_shop

ANY = Recipient("王小梅", "+8613800000000")


@dataclass
class Taker:
    """Somebody of the team, with short names for what they do and what the books say then."""

    unit_of_work: UnitOfWork
    shop: SmallShop
    actor_id: int
    other_id: int
    sources: dict[str, int]
    now: datetime
    providers: Providers = field(default_factory=lambda: {"outside": OutsideMoney()})

    def read(self, work):
        return self.unit_of_work.run(work)

    def taken(
        self, number: str, goods: dict[str, object] | None = None, source: str = "group", **more
    ) -> Taken:
        """`goods`: units by SKU, or units and the price agreed."""
        pairs = {
            sku: one if isinstance(one, tuple) else (one, None) for sku, one in (goods or {"tea": 2}).items()
        }
        today = shanghai_date(self.now)
        base = Taken(
            source_id=self.sources[source],
            number=number,
            ordered_on=today,
            items=tuple(Item(self.shop.variants[sku], *pair) for sku, pair in pairs.items()),
            recipient=ANY,
            delivery=Pickup(self.shop.point_id, self.shop.run_id),
            paid_how=PaidHow.TRANSFER,
            paid_on=today,
            token=secret_token(),
        )
        return replace(base, **more)

    def enter(
        self, number: str, goods: dict[str, object] | None = None, source: str = "group", **more
    ) -> Entered:
        return self.send(self.taken(number, goods, source, **more))

    def send(self, taken: Taken) -> Entered:
        return enter_outside_order(
            self.unit_of_work, self.providers, taken, actor_id=self.actor_id, now=self.now
        )

    def order(self, order_id: int) -> Order:
        return self.read(lambda session: session.get_one(Order, order_id))

    def payments(self, order_id: int) -> list[Payment]:
        statement = sa.select(Payment).where(Payment.order_id == order_id)
        return self.read(lambda session: list(session.scalars(statement)))

    def stock(self) -> tuple[int, int, int]:
        columns = (sa.func.sum(Lot.available), sa.func.sum(Lot.held), sa.func.sum(Lot.committed))
        return self.read(lambda session: tuple(int(n) for n in session.execute(sa.select(*columns)).one()))

    def held(self, source: str) -> int:
        """What the books say that this source has for us, in fen."""
        fen = sa.select(sa.func.coalesce(sa.func.sum(Posting.amount_fen), 0)).where(
            Posting.account == Account.PROVIDER_CLEARING, Posting.provider == f"outside:{source}"
        )
        return int(self.read(lambda session: session.scalar(fen)))

    def booked(self, account: Account) -> int:
        fen = sa.select(sa.func.coalesce(sa.func.sum(Posting.amount_fen), 0)).where(
            Posting.account == account
        )
        return int(self.read(lambda session: session.scalar(fen)))

    def violations(self) -> list[str]:
        return self.read(lambda session: [str(one) for one in find_violations(session, now=self.now)])

    def wait(self, **delta: float) -> None:
        self.now += timedelta(**delta)


def add_sources(session: Session) -> dict[str, int]:
    rows = [
        OutsideSource(
            slug="group", kind=SourceKind.CHAT_GROUP, name_zh="教工团购群", name_en="Staff group",
            collector="刘老师", contact_phone="+8613700000000",
        ),
        OutsideSource(
            slug="fair", kind=SourceKind.FAIR, name_zh="校园集市", name_en="Campus fair", collector="志愿者队",
        ),
        OutsideSource(
            slug="platform", kind=SourceKind.PLATFORM, name_zh="某平台", name_en="A platform", collector="某平台",
            contact_phone="+8613600000000", fee_bp=60,
        ),
    ]  # fmt: skip
    session.add_all(rows)
    session.flush()
    return {row.slug: row.id for row in rows}


def add_person(session: Session, name: str) -> int:
    roles = [UserRole(role=RoleName.ADMIN), UserRole(role=RoleName.FINANCE)]
    user = User(email=f"{name}@shop.example", created_at=utc_now(), roles=roles)
    session.add(user)
    session.flush()
    return user.id


@pytest.fixture
def small_shop(session: Session) -> SmallShop:
    return open_small_shop(session, now=utc_now().replace(microsecond=0))


@pytest.fixture
def taker(session: Session, unit_of_work: UnitOfWork, small_shop: SmallShop) -> Iterator[Taker]:
    """At the end every invariant holds that held at the beginning."""
    sources = add_sources(session)
    people = [add_person(session, name) for name in ("clerk", "second")]
    session.commit()
    one = Taker(unit_of_work, small_shop, *people, sources, small_shop.now)
    before = one.violations()
    yield one
    assert [found for found in one.violations() if found not in before] == []
