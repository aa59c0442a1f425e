"""Photos of products: taken in by the web, made ready by the worker, shown when they are ready."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.claims import refuse_claims
from shop.catalogue.errors import NoSuchProduct
from shop.catalogue.models import PictureState, Product, ProductPicture
from shop.catalogue.picture_files import Rendered, judge, render, share_picture
from shop.catalogue.picture_names import WIDTHS, file_name, share_file
from shop.catalogue.version import bump_version
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork

MOST_PICTURES: Final = 12
_ORIGINALS: Final = "originals"


@dataclass(frozen=True)
class Upload:
    """A photo as it was sent, for one product."""

    product_id: int
    content: bytes
    alt_zh: str = ""
    alt_en: str = ""


def add_picture(
    unit_of_work: UnitOfWork, store: MediaStore, upload: Upload, *, actor_id: int | None, now: datetime
) -> int:
    """Judge a photo, keep it under a random name, and note that it has to be made ready; returns its id.

    Raises InvalidInput for the fields `photo` and `alt_zh`, StorageFull, or NoSuchProduct. The file is written before the row,
    outside the transaction.
    """
    judge(upload.content)
    _refuse_nameless(upload.alt_zh)
    refuse_claims({"alt_zh": upload.alt_zh, "alt_en": upload.alt_en})
    key = secrets.token_hex(16)
    store.write(_original(key), upload.content)
    words = (upload.alt_zh, upload.alt_en)
    return unit_of_work.run(
        lambda session: note_picture(session, upload.product_id, key, words, actor_id=actor_id, now=now)
    )


def remove_picture(
    unit_of_work: UnitOfWork, store: MediaStore, picture_id: int, *, actor_id: int | None, now: datetime
) -> None:
    """Take a photo away, its files after its row. Raises NotFound."""
    delete_files(store, unit_of_work.run(lambda session: forget_picture(session, picture_id, actor_id, now)))


def delete_files(store: MediaStore, key: str) -> None:
    """All files of the photo with this key; what is gone is fine."""
    for name in (_original(key), share_file(key), *(file_name(key, width) for width in WIDTHS)):
        store.delete(name)


def change_picture(
    session: Session,
    product_id: int,
    picture_id: int,
    *,
    position: int,
    alt_zh: str,
    alt_en: str,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Say what a photo of this product shows, and its place: a lower position comes first. Raises NotFound."""
    picture = session.get(ProductPicture, picture_id)
    if picture is None or picture.product_id != product_id:
        raise NotFound()
    _refuse_nameless(alt_zh)
    refuse_claims({"alt_zh": alt_zh, "alt_en": alt_en})
    picture.position = min(position, MOST_PICTURES * 100)
    picture.alt_zh, picture.alt_en = tidy(alt_zh)[:120], tidy(alt_en)[:160]
    session.flush()
    bump_version(session)
    facts = {"picture": picture_id, "position": picture.position}
    audit(session, actor_id, "picture.changed", "product", product_id, facts, now=now)


def order_pictures(
    session: Session, product_id: int, picture_ids: Sequence[int], *, actor_id: int | None, now: datetime
) -> bool:
    """Put them in this order; what is not named stays behind. False when they stand so. Raises NotFound."""
    if session.scalar(sa.select(Product.id).where(Product.id == product_id).with_for_update()) is None:
        raise NotFound()
    pictures = pictures_of(session, product_id)
    places = {picture_id: place for place, picture_id in enumerate(dict.fromkeys(picture_ids))}
    if places.keys() - {picture.id for picture in pictures}:
        raise NotFound()
    wanted = sorted(pictures, key=lambda one: places.get(one.id, len(places)))
    if wanted == pictures:
        return False
    for position, picture in enumerate(wanted, start=1):
        picture.position = position
    session.flush()
    bump_version(session)
    audit(session, actor_id, "picture.ordered", "product", product_id, {"photos": len(wanted)}, now=now)
    return True


def _refuse_nameless(alt_zh: str) -> None:
    """Who does not see a photo hears what it shows. English falls back on Chinese."""
    if not tidy(alt_zh):
        raise InvalidInput(
            msg("Please say in Chinese what the photo shows: people who cannot see it hear it."),
            field="alt_zh",
        )


def pictures_of(session: Session, product_id: int) -> list[ProductPicture]:
    """All photos of a product, in whatever state."""
    of_product = sa.select(ProductPicture).where(ProductPicture.product_id == product_id)
    return list(session.scalars(of_product.order_by(ProductPicture.position, ProductPicture.id)))


def make_pictures_ready(unit_of_work: UnitOfWork, store: MediaStore, *, most: int = 20) -> int:
    """Re-encode the photos that wait; returns how many. May be killed half way and run again.

    One that cannot be decoded is refused and its file is thrown away.
    """
    waiting = unit_of_work.run(lambda session: _waiting(session, most))
    for key in waiting:
        try:
            rendered = render(store.read(_original(key)))
        except (InvalidInput, NotFound):
            rendered = None
        for rendering in rendered.renderings if rendered else ():
            store.write(file_name(key, rendering.width), rendering.content)
        if rendered:
            store.write(share_file(key), share_picture(rendered.renderings[-1].content))
        if not _finish(unit_of_work, key, rendered):
            delete_files(store, key)  # taken away meanwhile
        store.delete(_original(key))
    return len(waiting)


def _original(key: str) -> str:
    return f"{_ORIGINALS}/{key}"


def note_picture(
    session: Session,
    product_id: int,
    key: str,
    words: tuple[str, str],
    *,
    actor_id: int | None,
    now: datetime,
) -> int:
    """The photo with this key waits for the worker; `words` say what it shows, in Chinese and English. Returns its id.

    Raises NoSuchProduct, and InvalidInput where there are too many.
    """
    product = session.scalar(sa.select(Product.id).where(Product.id == product_id).with_for_update())
    if product is None:
        raise NoSuchProduct()
    of_product = sa.select(sa.func.count(), sa.func.max(ProductPicture.position)).where(
        ProductPicture.product_id == product
    )
    count, last = session.execute(of_product).one()
    if count >= MOST_PICTURES:
        raise InvalidInput(msg("A product has at most %(most)s photos."), field="photo", most=MOST_PICTURES)
    picture = ProductPicture(
        product_id=product,
        key=key,
        alt_zh=tidy(words[0])[:120],
        alt_en=tidy(words[1])[:160],
        position=(last or 0) + 1,
        created_at=now,
    )
    session.add(picture)
    session.flush()
    audit(session, actor_id, "picture.added", "product", product, {"picture": picture.id}, now=now)
    return picture.id


def forget_picture(session: Session, picture_id: int, actor_id: int | None, now: datetime) -> str:
    """Take its row away; returns the key of the files, which are deleted once that is written. Raises NotFound."""
    picture = session.get(ProductPicture, picture_id)
    if picture is None:
        raise NotFound()
    key, product_id = picture.key, picture.product_id
    session.delete(picture)
    session.flush()
    bump_version(session)
    audit(session, actor_id, "picture.removed", "product", product_id, {"picture": picture_id}, now=now)
    return key


def _waiting(session: Session, most: int) -> list[str]:
    waiting = sa.select(ProductPicture.key).where(ProductPicture.state == PictureState.PROCESSING)
    return list(session.scalars(waiting.order_by(ProductPicture.id).limit(most)))


def _finish(unit_of_work: UnitOfWork, key: str, rendered: Rendered | None) -> bool:
    """False when its row is gone."""

    def finish(session: Session) -> bool:
        picture = session.scalar(sa.select(ProductPicture).where(ProductPicture.key == key).with_for_update())
        if picture is None:
            return False
        picture.state = PictureState.READY if rendered else PictureState.REFUSED
        if rendered:
            picture.width, picture.height = rendered.width, rendered.height
        session.flush()
        bump_version(session)
        return True

    return unit_of_work.run(finish)
