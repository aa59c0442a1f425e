"""The village's desk: board, packing, parcels, trucks, lots and households of own villages."""

from shop.web.village import board, household, households, lots, packing, paper, parcels, payouts, runs, tasks
from shop.web.village.blueprint import village as blueprint

__all__ = [
    "blueprint",
    "board",
    "household",
    "households",
    "lots",
    "packing",
    "paper",
    "parcels",
    "payouts",
    "runs",
    "tasks",
]
