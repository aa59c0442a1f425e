"""Documents attached to an invoice: kept under names of our own making, one of each kind, each of one invoice only."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.invoicing.errors import FileTaken
from shop.invoicing.file_kinds import kind_of, texts_of_xml
from shop.invoicing.models import FileKind, Invoice, InvoiceFile, InvoiceStatus, RedLetter, RedLetterStatus
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg
from shop.kit.transitions import IllegalStep
from shop.storage.kept_files import keep_file
from shop.storage.locks import LockRank, lock_row
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork

_FOLDER: Final = "invoices"


@dataclass(frozen=True, slots=True)
class Attached:
    """A document that was read and judged; `red`: it is the red letter's."""

    kind: FileKind
    key: str
    digest: str
    size: int
    red: bool


def attach_file(
    unit_of_work: UnitOfWork,
    store: MediaStore,
    invoice_id: int,
    content: bytes,
    *,
    red: bool,
    actor_id: int,
    now: datetime,
) -> None:
    """Keep a document; one of its kind that lay there goes. The same file again changes nothing.

    Raises InvalidInput for the field `file`, FileTaken, StorageFull, NotFound, or IllegalStep before it is issued.
    """
    kind = kind_of(content)
    digest = hashlib.sha256(content).hexdigest()
    file = Attached(kind, secrets.token_hex(16), digest, len(content), red)
    work = partial(_keep, invoice_id=invoice_id, file=file, content=content, actor_id=actor_id, now=now)
    keep_file(unit_of_work, store, stored_name(file.key, kind), content, work)


def remove_file(
    unit_of_work: UnitOfWork,
    store: MediaStore,
    invoice_id: int,
    file_id: int,
    *,
    actor_id: int,
    now: datetime,
) -> None:
    """It was attached by mistake. Raises NotFound."""
    work = partial(_forget, invoice_id=invoice_id, file_id=file_id, actor_id=actor_id, now=now)
    key, kind = unit_of_work.run(work)
    store.delete(stored_name(key, kind))


def stored_name(key: str, kind: FileKind) -> str:
    """Its name in the store."""
    return f"{_FOLDER}/{key}.{kind}"


def _keep(
    session: Session, invoice_id: int, file: Attached, content: bytes, actor_id: int, now: datetime
) -> str:
    """Returns the name of what is not needed any more: the file that lay there, or the new one if it is the same."""
    invoice = _lock(session, invoice_id)
    _judge(invoice, file, content, _number(session, invoice, file))
    known = session.scalar(sa.select(InvoiceFile).where(InvoiceFile.digest == file.digest))
    if known is not None:
        if (known.invoice_id, known.red) != (invoice_id, file.red):
            raise FileTaken(field="file", where=_number_of(session, known.invoice_id))
        return stored_name(file.key, file.kind)
    same_kind = sa.select(InvoiceFile).where(
        InvoiceFile.invoice_id == invoice_id, InvoiceFile.red == file.red, InvoiceFile.kind == file.kind
    )
    row, before = session.scalar(same_kind), ""
    if row is None:
        row = InvoiceFile(invoice_id=invoice_id, red=file.red, kind=file.kind)
        session.add(row)
    else:
        before = stored_name(row.key, row.kind)
    row.key, row.digest, row.size = file.key, file.digest, file.size
    row.added_at, row.added_by_id = now, actor_id
    session.flush()
    facts = {"file_kind": file.kind, "digest": file.digest}
    audit(session, actor_id, "invoice.file_attached", "invoice", invoice.number, facts, now=now)
    return before


def _forget(
    session: Session, invoice_id: int, file_id: int, actor_id: int, now: datetime
) -> tuple[str, FileKind]:
    invoice = _lock(session, invoice_id)
    row = session.get(InvoiceFile, file_id)
    if row is None or row.invoice_id != invoice_id:
        raise NotFound()
    session.delete(row)
    facts = {"file_kind": row.kind, "digest": row.digest}
    audit(session, actor_id, "invoice.file_removed", "invoice", invoice.number, facts, now=now)
    return row.key, row.kind


def _lock(session: Session, invoice_id: int) -> Invoice:
    invoice = lock_row(session, LockRank.INVOICE, sa.select(Invoice).where(Invoice.id == invoice_id))
    if invoice is None:
        raise NotFound()
    return invoice


def _number(session: Session, invoice: Invoice, file: Attached) -> str:
    """Of the document that it must be. Raises IllegalStep while there is none."""
    if not file.red:
        number = invoice.document_number
    else:
        issued = sa.select(RedLetter.document_number).where(
            RedLetter.invoice_id == invoice.id, RedLetter.status == RedLetterStatus.ISSUED
        )
        number = session.scalar(issued)
    if number is None:
        raise IllegalStep()
    return number


def _judge(invoice: Invoice, file: Attached, content: bytes, number: str) -> None:
    if invoice.status not in {InvoiceStatus.ISSUED, InvoiceStatus.REVERSED}:
        raise IllegalStep()
    if file.kind is FileKind.XML and number not in texts_of_xml(content):
        raise InvalidInput(
            msg("This XML does not say the number %(number)s: it is of another invoice."),
            field="file",
            number=number,
        )


def _number_of(session: Session, invoice_id: int) -> str:
    return session.scalar(sa.select(Invoice.number).where(Invoice.id == invoice_id)) or ""
