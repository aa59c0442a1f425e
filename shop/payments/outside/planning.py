"""What a table of orders from elsewhere would enter: each order whole, or every mistake of its rows in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.contacts import normalise_mobile
from shop.accounts.models import Organisation
from shop.catalogue.models import Variant
from shop.delivery.divisions import check_divisions
from shop.delivery.models import PickupPoint, Run
from shop.delivery.runs import active_points, open_runs
from shop.kit.errors import InvalidInput
from shop.kit.money import plain_yuan
from shop.kit.text import msg
from shop.ordering.direct.wish import Item
from shop.ordering.lines import asked_lines
from shop.ordering.outside.models import LONGEST_NUMBER, OutsideSource
from shop.ordering.outside.queries import known_numbers, tidy_number
from shop.ordering.outside.sources import get_source
from shop.ordering.wish import Courier, Pickup, Recipient
from shop.payments.outside.errors import KeptTooMuch
from shop.payments.outside.points import Points, names_of, points_by_name
from shop.payments.outside.prices import FAR_OFF, is_far
from shop.payments.outside.table import (
    NEEDED,
    OF_ORDER,
    Mistake,
    RawRow,
    Wrong,
    amount,
    day,
    paid_how,
    read_table,
    units,
)
from shop.payments.outside.taken import Taken, judge

_RUNS: Final = 50
_COLUMNS: Final = {"sum_fen": "sum"}  # of fields that are called otherwise in the form


@dataclass(frozen=True)
class Known:
    """What the rows name: packs by SKU with the shop's own price, pickup points, trucks that still take orders."""

    source: OutsideSource
    variants: Mapping[str, int]
    own_fen: Mapping[int, int]
    points: Points
    runs: Sequence[Run]
    organisations: Mapping[str, int]
    now: datetime


@dataclass(frozen=True)
class PlannedOrder:
    """`row`: its first one; `goods_fen`: what its goods come to, at the agreed prices or the shop's own."""

    row: int
    taken: Taken
    goods_fen: int

    @property
    def sum_fen(self) -> int | None:
        """What is paid in all; None where the shop's own freight is still to be added."""
        if self.taken.sum_fen is not None or isinstance(self.taken.delivery, Courier):
            return self.taken.sum_fen
        return self.goods_fen

    @property
    def packs(self) -> int:
        return sum(item.quantity for item in self.taken.items)


@dataclass(frozen=True)
class ImportPlan:
    """`known`: our numbers of orders that are entered already, by theirs; these are left out.

    `doubts`: prices that are far from the shop's own, which somebody has to say are right.
    """

    digest: str
    source: OutsideSource
    orders: Sequence[PlannedOrder]
    known: Mapping[str, str]
    mistakes: Sequence[Mistake]
    doubts: Sequence[Mistake]


def plan_import(session: Session, source_id: int, content: bytes, *, now: datetime) -> ImportPlan:
    """Reads only. Raises NotFound, and InvalidInput for a file that cannot be read at all."""
    source = get_source(session, source_id)
    if not source.active:
        raise InvalidInput(msg("This source takes no orders any more."), field="source_id")
    grouped, mistakes = _by_number(read_table(content))
    known = known_numbers(session, source_id, list(grouped))
    facts = _facts(session, source, grouped, now)
    orders, doubts = [], []
    for number, rows in grouped.items():
        if number in known:
            continue
        order, wrong = _order(number, rows, facts)
        mistakes += wrong
        if order is not None:
            orders.append(order)
            doubts += _doubts(rows, order, facts)
    mistakes.sort(key=lambda one: one.row)
    return ImportPlan(sha256(content).hexdigest(), source, orders, known, mistakes, doubts)


def _by_number(rows: Sequence[RawRow]) -> tuple[dict[str, list[RawRow]], list[Mistake]]:
    grouped: dict[str, list[RawRow]] = {}
    mistakes = []
    for row in rows:
        if not row.said["number"]:
            mistakes.append(Mistake(row.row, "number", NEEDED))
        elif len(row.said["number"]) > LONGEST_NUMBER:
            mistakes.append(Mistake(row.row, "number", msg("At most 60 characters.")))
        else:
            grouped.setdefault(tidy_number(row.said["number"]), []).append(row)
    return grouped, mistakes


def _facts(
    session: Session, source: OutsideSource, grouped: Mapping[str, Sequence[RawRow]], now: datetime
) -> Known:
    """A fixed number of statements."""
    variants = dict(session.execute(sa.select(Variant.sku, Variant.id).where(Variant.active)).all())
    said = {row.said["sku"].upper() for rows in grouped.values() for row in rows}
    asked = {variants[sku]: 1 for sku in sorted(said) if sku in variants}
    own = asked_lines(session, asked, now=now) if asked else []
    organisations = session.execute(sa.select(Organisation.name, Organisation.id))
    runs = open_runs(session, now=now, limit=_RUNS)
    own_fen = {line.variant_id: line.unit_price_fen for line in own}
    points = points_by_name(active_points(session))
    return Known(source, variants, own_fen, points, runs, dict(organisations.all()), now)


def _order(number: str, rows: Sequence[RawRow], known: Known) -> tuple[PlannedOrder | None, list[Mistake]]:
    first, mistakes = rows[0], []

    def attempt(row: RawRow, read: Any) -> Any:
        try:
            return read()
        except Wrong as wrong:
            mistakes.append(Mistake(row.row, wrong.column, wrong.message, wrong.facts))
        except InvalidInput as error:
            mistakes.extend(
                Mistake(row.row, _COLUMNS.get(name, name), message, error.facts)
                for name, message in error.errors.items()
            )
        return None

    items: list[Item] = []
    for row in rows:
        mistakes += _unlike(row, first)
        if (item := attempt(row, lambda row=row: _item(row, known, items))) is not None:
            items.append(item)
    said = first.said
    ordered_on: date | None = attempt(first, lambda: day(said, "ordered_on"))
    if ordered_on is None and not said["ordered_on"]:
        mistakes.append(Mistake(first.row, "ordered_on", NEEDED))
    how, paid_on = attempt(first, lambda: paid_how(said)), attempt(first, lambda: day(said, "paid_on"))
    person = attempt(first, lambda: _recipient(said, known.source))
    delivery = attempt(first, lambda: _delivery(said, known))
    organisation_id = attempt(first, lambda: _organisation(said, known))
    sum_fen, fee_fen = (
        attempt(first, lambda: amount(said, "sum")),
        attempt(first, lambda: amount(said, "fee")),
    )
    if mistakes or ordered_on is None:
        return None, mistakes
    taken = Taken(
        *(known.source.id, number, ordered_on, tuple(items), person, delivery, how, paid_on),
        sum_fen=sum_fen,
        fee_fen=fee_fen,
        note=said["note"][:300],
        organisation_id=organisation_id,
        prices_sure=True,  # whoever enters the table is asked about all of them at once
    )
    wrong = judge(taken, known.source, now=known.now)
    if wrong:
        return None, [Mistake(first.row, _COLUMNS.get(name, name), text) for name, text in wrong.items()]
    goods_fen = sum(item.quantity * (item.unit_price_fen or known.own_fen[item.variant_id]) for item in items)
    planned = PlannedOrder(first.row, taken, goods_fen)
    if fee_fen is not None and planned.sum_fen is not None and fee_fen > planned.sum_fen:
        facts = {"total": plain_yuan(planned.sum_fen)}
        return None, [Mistake(first.row, "fee", KeptTooMuch.default_message, facts)]
    return planned, []


def _doubts(rows: Sequence[RawRow], planned: PlannedOrder, known: Known) -> list[Mistake]:
    """Of an order without a mistake each row is one item."""
    found = []
    for row, item in zip(rows, planned.taken.items, strict=True):
        agreed_fen, own_fen = item.unit_price_fen, known.own_fen[item.variant_id]
        if agreed_fen is not None and is_far(agreed_fen, own_fen):
            facts = {"agreed": plain_yuan(agreed_fen), "own": plain_yuan(own_fen)}
            found.append(Mistake(row.row, "price", FAR_OFF, facts))
    return found


def _unlike(row: RawRow, first: RawRow) -> list[Mistake]:
    """What is said of the whole order stands in its first row; further rows say the same, or nothing."""
    return [
        Mistake(row.row, name, msg("Row %(row)s says something else of the same order."), {"row": first.row})
        for name in OF_ORDER
        if row.said[name] and row.said[name] != first.said[name]
    ]


def _item(row: RawRow, known: Known, before: Sequence[Item]) -> Item:
    sku = row.said["sku"].upper()
    variant_id = known.variants.get(sku)
    if variant_id is None:
        raise Wrong("sku", NEEDED if not sku else msg("No pack has this SKU, or it is not sold any more."))
    if any(item.variant_id == variant_id for item in before):
        raise Wrong("sku", msg("The same goods stand in this order twice."))
    price_fen = amount(row.said, "price")
    if price_fen == 0:
        raise Wrong("price", msg("A price is at least one fen."))
    return Item(variant_id, units(row.said), price_fen)


def _recipient(said: Mapping[str, str], source: OutsideSource) -> Recipient:
    phone = normalise_mobile(said["phone"]) if said["phone"] else ""
    if not (phone or source.contact_phone):
        raise Wrong("phone", NEEDED)
    if len(said["name"]) > 60:
        raise Wrong("name", msg("At most 60 characters."))
    return Recipient(said["name"], phone)


def _organisation(said: Mapping[str, str], known: Known) -> int | None:
    if not said["organisation"]:
        return None
    if said["organisation"] not in known.organisations:
        raise Wrong("organisation", msg("No organisation has this name."))
    return known.organisations[said["organisation"]]


def _point(typed: str, points: Points) -> PickupPoint:
    found = points.called(typed) if typed else ()
    if len(found) == 1:
        return found[0]
    if not typed:
        raise Wrong("point", NEEDED)
    if found:
        names = names_of(found)
        raise Wrong("point", msg("Several pickup points are called so: %(names)s."), names=names)
    names = names_of(points.all)
    raise Wrong("point", msg("No pickup point has this name. There are: %(names)s."), names=names)


def _delivery(said: Mapping[str, str], known: Known) -> Pickup | Courier:
    has_address = any(said[name] for name in ("province", "city", "district", "street"))
    if has_address and said["point"]:
        raise Wrong("point", msg("Either a pickup point or an address, please."))
    if has_address:
        if not said["street"]:
            raise Wrong("street", NEEDED)
        place = check_divisions(said["province"], said["city"], said["district"])
        return Courier(*place, said["street"][:200])
    point = _point(said["point"], known.points)
    runs = [run for run in known.runs if any(stop.pickup_point_id == point.id for stop in run.stops)]
    if said["truck"]:
        runs = [run for run in runs if run.code.casefold() == said["truck"].casefold()]
    if not runs:
        raise Wrong("truck", msg("No truck that takes orders goes to this pickup point then."))
    return Pickup(point.id, runs[0].id)
