"""Papers that an organisation attaches itself: signed sheets as scans, the slip of its transfer, a contract."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.organisations import BUYING
from shop.accounts.terms import lock_organisation
from shop.catalogue.document_files import ending_of
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.reimbursement.about import About, about_of_member
from shop.reimbursement.models import PackKind, ReimbursementPaper, Slot
from shop.reimbursement.section import Original, SectionKey
from shop.storage.kept_files import keep_file
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork

MOST: Final = 30  # of one pack
_FOLDER: Final = "reimbursement"
SLOTS: Final = {
    Slot.PAYMENT: msg("Slip of the transfer"),
    Slot.ACCEPTANCE: msg("Signed acceptance note"),
    Slot.SIGN_OFF: msg("Signed sign-off sheet"),
    Slot.CONTRACT: msg("Contract"),
    Slot.OTHER: msg("Another paper"),
}
BELONGS: Final = {
    Slot.PAYMENT: SectionKey.PAYMENT,
    Slot.ACCEPTANCE: SectionKey.ACCEPTANCE,
    Slot.SIGN_OFF: SectionKey.SIGN_OFF,
    Slot.CONTRACT: SectionKey.CONTRACT,
    Slot.OTHER: SectionKey.OTHER,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Of which pack, and who is there."""

    slug: str
    kind: str
    ref: str
    user_id: int


def attach(
    unit_of_work: UnitOfWork,
    store: MediaStore,
    place: Place,
    slot: Slot,
    name: str,
    content: bytes,
    *,
    now: datetime,
) -> None:
    """The same file again changes nothing. For owners and buyers.

    Raises NotFound, InvalidInput for another file than PDF, JPEG and PNG, StorageFull.
    """
    file = f"{_FOLDER}/{secrets.token_hex(16)}.{ending_of(content)}"
    keep_file(unit_of_work, store, file, content, partial(_write, place, slot, name, file, content, now))


def take_away(
    unit_of_work: UnitOfWork, store: MediaStore, place: Place, paper_id: int, *, now: datetime
) -> None:
    """It was attached by mistake. For owners and buyers. Raises NotFound."""
    store.delete(unit_of_work.run(partial(_forget, place, paper_id, now)))


def attached_of(
    session: Session, organisation_id: int, kind: PackKind, ref: str
) -> Sequence[ReimbursementPaper]:
    own = sa.select(ReimbursementPaper).where(
        ReimbursementPaper.organisation_id == organisation_id,
        ReimbursementPaper.kind == kind,
        ReimbursementPaper.ref == ref,
    )
    return session.scalars(own.order_by(ReimbursementPaper.id)).all()


def read_attached(session: Session, about: About, paper_id: int) -> ReimbursementPaper:
    """Raises NotFound."""
    paper = session.get(ReimbursementPaper, paper_id)
    if paper is None or (paper.organisation_id, paper.kind, paper.ref) != (
        about.organisation.id,
        about.kind,
        about.ref,
    ):
        raise NotFound()
    return paper


def as_original(paper: ReimbursementPaper) -> Original:
    """Under a name of our own making: what people call files can be anything."""
    return Original(paper.file, f"{paper.slot.value}-{paper.id}.{paper.file.rsplit('.', 1)[-1]}")


def _write(
    place: Place, slot: Slot, name: str, file: str, content: bytes, now: datetime, session: Session
) -> str:
    """Returns the name of the new file where the same one lies here already."""
    about = _own(session, place)
    digest = hashlib.sha256(content).hexdigest()
    there = attached_of(session, about.organisation.id, about.kind, about.ref)
    if any(one.digest == digest for one in there):
        return file
    if len(there) >= MOST:
        raise InvalidInput(msg("At most %(most)s documents."), field="file", most=MOST)
    paper = ReimbursementPaper(
        organisation_id=about.organisation.id,
        kind=about.kind,
        ref=about.ref,
        slot=slot,
        name=tidy(name)[-120:] or file.rsplit("/", 1)[-1],
        file=file,
        digest=digest,
        size=len(content),
        sent_at=now,
        sent_by_id=place.user_id,
    )
    session.add(paper)
    session.flush()
    _audit(session, place, about, "reimbursement.paper_added", paper, now)
    return ""


def _forget(place: Place, paper_id: int, now: datetime, session: Session) -> str:
    about = _own(session, place)
    paper = read_attached(session, about, paper_id)
    session.delete(paper)
    session.flush()
    _audit(session, place, about, "reimbursement.paper_removed", paper, now)
    return paper.file


def _own(session: Session, place: Place) -> About:
    """Behind the organisation's lock. Raises NotFound, also for members who may only look."""
    about, here = about_of_member(session, place.slug, place.kind, place.ref, place.user_id)
    if not here.may(*BUYING):
        raise NotFound()
    lock_organisation(session, about.organisation.id)
    return about


def _audit(
    session: Session, place: Place, about: About, action: str, paper: ReimbursementPaper, now: datetime
) -> None:
    facts = {"pack_kind": about.kind.value, "ref": about.ref, "slot": paper.slot.value}
    audit(session, place.user_id, action, "organisation", about.organisation.id, facts, now=now)
