"""A table of recipients: which column is which, whatever they are called. Nothing is judged here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shop.gifts.addresses import official_parts
from shop.gifts.judging import LONGEST_ADDRESS, LONGEST_NAME, LONGEST_PHONE, Typed
from shop.kit.errors import InvalidInput
from shop.kit.text import form_number, half_width, msg, tidy
from shop.storage.spreadsheets import Cell, Limits, read_rows

MOST_RECIPIENTS: Final = 5_000
NAMES_LOOKED_AT: Final = 5  # lines: above the headings there may be a title
LIMITS: Final = Limits(rows=MOST_RECIPIENTS, columns=30, titles=NAMES_LOOKED_AT)
NO_COLUMNS: Final = msg(
    "No columns with name, telephone and address were found in the first rows. Please use the template."
)
NO_ROWS: Final = msg("The table has no rows.")


@dataclass(frozen=True)
class Heading:
    """A column; `names` as people call it, compared without spaces and case."""

    key: str
    chinese: str
    english: str
    example: str
    names: tuple[str, ...]


HEADINGS: Final = (
    Heading("name", "姓名", "Name", "# 陈女士", ("收货人", "收件人", "收礼人", "称呼", "联系人", "收件人姓名", "收货人姓名", "recipient")),
    Heading("phone", "手机", "Telephone", "13800000000", ("手机号", "手机号码", "电话", "联系电话", "联系方式", "收件人电话", "收货人电话", "收件人手机", "phone", "mobile")),
    Heading("address", "地址", "Address", "陕西省西安市雁塔区小寨东路 1 号", ("收货地址", "收件地址", "详细地址", "收件人地址", "收货人地址", "街道地址", "street", "街道", "详细")),
)  # fmt: skip
# Columns of which an address may be put together, in this order before the address.
PARTS: Final = (
    ("province", ("省", "省份", "province")),
    ("city", ("市", "城市", "地市", "city")),
    ("district", ("区", "县", "区县", "district")),
)
# What a column may be called beside its names, once the others have theirs: 客户姓名, 收货人联系电话(必填), 家庭住址.
_LIKE: Final = (
    ("phone", re.compile("手机|电话|联系方式|phone|mobile|^tel")),
    ("address", re.compile("地址|住址|address")),
    ("name", re.compile("姓名|名字|收货人|收件人|收礼人|客户名|^客户$|fullname|^recipient")),
)
_PARTS_LIKE: Final = (
    ("province", re.compile("省份?(?:[(/].*)?$")),
    ("city", re.compile("(?:城市|所在市|收货市|收件市|地级市|市)(?:[(/].*)?$")),
    ("district", re.compile("(?:区县|区/县|所在区|收货区|收件区|县区)(?:[(/].*)?$")),
)
MISSING: Final = {
    "name": msg("No column with the names was found."),
    "phone": msg("No column with the telephone numbers was found."),
    "address": msg("No column with the addresses was found."),
}
HEADINGS_ARE: Final = msg("The headings read: %(titles)s. Please call the columns as in the template.")
ROW: Final = ("行", "行号", "row")  # of the rows that were downloaded to be mended


@dataclass(frozen=True, slots=True)
class RowRead:
    """`row` as this file counts it; `mends`: the row of the list that it was downloaded as."""

    row: int
    mends: int | None
    typed: Typed


def read_recipients(content: bytes) -> list[RowRead]:
    """Rows with anything in them; those that begin with # are examples. Raises InvalidInput for `file`."""
    rows = read_rows(content, LIMITS)
    head, places = _find_head(rows)
    found = [_read(number, cells, places) for number, cells in rows[head + 1 :] if not _is_example(cells)]
    found = [one for one in found if any((one.typed.name, one.typed.phone, one.typed.address))]
    if not found:
        raise InvalidInput(NO_ROWS, field="file")
    if len(found) > MOST_RECIPIENTS:
        raise InvalidInput(
            msg("At most %(most)s rows at once. Please split the table."), field="file", most=MOST_RECIPIENTS
        )
    return found


def _find_head(rows: Sequence[tuple[int, Sequence[Cell]]]) -> tuple[int, dict[str, int]]:
    for index, (_, cells) in enumerate(rows[:NAMES_LOOKED_AT]):
        places = _places(cells)
        if not _missing(places):
            return index, places
    raise _no_columns(rows[:NAMES_LOOKED_AT])


def _missing(places: Mapping[str, int]) -> dict[str, str]:
    """What has no column, with what is said of it."""
    is_there = places.keys() | ({"address"} if "city" in places else set())
    return {key: said for key, said in MISSING.items() if key not in is_there}


def _no_columns(rows: Sequence[tuple[int, Sequence[Cell]]]) -> InvalidInput:
    """Names what is missing in the line that looks most like headings; where none does, all of it."""
    best = max((cells for _, cells in rows), key=lambda cells: len(_places(cells)), default=())
    if not _places(best):
        return InvalidInput(NO_COLUMNS, field="file")
    titles = "、".join(str(cell)[:20] for cell in best[:12] if cell)
    return InvalidInput(errors=_missing(_places(best)) | {"file": HEADINGS_ARE}, titles=titles)


def _places(cells: Sequence[Cell]) -> dict[str, int]:
    said: dict[str, int] = {}
    for place, cell in enumerate(cells):
        if cell:
            said.setdefault(_bare(str(cell)), place)
    columns = [(one.key, (one.chinese, one.english, *one.names)) for one in HEADINGS]
    columns += [*PARTS, ("row", ROW)]
    found: dict[str, int] = {}
    for key, names in columns:
        at = next((said[name] for name in map(_bare, names) if name in said), None)
        if at is not None:
            found[key] = at
    for key, is_called in (*_LIKE, *_PARTS_LIKE):
        at = next(
            (place for name, place in said.items() if place not in found.values() and is_called.search(name)),
            None,
        )
        if key not in found and at is not None:
            found[key] = at
    return found


def _bare(text: str) -> str:
    return half_width(tidy(text)).replace(" ", "").strip("*:").casefold()


def _read(number: int, cells: Sequence[Cell], places: Mapping[str, int]) -> RowRead:
    def said(key: str) -> str:
        place = places.get(key)
        cell = cells[place] if place is not None and place < len(cells) else None
        return tidy(str(cell)) if cell else ""

    address = official_parts(said("province"), said("city"), said("district")) + said("address")
    mends = said("row")
    return RowRead(
        number,
        form_number(mends, digits=7),
        Typed(said("name")[:LONGEST_NAME], said("phone")[:LONGEST_PHONE], address[:LONGEST_ADDRESS]),
    )


def _is_example(cells: Sequence[Cell]) -> bool:
    return str(next((cell for cell in cells if cell), "")).startswith("#")
