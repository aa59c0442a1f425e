"""Writing one export in the background: the same rows as on the page, row by row to a file of its own."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import IO, Any, Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings
from shop.exports.reader import Desk, Reader, reader_now
from shop.exports.schedules import LOST_RIGHT
from shop.exports.writing import Taken, Written, beat, fail, finish, forget_files, take_export
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound, ShopError
from shop.kit.references import random_code
from shop.kit.text import msg
from shop.reports.cells import Translate
from shop.reports.definition import Report, Row, Span
from shop.reports.export_csv import csv_chunks
from shop.reports.export_json import json_chunks
from shop.reports.export_xlsx import write_xlsx
from shop.reports.narrowing import narrowed
from shop.reports.readable import readable
from shop.reports.running import stream_rows, totals
from shop.reports.viewing import viewed
from shop.storage.media import MediaStore, StorageFull
from shop.storage.unit_of_work import UnitOfWork

FOLDER: Final = "exports"
BEAT_ROWS: Final = 2_000
NO_ROOM: Final = msg("There is no room left for files. Please tell the shop.")
WENT_WRONG: Final = msg("It could not be written. Please try it once more, or choose fewer days.")
Reading = Callable[[], AbstractContextManager[Session]]
Translating = Callable[[str], AbstractContextManager[Translate]]

log = logging.getLogger("shop.exports")


class _Stopped(Exception):
    pass


@dataclass(frozen=True)
class Background:
    """What the worker brings: the way to write, the store, a session to read with, and words of a language."""

    unit_of_work: UnitOfWork
    store: MediaStore
    reading: Reading
    translating: Translating

    def write_next(self, *, now: datetime) -> Taken | None:
        """Write one export, whatever becomes of it; None where none waits. Killed half way, the next turn begins anew."""
        taken = self.unit_of_work.run(partial(take_export, now=now))
        if taken is None:
            return None
        try:
            self._write(taken)
        except _Stopped:
            log.info("export %s was stopped", taken.id)
        except NotFound:
            self._fail(taken, LOST_RIGHT)
        except InvalidInput as error:
            self._fail(taken, error.message)
        except StorageFull:
            self._fail(taken, NO_ROOM)
        except (ShopError, SQLAlchemyError, OSError) as error:
            log.warning("export %s failed: %s", taken.id, type(error).__name__)
            self._fail(taken, WENT_WRONG)
        return taken

    def _write(self, taken: Taken) -> None:
        with self.reading() as session, tempfile.NamedTemporaryFile() as file:
            reader = reader_now(session, taken.owner_id)
            if reader is None:
                raise NotFound()
            rows = self._fill(session, file, taken, reader)
            file.flush()
            size = file.tell()
            name = f"{FOLDER}/{random_code(26).lower()}.{taken.kind}"
            villages = reader.village_ids if taken.desk is Desk.VILLAGE else ()
            self.store.write_file(name, file.name)
        written = Written(name, size, rows, villages)
        if not self.unit_of_work.run(partial(_finish, taken=taken, written=written)):
            self.store.delete(name)

    def _fill(self, session: Session, file: IO[bytes], taken: Taken, reader: Reader) -> int:
        report, span = asked_report(taken, reader).as_file, Span(taken.first, taken.last)
        expected, sums = totals(session, report, span, taken.language)
        rows = _Watched(self, taken, expected, stream_rows(session, report, span, taken.language))
        with self.translating(taken.language) as translate:
            if taken.kind == "xlsx":
                write_xlsx(file, report, rows, sums, translate)
            elif taken.kind == "json":
                file.writelines(json_chunks(report, span, rows, translate))
            else:
                file.writelines(csv_chunks(report, rows, translate))
        file.seek(0, 2)
        return rows.count

    def goes_on(self, taken: Taken, rows: int, expected: int) -> bool:
        return self.unit_of_work.run(partial(_beat, taken=taken, rows=rows, expected=expected))

    def _fail(self, taken: Taken, reason: str) -> None:
        self.unit_of_work.run(partial(_fail, taken=taken, reason=reason))


class _Watched:
    """Passes rows on, says how many there were, and stops where nobody waits for them any more."""

    def __init__(self, background: Background, taken: Taken, expected: int, rows: Iterable[Row]) -> None:
        self._background, self._taken, self._expected, self._rows = background, taken, expected, rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        self._look()
        for row in self._rows:
            yield row
            self.count += 1
            if self.count % BEAT_ROWS == 0:
                self._look()

    def _look(self) -> None:
        if not self._background.goes_on(self._taken, self.count, self._expected):
            raise _Stopped()


def asked_report(taken: Any, reader: Reader) -> Report:
    """As its owner may read it at this moment. Raises NotFound, InvalidInput."""
    chosen = readable(taken.report, taken.desk, reader)
    for key, typed in taken.narrowing.items():
        chosen = narrowed(chosen, key, typed)
    return viewed(chosen, taken.choices)


def forget_exports(unit_of_work: UnitOfWork, store: MediaStore, *, now: datetime) -> int:
    """Files whose days are over, and what a killed worker left behind."""
    names = unit_of_work.run(partial(forget_files, now=now))
    for name in names:
        store.delete(name)
    days = unit_of_work.run(lambda session: read_shop_settings(session).export_keep_days)
    return len(names) + store.delete_older(FOLDER, before=now - timedelta(days=days + 1))


def _beat(session: Session, taken: Taken, rows: int, expected: int) -> bool:
    return beat(session, taken, rows=rows, expected=expected, now=utc_now())


def _finish(session: Session, taken: Taken, written: Written) -> bool:
    days = read_shop_settings(session).export_keep_days
    return finish(session, taken, written, now=utc_now(), keep_days=days)


def _fail(session: Session, taken: Taken, reason: str) -> bool:
    return fail(session, taken, reason, now=utc_now())
