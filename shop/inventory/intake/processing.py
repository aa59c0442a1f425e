"""A workshop makes a lot of what was weighed in: shares follow from the intakes, and every gram is used once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from shop.accounts.audit import audit
from shop.catalogue.models import Product, Variant
from shop.inventory.declarable import declare_own
from shop.inventory.intake.errors import UnusualYield
from shop.inventory.intake.models import Intake, RawGood, RawGrade
from shop.inventory.intake.packaging import note_used, take_packaging
from shop.inventory.intake.pooling import is_far_off, shares_of_points, yield_bp
from shop.inventory.intake.processing_models import ProcessedIntake, Processing
from shop.inventory.intake.using_up import use_up
from shop.inventory.intake.usual_yield import usual_yields
from shop.inventory.intake.weighing import lock_numbers
from shop.inventory.intake.workshops import own_workshop
from shop.inventory.lot_writing import Author
from shop.inventory.lots import AT_LEAST_ONE, MOST_UNITS, Declaration
from shop.inventory.models import Lot
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.money import plain_yuan
from shop.kit.references import token_digest
from shop.kit.text import msg

MOST_INTAKES: Final = 300
CHOOSE: Final = msg("Please choose the intakes that went into it, 300 at most.")
ONE_RAW_GOOD: Final = msg("These intakes are of several raw goods. Please choose those of one.")
TOO_MUCH_OF_IT: Final = msg("There is not so much left of it.")
MORE_THAN_WENT_IN: Final = msg(
    "More came out (%(out)s g) than went in (%(into)s g). Please check units and weights."
)
MORE_LOST: Final = msg("Goods and loss together weigh more than what went in.")


@dataclass(frozen=True, slots=True)
class Batch:
    """What went in (grams by intake), what came out, and what packaging was used (pieces by stock).

    `lost_g` was weighed as waste. `sure_bp` is the yield for which somebody looked twice.
    """

    producer_id: int
    grams: Mapping[int, int]
    variant_id: int
    units: int
    lost_g: int = 0
    packaging: Mapping[int, int] = field(default_factory=dict)
    best_before: date | None = None  # None: by the shelf life of the goods, from today
    sure_bp: int | None = None
    token: str = ""  # of the form: sent twice, it makes one lot


def process(
    session: Session,
    batch: Batch,
    *,
    village_ids: Collection[int],
    actor_id: int | None,
    now: datetime,
) -> Processing:
    """A new lot, for sale at once; the one there is for a form that was sent before.

    Locks the workshop's raw goods. Raises NotFound, InvalidInput by field, IntakesMoved, TooFewPieces,
    NotForThisProducer, and UnusualYield unless somebody is sure.
    """
    lock_numbers(session, batch.producer_id)
    known = _sent_before(session, batch.token)
    if known is not None:
        return known
    own_workshop(session, batch.producer_id, village_ids)
    intakes = _intakes(session, batch)
    raw_good = _one_raw_good(intakes)
    in_g, out_g = sum(batch.grams.values()), _weight_of_goods(session, batch)
    _judge(batch, in_g, out_g)
    _look_twice(session, raw_good, batch, yield_bp(out_g, in_g))
    used = {stock: count for stock, count in batch.packaging.items() if count}
    use_up(session, batch.grams)
    take_packaging(session, used, producer_id=batch.producer_id)
    lot = _declare(session, batch, intakes, actor_id, now)
    processing = Processing(
        producer_id=batch.producer_id,
        raw_good_id=raw_good.id,
        lot_id=lot.id,
        units=batch.units,
        in_g=in_g,
        out_g=out_g,
        lost_g=batch.lost_g,
        made_at=now,
        made_by_id=actor_id,
        token_hash=token_digest(batch.token) if batch.token else None,
        uses=[ProcessedIntake(intake_id=one, grams=count) for one, count in sorted(batch.grams.items())],
    )
    session.add(processing)
    session.flush()
    note_used(session, used, processing.id, actor_id=actor_id, now=now)
    facts = {"intakes": [one.number for one in intakes], "in_g": in_g, "out_g": out_g, "units": batch.units}
    audit(session, actor_id, "lot.processed", "lot", lot.code, facts, now=now)
    return processing


def points_of(intakes: Sequence[Intake], grams: Mapping[int, int]) -> Counter[int]:
    """What counts in the shares, by household: grams by the weight of their grade."""
    points = Counter[int]()
    for intake in intakes:
        points[intake.household_id] += grams[intake.id] * intake.weight
    return points


def _intakes(session: Session, batch: Batch) -> list[Intake]:
    """Those chosen, as they are now. Raises InvalidInput, and NotFound for another workshop's."""
    if not 0 < len(batch.grams) <= MOST_INTAKES:
        raise InvalidInput(CHOOSE, field="intakes")
    found = session.scalars(
        sa.select(Intake)
        .where(Intake.id.in_(batch.grams), Intake.producer_id == batch.producer_id)
        .options(joinedload(Intake.grade).joinedload(RawGrade.raw_good))
        .order_by(Intake.id)
        .execution_options(populate_existing=True)
    ).all()
    if len(found) != len(batch.grams):
        raise NotFound()
    if any(not 0 < batch.grams[one.id] <= one.left_g for one in found):
        raise InvalidInput(TOO_MUCH_OF_IT, field="intakes")
    return list(found)


def _one_raw_good(intakes: Sequence[Intake]) -> RawGood:
    goods = {one.grade.raw_good_id: one.grade.raw_good for one in intakes}
    if len(goods) != 1:
        raise InvalidInput(ONE_RAW_GOOD, field="intakes")
    return next(iter(goods.values()))


def _weight_of_goods(session: Session, batch: Batch) -> int:
    variant = session.get(Variant, batch.variant_id)
    if variant is None:
        raise NotFound()
    return variant.net_weight_g * batch.units


def _judge(batch: Batch, in_g: int, out_g: int) -> None:
    if not 1 <= batch.units <= MOST_UNITS:
        raise InvalidInput(AT_LEAST_ONE, field="units")
    if out_g > in_g:
        raise InvalidInput(MORE_THAN_WENT_IN, field="units", out=out_g, into=in_g)
    if batch.lost_g < 0 or out_g + batch.lost_g > in_g:
        raise InvalidInput(MORE_LOST, field="lost")


def _look_twice(session: Session, raw_good: RawGood, batch: Batch, found_bp: int) -> None:
    usual = usual_yields(session, [raw_good.id]).get(raw_good.id, raw_good.usual_yield_bp)
    if is_far_off(found_bp, usual) and batch.sure_bp != found_bp:
        raise UnusualYield(yield_bp=found_bp, found=f"{plain_yuan(found_bp)}%", usual=f"{plain_yuan(usual)}%")


def _declare(
    session: Session, batch: Batch, intakes: Sequence[Intake], actor_id: int | None, now: datetime
) -> Lot:
    """The lot of these goods: picked when the first of them was weighed in, packed today."""
    today = shanghai_date(now)
    declaration = Declaration(
        variant_id=batch.variant_id,
        producer_id=batch.producer_id,
        units=batch.units,
        harvested_on=min(shanghai_date(one.weighed_at) for one in intakes),
        packed_on=today,
        best_before=batch.best_before or today + timedelta(days=_shelf_life(session, batch.variant_id)),
        shares=shares_of_points(points_of(intakes, batch.grams)),
    )
    return declare_own(session, declaration, author=Author(actor_id, for_producer=True), now=now)


def _shelf_life(session: Session, variant_id: int) -> int:
    days = sa.select(Product.shelf_life_days).join(Variant, Variant.product_id == Product.id)
    return session.scalars(days.where(Variant.id == variant_id)).one()


def _sent_before(session: Session, token: str) -> Processing | None:
    if not token:
        return None
    return session.scalar(sa.select(Processing).where(Processing.token_hash == token_digest(token)))
