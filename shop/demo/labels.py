"""Some lots of the demo have their pledge and labels, and one waits for the team to say whether it is recalled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import ComplianceClass, Product, Variant
from shop.inventory.bags import MOST_AT_ONCE, hand_out_bags
from shop.inventory.lot_writing import Author
from shop.inventory.models import Lot, LotStatus
from shop.inventory.pledge_words import PledgeBasis
from shop.inventory.pledges import sign_pledge, usual_pledge
from shop.inventory.trace_models import LotPledge, LotRecall
from shop.kit.clock import shanghai_date
from shop.ordering.recalls import RecallWords, propose_recall
from shop.storage.unit_of_work import UnitOfWork

# Vegetables and mushrooms, fruit, fresh leaf; eggs; poultry: as the seed calls the law's classes.
PLEDGED_CLASSES: Final = ("farm_produce", "livestock", "slaughtered")
MOST_LOTS: Final = 12
_NOBODY: Final = Author(None)


def label_lots(unit_of_work: UnitOfWork, *, now: datetime) -> None:
    """From today on lots of these classes need a pledge; a dozen that there are get theirs, with labels.

    Doing it again goes on with the next dozen.
    """
    lot_ids = unit_of_work.run(lambda session: _begin(session, now))
    for lot_id in lot_ids:
        unit_of_work.run(partial(_label, lot_id=lot_id, now=now))
    unit_of_work.run(lambda session: _doubt(session, now))


def _begin(session: Session, now: datetime) -> Sequence[int]:
    is_pledged = ComplianceClass.slug.in_(PLEDGED_CLASSES)
    first_time = sa.update(ComplianceClass).where(is_pledged, ComplianceClass.pledge_since.is_(None))
    session.execute(first_time.values(pledge_since=shanghai_date(now)))
    has_one = sa.select(LotPledge.id).where(LotPledge.lot_id == Lot.id).correlate(Lot).exists()
    return session.scalars(
        _open_lots().where(is_pledged, ~has_one).order_by(Lot.best_before.desc(), Lot.id).limit(MOST_LOTS)
    ).all()


def _open_lots() -> sa.Select[int]:
    return (
        sa.select(Lot.id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(ComplianceClass, ComplianceClass.id == Product.compliance_class_id)
        .where(Lot.status == LotStatus.OPEN, Lot.available > 0)
    )


def _label(session: Session, *, lot_id: int, now: datetime) -> None:
    pledge = replace(usual_pledge(session, lot_id), basis=(PledgeBasis.OWN_CONTROL, PledgeBasis.PROMISE))
    sign_pledge(session, lot_id, pledge, author=_NOBODY, now=now)
    units = session.get_one(Lot, lot_id).declared
    hand_out_bags(session, lot_id, min(units, MOST_AT_ONCE), token="demo", author=_NOBODY, now=now)  # noqa: S106


def _doubt(session: Session, now: datetime) -> None:
    """A coordinator asks for a recall, once: nothing has happened to the lot."""
    if session.scalar(sa.select(LotRecall.id).limit(1)) is not None:
        return
    lot_id = session.scalar(_open_lots().where(Lot.shipped > 0).order_by(Lot.shipped, Lot.id).limit(1))
    if lot_id is not None:
        words = RecallWords("有两位买家说袋子受潮发霉", "请先不要吃，留着袋子等我们联系")
        propose_recall(session, lot_id, words, actor_id=None, now=now)
