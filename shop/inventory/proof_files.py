"""The document behind a number: files of a seller's, producer's or product's certificate, and of a lot's pledge.

Files are judged by content and kept under random names in the private store, as they were sent: an office's stamp and an
electronic signature stay what they are.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.document_files import ending_of
from shop.catalogue.editing.law import get_certificate
from shop.inventory.pledge_state import pledge_of_lot
from shop.inventory.producer_lots import Keepers, own_lot
from shop.inventory.proof_models import ProofFile
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.storage.kept_files import keep_file
from shop.storage.media import MediaStore
from shop.storage.named_locks import lock_name
from shop.storage.unit_of_work import UnitOfWork

MOST: Final = 6  # pages of one certificate, each a photo
_FOLDER: Final = "certificates"


@dataclass(frozen=True, slots=True)
class Proven:
    """Whose file it is: one of the two ids, and how the audit trail calls what it belongs to."""

    subject: str
    subject_id: str
    certificate_id: int | None = None
    pledge_id: int | None = None

    def condition(self) -> sa.ColumnElement[bool]:
        if self.certificate_id is not None:
            return ProofFile.certificate_id == self.certificate_id
        return ProofFile.pledge_id == self.pledge_id


# Finds it, for who may touch it: asked again inside the transaction that writes. Raises NotFound.
Find = Callable[[Session], Proven]


def of_certificate(session: Session, certificate_id: int) -> Proven:
    """Raises NotFound."""
    get_certificate(session, certificate_id)
    return Proven("certificate", str(certificate_id), certificate_id=certificate_id)


def of_pledge(session: Session, lot_id: int, keepers: Keepers) -> Proven:
    """The pledge in force of one's own lot. Raises NotFound, also where there is none."""
    lot, pledge = own_lot(session, lot_id, keepers), pledge_of_lot(session, lot_id)
    if pledge is None:
        raise NotFound()
    return Proven("lot", lot.code, pledge_id=pledge.id)


def attach_proof(
    unit_of_work: UnitOfWork,
    store: MediaStore,
    find: Find,
    name: str,
    content: bytes,
    *,
    actor_id: int,
    now: datetime,
) -> None:
    """The same file again changes nothing.

    Raises NotFound, InvalidInput for another file than PDF, JPEG and PNG and for too many, StorageFull.
    """
    file = f"{_FOLDER}/{secrets.token_hex(16)}.{ending_of(content)}"
    keep_file(unit_of_work, store, file, content, partial(_write, find, name, file, content, actor_id, now))


def take_proof_away(
    unit_of_work: UnitOfWork, store: MediaStore, find: Find, file_id: int, *, actor_id: int, now: datetime
) -> None:
    """It was attached by mistake. Raises NotFound."""
    store.delete(unit_of_work.run(partial(_forget, find, file_id, actor_id, now)))


def proofs_of(session: Session, proven: Proven) -> Sequence[ProofFile]:
    return session.scalars(sa.select(ProofFile).where(proven.condition()).order_by(ProofFile.id)).all()


def read_proof(session: Session, proven: Proven, file_id: int) -> ProofFile:
    """Raises NotFound."""
    found = session.scalar(sa.select(ProofFile).where(ProofFile.id == file_id, proven.condition()))
    if found is None:
        raise NotFound()
    return found


def proofs_by_paper(
    session: Session, certificate_ids: Collection[int], pledge_ids: Collection[int]
) -> tuple[dict[int, list[ProofFile]], dict[int, list[ProofFile]]]:
    """Of many at once: by certificate and by pledge. One statement."""
    by_certificate: dict[int, list[ProofFile]] = {}
    by_pledge: dict[int, list[ProofFile]] = {}
    either = sa.or_(ProofFile.certificate_id.in_(certificate_ids), ProofFile.pledge_id.in_(pledge_ids))
    for one in session.scalars(sa.select(ProofFile).where(either).order_by(ProofFile.id)):
        if one.certificate_id is not None:
            by_certificate.setdefault(one.certificate_id, []).append(one)
        elif one.pledge_id is not None:
            by_pledge.setdefault(one.pledge_id, []).append(one)
    return by_certificate, by_pledge


def _write(
    find: Find, name: str, file: str, content: bytes, actor_id: int, now: datetime, session: Session
) -> str:
    """Returns the name of the new file where the same one lies here already."""
    proven = find(session)
    lock_name(session, f"proof files of {proven.subject} {proven.subject_id}")
    digest = hashlib.sha256(content).hexdigest()
    there = proofs_of(session, proven)
    if any(one.digest == digest for one in there):
        return file
    if len(there) >= MOST:
        raise InvalidInput(msg("At most %(most)s documents."), field="file", most=MOST)
    session.add(
        ProofFile(
            certificate_id=proven.certificate_id,
            pledge_id=proven.pledge_id,
            name=tidy(name)[-120:] or file.rsplit("/", 1)[-1],
            file=file,
            digest=digest,
            size=len(content),
            sent_at=now,
            sent_by_id=actor_id,
        )
    )
    session.flush()
    _audit(session, proven, "proof.file_added", name, actor_id, now)
    return ""


def _forget(find: Find, file_id: int, actor_id: int, now: datetime, session: Session) -> str:
    proven = find(session)
    lock_name(session, f"proof files of {proven.subject} {proven.subject_id}")
    found = read_proof(session, proven, file_id)
    session.delete(found)
    session.flush()
    _audit(session, proven, "proof.file_removed", found.name, actor_id, now)
    return found.file


def _audit(session: Session, proven: Proven, action: str, name: str, actor_id: int, now: datetime) -> None:
    facts = {"document": tidy(name)[-120:]}
    audit(session, actor_id, action, proven.subject, proven.subject_id, facts, now=now)
