"""What the law wants to see: the record of processing, made from the map; and who opened households' files."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for
from flask_babel import gettext

from shop.accounts.file_looks import LOOK_WORDS, REASONS, find_looks
from shop.accounts.models import RoleName
from shop.accounts.shop_settings import read_shop_settings
from shop.catalogue.households import aliases_of
from shop.kit.clock import utc_now
from shop.privacy.mapping import Fact, TableMap
from shop.privacy.whole_map import WHOLE_MAP
from shop.privacy.words import GROUND_WORDS, KEPT_WORDS, KIND_WORDS, READER_WORDS, Kind
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import asked
from shop.web.admin.pages import desk_page
from shop.web.admin.privacy_columns import COLUMN_WORDS
from shop.web.admin.words import listed
from shop.web.database import read_session
from shop.web.guards import requires


@dataclass(frozen=True)
class Line:
    """Columns of one table that are treated alike."""

    columns: str
    kinds: str
    fact: Fact


@admin.get("/privacy/record")
@requires(RoleName.ADMIN)
def privacy_record() -> str:
    tables = [(one.title, _lines(one)) for one in WHOLE_MAP.values() if one.has_people and one.facts]
    return desk_page(
        "admin/privacy_record.html",
        "privacy",
        tables=tables,
        kinds=KIND_WORDS,
        readers=READER_WORDS,
        kept=KEPT_WORDS,
        grounds=GROUND_WORDS,
        listed=listed,
        settings=read_shop_settings(read_session()),
        now=utc_now(),
    )


@admin.get("/privacy/looks")
@requires(RoleName.ADMIN)
def file_looks() -> str:
    session = read_session()
    found = find_looks(session, page=asked(()).page)
    return desk_page(
        "admin/file_looks.html",
        "file-looks",
        found=found,
        aliases=aliases_of(session, {int(one.household_id) for one in found.items}),
        looks=LOOK_WORDS,
        reasons=REASONS,
        page_url=lambda number: url_for("admin.file_looks", page=number),
        query=request.args,
    )


def _lines(mapped: TableMap) -> list[Line]:
    """One line for what has the same purpose, readers, ground and time."""
    alike: dict[tuple[object, ...], list[tuple[str, Fact]]] = {}
    for name, fact in mapped.facts.items():
        same = (fact.purpose, fact.readers, fact.kept, fact.ground, fact.sensitive)
        alike.setdefault(same, []).append((name, fact))
    return [
        Line(
            _words(group),
            listed(dict.fromkeys(str(gettext(KIND_WORDS[fact.kind])) for _name, fact in group)),
            group[0][1],
        )
        for group in alike.values()
    ]


def _words(group: list[tuple[str, Fact]]) -> str:
    """What the columns are called. Of passwords, keys and codes the kind says enough."""
    named = [COLUMN_WORDS[name] for name, fact in group if fact.kind is not Kind.SIGN_IN]
    return listed(dict.fromkeys(str(gettext(word)) for word in named))
