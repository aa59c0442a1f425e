"""Standing prices by quantity, of one organisation or of all: where a quotation begins. They bind nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import Organisation
from shop.accounts.terms import lock_organisation
from shop.catalogue.models import Product, Variant
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.price_tiers import Tier, is_sound
from shop.kit.text import msg
from shop.quotations.price_models import OrganisationPrice
from shop.storage.paging import PAGE_SIZE, Page


@dataclass(frozen=True, slots=True)
class Standing:
    """The prices of one variant; `organisation` is empty for those of all."""

    organisation_id: int | None
    organisation: str
    variant_id: int
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    today_fen: int
    tiers: tuple[Tier, ...]


def tiers_to_begin_with(
    session: Session, organisation_id: int, variant_ids: Collection[int]
) -> Mapping[int, tuple[Tier, ...]]:
    """The organisation's own, else those of all, else today's price for any quantity. Two statements."""
    own: dict[int, list[Tier]] = defaultdict(list)
    of_all: dict[int, list[Tier]] = defaultdict(list)
    rows = session.scalars(
        sa.select(OrganisationPrice)
        .where(
            OrganisationPrice.variant_id.in_(variant_ids),
            sa.or_(
                OrganisationPrice.organisation_id.is_(None),
                OrganisationPrice.organisation_id == organisation_id,
            ),
        )
        .order_by(OrganisationPrice.from_quantity)
    )
    for row in rows:
        into = of_all if row.organisation_id is None else own
        into[row.variant_id].append(Tier(row.from_quantity, row.unit_price_fen))
    today = session.execute(sa.select(Variant.id, Variant.price_fen).where(Variant.id.in_(variant_ids)))
    return {row.id: tuple(own.get(row.id) or of_all.get(row.id) or [Tier(1, row.price_fen)]) for row in today}


def set_standing(
    session: Session,
    organisation_id: int | None,
    variant_id: int,
    tiers: Sequence[Tier],
    *,
    actor_id: int,
    now: datetime,
) -> None:
    """In place of those before; none at all takes them away. Raises NotFound, InvalidInput for tiers that make no sense.

    Locks the organisation, so that two who write at once take turns.
    """
    if organisation_id is not None:
        lock_organisation(session, organisation_id)
    if session.get(Variant, variant_id) is None:
        raise NotFound()
    if tiers and not is_sound(tiers):
        raise InvalidInput(
            msg("Prices by quantity begin with one unit, and go down as the quantity goes up."), field="price"
        )
    whose = _whose(organisation_id)
    session.execute(sa.delete(OrganisationPrice).where(whose, OrganisationPrice.variant_id == variant_id))
    session.add_all(
        OrganisationPrice(
            organisation_id=organisation_id,
            variant_id=variant_id,
            from_quantity=one.from_quantity,
            unit_price_fen=one.unit_price_fen,
            set_at=now,
            set_by_id=actor_id,
        )
        for one in tiers
    )
    session.flush()
    facts = {
        "organisation_id": organisation_id,
        "tiers": [[one.from_quantity, one.unit_price_fen] for one in tiers],
    }
    audit(session, actor_id, "standing_price.set", "variant", variant_id, facts, now=now)


def list_standing(session: Session, *, page: int = 1) -> Page[Standing]:
    """By product. One statement; a shop has a few hundred at most, so that the page is cut from all of them."""
    columns: tuple[Any, ...] = (
        *(OrganisationPrice.organisation_id, sa.func.coalesce(Organisation.name, "")),
        *(Variant.id, Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en, Variant.price_fen),
        *(OrganisationPrice.from_quantity, OrganisationPrice.unit_price_fen),
    )
    rows = session.execute(
        sa.select(*columns)
        .join(Variant, Variant.id == OrganisationPrice.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(Organisation, Organisation.id == OrganisationPrice.organisation_id)
        .order_by(Product.id, Variant.id, OrganisationPrice.organisation_id, OrganisationPrice.from_quantity)
    )
    found: dict[tuple[Any, ...], list[Tier]] = defaultdict(list)
    for *about, first, fen in rows:
        found[tuple(about)].append(Tier(first, fen))
    every = [Standing(*(*about, tuple(tiers))) for about, tiers in found.items()]
    number = min(max(page, 1), max(1, -(-len(every) // PAGE_SIZE)))
    return Page(every[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], len(every), number)


def _whose(organisation_id: int | None) -> sa.ColumnElement[bool]:
    if organisation_id is None:
        return OrganisationPrice.organisation_id.is_(None)
    return OrganisationPrice.organisation_id == organisation_id
