"""Deleting the files of what was erased: after the rows, and again until each is gone."""

from __future__ import annotations

from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.privacy_models import DoomedFile
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork

BATCH: Final = 200


def delete_doomed_files(unit_of_work: UnitOfWork, store: MediaStore) -> int:
    """Returns how many. Killed between a file and its note, the next run deletes what is not there, which is fine."""
    deleted = 0
    while doomed := unit_of_work.run(_first):
        for _, name in doomed:
            store.delete(name)
        unit_of_work.run(partial(_strike, ids=[one for one, _ in doomed]))
        deleted += len(doomed)
    return deleted


def _first(session: Session) -> list[tuple[int, str]]:
    rows = session.execute(sa.select(DoomedFile.id, DoomedFile.name).order_by(DoomedFile.id).limit(BATCH))
    return [(number, name) for number, name in rows]


def _strike(session: Session, ids: list[int]) -> None:
    session.execute(sa.delete(DoomedFile).where(DoomedFile.id.in_(ids)))
