"""A workshop that takes in fresh leaf and makes tea of it, on top of the small shop."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import Producer, ProducerKind
from shop.inventory.intake.models import GradePrice, Intake, RawGood, RawGrade
from shop.inventory.intake.packaging import NewPackaging, add_packaging
from shop.inventory.intake.packaging_list import PackagingKeepers
from shop.inventory.intake.packaging_models import PackagingKind
from shop.inventory.intake.processing import Batch, process
from shop.inventory.intake.processing_models import Processing
from shop.inventory.intake.weighing import Weighing, weigh_in
from tests.factories.small_shop import SmallShop, open_small_shop


@dataclass
class Workshop:
    """Ids. `first` counts gram by gram, `second` half of it; fresh leaf usually leaves a quarter of its weight."""

    shop: SmallShop
    producer: int
    leaf: int
    first: int
    second: int
    tins: int
    user: int
    village_ids: frozenset[int] = field(default_factory=frozenset)

    @property
    def now(self):
        return self.shop.now

    @property
    def keepers(self) -> PackagingKeepers:
        return PackagingKeepers(self.village_ids, frozenset({self.shop.hub_id}))

    def weigh(self, session: Session, household: str, grams: int, *, second: bool = False, **more) -> Intake:
        grade = self.second if second else self.first
        weighing = Weighing(self.producer, self.shop.households[household], grade, grams, **more)
        return self.press(session, weigh_in, weighing)

    def batch(self, grams: dict[int, int], units: int, **more) -> Batch:
        return Batch(self.producer, grams, self.shop.variants["tea"], units, **more)

    def make(self, session: Session, grams: dict[int, int], units: int, **more) -> Processing:
        batch = self.batch(grams, units, **more)
        return self.press(session, process, batch)

    def press(self, session: Session, work, *what, **facts):
        """As one transaction of its own."""
        who = {"village_ids": self.village_ids, "actor_id": self.user, "now": self.shop.now}
        try:
            result = work(session, *what, **who | facts)
        except Exception:
            session.rollback()
            raise
        session.commit()
        return result


def open_workshop(session: Session) -> Workshop:
    return add_workshop(session, open_small_shop(session))


def add_workshop(session: Session, shop: SmallShop) -> Workshop:
    person = User(email="weigher@example.org", name="周秤", created_at=shop.now)
    producer = Producer(
        slug="mogou-workshop", kind=ProducerKind.WORKSHOP, village_id=shop.villages["mogou"],
        name_zh="磨沟茶坊", name_en="Mogou tea workshop",
    )  # fmt: skip
    leaf = RawGood(
        slug="fresh-leaf", name_zh="鲜叶", name_en="Fresh leaf", usual_yield_bp=2500, heaviest_g=50_000,
        grades=[
            RawGrade(position=1, name_zh="一级", name_en="Grade 1", weight=100),
            RawGrade(position=2, name_zh="二级", name_en="Grade 2", weight=50),
        ],
    )  # fmt: skip
    session.add_all([person, producer, leaf])
    session.flush()
    first, second = (grade.id for grade in leaf.grades)
    session.add(
        GradePrice(
            grade_id=first, valid_from=shop.now.date() - timedelta(days=9), fen_per_jin=3000, set_at=shop.now
        )
    )
    opened = Workshop(
        shop, producer.id, leaf.id, first, second, 0, person.id, frozenset(shop.villages.values())
    )
    tins = NewPackaging(PackagingKind.TIN, "茶罐", "Tea tin", 100, 20, producer_id=producer.id)
    opened.tins = add_packaging(session, tins, opened.keepers, actor_id=person.id, now=shop.now)
    session.commit()
    return opened
