"""Photos that were sent, of every room: made smaller and put in their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from shop.catalogue.pictures import make_pictures_ready
from shop.conversations.photos import make_conversation_photos_ready
from shop.inventory.lot_photos import make_lot_photos_ready
from shop.ledger.payouts.proof_photos import make_proofs_ready
from shop.ordering.claim_photos import make_claim_photos_ready
from shop.reviews.photos import make_review_photos_ready
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork
from shop.stories.pictures import make_post_pictures_ready

_ROOMS: Final[tuple[Callable[[UnitOfWork, MediaStore], int], ...]] = (
    make_pictures_ready,
    make_post_pictures_ready,
    make_claim_photos_ready,
    make_proofs_ready,
    make_lot_photos_ready,
    make_review_photos_ready,
    make_conversation_photos_ready,
)


def make_photos_ready(unit_of_work: UnitOfWork, store: MediaStore) -> int:
    """Returns how many were made ready."""
    return sum(make(unit_of_work, store) for make in _ROOMS)
