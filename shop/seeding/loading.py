"""The whole of it: read, check, write; or nothing to do because this very file is loaded already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from shop.kit.clock import shanghai_date
from shop.seeding.read import Seed, read_seed
from shop.seeding.write import is_loaded, plan_coming_runs, write_seed
from shop.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Loaded:
    """What the file holds, and whether it was there already."""

    seed: Seed
    already: bool


def load_seed(unit_of_work: UnitOfWork, path: Path, *, now: datetime, demo: bool) -> Loaded:
    """Load the file in one unit of work. A file that is loaded already only brings the trucks of further weeks,
    so that what an admin changed since stays; edit the file to bring it back.

    Raises SeedRefused with every mistake, then nothing is written; OSError when the file cannot be read.
    """
    seed = read_seed(path, today=shanghai_date(now))

    def write(session: Session) -> bool:
        if is_loaded(session, seed.digest, demo=demo):
            plan_coming_runs(session, seed, now=now)
            return True
        write_seed(session, seed, now=now, demo=demo)
        return False

    return Loaded(seed=seed, already=unit_of_work.run(write))
