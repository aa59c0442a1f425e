"""Every gram that was weighed in is somewhere, lots belong to whose goods they were made of, and packaging adds up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import Producer
from shop.check.rule import Rule, or_nothing, rule, total
from shop.inventory.intake.models import Intake
from shop.inventory.intake.packaging_models import PackagingChange, PackagingStock
from shop.inventory.intake.pooling import shares_of_points
from shop.inventory.intake.processing_models import ProcessedIntake, Processing
from shop.inventory.models import Lot, LotShare

_used = (
    sa.select(ProcessedIntake.intake_id, total(ProcessedIntake.grams, "grams"))
    .join(Processing, Processing.id == ProcessedIntake.processing_id)
    .where(Processing.undone_at.is_(None))
    .group_by(ProcessedIntake.intake_id)
    .subquery()
)
_went_in = (
    sa.select(ProcessedIntake.processing_id, total(ProcessedIntake.grams, "grams"))
    .group_by(ProcessedIntake.processing_id)
    .subquery()
)
_changed = (
    sa.select(PackagingChange.stock_id, total(PackagingChange.change, "units"))
    .group_by(PackagingChange.stock_id)
    .subquery()
)
_counter = aliased(Intake)
_somewhere = Intake.used_g + Intake.left_g + Intake.taken_back_g
_negative = sa.or_(Intake.used_g < 0, Intake.left_g < 0, Intake.taken_back_g < 0)


_points = (
    sa.select(
        Lot.code,
        Intake.household_id,
        (ProcessedIntake.grams * Intake.weight).label("points"),
        sa.literal(0).label("share_bp"),
    )
    .select_from(Processing)
    .join(Lot, Lot.id == Processing.lot_id)
    .join(ProcessedIntake, ProcessedIntake.processing_id == Processing.id)
    .join(Intake, Intake.id == ProcessedIntake.intake_id)
)
_kept_shares = (
    sa.select(Lot.code, LotShare.household_id, sa.literal(0), LotShare.share_bp)
    .select_from(Processing)
    .join(Lot, Lot.id == Processing.lot_id)
    .join(LotShare, LotShare.lot_id == Lot.id)
)


def _shares_follow(session: Session, _now: datetime) -> Iterator[tuple[str, str]]:
    """Computed anew from the slips, which never change."""
    points: dict[str, Counter[int]] = defaultdict(Counter)
    shares: dict[str, Counter[int]] = defaultdict(Counter)
    for code, household_id, count, share_bp in session.execute(sa.union_all(_points, _kept_shares)):
        points[code][household_id] += count
        shares[code][household_id] += share_bp
    for code, brought in points.items():
        if not brought.total() or +shares[code] != shares_of_points(brought):
            yield f"lot {code}", "its shares are not what its intakes say"


def _numbers_without_gap(session: Session, _now: datetime) -> Iterator[tuple[str, str]]:
    rows = session.execute(
        sa.select(Producer.slug, sa.func.count(Intake.id), sa.func.max(Intake.sequence))
        .join(Producer, Producer.id == Intake.producer_id)
        .group_by(Producer.slug)
        .having(sa.func.count(Intake.id) != sa.func.max(Intake.sequence))
    )
    for slug, count, last in rows:
        yield f"workshop {slug}", f"{count} slips, and the last has number {last}"


RULES = (
    rule(
        "intake: weighed = used + left + taken back",
        sa.select(Intake.number, Intake.grams, _somewhere.label("found")).where(
            sa.or_(
                _negative,
                sa.and_(Intake.grams > 0, Intake.grams != _somewhere),
                sa.and_(Intake.grams <= 0, _somewhere != 0),
            )
        ),
        "intake {number}",
        "weighed {grams} g, found {found} g",
    ),
    rule(
        "intake: used is what the processings say",
        sa.select(Intake.number, Intake.used_g, or_nothing(_used.c.grams).label("found"))
        .outerjoin(_used, _used.c.intake_id == Intake.id)
        .where(Intake.used_g != or_nothing(_used.c.grams)),
        "intake {number}",
        "used {used_g} g, processings say {found} g",
    ),
    rule(
        "intake: what was taken back has its counter-entry",
        sa.select(Intake.number, Intake.taken_back_g, or_nothing(_counter.grams).label("counter"))
        .outerjoin(_counter, _counter.reverses_id == Intake.id)
        .where(Intake.taken_back_g != -or_nothing(_counter.grams)),
        "intake {number}",
        "taken back {taken_back_g} g, counter-entry {counter} g",
    ),
    Rule("intake: numbers have no gap", _numbers_without_gap),
    rule(
        "processing: what went in is what its intakes gave",
        sa.select(Lot.code, Processing.in_g, or_nothing(_went_in.c.grams).label("found"))
        .join(Lot, Lot.id == Processing.lot_id)
        .outerjoin(_went_in, _went_in.c.processing_id == Processing.id)
        .where(Processing.in_g != or_nothing(_went_in.c.grams)),
        "lot {code}",
        "went in {in_g} g, intakes gave {found} g",
    ),
    rule(
        "processing: an undone one leaves no units",
        sa.select(Lot.code, Lot.declared)
        .join(Processing, Processing.lot_id == Lot.id)
        .where(Processing.undone_at.is_not(None), Lot.declared != 0),
        "lot {code}",
        "undone, and {declared} units are declared",
    ),
    Rule("lot: shares are what its intakes say", _shares_follow),
    rule(
        "packaging: there is what all changes add up to, and never less than nothing",
        sa.select(PackagingStock.id, PackagingStock.units, or_nothing(_changed.c.units).label("found"))
        .outerjoin(_changed, _changed.c.stock_id == PackagingStock.id)
        .where(sa.or_(PackagingStock.units < 0, PackagingStock.units != or_nothing(_changed.c.units))),
        "packaging {id}",
        "{units} pieces, changes say {found}",
    ),
)
