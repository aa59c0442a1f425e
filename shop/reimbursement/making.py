"""Somebody asks for the papers; the worker makes them and says how far it is; after some days the files go."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import Organisation
from shop.accounts.shop_settings import read_shop_settings
from shop.accounts.terms import lock_organisation
from shop.kit.errors import NotFound, ShopError
from shop.reimbursement.about import About, find_about
from shop.reimbursement.events import PackEnded
from shop.reimbursement.models import PackState, ReimbursementPack
from shop.reimbursement.sections import Papers, read_papers
from shop.reimbursement.wording import Tongue
from shop.reimbursement.writing import Desk, Written, steps_of, write_papers
from shop.storage.database import allow_long_statements
from shop.storage.event_log import record
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork

KEPT: Final = timedelta(days=3)
AT_ONCE: Final = 20
LONGEST_SECONDS: Final = 60
_FOLDER: Final = "packs"
# How a job speaks: `with speak("zh") as say`.
Speak = Callable[[str], AbstractContextManager[Callable[[str], str]]]


@dataclass(frozen=True, slots=True)
class Waiting:
    id: int
    language: str


def ask_for_pack(session: Session, about: About, language: str, *, actor_id: int, now: datetime) -> int:
    """The id of the one that waits: asked twice, it is made once. Behind the organisation's lock."""
    lock_organisation(session, about.organisation.id)
    waiting = sa.select(ReimbursementPack.id).where(*_of(about), ReimbursementPack.state == PackState.WAITING)
    known = session.scalar(waiting)
    if known is not None:
        return known
    pack = ReimbursementPack(
        organisation_id=about.organisation.id,
        kind=about.kind,
        ref=about.ref,
        language=language,
        asked_at=now,
        asked_by_id=actor_id,
    )
    session.add(pack)
    session.flush()
    facts = {"pack_kind": about.kind.value, "ref": about.ref}
    audit(session, actor_id, "reimbursement.asked", "organisation", about.organisation.id, facts, now=now)
    return pack.id


def newest_pack(session: Session, about: About) -> ReimbursementPack | None:
    newest = sa.select(ReimbursementPack).where(*_of(about)).order_by(ReimbursementPack.id.desc())
    return session.scalar(newest.limit(1))


def pack_file(key: str, ending: str) -> str:
    """The name in the store; `ending` is pdf or zip."""
    return f"{_FOLDER}/{key}.{ending}"


def make_packs(unit_of_work: UnitOfWork, store: MediaStore, speak: Speak, *, now: datetime) -> int:
    """Make those that wait, the oldest first; returns how many were made. Killed half way, the next turn begins anew."""

    def waiting(session: Session) -> Sequence[Waiting]:
        rows = session.execute(
            sa.select(ReimbursementPack.id, ReimbursementPack.language)
            .where(ReimbursementPack.state == PackState.WAITING)
            .order_by(ReimbursementPack.id)
            .limit(AT_ONCE)
        )
        return [Waiting(*row) for row in rows]

    made = 0
    for one in unit_of_work.run(waiting):
        with speak(one.language) as say:
            tongue = Tongue(say, chinese=one.language != "en")
            try:
                made += _make(unit_of_work, store, one.id, tongue, now=now)
            except ShopError as error:
                unit_of_work.run(partial(_give_up, pack_id=one.id, code=error.code, now=now))
    return made


def forget_packs(unit_of_work: UnitOfWork, store: MediaStore, *, now: datetime) -> int:
    """Rows first: what no row names is never handed out. Returns how many went."""

    def forget(session: Session) -> Sequence[str]:
        old = ReimbursementPack.asked_at < now - KEPT
        gone = session.scalars(
            sa.delete(ReimbursementPack)
            .where(old)
            .returning(ReimbursementPack.key)
            .execution_options(synchronize_session=False)
        ).all()
        return [key for key in gone if key]

    keys = unit_of_work.run(forget)
    for key in keys:
        for ending in ("pdf", "zip"):
            store.delete(pack_file(key, ending))
    return len(keys)


def _make(unit_of_work: UnitOfWork, store: MediaStore, pack_id: int, say: Tongue, *, now: datetime) -> bool:
    """Read in one transaction, written to files in none, said in a last one. Raises NotFound, StorageFull."""
    papers, shop = unit_of_work.run(partial(_read, pack_id=pack_id, say=say))

    def told(done: int) -> None:
        unit_of_work.run(partial(_tell, pack_id=pack_id, done=done, total=steps_of(papers)))

    told(0)
    written = write_papers(papers, Desk(store, say, shop, now, told))
    key = secrets.token_hex(16)
    is_first = False
    try:
        store.write(pack_file(key, "pdf"), written.pdf)
        store.write(pack_file(key, "zip"), written.zip)
        finish = partial(_finish, pack_id=pack_id, key=key, papers=papers, written=written, now=now)
        is_first = unit_of_work.run(finish)
    finally:
        if not is_first:
            store.delete(pack_file(key, "pdf"))
            store.delete(pack_file(key, "zip"))
    return is_first


def _read(session: Session, pack_id: int, say: Tongue) -> tuple[Papers, str]:
    allow_long_statements(session, seconds=LONGEST_SECONDS)
    pack = session.get(ReimbursementPack, pack_id)
    if pack is None:
        raise NotFound()
    organisation = session.get_one(Organisation, pack.organisation_id)
    about = find_about(session, organisation, pack.kind, pack.ref)
    return read_papers(session, about, say, to_write=True), say.name(read_shop_settings(session), "name")


def _tell(session: Session, pack_id: int, done: int, total: int) -> None:
    _update(session, pack_id, done=done, total=total)


def _finish(
    session: Session, pack_id: int, key: str, papers: Papers, written: Written, now: datetime
) -> bool:
    """False when another worker was first, or it is gone."""
    steps = steps_of(papers)
    is_first = _update(
        session, pack_id, state=PackState.MADE, made_at=now, key=key, missing=papers.missing,
        pdf_size=len(written.pdf), zip_size=len(written.zip), done=steps, total=steps,
    )  # fmt: skip
    if is_first:
        record(session, PackEnded(pack_id, now))
    return is_first


def _give_up(session: Session, pack_id: int, code: str, now: datetime) -> None:
    if _update(session, pack_id, state=PackState.FAILED, failure=code):
        record(session, PackEnded(pack_id, now))


def _update(session: Session, pack_id: int, **values: object) -> bool:
    """Only while it waits."""
    changed = session.execute(
        sa.update(ReimbursementPack)
        .where(ReimbursementPack.id == pack_id, ReimbursementPack.state == PackState.WAITING)
        .values(**values)
        .returning(ReimbursementPack.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None


def _of(about: About) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        ReimbursementPack.organisation_id == about.organisation.id,
        ReimbursementPack.kind == about.kind,
        ReimbursementPack.ref == about.ref,
    )
