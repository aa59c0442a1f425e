"""The pickup point's counter: names and parcel codes, no phone, no price."""

from shop.web.point import parcels, phone, reports, shelf, shelf_cash, shelf_stock, uncollected, welfare
from shop.web.point.blueprint import point as blueprint

__all__ = [
    "blueprint",
    "parcels",
    "phone",
    "reports",
    "shelf",
    "shelf_cash",
    "shelf_stock",
    "uncollected",
    "welfare",
]
