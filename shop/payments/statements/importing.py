"""A statement becomes lines: every row is judged and shown before any is written, and each receipt is written once.

The same receipt stands in every file that holds its day. Its fingerprint finds it again: by the bank's serial number
where there is one, else by what the row says and the how-manieth of its kind it is in the file.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.shop_settings import read_shop_settings
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.payments.events import ReceiptsChanged
from shop.payments.statements.columns import NEEDED, Field, Layout, account_digits, find_layout
from shop.payments.statements.models import BankStatement, ColumnMemory, LineStatus, StatementLine
from shop.payments.statements.names import payer_key
from shop.payments.statements.rows import Receipt, RowMistake, read_row
from shop.storage.event_log import record
from shop.storage.spreadsheets import Limits, read_rows

LIMITS: Final = Limits(rows=5000, columns=40, old_excel=True, times=True)
LONGEST_NAME: Final = 120
_AT_ONCE: Final = 500  # fingerprints in one statement


class NothingToImport(InvalidInput):
    code = "nothing_to_import"
    default_message = msg("No row of this table is money that came in.")


@dataclass(frozen=True)
class Reading:
    """How a person wants a file to be read; None: as it was last, or as it seems."""

    places: Mapping[Field, int] | None = None
    account: str = ""


@dataclass(frozen=True)
class StatementFile:
    """A file as it was sent, read once and outside any transaction."""

    digest: str
    layout: Layout


@dataclass(frozen=True)
class Imported:
    """What an import did; `lines` is 0 when the file had been imported before."""

    statement_id: int
    lines: int
    known: int
    left_out: int


@dataclass(frozen=True)
class Plan:
    """What a file would do."""

    digest: str
    layout: Layout
    account: str  # empty: a person must say it
    remembered: bool
    receipts: Sequence[Receipt]
    known: frozenset[int]  # rows that were imported before, or that repeat one above
    mistakes: Sequence[RowMistake]
    not_receipts: int
    fingerprints: Mapping[int, str]

    @property
    def new(self) -> list[Receipt]:
        return [one for one in self.receipts if one.row not in self.known]

    @property
    def new_fen(self) -> int:
        return sum(one.amount_fen for one in self.new)


def open_statement(content: bytes) -> StatementFile:
    """Raises InvalidInput for a file that cannot be read, or that names no columns."""
    return StatementFile(hashlib.sha256(content).hexdigest(), find_layout(read_rows(content, LIMITS)))


def plan_statement(session: Session, file: StatementFile, reading: Reading, *, now: datetime) -> Plan:
    """Judge every row; nothing is written. Raises InvalidInput for a choice of columns that cannot be."""
    layout = file.layout
    memory = session.scalar(sa.select(ColumnMemory).where(ColumnMemory.signature == layout.signature))
    places, remembered = _places(layout, memory, reading)
    layout = replace(layout, places=places)
    account = _account(session, layout, memory, reading)
    found = [read_row(number, cells, places, today=shanghai_date(now)) for number, cells in layout.body]
    receipts = [one for one in found if isinstance(one, Receipt)]
    mistakes = [one for one in found if isinstance(one, RowMistake)]
    prints = _fingerprints(account, receipts)
    return Plan(
        digest=file.digest,
        layout=layout,
        account=account,
        remembered=remembered,
        receipts=receipts,
        known=_known(session, prints),
        mistakes=mistakes,
        not_receipts=found.count(None),
        fingerprints=prints,
    )


def import_statement(
    session: Session, file: StatementFile, reading: Reading, *, file_name: str, actor_id: int, now: datetime
) -> Imported:
    """Write the receipts that are new, and remember how this bank's columns were read. Sent twice, it is written once:
    of two people who import one receipt at once one runs again and finds it known.

    Raises InvalidInput.
    """
    plan = plan_statement(session, file, reading, now=now)
    if not plan.account:
        raise InvalidInput(msg("Please enter the last four digits of our account."), field="account")
    if not plan.receipts:
        raise NothingToImport(field="file")
    digest = _digest(plan)
    known = session.scalar(sa.select(BankStatement).where(BankStatement.digest == digest))
    if known is not None:
        return Imported(known.id, 0, len(plan.receipts), len(plan.mistakes))
    statement = BankStatement(
        digest=digest,
        file_name=file_name[:LONGEST_NAME],
        account=plan.account,
        lines=len(plan.new),
        known=len(plan.known),
        left_out=len(plan.mistakes),
        imported_by_id=actor_id,
        imported_at=now,
    )
    session.add(statement)
    session.flush()
    lines = [_line(statement.id, one, plan.fingerprints[one.row]) for one in plan.new]
    if lines:
        written = session.scalars(sa.insert(StatementLine).returning(StatementLine.id), lines).all()
        record(session, ReceiptsChanged(tuple(written), now))
    _remember(session, plan, actor_id, now)
    session.flush()
    facts = {"rows": statement.lines, "known": statement.known, "left_out": statement.left_out}
    amounts = {"total_fen": plan.new_fen, "sha256": plan.digest}
    audit(session, actor_id, "statement.imported", "bank_statement", statement.id, facts | amounts, now=now)
    return Imported(statement.id, statement.lines, statement.known, statement.left_out)


def _account(session: Session, layout: Layout, memory: ColumnMemory | None, reading: Reading) -> str:
    """The last digits of our account: as this person says, as the titles say, as it was last, as the shop's own."""
    return (
        account_digits(reading.account)
        or layout.account
        or (memory.account if memory else "")
        or account_digits(read_shop_settings(session).bank_number)
    )


def _places(
    layout: Layout, memory: ColumnMemory | None, reading: Reading
) -> tuple[Mapping[Field, int], bool]:
    """As this person says, else as somebody said before, else as it seems. Raises InvalidInput by field."""
    if reading.places is not None:
        places, remembered = reading.places, False
    elif memory is not None:
        places, remembered = {Field(name): place for name, place in memory.places.items()}, True
    else:
        places, remembered = layout.places, False
    width = len(layout.headings)
    wrong = {field for field in NEEDED if field not in places}
    wrong |= {field for field, place in places.items() if not 0 <= place < width}
    if wrong:
        raise InvalidInput(errors={field.value: msg("Please choose a column.") for field in sorted(wrong)})
    return places, remembered


def _fingerprints(account: str, receipts: Sequence[Receipt]) -> dict[int, str]:
    """By row. Rows that the bank gives one serial number and one amount are one receipt."""
    seen: Counter[tuple[object, ...]] = Counter()
    prints = {}
    for one in receipts:
        parts: tuple[object, ...]
        if one.serial:
            parts = (account, "serial", one.serial, one.booked_on.isoformat(), one.amount_fen)
        else:
            said = (one.booked_on.isoformat(), one.amount_fen, payer_key(one.payer), one.remark)
            seen[said] += 1
            parts = (account, "row", *said, seen[said])
        text = json.dumps(parts, ensure_ascii=False)
        prints[one.row] = hashlib.sha256(text.encode()).hexdigest()
    return prints


def _known(session: Session, prints: Mapping[int, str]) -> frozenset[int]:
    wanted, stored = sorted(set(prints.values())), set()
    for start in range(0, len(wanted), _AT_ONCE):
        some = StatementLine.fingerprint.in_(wanted[start : start + _AT_ONCE])
        stored |= set(session.scalars(sa.select(StatementLine.fingerprint).where(some)))
    known = set()
    for row, fingerprint in prints.items():
        if fingerprint in stored:
            known.add(row)
        stored.add(fingerprint)
    return frozenset(known)


def _digest(plan: Plan) -> str:
    """Of what is written, so that another choice of columns is another import."""
    said = [plan.digest, plan.account, *sorted(plan.fingerprints.values())]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _line(statement_id: int, one: Receipt, fingerprint: str) -> dict[str, Any]:
    return {
        "statement_id": statement_id,
        "row": one.row,
        "fingerprint": fingerprint,
        "booked_on": one.booked_on,
        "booked_at": one.booked_at,
        "amount_fen": one.amount_fen,
        "payer": one.payer,
        "payer_key": payer_key(one.payer),
        "payer_account": one.payer_account,
        "remark": one.remark,
        "serial": one.serial,
        "status": LineStatus.OPEN,
    }


def _remember(session: Session, plan: Plan, actor_id: int, now: datetime) -> None:
    signature = plan.layout.signature
    memory = session.scalar(sa.select(ColumnMemory).where(ColumnMemory.signature == signature))
    if memory is None:
        memory = ColumnMemory(signature=signature)
        session.add(memory)
    memory.places = {field.value: place for field, place in plan.layout.places.items()}
    memory.account = plan.account
    memory.changed_by_id, memory.changed_at = actor_id, now
