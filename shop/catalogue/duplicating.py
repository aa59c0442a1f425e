"""A product made after another: a draft with the same words and facts, its packs under new SKUs, without any stock."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.audit_queries import last_deed
from shop.accounts.editing.rows import TAKEN
from shop.accounts.editing.rules import judge_values
from shop.catalogue.editing.products import PRODUCT, get_product, save_product
from shop.catalogue.editing.variants import VARIANT, contents_of, save_variant, set_contents
from shop.catalogue.models import PictureState, Product, ProductPicture, Variant
from shop.catalogue.picture_names import WIDTHS, file_name, share_file
from shop.catalogue.pictures import delete_files, pictures_of
from shop.kit.errors import InvalidInput, NotFound
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork

_LONGEST_SKU: Final = 40


@dataclass(frozen=True)
class Copied:
    """A photo of the first product and the key of its copy."""

    key: str
    alt_zh: str
    alt_en: str
    width: int | None
    height: int | None


def duplicate(
    unit_of_work: UnitOfWork,
    store: MediaStore,
    product_id: int,
    slug: str,
    *,
    actor_id: int | None,
    now: datetime,
) -> tuple[int, bool]:
    """The id of the draft under this short name, and whether it is new: sent twice, it is made once.

    Raises NotFound, and InvalidInput for `slug`, also when another product has it. Photos are copied before the row is
    written, outside the transaction; those that are not ready stay behind.
    """
    judge_values({"slug": slug}, PRODUCT.rules, complete=False)
    made, pictures = unit_of_work.run(partial(_read, product_id=product_id, slug=slug))
    if made is not None:
        return made, False
    copies = [copy for copy in (_copy_files(store, picture) for picture in pictures) if copy is not None]
    work = partial(_write, product_id=product_id, slug=slug, copies=copies, actor_id=actor_id, now=now)
    made = None
    try:
        made = unit_of_work.run(work)
    finally:
        if made is None:
            for copy in copies:
                delete_files(store, copy.key)
    return made, True


def free_slug(session: Session, product: Product) -> str:
    """A short name that nothing has, to begin with."""
    taken = set(session.scalars(sa.select(Product.slug).where(Product.slug.startswith(product.slug[:56]))))
    numbers = range(2, len(taken) + 3)
    return next(name for number in numbers if (name := f"{product.slug[:56]}-{number}") not in taken)


def _read(session: Session, product_id: int, slug: str) -> tuple[int | None, Sequence[Copied]]:
    """What was made of it under this name before, and the photos to be copied."""
    get_product(session, product_id)
    made = session.scalar(sa.select(Product.id).where(Product.slug == slug))
    if made is not None and not _was_made_of(session, made, product_id):
        raise InvalidInput(TAKEN, field="slug")
    ready = [one for one in pictures_of(session, product_id) if one.state is PictureState.READY]
    return made, [Copied(one.key, one.alt_zh, one.alt_en, one.width, one.height) for one in ready]


def _was_made_of(session: Session, made: int, product_id: int) -> bool:
    facts = {"product_id": product_id}
    return last_deed(session, "product.duplicated", "product", str(made), facts) is not None


def _copy_files(store: MediaStore, picture: Copied) -> Copied | None:
    """None where a file of it is missing."""
    key = secrets.token_hex(16)
    names = [(file_name(picture.key, width), file_name(key, width)) for width in WIDTHS]
    try:
        for name, copied in (*names, (share_file(picture.key), share_file(key))):
            store.write(copied, store.read(name))
    except NotFound:
        delete_files(store, key)
        return None
    return Copied(key, picture.alt_zh, picture.alt_en, picture.width, picture.height)


def _write(
    session: Session,
    product_id: int,
    slug: str,
    copies: Sequence[Copied],
    actor_id: int | None,
    now: datetime,
) -> int:
    product = get_product(session, product_id)
    values = {name: getattr(product, name) for name in PRODUCT.rules} | {"slug": slug}
    copy_id = save_product(session, None, values, actor_id=actor_id, now=now)
    for place, copy in enumerate(copies, start=1):
        session.add(_picture(copy_id, place, copy, now))
    session.flush()
    packs = session.scalars(
        sa.select(Variant).where(Variant.product_id == product_id).order_by(Variant.position, Variant.id)
    ).all()
    for pack in packs:
        _copy_pack(session, pack, copy_id, actor_id, now)
    audit(session, actor_id, "product.duplicated", "product", copy_id, {"product_id": product_id}, now=now)
    return copy_id


def _picture(product_id: int, place: int, copy: Copied, now: datetime) -> ProductPicture:
    return ProductPicture(
        product_id=product_id,
        key=copy.key,
        alt_zh=copy.alt_zh,
        alt_en=copy.alt_en,
        position=place,
        state=PictureState.READY,
        width=copy.width,
        height=copy.height,
        created_at=now,
    )


def _copy_pack(session: Session, pack: Variant, product_id: int, actor_id: int | None, now: datetime) -> None:
    """Under the price that lasts, where a lower one runs for a time."""
    values: dict[str, Any] = {name: getattr(pack, name) for name in VARIANT.rules}
    values |= {"product_id": product_id, "sku": _free_sku(session, pack.sku)}
    values["price_fen"] = pack.former_fen or pack.price_fen
    contents = contents_of(session, pack.id)
    copy_id = save_variant(session, None, values, actor_id=actor_id, now=now)
    if contents:
        set_contents(session, copy_id, contents, actor_id=actor_id, now=now)


def _free_sku(session: Session, sku: str) -> str:
    stem = sku.upper()[: _LONGEST_SKU - 6]
    taken = set(session.scalars(sa.select(Variant.sku).where(Variant.sku.startswith(f"{stem}-C"))))
    return next(name for number in range(2, len(taken) + 3) if (name := f"{stem}-C{number}") not in taken)
