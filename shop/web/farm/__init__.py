"""The farmer's phone: today's tasks, own lots, own money. Nothing of the buyer."""

from shop.web.farm import (
    card,
    file_looks,
    forecasts,
    gifts,
    letters,
    lot_photos,
    lots,
    money,
    phone,
    sign_in,
    tasks,
    texts,
    weighed,
)
from shop.web.farm.blueprint import farm as blueprint

__all__ = [
    "blueprint",
    "card",
    "file_looks",
    "forecasts",
    "gifts",
    "letters",
    "lot_photos",
    "lots",
    "money",
    "phone",
    "sign_in",
    "tasks",
    "texts",
    "weighed",
]
