"""Claims as buyers and the shop's team read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.catalogue.models import PictureState
from shop.kit.errors import NotFound
from shop.ordering.claim_models import Claim, ClaimKind, ClaimPhoto, ClaimStatus
from shop.ordering.models import Order, OrderLine
from shop.storage.paging import Page, read_page


@dataclass(frozen=True)
class FoundClaim:
    id: int
    number: str
    kind: ClaimKind
    units: int | None
    goods_zh: str
    goods_en: str
    status: ClaimStatus
    opened_at: datetime
    photos: int


@dataclass(frozen=True)
class OpenClaim:
    """What waits for a decision, in a line."""

    id: int
    number: str
    opened_at: datetime
    text: str


def find_claims(
    session: Session,
    *,
    status: ClaimStatus | None,
    which: sa.ColumnElement[bool] | None = None,
    page: int = 1,
) -> Page[FoundClaim]:
    """The oldest first while they are open, else the newest first; `which` narrows them. Two statements."""
    photos = sa.select(sa.func.count()).where(ClaimPhoto.claim_id == Claim.id).scalar_subquery()
    at = Claim.opened_at if status is ClaimStatus.OPEN else Claim.opened_at.desc()
    statement = (
        sa.select(
            *(Claim.id, Order.number, Claim.kind, Claim.units),
            sa.func.coalesce(OrderLine.product_name_zh, ""),
            sa.func.coalesce(OrderLine.product_name_en, ""),
            *(Claim.status, Claim.opened_at, photos),
        )
        .join(Order, Order.id == Claim.order_id)
        .outerjoin(OrderLine, OrderLine.id == Claim.order_line_id)
        .where(sa.true() if status is None else Claim.status == status, sa.true() if which is None else which)
        .order_by(at, Claim.id)
    )
    return read_page(session, statement, number=page).map(lambda row: FoundClaim(*row))


def open_claims(session: Session, *, limit: int = 50) -> Sequence[OpenClaim]:
    """The oldest first."""
    rows = session.execute(
        sa.select(Claim.id, Order.number, Claim.opened_at, Claim.text)
        .join(Order, Order.id == Claim.order_id)
        .where(Claim.status == ClaimStatus.OPEN)
        .order_by(Claim.opened_at, Claim.id)
        .limit(limit)
    )
    return [OpenClaim(*row) for row in rows]


def claims_of_order(session: Session, order_id: int) -> Sequence[Claim]:
    """With their lines and photos, the newest first. Two statements."""
    statement = (
        sa.select(Claim)
        .where(Claim.order_id == order_id)
        .options(joinedload(Claim.line), selectinload(Claim.photos))
        .order_by(Claim.id.desc())
    )
    return session.scalars(statement).all()


def read_claim(session: Session, claim_id: int) -> Claim:
    """With its order, line and photos. Raises NotFound."""
    with_all = (joinedload(Claim.order), joinedload(Claim.line), selectinload(Claim.photos))
    claim = session.scalar(sa.select(Claim).where(Claim.id == claim_id).options(*with_all))
    if claim is None:
        raise NotFound()
    return claim


def photo_key(session: Session, photo_id: int, *, order_id: int | None = None) -> str:
    """The file's name of a photo that is ready; of this order, where one is given. Raises NotFound."""
    statement = (
        sa.select(ClaimPhoto.key)
        .join(Claim, Claim.id == ClaimPhoto.claim_id)
        .where(ClaimPhoto.id == photo_id, ClaimPhoto.state == PictureState.READY)
    )
    if order_id is not None:
        statement = statement.where(Claim.order_id == order_id)
    key = session.scalar(statement)
    if key is None:
        raise NotFound()
    return key
