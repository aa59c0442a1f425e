"""What lies with a payout run as proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import Household, PictureState
from shop.kit.clock import month_of
from shop.kit.errors import NotFound
from shop.ledger.models import Payout, PayoutRun
from shop.ledger.months import last_closed
from shop.ledger.payouts.proof_models import PayoutProof, ProofKind, ProvenPayout


@dataclass(frozen=True)
class Alias:
    """How a household is called."""

    alias_zh: str
    alias_en: str


@dataclass(frozen=True)
class ProofShown:
    """`households`: whose payouts it is for; none: it is for the run as a whole. `removable`: its month is open."""

    id: int
    kind: ProofKind
    state: PictureState
    size: int
    added_at: datetime
    added_by: str
    households: Sequence[Alias]
    removable: bool


def proofs_of_run(session: Session, run_id: int, *, payout_id: int | None = None) -> list[ProofShown]:
    """The oldest first; with a payout, those that are for it. Three statements."""
    by = sa.func.coalesce(sa.func.nullif(User.name, ""), User.email, "")
    statement = (
        sa.select(PayoutProof, by)
        .outerjoin(User, User.id == PayoutProof.added_by_id)
        .where(PayoutProof.run_id == run_id)
        .order_by(PayoutProof.id)
    )
    if payout_id is not None:
        of_payout = sa.select(ProvenPayout.proof_id).where(ProvenPayout.payout_id == payout_id)
        statement = statement.where(PayoutProof.id.in_(of_payout))
    rows = session.execute(statement).all()
    whose, closed = _households(session, run_id), last_closed(session)
    return [
        ProofShown(
            *(proof.id, proof.kind, proof.state, proof.size, proof.added_at, added_by),
            whose.get(proof.id, ()),
            removable=closed is None or month_of(proof.added_at) > closed,
        )
        for proof, added_by in rows
    ]


def find_proof(session: Session, number: str, proof_id: int) -> PayoutProof:
    """Raises NotFound, also for one that is not ready to be shown."""
    wanted = sa.select(PayoutProof).join(PayoutRun, PayoutRun.id == PayoutProof.run_id)
    proof = session.scalar(wanted.where(PayoutRun.number == number, PayoutProof.id == proof_id))
    if proof is None or proof.state is not PictureState.READY:
        raise NotFound()
    return proof


def _households(session: Session, run_id: int) -> dict[int, list[Alias]]:
    rows = session.execute(
        sa.select(ProvenPayout.proof_id, Household.alias_zh, Household.alias_en)
        .distinct()
        .join(Payout, Payout.id == ProvenPayout.payout_id)
        .join(Household, Household.id == Payout.household_id)
        .where(Payout.run_id == run_id)
        .order_by(ProvenPayout.proof_id, Household.alias_zh)
    )
    whose: dict[int, list[Alias]] = {}
    for proof_id, zh, en in rows:
        whose.setdefault(proof_id, []).append(Alias(zh, en))
    return whose
