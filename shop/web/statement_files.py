"""A statement leaves the shop: counted, in the audit trail, and noted with the digest of its rows."""

from __future__ import annotations

import tempfile
from typing import IO, Any, Final

from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.audit import audit
from shop.kit.clock import utc_now
from shop.purchases.exports import note_export
from shop.reports.statement import PROCUREMENT
from shop.reports.statement_file import Asked, write_statement
from shop.web.database import patient_session, transact
from shop.web.exports import let_out
from shop.web.report_files import XLSX, download, in_chunks
from shop.web.viewer import current_user_id

LONGEST_SECONDS: Final = 300
KINDS: Final = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}


def send_statement(asked: Asked, kind: str) -> Response:
    """`kind` is one of KINDS. Written to a temporary file, noted with its digest, then sent."""
    actor_id, now = current_user_id(), utc_now()
    days = asked.span.first, asked.span.last
    facts = _facts(asked, kind)
    let_out(
        lambda session: audit(
            session, actor_id, "report.exported", "report", PROCUREMENT.name, facts, now=now
        )
    )
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed when the answer has been sent
    written = write_statement(patient_session(seconds=LONGEST_SECONDS), file, kind, asked, gettext, now=now)
    version_id = asked.layout.version_id if asked.layout else None

    def note(session: Session) -> int:
        return note_export(
            session, days, asked.scope, written,
            layout_version_id=version_id, language=asked.language, actor_id=actor_id, now=now,
        )  # fmt: skip

    transact(note)
    file.seek(0)
    answer = download(in_chunks(file), PROCUREMENT, asked.span, kind, KINDS[kind])
    answer.call_on_close(file.close)
    return answer


def _facts(asked: Asked, kind: str) -> dict[str, Any]:
    facts = {"from": asked.span.first.isoformat(), "to": asked.span.last.isoformat(), "format": kind}
    if asked.filters:
        facts["only"] = asked.filters
    if asked.layout:
        facts["layout"] = f"{asked.layout.slug} {asked.layout.version}"
    return facts
