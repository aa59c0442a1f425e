"""Master data as tables: written out as a list is filtered, looked at row by row, and taken in as it was shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from flask import flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName
from shop.catalogue.desk import matching_households
from shop.catalogue.models import Village
from shop.catalogue.product_desk import matching_packs, matching_products
from shop.catalogue.tables.applying import PricesUnsure, RowsMoved, TableHasMistakes, apply_table
from shop.catalogue.tables.cells import guarded
from shop.catalogue.tables.description import MOST_ROWS, MasterTable, written
from shop.catalogue.tables.goods import PACKS, PRODUCTS
from shop.catalogue.tables.origins import HOUSEHOLDS, VILLAGES
from shop.catalogue.tables.planning import MOST_CHANGES, Difference, TablePlan, plan_table
from shop.inventory.lot_import import stored_name
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg
from shop.storage.spreadsheets import MOST_BYTES
from shop.storage.table_columns import Mistake
from shop.web.admin.blueprint import admin
from shop.web.admin.growers import HOUSEHOLD_FILTERS
from shop.web.admin.listing import Asked, Filter, asked
from shop.web.admin.pages import desk_page
from shop.web.admin.product_filters import PRODUCT_FILTERS, product_filter
from shop.web.admin.saving import refusal
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.guards import requires
from shop.web.limits import UPLOADS, limiter
from shop.web.outside_world import with_files
from shop.web.phrases import language
from shop.web.protection import accepts_uploads
from shop.web.tables import table_file
from shop.web.viewer import current_user_id

MOST_MISTAKES_SHOWN: Final = 200
LONGEST_SHOWN: Final = 160
_BEFORE_IT: Final = 30  # characters shown before the first one that differs
_HEX: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Desk:
    """Where a table has its list: the tab, the list's filters, and which rows match them."""

    table: MasterTable
    title: str
    tab: str
    back: str
    chosen: Callable[[Asked], sa.Select[int]]
    filters: tuple[Filter, ...] = ()
    note: str = ""


def _households(wanted: Asked) -> sa.Select[int]:
    return matching_households(q=wanted.text("q"), village_id=wanted.number("village"))


TABLES: Final[Mapping[str, Desk]] = {
    "products": Desk(
        PRODUCTS,
        msg("Table of products"),
        "products",
        "admin.products",
        lambda wanted: matching_products(product_filter(wanted)),
        PRODUCT_FILTERS,
        msg("A new product is a draft until it is published on its page."),
    ),
    "packs": Desk(
        PACKS,
        msg("Table of packs"),
        "products",
        "admin.products",
        lambda wanted: matching_packs(product_filter(wanted)),
        PRODUCT_FILTERS,
        msg("A price that holds for a time is not in the table: the price is the one that lasts."),
    ),
    "villages": Desk(
        VILLAGES,
        msg("Table of villages"),
        "villages",
        "admin.villages",
        lambda _wanted: sa.select(Village.id),
    ),
    "households": Desk(
        HOUSEHOLDS,
        msg("Table of households"),
        "households",
        "admin.households",
        _households,
        HOUSEHOLD_FILTERS,
        msg(
            "Phone, people, stories and consent are not in the table: they stand on the household's page, which writes"
            " down who looked. New households are added there."
        ),
    ),
}


@admin.get("/tables/<name>")
@requires(RoleName.ADMIN)
def master_table(name: str) -> str:
    return _send_page(_desk(name))


@admin.get("/tables/<name>/file.<kind>")
@requires(RoleName.ADMIN)
def master_file(name: str, kind: str) -> Any:
    """All rows that the filter leaves, as XLSX or CSV; what could be a formula has an apostrophe before it."""
    desk = _desk(name)
    wanted, session = asked(desk.filters), read_session()
    chosen = desk.chosen(wanted)
    if _count(session, chosen) > MOST_ROWS:
        flash(gettext("More than %(most)s rows. Please filter the list first.", most=MOST_ROWS), "bad")
        address: dict[str, Any] = {"name": name, **wanted.values}
        return redirect(url_for("admin.master_table", **address), 303)
    rows = written(session, desk.table, chosen, english=language() == "en")
    guards = [[guarded(cell) for cell in row] for row in rows]
    return table_file(guards, kind, name=name, title=gettext(desk.title)[:31], safe=True)


@admin.post("/tables/<name>")
@limiter.limit(UPLOADS)
@requires(RoleName.ADMIN)
@accepts_uploads
def preview_table(name: str) -> Any:
    """Judge the file and show what it would do. It is kept until it is taken in, under the digest of its content."""
    desk = _desk(name)
    sent = request.files.get("file")
    content = sent.read(MOST_BYTES + 1) if sent else b""
    if not content.strip():
        sentence = gettext("The file is empty.") if sent else gettext("Please choose a file first.")
        return _send_page(desk, sentence), 400
    try:
        plan = plan_table(read_session(), desk.table, content)
    except InvalidInput as error:
        return _send_page(desk, refusal(error)), 400
    if not plan.mistakes:
        with_files(lambda _, store: store.write(stored_name(plan.digest), content))
    return _preview(desk, plan), 400 if plan.mistakes else 200


@admin.post("/tables/<name>/confirm")
@requires(RoleName.ADMIN)
def confirm_table(name: str) -> Any:
    desk = _desk(name)
    digest, seal = request.form.get("digest", ""), request.form.get("seal", "")
    if not _HEX.fullmatch(digest) or not _HEX.fullmatch(seal):
        raise NotFound()
    is_sure, actor_id, now = "sure" in request.form, current_user_id(), utc_now()
    try:
        content = with_files(lambda _, store: store.read(stored_name(digest)))
    except NotFound:
        flash(gettext("Please send the table again."), "bad")
        return redirect(url_for("admin.master_table", name=name), 303)
    try:
        done = transact(
            lambda session: apply_table(
                session, desk.table, content, seal=seal, sure=is_sure, actor_id=actor_id, now=now
            )
        )
    except (RowsMoved, PricesUnsure, TableHasMistakes) as error:
        return _preview(desk, plan_table(read_session(), desk.table, content), refusal(error)), error.status
    except InvalidInput as error:
        return _send_page(desk, refusal(error)), 400
    _say_done(done.added, done.changed)
    return redirect(url_for(desk.back), 303)


def _say_done(added: int, changed: int) -> None:
    if added or changed:
        flash(gettext("%(added)s added, %(changed)s changed.", added=added, changed=changed), "ok")
    else:
        flash(gettext("All of it stands there already. Nothing was changed."), "info")


def _desk(name: str) -> Desk:
    """Raises NotFound."""
    if name not in TABLES:
        raise NotFound()
    return TABLES[name]


def _count(session: Session, chosen: sa.Select[int]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0


def _send_page(desk: Desk, refused: str = "") -> str:
    session, wanted = read_session(), asked(desk.filters)
    chosen = desk.chosen(wanted)
    first = written(session, desk.table, chosen.limit(1), english=language() == "en")
    return desk_page(
        "admin/table.html",
        desk.tab,
        desk=desk,
        others=[(one, gettext(TABLES[one].title)) for one in TABLES if TABLES[one].back == desk.back],
        query=dict(wanted.values),
        count=_count(session, chosen),
        columns=list(zip(first[0], first[1] if len(first) > 1 else [""] * len(first[0]), strict=True)),
        refused=refused,
        most=MOST_ROWS,
        most_changes=MOST_CHANGES,
    )


def _preview(desk: Desk, plan: TablePlan, refused: str = "") -> str:
    return desk_page(
        "admin/table_preview.html",
        desk.tab,
        desk=desk,
        plan=plan,
        rows=[(row, [_shown(one) for one in row.differences]) for row in plan.rows],
        mistakes=[_told(desk, one) for one in plan.mistakes[:MOST_MISTAKES_SHOWN]],
        doubts=[_told(desk, one) for one in plan.doubts],
        refused=refused,
    )


def _told(desk: Desk, mistake: Mistake) -> dict[str, Any]:
    labels = {one.name: _label(one) for one in desk.table.columns}
    return {
        "row": mistake.row,
        "column": labels.get(mistake.column, "–"),
        "text": translated(mistake.message, dict(mistake.facts)),
    }


def _label(column: Any) -> str:
    return str(column.english if language() == "en" else column.chinese)


def _shown(one: Difference) -> dict[str, str | None]:
    """A long text from a little before where it begins to differ."""
    before, after = one.before or "", one.after
    differs = next(
        (place for place, pair in enumerate(zip(before, after, strict=False)) if len(set(pair)) > 1), 0
    )
    start = max(0, differs - _BEFORE_IT) if max(len(before), len(after)) > LONGEST_SHOWN else 0
    return {
        "label": _label(one.column),
        "before": None if one.before is None else _part(before, start),
        "after": _part(after, start),
    }


def _part(text: str, start: int) -> str:
    shown = text[start : start + LONGEST_SHOWN]
    return f"{'…' if start else ''}{shown}{'…' if start + LONGEST_SHOWN < len(text) else ''}" or "–"
