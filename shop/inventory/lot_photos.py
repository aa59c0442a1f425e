"""Photos of lots: a phone without a network declares first and sends the photo after; each comes in once.

Files are written before their row names them, and made anew by the worker before anybody sees them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.device_actions import OLDEST
from shop.catalogue.models import Product, Variant
from shop.catalogue.picture_files import judge
from shop.catalogue.pictures import delete_files, forget_picture, note_picture
from shop.catalogue.private_photos import original_file, remake
from shop.inventory.errors import PhotoNotAwaited
from shop.inventory.models import Lot
from shop.inventory.photo_models import LotPhoto, LotPhotoState
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.references import token_digest
from shop.kit.text import msg
from shop.storage.kept_files import keep_file
from shop.storage.locks import LockRank, lock_row
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork

MOST_PHOTOS: Final = 4
_FOLDER: Final = "lots"


@dataclass(frozen=True, slots=True)
class PhotoOf:
    """Who brings a photo, by which press or form, and when."""

    user_id: int
    token: str
    now: datetime

    @property
    def name(self) -> str:
        """As the row keeps it: one person's presses are never taken for another's."""
        return token_digest(f"{self.user_id} {self.token}")


def expect_photo(session: Session, lot_id: int, of: PhotoOf) -> None:
    """The lot was declared by a press whose photo follows. Saying it again changes nothing."""
    if _known(session, of) is None:
        session.add(_row(lot_id, of, secrets.token_hex(16), LotPhotoState.EXPECTED))
        session.flush()


def bring_photo(unit_of_work: UnitOfWork, store: MediaStore, content: bytes, of: PhotoOf) -> None:
    """The photo that was awaited; what is here already stays as it is.

    Raises InvalidInput for what is no photo, PhotoNotAwaited, StorageFull.
    """
    judge(content)
    key = secrets.token_hex(16)
    keep_file(unit_of_work, store, original_file(key), content, lambda session: _arrive(session, of, key))


def add_photo(unit_of_work: UnitOfWork, store: MediaStore, lot_id: int, content: bytes, of: PhotoOf) -> None:
    """One more photo of a lot that is there, from a form. Raises InvalidInput, NotFound, StorageFull."""
    declare_with_photo(unit_of_work, store, content, lambda _session: lot_id, of)


def declare_with_photo(
    unit_of_work: UnitOfWork, store: MediaStore, content: bytes, write: Callable[[Session], int], of: PhotoOf
) -> int:
    """`write(session)` the lot and keep its photo; both, or none of it. Returns what `write` does, the lot.

    Raises InvalidInput for the field `photo`, StorageFull, and what `write` raises.
    """
    judge(content)
    key = secrets.token_hex(16)
    found: list[int] = []

    def work(session: Session) -> str:
        lot_id = write(session)
        found[:] = [lot_id]
        return _add(session, lot_id, of, key)

    keep_file(unit_of_work, store, original_file(key), content, work)
    return found[0]


def photos_of(session: Session, lot_id: int, *, now: datetime) -> list[LotPhoto]:
    """Those that are here and those on their way, oldest first; the caller says who may see the lot.

    What a phone has not sent after a month it does not send any more.
    """
    lost = sa.and_(LotPhoto.state == LotPhotoState.EXPECTED, LotPhoto.added_at < now - OLDEST)
    of_lot = sa.select(LotPhoto).where(
        LotPhoto.lot_id == lot_id, LotPhoto.state != LotPhotoState.REFUSED, ~lost
    )
    return list(session.scalars(of_lot.order_by(LotPhoto.id)))


def read_photo(store: MediaStore, key: str) -> bytes:
    """Raises NotFound."""
    return store.read(_shown_file(key))


def photo_key(session: Session, lot_id: int, photo_id: int) -> str:
    """Raises NotFound for one of another lot, or that nobody can look at yet."""
    key = session.scalar(
        sa.select(LotPhoto.key).where(
            LotPhoto.id == photo_id, LotPhoto.lot_id == lot_id, LotPhoto.state == LotPhotoState.READY
        )
    )
    if key is None:
        raise NotFound()
    return key


def remove_photo(
    unit_of_work: UnitOfWork, store: MediaStore, lot_id: int, photo_id: int, *, actor_id: int, now: datetime
) -> None:
    """It shows the wrong thing, or somebody who does not want it. What is gone already is fine.

    Where an admin showed it with the product, it goes from there as well: who deletes a photo means everywhere.
    """
    forget = partial(_forget, lot_id=lot_id, photo_id=photo_id, actor_id=actor_id, now=now)
    key, shown_key = unit_of_work.run(forget)
    if key:
        for name in (original_file(key), _shown_file(key)):
            store.delete(name)
    if shown_key:
        delete_files(store, shown_key)


def is_with_product(session: Session, lot_id: int, photo_id: int) -> bool:
    """Everybody sees it: an admin showed it with the product, and it is there still."""
    shown = sa.select(LotPhoto.picture_id).where(LotPhoto.id == photo_id, LotPhoto.lot_id == lot_id)
    return session.scalar(shown) is not None


def pick_for_product(
    unit_of_work: UnitOfWork, store: MediaStore, lot_id: int, photo_id: int, *, actor_id: int, now: datetime
) -> None:
    """Show it to everybody, as a picture of the product. Picked twice, it is there once.

    Raises NotFound, also for one that nobody can look at yet, and InvalidInput where the product has as many pictures
    as it can have.
    """
    content = read_photo(store, unit_of_work.run(lambda session: photo_key(session, lot_id, photo_id)))
    key = secrets.token_hex(16)
    work = partial(_pick, photo_id=photo_id, key=key, actor_id=actor_id, now=now)
    keep_file(unit_of_work, store, original_file(key), content, work)


def make_lot_photos_ready(unit_of_work: UnitOfWork, store: MediaStore, *, most: int = 20) -> int:
    """Make the photos anew that wait, without anything but their pixels; returns how many. Safe to repeat."""
    waiting = unit_of_work.run(lambda session: _waiting(session, most))
    for key in waiting:
        good = remake(store, key, _shown_file(key))
        if not unit_of_work.run(partial(_finish, key=key, good=good)):
            store.delete(_shown_file(key))  # removed meanwhile
        store.delete(original_file(key))
    return len(waiting)


def _shown_file(key: str) -> str:
    return f"{_FOLDER}/{key}.webp"


def _row(lot_id: int, of: PhotoOf, key: str, state: LotPhotoState) -> LotPhoto:
    return LotPhoto(
        lot_id=lot_id, token=of.name, key=key, state=state, added_at=of.now, added_by_id=of.user_id
    )


def _known(session: Session, of: PhotoOf) -> LotPhoto | None:
    return session.scalar(sa.select(LotPhoto).where(LotPhoto.token == of.name))


def _arrive(session: Session, of: PhotoOf, key: str) -> str:
    """Returns the name of the file when it was brought before."""
    waits = sa.update(LotPhoto).where(LotPhoto.token == of.name, LotPhoto.state == LotPhotoState.EXPECTED)
    arrived = waits.values(key=key, state=LotPhotoState.PROCESSING, added_at=of.now)
    if session.scalar(arrived.returning(LotPhoto.id)) is not None:
        return ""
    if _known(session, of) is None:
        raise PhotoNotAwaited()
    return original_file(key)


def _add(session: Session, lot_id: int, of: PhotoOf, key: str) -> str:
    """Returns the name of the file when it was brought before."""
    if lock_row(session, LockRank.LOT, sa.select(Lot).where(Lot.id == lot_id)) is None:
        raise NotFound()
    if _known(session, of) is not None:
        return original_file(key)
    count = sa.select(sa.func.count()).where(
        LotPhoto.lot_id == lot_id, LotPhoto.state != LotPhotoState.REFUSED
    )
    if (session.scalar(count) or 0) >= MOST_PHOTOS:
        raise InvalidInput(msg("A lot has at most %(most)s photos."), field="photo", most=MOST_PHOTOS)
    session.add(_row(lot_id, of, key, LotPhotoState.PROCESSING))
    session.flush()
    return ""


def _forget(session: Session, lot_id: int, photo_id: int, actor_id: int, now: datetime) -> tuple[str, str]:
    """Returns its key and that of the product's picture that it became; nothing where it is gone already."""
    gone = sa.delete(LotPhoto).where(LotPhoto.id == photo_id, LotPhoto.lot_id == lot_id)
    row = session.execute(gone.returning(LotPhoto.key, LotPhoto.picture_id)).one_or_none()
    if row is None:
        return "", ""
    code = session.scalars(sa.select(Lot.code).where(Lot.id == lot_id)).one()
    audit(session, actor_id, "lot.photo_removed", "lot", code, {"picture": photo_id}, now=now)
    shown_key = forget_picture(session, row.picture_id, actor_id, now) if row.picture_id is not None else ""
    return row.key, shown_key


def _pick(session: Session, photo_id: int, key: str, actor_id: int, now: datetime) -> str:
    """Returns the name of the file when it was picked before."""
    free = sa.update(LotPhoto).where(LotPhoto.id == photo_id, LotPhoto.picture_id.is_(None))
    lot_id = session.scalar(free.values(picked_at=now).returning(LotPhoto.lot_id))
    if lot_id is None:
        return original_file(key)
    product = session.execute(
        sa.select(Product.id, Product.name_zh, Product.name_en)
        .join(Variant, Variant.product_id == Product.id)
        .join(Lot, Lot.variant_id == Variant.id)
        .where(Lot.id == lot_id)
    ).one()
    words = (product.name_zh, product.name_en)
    picture_id = note_picture(session, product.id, key, words, actor_id=actor_id, now=now)
    session.execute(sa.update(LotPhoto).where(LotPhoto.id == photo_id).values(picture_id=picture_id))
    return ""


def _waiting(session: Session, most: int) -> list[str]:
    waiting = sa.select(LotPhoto.key).where(LotPhoto.state == LotPhotoState.PROCESSING)
    return list(session.scalars(waiting.order_by(LotPhoto.id).limit(most)))


def _finish(session: Session, key: str, good: bool) -> bool:
    """False when its row is gone."""
    state = LotPhotoState.READY if good else LotPhotoState.REFUSED
    found = sa.update(LotPhoto).where(LotPhoto.key == key).values(state=state).returning(LotPhoto.id)
    return session.scalar(found) is not None
