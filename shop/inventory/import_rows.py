"""One row of an import: what each column is called, and every mistake in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from shop.inventory.import_facts import Known, KnownProducer, KnownVariant
from shop.inventory.lot_table import Cell
from shop.inventory.lots import AT_LEAST_ONE, Declaration, mistakes_in, shares_of
from shop.inventory.models import WHOLE_BP
from shop.kit.money import parse_yuan
from shop.kit.text import msg, plain_number, tidy, typed_number
from shop.storage.table_columns import Heading, Mistake, Wrong, cell_at, find_columns

_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_SHARE: Final = re.compile(r"(.+?)[\s:：=]+([\d.]+)\s*[%％]?")


HEADINGS: Final = (
    Heading("sku", "货号", "SKU", "# XG-250", needed=True),
    Heading("producer", "供货方", "Producer", "mogou-li", needed=True),
    Heading("units", "数量", "Units", "20", needed=True),
    Heading("harvested_on", "采收日", "Harvested on", "2026-11-20"),
    Heading("packed_on", "包装日", "Packed on", "2026-11-21"),
    Heading("best_before", "保质期至", "Best before", ""),
    Heading("certificate", "证书号", "Certificate", ""),
    Heading("shares", "份额", "Shares", "mogou-li 60; mogou-chen 40"),
)


def column_places(first_row: Sequence[Cell]) -> dict[str, int]:
    """Where each column stands, by its name in either language. Raises InvalidInput for one that is needed."""
    return find_columns(first_row, HEADINGS)


class RowReader:
    """Reads rows one by one; a row has a declaration, mistakes, or neither when it begins with #."""

    def __init__(self, places: Mapping[str, int], known: Known, today: date) -> None:
        self._places, self._known, self._today = places, known, today

    def read(self, number: int, cells: Sequence[Cell], code: str) -> tuple[Declaration | None, list[Mistake]]:
        if str(next((cell for cell in cells if cell), "")).startswith("#"):
            return None, []
        mistakes: list[Mistake] = []

        def attempt(read: Any) -> Any:
            try:
                return read(cells)
            except Wrong as wrong:
                mistakes.append(wrong.in_row(number))
                return None

        variant: KnownVariant | None = attempt(self._variant)
        producer: KnownProducer | None = attempt(self._producer)
        units = attempt(self._units)
        harvested, packed = attempt(self._harvested), attempt(self._packed)
        best_before = attempt(lambda row: self._best_before(row, variant, packed or harvested))
        certificate_id, shares = attempt(self._certificate), attempt(self._shares)
        if mistakes or variant is None or producer is None or best_before is None:
            return None, mistakes
        declaration = Declaration(
            variant_id=variant.id,
            producer_id=producer.id,
            units=units,
            best_before=best_before,
            harvested_on=harvested,
            packed_on=packed,
            certificate_id=certificate_id,
            shares=shares,
            code=code,
        )
        owner = producer.household_id
        keeps = variant.shelf_life_days
        wrong = mistakes_in(
            declaration,
            shares_of(declaration, owner),
            self._today,
            household_id=owner,
            shelf_life_days=keeps,
        )
        return declaration, [Mistake(number, name, text, {"keeps": keeps}) for name, text in wrong.items()]

    def _cell(self, cells: Sequence[Cell], name: str) -> Cell:
        return cell_at(cells, self._places, name)

    def _said(self, cells: Sequence[Cell], name: str) -> str:
        cell = self._cell(cells, name)
        return tidy(str(cell)) if cell is not None else ""

    def _variant(self, cells: Sequence[Cell]) -> KnownVariant:
        sku = self._said(cells, "sku").upper()
        if not sku:
            raise Wrong("sku", msg("Please fill this in."))
        found = self._known.variants.get(sku)
        if found is None:
            raise Wrong("sku", msg("There is no pack %(sku)s."), sku=sku)
        if found.is_box:
            raise Wrong("sku", msg("%(sku)s is a gift box: its contents have lots, it has none."), sku=sku)
        return found

    def _producer(self, cells: Sequence[Cell]) -> KnownProducer:
        name = self._said(cells, "producer")
        if not name:
            raise Wrong("producer", msg("Please fill this in."))
        found = self._known.producers.get(name.lower()) or self._known.producers.get(name) or []
        if not found:
            raise Wrong("producer", msg("There is no producer %(name)s."), name=name)
        if len(found) > 1:
            raise Wrong("producer", msg("Several are called %(name)s. Please use the short name."), name=name)
        if not found[0].active:
            raise Wrong("producer", msg("%(name)s supplies no goods at present."), name=name)
        return found[0]

    def _units(self, cells: Sequence[Cell]) -> int:
        said = self._said(cells, "units")
        try:
            return typed_number(said)
        except ValueError:
            if plain_number(said).startswith("-") and plain_number(said)[1:].isdigit():
                raise Wrong("units", AT_LEAST_ONE) from None
            raise Wrong("units", msg("Please enter a whole number.")) from None

    def _harvested(self, cells: Sequence[Cell]) -> date | None:
        return self._day(cells, "harvested_on")

    def _packed(self, cells: Sequence[Cell]) -> date | None:
        return self._day(cells, "packed_on")

    def _day(self, cells: Sequence[Cell], name: str) -> date | None:
        cell = self._cell(cells, name)
        if cell is None or isinstance(cell, date):
            return cell
        typed = tidy(plain_number(cell))
        if not typed:
            return None
        match = _DAY.fullmatch(typed.partition(" ")[0])
        try:
            return date(*map(int, match.groups())) if match else date.fromisoformat(typed)
        except ValueError:
            raise Wrong(name, msg("A day is written like 2026-11-30.")) from None

    def _best_before(
        self, cells: Sequence[Cell], variant: KnownVariant | None, since: date | None
    ) -> date | None:
        """As written, else the day it was packed or harvested and the product's shelf life."""
        day = self._day(cells, "best_before")
        if day is None and variant is not None:
            if since is None:
                raise Wrong("best_before", msg("Please enter this day, or the day of packing or harvest."))
            day = since + timedelta(days=variant.shelf_life_days)
        return day

    def _certificate(self, cells: Sequence[Cell]) -> int | None:
        number = self._said(cells, "certificate")
        if number and number not in self._known.certificates:
            raise Wrong("certificate", msg("There is no certificate %(number)s."), number=number)
        return self._known.certificates.get(number)

    def _shares(self, cells: Sequence[Cell]) -> dict[int, int] | None:
        """`mogou-li 60; mogou-chen 40`: per cent by the short names of households."""
        return read_shares(self._said(cells, "shares"), self._known.households)


def read_shares(text: str, households: Mapping[str, int]) -> dict[int, int] | None:
    """Basis points by household; None when nothing is written."""
    if not text:
        return None
    shares: dict[int, int] = {}
    for part in filter(None, (piece.strip() for piece in re.split(r"[;；,，、\n]", text))):
        match = _SHARE.fullmatch(plain_number(part))
        if match is None or match[1].lower() not in households:
            raise Wrong("shares", msg("“%(part)s” names no household and its per cent."), part=part[:60])
        try:
            points = parse_yuan(match[2])
        except ValueError:
            points = 0
        if not 0 < points <= WHOLE_BP:
            raise Wrong("shares", msg("“%(part)s” names no household and its per cent."), part=part[:60])
        household_id = households[match[1].lower()]
        shares[household_id] = shares.get(household_id, 0) + points
    return shares
