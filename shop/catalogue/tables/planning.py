"""What a table would do: each row judged whole, compared with what is stored, and nothing written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.editing.rules import NEEDED, Values, judge_values
from shop.accounts.editing.rules import Wrong as BadValue
from shop.catalogue.claims import refuse_claims
from shop.catalogue.tables.cells import Known, unguarded
from shop.catalogue.tables.description import MOST_ROWS, Column, MasterTable, Stored, known_of, stored_rows
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy, tidy_lines
from shop.storage.spreadsheets import Cell, Limits, Row, read_rows
from shop.storage.table_columns import Heading, Mistake, cell_at, find_columns

LIMITS: Final = Limits(rows=MOST_ROWS, columns=60, longest_cell=20_001, headings_first=True)
MOST_CHANGES: Final = 500
MOST_TIMES: Final = 10
TWICE: Final = msg("Row %(other)s has the same.")
FIXED: Final = msg("This stays as it is: “%(value)s”.")
NO_NEW: Final = msg("There is none with this short name, and this table makes no new ones.")
TOO_MANY_CHANGES: Final = msg("More than %(most)s rows would change. Please send them in parts.")
FAR_FROM_BEFORE: Final = msg("%(before)s before, %(after)s now: more than ten times apart.")


@dataclass(frozen=True)
class Difference:
    """One field of a row, as cells say it; `before` is None in a new row."""

    column: Column
    before: str | None
    after: str


@dataclass(frozen=True)
class PlannedRow:
    """`values` are what is to be written: all of a new row, of another what differs."""

    row: int
    key: str
    record_id: int | None
    values: Mapping[str, Any]
    differences: Sequence[Difference]


@dataclass
class TablePlan:
    """`seal` stands for all that would be written and what stands there now."""

    digest: str
    rows: list[PlannedRow] = field(default_factory=list)
    unchanged: int = 0
    mistakes: list[Mistake] = field(default_factory=list)
    doubts: list[Mistake] = field(default_factory=list)

    @property
    def added(self) -> list[PlannedRow]:
        return [row for row in self.rows if row.record_id is None]

    @property
    def changed(self) -> list[PlannedRow]:
        return [row for row in self.rows if row.record_id is not None]

    @property
    def seal(self) -> str:
        said = [
            (one.row, one.key, one.record_id, [(d.column.name, d.before, d.after) for d in one.differences])
            for one in self.rows
        ]
        return hashlib.sha256(repr(said).encode()).hexdigest()


def plan_table(session: Session, table: MasterTable, content: bytes, *, lock: bool = False) -> TablePlan:
    """Judge every row. Raises InvalidInput for a file that cannot be read at all. `lock`: rows that are stored wait."""
    rows = read_rows(content, LIMITS)
    headings = [
        Heading(column.name, column.chinese, column.english, "", needed=column.name == table.key)
        for column in table.columns
    ]
    places = find_columns(rows[0][1] if rows else (), headings)
    body = [(number, cells) for number, cells in rows[1:] if not _is_left_out(cells)]
    planner = _Planner(session, table, places, TablePlan(hashlib.sha256(content).hexdigest()))
    planner.read_all(body, lock=lock)
    return planner.plan


def _is_left_out(cells: Sequence[Cell]) -> bool:
    return str(next((cell for cell in cells if cell), "")).startswith("#")


def _same(text: str, said: str) -> bool:
    return tidy_lines(text) == tidy_lines(said)


class _Planner:
    def __init__(
        self, session: Session, table: MasterTable, places: Mapping[str, int], plan: TablePlan
    ) -> None:
        self._session, self._table, self._places, self.plan = session, table, places, plan
        self._known: Known = known_of(session, table)
        self._rules = {**table.sheet.rules, **table.rules}
        self._seen: dict[str, int] = {}

    def read_all(self, body: Sequence[Row], *, lock: bool) -> None:
        stored = self._stored([self._key(cells) for _, cells in body], lock=lock)
        for number, cells in body:
            self._read_row(number, cells, stored)
        if not body:
            self.plan.mistakes.append(Mistake(1, "", msg("The table has no rows.")))
        if len(self.plan.rows) > MOST_CHANGES:
            self.plan.mistakes.append(Mistake(1, "", TOO_MANY_CHANGES, {"most": MOST_CHANGES}))

    def _stored(self, keys: Sequence[str], *, lock: bool) -> dict[str, Stored]:
        entity = self._table.entity
        names = {*keys, *(key.lower() for key in keys), *(key.upper() for key in keys)}
        wanted = sa.select(entity).where(getattr(entity, self._table.key).in_(names)).order_by(entity.id)
        if lock:
            wanted = wanted.with_for_update().execution_options(populate_existing=True)
        found = stored_rows(self._session, self._table, self._session.scalars(wanted).all())
        return {one.key: one for one in found}

    def _key(self, cells: Sequence[Cell]) -> str:
        return tidy(self._text(cells, self._table.key))

    def _text(self, cells: Sequence[Cell], name: str) -> str:
        cell = cell_at(cells, self._places, name)
        return "" if cell is None else unguarded(str(cell))

    def _read_row(self, number: int, cells: Sequence[Cell], stored: Mapping[str, Stored]) -> None:
        typed = self._key(cells)
        known = stored.get(typed) or stored.get(typed.lower()) or stored.get(typed.upper())
        found = len(self.plan.mistakes)
        key = known.key if known else typed
        self._note_twice(number, key)
        if known is None and not self._table.adds:
            return self._refuse(number, self._table.key, NO_NEW if typed else NEEDED)
        judged = self._judge(number, self._given(number, cells, known), known)
        if len(self.plan.mistakes) > found:
            return None
        self._compare(number, key, judged, known)
        return None

    def _note_twice(self, number: int, key: str) -> None:
        if key and key in self._seen:
            self._refuse(number, self._table.key, TWICE, other=self._seen[key])
        self._seen.setdefault(key, number)

    def _given(self, number: int, cells: Sequence[Cell], known: Stored | None) -> dict[str, Any]:
        """What the cells of the row say; one that cannot be is noted, and not given. What stands in a cell as it was
        written out is not judged again.
        """
        given = {}
        for column in self._table.columns:
            if column.name not in self._places:
                continue
            text = self._text(cells, column.name)
            if known is not None and _same(text, self._said(column.name, known.values[column.name])):
                continue
            try:
                given[column.name] = column.cell.read(text, self._known)
            except BadValue as wrong:
                self._refuse(number, column.name, wrong.message, **getattr(wrong, "facts", {}))
        return given

    def _judge(self, number: int, given: Mapping[str, Any], known: Stored | None) -> dict[str, Any]:
        """The values as they are written. Everything that is wrong is noted, a field once."""
        if known is not None:
            given = {name: value for name, value in given.items() if name != self._table.key}
        else:
            given = {**self._table.defaults, **given}
        judged: dict[str, Any] = {}
        noted = {mistake.column for mistake in self.plan.mistakes if mistake.row == number}
        for name, judge in self._rules.items():
            if name in noted or (name not in given and known is not None):
                continue
            try:
                judged[name] = judge(given.get(name))
            except BadValue as wrong:
                self._refuse(number, name, wrong.message)
        differing = judged if known is None else self._differing(judged, known)
        self._note_claims(number, differing)
        return differing

    def _differing(self, judged: Mapping[str, Any], known: Stored) -> dict[str, Any]:
        return {
            name: value for name, value in judged.items() if value != self._settled(name, known.values[name])
        }

    def _settled(self, name: str, value: Any) -> Any:
        """A stored value as it would be written today."""
        try:
            return judge_values({name: value}, self._rules, complete=False)[name]
        except InvalidInput:
            return value

    def _note_claims(self, number: int, values: Values) -> None:
        try:
            refuse_claims(values, "synonyms")
        except InvalidInput as error:
            self._note(number, error)

    def _compare(self, number: int, key: str, judged: Mapping[str, Any], known: Stored | None) -> None:
        if known is not None and not judged:
            self.plan.unchanged += 1
            return
        fixed = [name for name in self._table.fixed if known is not None and name in judged]
        for name in fixed:
            self._refuse(number, name, FIXED, value=self._said(name, known and known.values[name]))
        try:
            self._table.refuse(self._session, known.id if known else None, judged)
        except InvalidInput as error:
            self._note(number, error)
            return
        if not fixed:
            self.plan.rows.append(self._planned(number, key, judged, known))

    def _planned(self, number: int, key: str, judged: Mapping[str, Any], known: Stored | None) -> PlannedRow:
        differences = [
            Difference(
                column,
                self._said(column.name, known.values[column.name]) if known else None,
                self._said(column.name, judged[column.name]),
            )
            for column in self._table.columns
            if column.name in judged
        ]
        if known is not None and "price_fen" in judged:
            self._doubt_price(number, differences, known.values["price_fen"], judged["price_fen"])
        shown = known.key if known else judged[self._table.key]
        return PlannedRow(number, shown or key, known.id if known else None, judged, differences)

    def _doubt_price(self, number: int, differences: Sequence[Difference], before: int, after: int) -> None:
        if max(before, after) > MOST_TIMES * min(before, after):
            said = next(one for one in differences if one.column.name == "price_fen")
            facts = {"before": said.before, "after": said.after}
            self.plan.doubts.append(Mistake(number, "price_fen", FAR_FROM_BEFORE, facts))

    def _said(self, name: str, value: Any) -> str:
        column = next(one for one in self._table.columns if one.name == name)
        return column.cell.say(value, self._known)

    def _note(self, number: int, error: InvalidInput) -> None:
        for name, message in (error.errors or {self._table.key: error.message}).items():
            self._refuse(number, name, message, **error.facts)

    def _refuse(self, number: int, column: str, message: str, **facts: Any) -> None:
        self.plan.mistakes.append(Mistake(number, column, message, facts))
