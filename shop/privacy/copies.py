"""A copy of everything that the shop holds of one person: JSON for programs, a CSV for each table, and their photos."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.conversations import photos as conversation_photos
from shop.kit.errors import NotFound
from shop.kit.text import safe_cell
from shop.ordering import claim_photos
from shop.privacy.mapping import Person, TableMap, is_of_the_team
from shop.privacy.received import copy_of_received
from shop.privacy.whole_map import WHOLE_MAP
from shop.reviews import photos as review_photos
from shop.storage.base import Base
from shop.storage.media import MediaStore

Rows = Sequence[Mapping[str, Any]]
_BOM: Final = "\ufeff"
# Tables of photos, and how a file of theirs is called in the store.
_PHOTOS: Final[Mapping[str, Callable[[str], str]]] = {
    "claim_photos": claim_photos.photo_file,
    "conversation_photos": conversation_photos.photo_file,
    "review_photos": review_photos.photo_file,
}
# What opens or identifies something, and says nothing of its person.
_NEVER: Final = ("_hash", "_token", "token", "_sealed", "digest")


def read_copy(session: Session, person: Person) -> dict[str, Rows]:
    """Table → the person's own rows, in the order of the map. One statement for each table."""
    if person.received is not None:
        return copy_of_received(session, person.received)
    found: dict[str, Rows] = {}
    for mapped in WHOLE_MAP.values():
        if mapped.whose is None or not mapped.copied:
            continue
        rows = Base.metadata.tables[mapped.name]
        columns = copied_columns(rows, mapped)
        order = [rows.c[key.name] for key in rows.primary_key]
        wanted = sa.select(*columns).where((mapped.seen or mapped.whose)(rows, person)).order_by(*order)
        read = [dict(row) for row in session.execute(wanted).mappings()]
        if read:
            found[mapped.name] = read
    return found


def copied_columns(rows: sa.Table, mapped: TableMap) -> list[sa.Column[Any]]:
    """Without keys and digests, and without who of the team did something."""

    def is_copied(column: sa.Column[Any]) -> bool:
        fact = mapped.facts.get(column.name)
        if (fact is not None and fact.hidden) or column.name.endswith(_NEVER):
            return False
        return column.name == "user_id" or fact is not None or not is_of_the_team(column)

    return [column for column in rows.columns if is_copied(column)]


def zip_copy(
    copy: Mapping[str, Rows],
    store: MediaStore,
    *,
    made_at: datetime,
    shop: str,
    read_me: str,
    title: Callable[[str], str],
) -> bytes:
    """`copy.json`, `csv/<table>.csv`, `photos/` and a page that says what is what."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as pack:
        said = {"shop": shop, "made_at": made_at.isoformat(), "data": copy}
        pack.writestr("copy.json", json.dumps(said, ensure_ascii=False, indent=1, default=_plain))
        names = "".join(f"csv/{name}.csv\t{title(name)}\t{len(rows)}\r\n" for name, rows in copy.items())
        pack.writestr("README.txt", f"{_BOM}{read_me}\r\n\r\n{names}")
        for name, rows in copy.items():
            pack.writestr(f"csv/{name}.csv", _csv(rows))
        for name, file_of in _PHOTOS.items():
            for row in copy.get(name, ()):
                _add_photo(pack, store, str(row["key"]), file_of)
    return kept.getvalue()


def _csv(rows: Rows) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(list(rows[0]))
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return _BOM + text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return safe_cell(json.dumps(value, ensure_ascii=False, default=_plain))
    return safe_cell(_plain(value) if isinstance(value, date) else value)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _add_photo(pack: zipfile.ZipFile, store: MediaStore, key: str, file_of: Callable[[str], str]) -> None:
    """One that the worker has not made anew yet, or refused, is not there."""
    try:
        pack.writestr(f"photos/{key}.webp", store.read(file_of(key)))
    except NotFound:
        return
