"""Everybody who had goods of a recalled lot, as a file: to call them, and for the authority."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, Final

from flask import stream_with_context
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.audit import audit
from shop.accounts.models import RoleName
from shop.fulfilment.recall_list import RecalledRow, every_recalled_order
from shop.kit.clock import in_shanghai, utc_now
from shop.kit.text import msg, safe_cell
from shop.web.admin.blueprint import admin
from shop.web.admin.recalls import active_recall_of
from shop.web.database import patient_session
from shop.web.exports import let_out
from shop.web.filters import status_word
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id

LONGEST_SECONDS: Final = 120
_HEAD: Final = (
    msg("Order"),
    msg("Placed"),
    msg("State"),
    msg("Recipient"),
    msg("Phone"),
    msg("Email"),
    msg("Units"),
    msg("Sent"),
)


@admin.get("/lots/<code>/recall.csv")
@requires(RoleName.ADMIN)
@recently_authenticated
def recall_file(code: str) -> Response:
    """Names and telephone numbers leave the shop: counted, and written into the audit trail."""
    recall = active_recall_of(code)
    recall_id, actor_id, now = recall.id, current_user_id(), utc_now()
    let_out(
        lambda session: audit(
            session, actor_id, "lot.recall_exported", "lot", code, {"format": "csv"}, now=now
        )
    )
    rows = every_recalled_order(patient_session(seconds=LONGEST_SECONDS), recall_id)
    headers = {
        "Content-Disposition": f'attachment; filename="recall-{recall_id}.csv"',
        "Cache-Control": "no-store",
    }
    return Response(
        stream_with_context(_lines(rows)), content_type="text/csv; charset=utf-8", headers=headers
    )


def _lines(rows: Iterable[RecalledRow]) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf" + _line([gettext(word) for word in _HEAD])
    for row in rows:
        yield _line(
            [
                row.number,
                f"{in_shanghai(row.placed_at):%Y-%m-%d %H:%M}",
                status_word(row.status, "order"),
                *(safe_cell(text) for text in (row.recipient, row.phone, row.email or "")),
                row.units,
                row.sent,
            ]
        )


def _line(cells: list[Any]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue().encode()
