"""What the county hub did and what it costs: by month, place and step, and step by step."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.accounts.models import User
from shop.catalogue.models import PackingPlace
from shop.fulfilment.hub.models import HubStep
from shop.inventory.models import Lot
from shop.kit.text import msg
from shop.ledger.hub_booking import STEP_REFERENCE
from shop.ledger.models import JournalEntry
from shop.ordering.models import Order
from shop.reports.definition import (
    Behind,
    Column,
    Group,
    Place,
    Report,
    Span,
    Unit,
    key_column,
    localised,
    sum_fen,
)
from shop.storage.expressions import shanghai_month

_COST = HubStep.count * HubStep.price_fen
_KIND = sa.cast(HubStep.kind, sa.String)


def _stood_in(span: Span) -> sa.ColumnElement[bool]:
    """What was undone costs nothing."""
    start, end = span.moments
    return sa.and_(HubStep.done_at >= start, HubStep.done_at < end, HubStep.undone_at.is_(None))


def _work(span: Span, language: str) -> sa.Select[Any]:
    month, place = (
        shanghai_month(HubStep.done_at),
        localised(language, PackingPlace.name_zh, PackingPlace.name_en),
    )
    return (
        sa.select(
            *(month, place, _KIND, sa.func.count(HubStep.id)),
            *(sum_fen(HubStep.count), sum_fen(_COST), HubStep.packing_place_id),
        )
        .select_from(HubStep)
        .join(PackingPlace, PackingPlace.id == HubStep.packing_place_id)
        .where(_stood_in(span))
        .group_by(month, HubStep.packing_place_id, place, _KIND)
        .order_by(month, HubStep.packing_place_id, _KIND)
    )


HUB_WORK = Report(
    "hub-work",
    msg("Work and cost of the county hub"),
    (
        Column("month", msg("Month"), Unit.MONTH),
        Column("place", msg("Packing place")),
        Column("kind", msg("Step"), Unit.HUB_STEP),
        Column("steps", msg("Steps"), Unit.COUNT, total=True),
        Column("pieces", msg("Pieces"), Unit.COUNT),
        Column("cost_fen", msg("Cost"), Unit.FEN, total=True),
        key_column("place_id"),
    ),
    _work,
    Group.WORK,
    note=msg(
        "By the day on which a step was done; what was undone is left out. Pieces are parts of orders received, gift boxes put together, packs that came out, orders whose parcels were merged."
    ),
    behind=(Behind("hub-steps", ("steps", "pieces", "cost_fen"), by=("place_id", "kind"), within="month"),),
)


def _steps(span: Span, language: str) -> sa.Select[Any]:
    place = localised(language, PackingPlace.name_zh, PackingPlace.name_en)
    person = sa.func.coalesce(sa.func.nullif(User.name, ""), User.email, "")
    return (
        sa.select(
            *(HubStep.done_at, place, _KIND, Order.number, sa.func.coalesce(Lot.code, ""), HubStep.count),
            *(HubStep.price_fen, _COST, person, JournalEntry.id, HubStep.packing_place_id, HubStep.lot_id),
        )
        .select_from(HubStep)
        .join(PackingPlace, PackingPlace.id == HubStep.packing_place_id)
        .outerjoin(Order, Order.id == HubStep.order_id)
        .outerjoin(Lot, Lot.id == HubStep.lot_id)
        .outerjoin(User, User.id == HubStep.done_by_id)
        .outerjoin(JournalEntry, JournalEntry.reference == STEP_REFERENCE)
        .where(_stood_in(span))
        .order_by(HubStep.done_at, HubStep.id)
    )


HUB_STEPS = Report(
    "hub-steps",
    msg("Steps at the county hub"),
    (
        Column("done_at", msg("When"), Unit.MOMENT),
        Column("place", msg("Packing place")),
        Column("kind", msg("Step"), Unit.HUB_STEP),
        Column("order", msg("Order"), Unit.ORDER),
        Column("lot", msg("Lot"), leads=((Place.LOT, "lot_id"),)),
        Column("pieces", msg("Pieces"), Unit.COUNT),
        Column("price_fen", msg("Price of a piece"), Unit.FEN),
        Column("cost_fen", msg("Cost"), Unit.FEN, total=True),
        Column("person", msg("Who")),
        Column("entry", msg("Entry number"), Unit.ENTRY),
        key_column("place_id"),
        key_column("lot_id"),
    ),
    _steps,
    Group.WORK,
    note=msg("By the day on which it was done; what was undone is left out."),
    narrows=(("place_id", "place"), ("kind", "kind")),
)
