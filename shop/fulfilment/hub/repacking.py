"""A village asks the hub to pack units of its lots anew; the hub does it with one press, or sends it back."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer
from shop.fulfilment.errors import NotToRepack, TooLateToUndo
from shop.fulfilment.hub.models import HubStepKind, RepackRequest
from shop.fulfilment.hub.steps import Work, is_hub, note_work, take_work_back
from shop.fulfilment.packing import UNDO_FOR
from shop.fulfilment.reach import Reach
from shop.inventory.lot_writing import Author
from shop.inventory.models import Lot
from shop.inventory.repacking import Repacking, refuse_repacking, repack
from shop.inventory.unpacking import undo_repacking
from shop.kit.errors import NotFound
from shop.storage.named_locks import lock_name

_LOCK: Final = "fulfilment.repack_requests"


def ask_hub_to_repack(session: Session, wanted: Repacking, hub_id: int, *, by: Reach, now: datetime) -> int:
    """Write down what the hub is to pack; returns the request's id. The same token asks once.

    The workshop and the lots are of own villages: the caller has looked. Raises NotFound for a place that is no hub,
    and what `repack` would say of the units.
    """
    if not is_hub(session, hub_id):
        raise NotFound()
    lock_name(session, _LOCK)
    known = session.scalar(sa.select(RepackRequest.id).where(RepackRequest.token == wanted.token))
    if known is not None:
        return known
    refuse_repacking(session, wanted, now=now)
    request = RepackRequest(
        token=wanted.token,
        packing_place_id=hub_id,
        producer_id=wanted.producer_id,
        variant_id=wanted.variant_id,
        units=wanted.units,
        taken={str(lot_id): units for lot_id, units in wanted.taken.items() if units},
        asked_at=now,
        asked_by_id=by.user_id,
    )
    session.add(request)
    session.flush()
    return request.id


def repack_at_hub(session: Session, request_id: int, *, by: Reach, now: datetime) -> int:
    """The hub has packed it: the new lot's id, the same one when pressed again. Locks the lots.

    Raises NotFound out of reach, NotToRepack when it was taken back, and what `repack` says when the units are not
    free any more.
    """
    lock_name(session, _LOCK)
    request = _at_own_hub(session, request_id, by)
    if request.lot_id is not None:
        return request.lot_id
    if request.withdrawn_at is not None:
        raise NotToRepack()
    taken = {int(lot_id): units for lot_id, units in request.taken.items()}
    wanted = Repacking(
        taken=taken,
        variant_id=request.variant_id,
        producer_id=request.producer_id,
        units=request.units,
        token=f"{request.token}:{request.attempt}",
    )
    lot_id = repack(session, wanted, author=Author(by.user_id, for_producer=True), now=now)
    request.lot_id, request.done_at, request.attempt = lot_id, now, request.attempt + 1
    work = Work(
        *(HubStepKind.REPACK, request.packing_place_id, _code(session, lot_id), request.units),
        _villages(session, taken),
        lot_id=lot_id,
    )
    note_work(session, work, by_id=by.user_id, now=now)
    session.flush()
    return lot_id


def undo_repack_at_hub(session: Session, request_id: int, *, by: Reach, now: datetime) -> bool:
    """Pressed by mistake: the units are in their lots again, and the request waits. False where nothing was packed.

    Within ten minutes. Raises NotFound, TooLateToUndo, and LotNotWhole when anything of the new lot is promised or gone.
    """
    lock_name(session, _LOCK)
    request = _at_own_hub(session, request_id, by)
    if request.lot_id is None or request.done_at is None:
        return False
    if now - request.done_at > UNDO_FOR:
        raise TooLateToUndo()
    undo_repacking(session, request.lot_id, author=Author(by.user_id, for_producer=True), now=now)
    code = _code(session, request.lot_id)
    take_work_back(session, code, HubStepKind.REPACK, by_id=by.user_id, now=now)
    request.lot_id = request.done_at = None
    session.flush()
    return True


def withdraw_repack(session: Session, request_id: int, *, by: Reach, now: datetime) -> None:
    """The village does not want it any more, or the hub cannot do it. Pressing again changes nothing.

    Raises NotFound for a request that is neither of an own village nor at an own hub, NotToRepack when it is done.
    """
    lock_name(session, _LOCK)
    request = session.get(RepackRequest, request_id, populate_existing=True)
    if request is None or not (by.packs_at(request.packing_place_id) or _is_own(session, request, by)):
        raise NotFound()
    if request.withdrawn_at is not None:
        return
    if request.lot_id is not None:
        raise NotToRepack()
    request.withdrawn_at, request.withdrawn_by_id = now, by.user_id
    session.flush()


def _at_own_hub(session: Session, request_id: int, by: Reach) -> RepackRequest:
    request = session.get(RepackRequest, request_id, populate_existing=True)
    if request is None or not by.packs_at(request.packing_place_id):
        raise NotFound()
    return request


def _is_own(session: Session, request: RepackRequest, by: Reach) -> bool:
    village_id = session.scalar(sa.select(Producer.village_id).where(Producer.id == request.producer_id))
    return village_id in by.village_ids


def _code(session: Session, lot_id: int) -> str:
    return session.scalars(sa.select(Lot.code).where(Lot.id == lot_id)).one()


def _villages(session: Session, taken: dict[int, int]) -> dict[int, int]:
    """Units that went in, by the village of the producer that kept them."""
    rows = session.execute(
        sa.select(Lot.id, Producer.village_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .where(Lot.id.in_(taken))
        .order_by(Lot.id)
    )
    weights: dict[int, int] = {}
    for lot_id, village_id in rows:
        weights[village_id] = weights.get(village_id, 0) + taken[lot_id]
    return weights
