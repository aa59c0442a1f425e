"""Photos of signed receipts: made anew by the worker before anybody sees them."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PictureState
from shop.catalogue.private_photos import original_file, remake
from shop.ledger.payouts.proof_models import PayoutProof, ProofKind
from shop.ledger.payouts.proofs import proof_file
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork


def make_proofs_ready(unit_of_work: UnitOfWork, store: MediaStore, *, most: int = 20) -> int:
    """Make the photos anew that wait; returns how many. Safe to repeat."""
    waiting = unit_of_work.run(lambda session: _waiting(session, most))
    for key in waiting:
        good = remake(store, key, proof_file(key, ProofKind.PHOTO))
        if not unit_of_work.run(partial(_finish, key=key, good=good)):
            store.delete(proof_file(key, ProofKind.PHOTO))  # removed meanwhile
        store.delete(original_file(key))
    return len(waiting)


def _waiting(session: Session, most: int) -> list[str]:
    waiting = sa.select(PayoutProof.key).where(PayoutProof.state == PictureState.PROCESSING)
    return list(session.scalars(waiting.order_by(PayoutProof.id).limit(most)))


def _finish(session: Session, key: str, good: bool) -> bool:
    """False when its row is gone."""
    state = PictureState.READY if good else PictureState.REFUSED
    found = sa.update(PayoutProof).where(PayoutProof.key == key).values(state=state).returning(PayoutProof.id)
    return session.scalar(found) is not None
