"""The farmer's phone: today's tasks, own lots, own money. Nothing of the buyer."""

from shop.web.farm import lots, money, tasks
from shop.web.farm.blueprint import farm as blueprint

__all__ = ["blueprint", "lots", "money", "tasks"]
