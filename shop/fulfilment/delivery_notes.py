"""What an organisation's papers say of a parcel: on its packing slip, and on the delivery note (送货单) that goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation
from shop.fulfilment.parcel_list import ParcelRow, parcel
from shop.fulfilment.reach import Reach
from shop.kit.errors import NotFound
from shop.ordering.approvals.models import OrderProcurement
from shop.ordering.models import Order


@dataclass(frozen=True, slots=True)
class DeliveryNote:
    """A parcel for an organisation; empty where nothing was chosen. No price: who packs knows none."""

    parcel: ParcelRow
    organisation: str
    project_number: str
    handler: str
    acceptor: str


def papers_columns() -> tuple[sa.ColumnElement[Any], ...]:
    """SQL, where the order is joined with its organisation and what its papers say: name, project, handler, acceptor."""
    said = (
        *(Organisation.name, OrderProcurement.project_number),
        *(OrderProcurement.handler, OrderProcurement.acceptor),
    )
    return tuple(sa.func.coalesce(one, "") for one in said)


def delivery_note(session: Session, code: str, by: Reach) -> DeliveryNote:
    """Raises NotFound, also for a parcel of another place, or of an order that no organisation bought. Three statements."""
    found = parcel(session, code, by)
    row = session.execute(
        sa.select(*papers_columns())
        .select_from(Order)
        .join(Organisation, Organisation.id == Order.organisation_id)
        .outerjoin(OrderProcurement, OrderProcurement.order_id == Order.id)
        .where(Order.id == found.order_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return DeliveryNote(found, *row)


def is_for_organisation(session: Session, order_id: int) -> bool:
    """Whether a delivery note goes with its parcels."""
    return session.scalar(sa.select(Order.organisation_id).where(Order.id == order_id)) is not None
