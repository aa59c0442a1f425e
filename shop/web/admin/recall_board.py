"""All recalls, running and past, and what is still open of each."""

from __future__ import annotations

from typing import Any, Final

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName
from shop.inventory.trace_models import RecallState
from shop.kit.text import msg
from shop.reports.recall_board import find_recalls
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.pages import desk_page
from shop.web.database import read_session
from shop.web.filters import bilingual
from shop.web.guards import requires

STATES: Final = {
    RecallState.ACTIVE: msg("Recalled"),
    RecallState.PROPOSED: msg("Recall proposed"),
    RecallState.LIFTED: msg("Recall lifted"),
    RecallState.REFUSED: msg("Not recalled"),
}
COLUMNS: Final = (
    Column("code", msg("Lot"), head=True, link=lambda row: url_for("admin.recall", code=row.code)),
    Column("name", msg("Product"), value=lambda row: bilingual(row, "name")),
    Column(
        "producer",
        msg("Producer"),
        value=lambda row: f"{bilingual(row, 'producer')} · {bilingual(row, 'village')}",
    ),
    Column("state", msg("State"), kind="status:recall"),
    Column("since", msg("Recalled or proposed on"), kind="date"),
    Column("orders", msg("Orders"), kind="number"),
    Column("units_out", msg("Units out, not refunded"), kind="number"),
    Column("orders_out", msg("Orders to refund"), kind="number"),
    Column("parcels", msg("Parcels to send back or destroy"), kind="number"),
    Column("boxes", msg("Boxes to open"), kind="number"),
    Column("reason", msg("Reason"), wide=True, value=lambda row: bilingual(row, "reason")),
)
FILTERS: Final = (
    Filter(
        "state",
        msg("Which"),
        "select",
        lambda _session: [(state.value, gettext(word)) for state, word in STATES.items()],
    ),
)


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    state = wanted.text("state")
    chosen = RecallState(state) if state in set(RecallState) else None
    return find_recalls(session, state=chosen, page=wanted.page)


@admin.get("/recalls")
@requires(RoleName.ADMIN)
def recalls() -> str:
    screen = list_screen(
        read_session(),
        title=msg("Recalls"),
        note=msg("Those that run stand on top, with what is still to be done of each."),
        empty=msg("Nothing was ever recalled. A lot is recalled on its page under Lots."),
        columns=COLUMNS,
        filters=FILTERS,
        rows=_rows,
        endpoint="admin.recalls",
    )
    return desk_page("admin/list.html", "recalls", screen=screen)
