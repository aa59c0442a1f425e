"""Packs: what is bought, for how much, and what a gift box contains."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.editing.rows import Sheet, get_row, save_row
from shop.accounts.editing.rules import Values, flag, line, link, number, sku, tax_code, tax_rate
from shop.catalogue.claims import refuse_claims
from shop.catalogue.editing.products import touch_products
from shop.catalogue.events import PackChanged
from shop.catalogue.models import BundleItem, Product, Variant
from shop.catalogue.stock_state import note_product_states
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.storage.event_log import record

MOST_FEN = 1_000_000_00
MOST_GRAMS = 1_000_000
MOST_PARTS = 20
PARTS = msg("A box holds 1 to %(most)s of %(sku)s.")
LIGHTER = msg("The gross weight cannot be less than the net weight.")
UNKNOWN_SKU = msg("There is no pack %(sku)s.")
LOWERED = msg("A price for a time runs. End it first, then change the price.")
BOX_IN_BOX = msg("A gift box cannot contain a gift box, nor itself.")

VARIANT = Sheet(
    "variant",
    {
        "product_id": link(),
        "sku": sku(),
        "name_zh": line(60, needed=True),
        "name_en": line(100, needed=True),
        "price_fen": number(1, MOST_FEN),
        "net_weight_g": number(1, MOST_GRAMS),
        "gross_weight_g": number(1, MOST_GRAMS),
        "tax_code": tax_code(),
        "tax_rate_bp": tax_rate(),
        "limit_per_buyer": number(1, 9_999, needed=False),
        "low_stock_at": number(0, 100_000),
        "position": number(0, 9_999),
        "active": flag(),
    },
    unique=("sku",),
    links={"product_id": Product},
)
VARIANT_DEFAULTS: dict[str, object] = {"tax_rate_bp": 0, "low_stock_at": 10, "position": 0, "active": True}


def get_variant(session: Session, record_id: int) -> Variant:
    """Raises NotFound."""
    return get_row(session, Variant, record_id)


def save_variant(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """Create or change a pack; orders keep the price they were placed at."""
    given = {**(VARIANT_DEFAULTS if record_id is None else {}), **values}
    refuse_claims(given)
    refuse_variant(session, record_id, given)
    saved = save_row(session, Variant, VARIANT, record_id, given, actor_id=actor_id, now=now)
    if saved.changes:
        note_product_states(session, [saved.row.product_id])
        touch_products(session, [saved.row.product_id])
        record(session, PackChanged(saved.row.id, now))
    variant_id: int = saved.row.id
    return variant_id


def refuse_variant(session: Session, record_id: int | None, values: Values) -> None:
    """What the rules of single fields cannot see. Raises InvalidInput, or NotFound."""
    _refuse_lighter(session, record_id, values)
    _refuse_while_lowered(session, record_id, values)


def refuse_contents(session: Session, variant_id: int | None, units_by_sku: Mapping[str, int]) -> None:
    """Raises InvalidInput for `contents`, as `set_contents`; writes nothing. None: the box is not there yet."""
    _parts(session, variant_id, units_by_sku)


def set_contents(
    session: Session, variant_id: int, units_by_sku: Mapping[str, int], *, actor_id: int | None, now: datetime
) -> None:
    """Say what a gift box contains; nothing at all makes it an ordinary pack. Raises InvalidInput for `contents`.

    Orders that were placed before keep what they were allocated.
    """
    box = get_variant(session, variant_id)
    parts = _parts(session, box.id, units_by_sku)
    session.execute(sa.delete(BundleItem).where(BundleItem.bundle_id == variant_id))
    for component_id, units in sorted(parts.items()):
        session.add(BundleItem(bundle_id=variant_id, component_id=component_id, units=units))
    session.flush()
    facts = {"contents": dict(sorted(units_by_sku.items()))}
    audit(session, actor_id, "variant.contents_changed", "variant", variant_id, facts, now=now)
    touch_products(session, [box.product_id])
    record(session, PackChanged(box.id, now))


def contents_of(session: Session, variant_id: int) -> dict[str, int]:
    """What a gift box contains, by SKU; nothing for an ordinary pack."""
    rows = session.execute(
        sa.select(Variant.sku, BundleItem.units)
        .join(BundleItem, BundleItem.component_id == Variant.id)
        .where(BundleItem.bundle_id == variant_id)
        .order_by(Variant.sku)
    )
    return dict(rows.all())


def _parts(session: Session, box_id: int | None, units_by_sku: Mapping[str, int]) -> dict[int, int]:
    known = dict(
        session.execute(sa.select(Variant.sku, Variant.id).where(Variant.sku.in_(units_by_sku))).all()
    )
    for sku_asked, units in units_by_sku.items():
        if sku_asked not in known:
            raise InvalidInput(UNKNOWN_SKU, field="contents", sku=sku_asked[:40])
        if not 1 <= units <= MOST_PARTS:
            raise InvalidInput(PARTS, field="contents", sku=sku_asked[:40], most=MOST_PARTS)
    parts = {known[sku_asked]: units for sku_asked, units in units_by_sku.items()}
    boxes = sa.select(sa.func.count()).where(
        sa.or_(BundleItem.bundle_id.in_(parts), BundleItem.component_id == box_id)
    )
    if parts and (box_id in parts or session.scalar(boxes)):
        raise InvalidInput(BOX_IN_BOX, field="contents")
    return parts


def _refuse_while_lowered(session: Session, record_id: int | None, values: Values) -> None:
    """The price to which a pack goes back is not written over unseen."""
    stored = get_variant(session, record_id) if record_id is not None else None
    if (
        stored
        and stored.former_fen is not None
        and values.get("price_fen", stored.price_fen) != stored.price_fen
    ):
        raise InvalidInput(LOWERED, field="price_fen")


def _refuse_lighter(session: Session, record_id: int | None, values: Values) -> None:
    stored = get_variant(session, record_id) if record_id is not None else None
    net = values.get("net_weight_g", stored.net_weight_g if stored else None)
    gross = values.get("gross_weight_g", stored.gross_weight_g if stored else None)
    if isinstance(net, int) and isinstance(gross, int) and gross < net:
        raise InvalidInput(LIGHTER, field="gross_weight_g")
