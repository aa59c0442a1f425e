"""What a product's page shows of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from shop.catalogue.models import StockState
from shop.catalogue.picture_names import Picture
from shop.catalogue.rating import Rating
from shop.catalogue.split import Parts


class Good(NamedTuple):
    """What a page says of the product itself."""

    id: int
    slug: str
    family: str
    name_zh: str
    name_en: str
    summary_zh: str
    summary_en: str
    description_zh: str
    description_en: str
    storage_zh: str
    storage_en: str
    shelf_life_days: int
    ready_hours: int
    season_mask: int
    return_exempt: bool
    sold_units: int
    recalled_lots: int
    stars_1: int
    stars_2: int
    stars_3: int
    stars_4: int
    stars_5: int
    hidden_reviews: int

    @property
    def rating(self) -> Rating:
        return Rating((self.stars_1, self.stars_2, self.stars_3, self.stars_4, self.stars_5))


class Reviewed(NamedTuple):
    """A product as the page of its reviews names it."""

    id: int
    slug: str
    family: str
    name_zh: str
    name_en: str
    stars_1: int
    stars_2: int
    stars_3: int
    stars_4: int
    stars_5: int

    @property
    def rating(self) -> Rating:
        return Rating((self.stars_1, self.stars_2, self.stars_3, self.stars_4, self.stars_5))


class GoodSeller(NamedTuple):
    id: int
    legal_name: str
    food_licence: str


class Named(NamedTuple):
    """A category, a village or a compliance class."""

    slug: str
    name_zh: str
    name_en: str


class PackVariant(NamedTuple):
    """Price in fen, weight in grams."""

    id: int
    sku: str
    name_zh: str
    name_en: str
    price_fen: int
    net_weight_g: int
    limit_per_buyer: int | None
    stock_state: StockState
    former_fen: int | None
    price_until: datetime | None


@dataclass(frozen=True, slots=True)
class BoxPart:
    """So many units of another product's pack in a gift box."""

    units: int
    variant_id: int
    slug: str
    name_zh: str
    name_en: str
    variant_name_zh: str
    variant_name_en: str


@dataclass(frozen=True, slots=True)
class Pack:
    """One variant, and where the money for one unit goes."""

    variant: PackVariant
    parts: Parts | None
    contents: tuple[BoxPart, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """A valid certificate of the product or of its seller."""

    name_zh: str
    name_en: str
    number: str
    issued_by: str
    expires_on: date | None


@dataclass(frozen=True)
class ProductPage:
    product: Good
    seller: GoodSeller
    category: Named
    village: Named | None
    compliance_class: Named
    packs: tuple[Pack, ...]
    papers: tuple[Paper, ...]
    pictures: tuple[Picture, ...]
    beside: str | None = None  # what a floor above has read along

    @property
    def kept_variant_ids(self) -> set[int]:
        """The variants that lots are kept of: a gift box has those of its parts."""
        parts = {part.variant_id for pack in self.packs for part in pack.contents}
        return parts | {pack.variant.id for pack in self.packs if not pack.contents}

    @property
    def contents(self) -> tuple[BoxPart, ...]:
        """What gift boxes of this product hold, each good once."""
        return tuple({part.variant_id: part for pack in self.packs for part in pack.contents}.values())

    def next_season(self, month: int) -> int | None:
        """The month in which the season begins again; None while it lasts."""
        ahead = [(month - 1 + step) % 12 + 1 for step in range(12)]
        first = next((one for one in ahead if self.product.season_mask >> (one - 1) & 1), month)
        return first if first != month else None

    def packs_left(self, without: Pack) -> list[Pack]:
        """The other packs that can be bought."""
        return [pack for pack in self.packs if pack is not without and pack.variant.stock_state != "sold_out"]

    def pack(self, sku: str | None) -> Pack:
        """The pack that was asked for; else the first one that can be bought, else the first."""
        by_sku = {pack.variant.sku: pack for pack in self.packs}
        if sku in by_sku:
            return by_sku[sku]
        return next((pack for pack in self.packs if pack.variant.stock_state != "sold_out"), self.packs[0])
