"""The papers that go with lots: their pledges, and the certificates of lots, goods, keepers and sellers, with the documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Certificate, Household, Producer, ProducerKind, Product, Seller, Variant
from shop.inventory.models import Lot
from shop.inventory.proof_files import proofs_by_paper
from shop.inventory.proof_models import ProofFile
from shop.inventory.trace_models import LotPledge


class OfLot(Protocol):
    """What has to be known of a lot. `is_named`: whoever keeps it may be named to the buyer."""

    @property
    def lot_id(self) -> int: ...
    @property
    def product_id(self) -> int: ...
    @property
    def producer_id(self) -> int: ...
    @property
    def seller_id(self) -> int: ...
    @property
    def certificate_id(self) -> int | None: ...
    @property
    def is_named(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class PaperLot:
    lot_id: int
    product_id: int
    producer_id: int
    seller_id: int
    certificate_id: int | None
    is_named: bool


@dataclass(frozen=True)
class LotCertificate:
    """`of`: whose it is, in words of its holder."""

    row: Certificate
    of_zh: str
    of_en: str
    files: Sequence[ProofFile] = ()


@dataclass(frozen=True)
class LotPledgePaper:
    """Of the lot with this code."""

    code: str
    row: LotPledge
    files: Sequence[ProofFile] = ()


@dataclass(frozen=True)
class LotPapers:
    certificates: Sequence[LotCertificate]
    pledges: Sequence[LotPledgePaper]

    @property
    def files(self) -> list[ProofFile]:
        pledged = [one for paper in self.pledges for one in paper.files]
        return pledged + [one for paper in self.certificates for one in paper.files]


def lots_with_papers(session: Session, which: sa.ColumnElement[bool]) -> list[PaperLot]:
    """What has to be known of these lots to find their papers. One statement."""
    named = sa.or_(Producer.kind != ProducerKind.HOUSEHOLD, Household.consented_at.is_not(None))
    rows = session.execute(
        sa.select(
            *(Lot.id, Variant.product_id, Lot.producer_id, Product.seller_id, Lot.certificate_id),
            sa.case((named, sa.true()), else_=sa.false()),
        )
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .outerjoin(Household, Household.id == Producer.household_id)
        .where(which)
        .order_by(Lot.id)
    )
    return [PaperLot(*row) for row in rows]


def papers_of_lots(session: Session, lots: Sequence[OfLot]) -> LotPapers:
    """For the buyer of the lots. Three statements.

    A document of a household's own says who it is: it is there only where the household agreed to be named.
    """
    certificates, pledges = _certificates(session, lots), _pledges(session, lots)
    by_certificate, by_pledge = proofs_by_paper(
        session, [row[0].id for row in certificates], [row[1].id for row in pledges]
    )
    hidden = {one.lot_id: one.producer_id for one in lots if not one.is_named}
    nameless = set(hidden.values())
    return LotPapers(
        [
            LotCertificate(*row, () if row[0].producer_id in nameless else by_certificate.get(row[0].id, ()))
            for row in certificates
        ],
        [
            LotPledgePaper(
                code, row, () if row.lot_id in hidden and not row.of_supplier else by_pledge.get(row.id, ())
            )
            for code, row in pledges
        ],
    )


def _certificates(session: Session, lots: Sequence[OfLot]) -> list[tuple[Certificate, str, str]]:
    """The lots' own first."""
    own = {one.certificate_id for one in lots if one.certificate_id is not None}
    rows = session.execute(
        sa.select(
            Certificate,
            sa.func.coalesce(Product.name_zh, Producer.name_zh, Seller.name_zh, ""),
            sa.func.coalesce(Product.name_en, Producer.name_en, Seller.name_en, ""),
        )
        .outerjoin(Product, Product.id == Certificate.product_id)
        .outerjoin(
            Producer, sa.and_(Producer.id == Certificate.producer_id, Producer.kind != ProducerKind.HOUSEHOLD)
        )
        .outerjoin(Seller, Seller.id == Certificate.seller_id)
        .where(
            sa.or_(
                Certificate.id.in_(own),
                Certificate.product_id.in_({one.product_id for one in lots}),
                Certificate.producer_id.in_({one.producer_id for one in lots}),
                Certificate.seller_id.in_({one.seller_id for one in lots}),
            )
        )
        .order_by(sa.case((Certificate.id.in_(own), 0), else_=1), Certificate.kind, Certificate.id)
    )
    return [(certificate, zh, en) for certificate, zh, en in rows]


def _pledges(session: Session, lots: Sequence[OfLot]) -> list[tuple[str, LotPledge]]:
    """With the code of the lot."""
    rows = session.execute(
        sa.select(Lot.code, LotPledge)
        .join(Lot, Lot.id == LotPledge.lot_id)
        .where(LotPledge.lot_id.in_({one.lot_id for one in lots}), LotPledge.replaced_at.is_(None))
        .order_by(LotPledge.lot_id)
    )
    return [(code, pledge) for code, pledge in rows]
