"""Proof of payouts: judged by content, kept under random names, each file once, and for finance only."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import PictureState
from shop.catalogue.picture_files import MOST_BYTES, begins_like_a_picture, judge
from shop.catalogue.private_photos import original_file
from shop.kit.clock import month_of
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.pdf_files import begins_as_pdf, is_whole_pdf
from shop.kit.text import msg
from shop.ledger.models import Payout, PayoutRun
from shop.ledger.months import last_closed
from shop.ledger.payouts.approval import lock_run
from shop.ledger.payouts.proof_models import PayoutProof, ProofKind, ProvenPayout
from shop.storage.kept_files import keep_file
from shop.storage.locks import LockRank, lock_rows
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork

MOST_OF_A_RUN: Final = 500
_FOLDER: Final = "payouts"


class NothingProven(Conflict):
    code = "nothing_to_prove"
    default_message = msg("This run is not approved: nothing of it can have been paid.")


class ProofTaken(InvalidInput):
    code = "payout_proof_taken"
    default_message = msg("This very file lies with %(where)s already. Please choose the right one.")


class ProofKept(Conflict):
    code = "payout_proof_kept"
    default_message = msg(
        "The month in which this file was added is closed. It stays; the right one can be added beside it."
    )


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that was read and judged."""

    kind: ProofKind
    key: str
    digest: str
    size: int

    @property
    def name(self) -> str:
        """Under which it is written first: a photo waits for the worker."""
        return original_file(self.key) if self.kind is ProofKind.PHOTO else proof_file(self.key, self.kind)


def attach_proof(
    unit_of_work: UnitOfWork,
    store: MediaStore,
    number: str,
    content: bytes,
    *,
    payout_ids: Collection[int] = (),
    actor_id: int,
    now: datetime,
) -> None:
    """Keep what proves these payouts of an approved run, or the run as a whole. The same again changes nothing.

    One sheet may be signed by many: sent again for another payout of its run, the file stands for both. Raises
    InvalidInput, ProofTaken for a file of another run, NothingProven, StorageFull, NotFound.
    """
    kind = proof_kind(content)
    sent = Sent(kind, secrets.token_hex(16), hashlib.sha256(content).hexdigest(), len(content))
    work = partial(
        _keep, number=number, sent=sent, payout_ids=sorted(set(payout_ids)), actor_id=actor_id, now=now
    )
    keep_file(unit_of_work, store, sent.name, content, work)


def remove_proof(
    unit_of_work: UnitOfWork, store: MediaStore, number: str, proof_id: int, *, actor_id: int, now: datetime
) -> None:
    """It was added by mistake. The trail keeps its digest. Raises ProofKept once its month is closed, NotFound."""
    work = partial(_forget, number=number, proof_id=proof_id, actor_id=actor_id, now=now)
    for name in unit_of_work.run(work):
        store.delete(name)


def proof_kind(content: bytes) -> ProofKind:
    """By what the file is, not by what it is called. Raises InvalidInput."""
    if begins_like_a_picture(content):
        judge(content)
        return ProofKind.PHOTO
    if not begins_as_pdf(content):
        raise InvalidInput(msg("Only PDF, JPEG, PNG and WebP files can be kept as proof."), field="file")
    if len(content) > MOST_BYTES:
        raise InvalidInput(msg("A PDF has at most 10 MB."), field="file")
    if not is_whole_pdf(content):
        raise InvalidInput(
            msg("This file is damaged or is not what it says, and was not kept."), field="file"
        )
    return ProofKind.PDF


def proof_file(key: str, kind: ProofKind) -> str:
    """The name, in the store, of what is shown or saved."""
    return f"{_FOLDER}/{key}.{'pdf' if kind is ProofKind.PDF else 'webp'}"


def _keep(
    session: Session, number: str, sent: Sent, payout_ids: Sequence[int], actor_id: int, now: datetime
) -> str:
    """Returns the name of the file where the same one lies here already."""
    run = lock_run(session, number)
    if run.approved_at is None:
        raise NothingProven()
    payouts = _lock_payouts(session, run, payout_ids)
    proof = session.scalar(sa.select(PayoutProof).where(PayoutProof.digest == sent.digest))
    is_known = proof is not None
    if proof is not None and proof.run_id != run.id:
        raise ProofTaken(field="file", where=session.get_one(PayoutRun, proof.run_id).number)
    if proof is None:
        proof = _new(session, run, sent, actor_id, now)
    newly = _prove(session, proof, payouts)
    if newly or not is_known:
        facts = {"file_kind": sent.kind, "digest": sent.digest, "proof_of": newly}
        audit(session, actor_id, "payout.proof_added", "payout_run", number, facts, now=now)
    return sent.name if is_known else ""


def _lock_payouts(session: Session, run: PayoutRun, payout_ids: Sequence[int]) -> list[Payout]:
    wanted = sa.select(Payout).where(Payout.run_id == run.id, Payout.id.in_(payout_ids))
    payouts = lock_rows(session, LockRank.PAYOUT, wanted)
    if len(payouts) != len(payout_ids):
        raise NotFound()
    return payouts


def _new(session: Session, run: PayoutRun, sent: Sent, actor_id: int, now: datetime) -> PayoutProof:
    count = sa.select(sa.func.count(PayoutProof.id)).where(PayoutProof.run_id == run.id)
    if (session.scalar(count) or 0) >= MOST_OF_A_RUN:
        raise InvalidInput(msg("A run has at most %(most)s files."), field="file", most=MOST_OF_A_RUN)
    waits = sent.kind is ProofKind.PHOTO
    proof = PayoutProof(
        run_id=run.id,
        kind=sent.kind,
        key=sent.key,
        digest=sent.digest,
        size=sent.size,
        state=PictureState.PROCESSING if waits else PictureState.READY,
        added_at=now,
        added_by_id=actor_id,
    )
    session.add(proof)
    session.flush()
    return proof


def _prove(session: Session, proof: PayoutProof, payouts: Sequence[Payout]) -> list[int]:
    """Returns whose payouts are proven by it now and were not before: ids of households."""
    of_proof = sa.select(ProvenPayout.payout_id, ProvenPayout.attempt)
    known = {tuple(row) for row in session.execute(of_proof.where(ProvenPayout.proof_id == proof.id))}
    newly = [payout for payout in payouts if (payout.id, payout.attempt) not in known]
    session.add_all(
        ProvenPayout(proof_id=proof.id, payout_id=payout.id, attempt=payout.attempt) for payout in newly
    )
    session.flush()
    return [payout.household_id for payout in newly]


def _forget(session: Session, number: str, proof_id: int, actor_id: int, now: datetime) -> tuple[str, ...]:
    """Returns the names of its files."""
    run = lock_run(session, number)
    proof = session.get(PayoutProof, proof_id)
    if proof is None or proof.run_id != run.id:
        raise NotFound()
    closed = last_closed(session)
    if closed is not None and month_of(proof.added_at) <= closed:
        raise ProofKept()
    households = sa.select(Payout.household_id).distinct().order_by(Payout.household_id)
    households = households.join(ProvenPayout, ProvenPayout.payout_id == Payout.id)
    proven = list(session.scalars(households.where(ProvenPayout.proof_id == proof.id)))
    session.execute(sa.delete(ProvenPayout).where(ProvenPayout.proof_id == proof.id))
    session.execute(sa.delete(PayoutProof).where(PayoutProof.id == proof.id))
    facts = {"file_kind": proof.kind, "digest": proof.digest, "proof_of": proven}
    audit(session, actor_id, "payout.proof_removed", "payout_run", number, facts, now=now)
    return original_file(proof.key), proof_file(proof.key, proof.kind)
