"""A round of the worker over many rows: each in a transaction of its own, and none holds up the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from enum import Enum
from functools import partial
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from shop.kit.errors import ShopError
from shop.storage.unit_of_work import UnitOfWork

Result = TypeVar("Result")
Step = Callable[[Session], Result]

log = logging.getLogger("shop.rounds")


class _Failed(Enum):
    FAILED = "failed"


FAILED: Final = _Failed.FAILED


def moved(unit_of_work: UnitOfWork, steps: Iterable[Step[object]]) -> int:
    """Take each step; returns how many did not fail."""
    return sum(at_the_boundary(unit_of_work, step) is not FAILED for step in steps)


def done(unit_of_work: UnitOfWork, steps: Iterable[Step[bool]]) -> int:
    """Take each step; returns how many said that they did something."""
    return sum(at_the_boundary(unit_of_work, step) is True for step in steps)


def at_the_boundary(unit_of_work: UnitOfWork, step: Step[Result]) -> Result | _Failed:
    """The worker's outermost boundary: whatever one row fails of, the round goes on with the next one.

    What was foreseen is a warning. Anything else is a mistake of ours: an error with its traceback, which reaches
    whoever reads the error reports, at each round until it is mended.
    """
    try:
        return unit_of_work.run(step)
    except ShopError as error:
        log.warning("one could not move: %s", error.code)
    except Exception:
        log.exception("one could not move: %s", _name(step))
    return FAILED


def _name(step: Callable[[Session], object]) -> str:
    """Which step of which row: a number says nothing of a person."""
    if not isinstance(step, partial):
        return getattr(step, "__name__", "step")
    rows = ", ".join(f"{name}={value}" for name, value in step.keywords.items() if name.endswith("_id"))
    return f"{step.func.__name__}({rows})"
