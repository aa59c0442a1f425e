"""Proof of payouts in the back office: attached to a run or to one payout, shown, removed; and what is missing."""

from __future__ import annotations

from typing import Any, Final

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.catalogue.picture_files import MOST_BYTES
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import form_numbers, msg
from shop.ledger.payouts.listing import PayoutRow, get_payout_run, read_payout
from shop.ledger.payouts.proof_list import find_proof
from shop.ledger.payouts.proof_models import ProofKind
from shop.ledger.payouts.proofs import attach_proof, proof_file, remove_proof
from shop.ledger.payouts.unproven import list_unproven
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import Column, list_screen
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import refusal
from shop.web.database import read_session
from shop.web.filters import bilingual
from shop.web.guards import requires
from shop.web.limits import UPLOADS, limiter
from shop.web.outside_world import with_files
from shop.web.protection import accepts_uploads
from shop.web.viewer import current_user_id

UNPROVEN_COLUMNS: Final = (
    Column(
        "alias",
        msg("Household"),
        value=lambda row: bilingual(row, "alias"),
        head=True,
        link=lambda row: url_for("admin.payout", number=row.run_number, payout_id=row.payout_id),
    ),
    Column("village", msg("Village"), value=lambda row: bilingual(row, "village")),
    Column("run_number", msg("Payout run")),
    Column("amount_fen", msg("Amount"), kind="money"),
    Column("paid_at", msg("Paid on"), kind="moment"),
)


@admin.get("/payouts/receipts-missing")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def receipts_missing() -> str:
    screen = list_screen(
        read_session(),
        title=msg("Cash without a signed receipt"),
        note=msg("Paid in cash days ago, and no photo or scan of the signed receipt lies here."),
        columns=UNPROVEN_COLUMNS,
        rows=lambda session, wanted: list_unproven(session, now=utc_now(), page=wanted.page),
        endpoint="admin.receipts_missing",
        empty=msg("For all cash that was paid a signed receipt lies here."),
    )
    return desk_page("admin/list.html", "payouts", screen=screen)


@admin.post("/payouts/<number>/proofs")
@limiter.limit(UPLOADS)
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@accepts_uploads
def attach_run_proof(number: str) -> Response:
    """With ticks, it is what those households signed; without, the bank's word on the whole run."""
    get_payout_run(read_session(), number)
    ticked = form_numbers(request.form.getlist("payout"))
    return _attach(number, ticked, back=url_for("admin.payout_run", number=number))


@admin.post("/payouts/<number>/<int:payout_id>/proofs")
@limiter.limit(UPLOADS)
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@accepts_uploads
def attach_payout_proof(number: str, payout_id: int) -> Response:
    session = read_session()
    read_payout(session, get_payout_run(session, number).id, payout_id)
    return _attach(number, [payout_id], back=url_for("admin.payout", number=number, payout_id=payout_id))


@admin.get("/payouts/<number>/proofs/<int:proof_id>")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def payout_proof(number: str, proof_id: int) -> FlaskResponse:
    """A photo is shown, since the worker made it anew; a PDF is only ever saved."""
    proof = find_proof(read_session(), number, proof_id)
    key, kind = proof.key, proof.kind
    content = with_files(lambda _work, store: store.read(proof_file(key, kind)))
    is_photo = kind is ProofKind.PHOTO
    answer = FlaskResponse(content, content_type="image/webp" if is_photo else "application/pdf")
    name = f"{number}-{proof_id}.{'webp' if is_photo else 'pdf'}"
    shown = "inline" if is_photo else "attachment"
    answer.headers["Content-Disposition"] = f'{shown}; filename="{name}"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@admin.post("/payouts/<number>/proofs/<int:proof_id>/remove")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def remove_payout_proof(number: str, proof_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    try:
        with_files(
            lambda work, store: remove_proof(work, store, number, proof_id, actor_id=actor_id, now=now)
        )
    except Conflict as error:
        flash(refusal(error), "bad")
    else:
        flash(gettext("Removed."), "ok")
    return redirect(url_for("admin.payout_run", number=number), 303)


def proof_of(row: PayoutRow) -> str:
    """Whether something proves that it arrived."""
    if row.lacks_receipt:
        return str(gettext("Signed receipt missing"))
    return str(ngettext("%(num)s file", "%(num)s files", row.proofs)) if row.proofs else ""


def _attach(number: str, payout_ids: list[int], *, back: str) -> Response:
    sent = request.files.get("file")
    content = sent.read(MOST_BYTES + 1) if sent else b""
    if not content:
        flash(gettext("Please choose a file first."), "bad")
        return redirect(back, 303)
    who: dict[str, Any] = {"payout_ids": payout_ids, "actor_id": current_user_id(), "now": utc_now()}
    try:
        with_files(lambda work, store: attach_proof(work, store, number, content, **who))
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    else:
        flash(gettext("Attached. Only finance can open it."), "ok")
    return redirect(back, 303)
