"""What is sold, by whom, and where it comes from."""

from shop.catalogue.models.origins import (
    Household,
    PackingPlace,
    PackingPlaceKind,
    PackingPlaceStaff,
    Producer,
    ProducerKind,
    ProducerMember,
    Village,
    VillageCoordinator,
)
from shop.catalogue.models.pairs import Pair
from shop.catalogue.models.papers import (
    Certificate,
    ComplianceClass,
    ComplianceRequirement,
    Seller,
    VariantTax,
)
from shop.catalogue.models.prices import PriceState, TimedPrice
from shop.catalogue.models.products import (
    BundleItem,
    Category,
    PictureState,
    Product,
    ProductPicture,
    ProductStatus,
    ProductVillage,
    StockState,
    Variant,
)
from shop.catalogue.models.rules import CatalogueVersion, SplitRule
from shop.catalogue.models.searches import SearchCount

__all__ = [
    "BundleItem",
    "CatalogueVersion",
    "Category",
    "Certificate",
    "ComplianceClass",
    "ComplianceRequirement",
    "Household",
    "PackingPlace",
    "PackingPlaceKind",
    "PackingPlaceStaff",
    "Pair",
    "PictureState",
    "PriceState",
    "Producer",
    "ProducerKind",
    "ProducerMember",
    "Product",
    "ProductPicture",
    "ProductStatus",
    "ProductVillage",
    "SearchCount",
    "Seller",
    "SplitRule",
    "StockState",
    "TimedPrice",
    "Variant",
    "VariantTax",
    "Village",
    "VillageCoordinator",
]
