"""Money due to households: runs with their drafts, closing until a day, the list as CSV."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any, Final

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.kit.money import format_yuan, plain_yuan
from shop.kit.text import msg, safe_cell
from shop.ledger.models import PayeeKind, PayoutRun, PayoutStatus
from shop.ledger.payouts.approval import is_own_approval
from shop.ledger.payouts.closing import close_payouts
from shop.ledger.payouts.listing import (
    PayoutRow,
    get_payout_run,
    list_payout_runs,
    note_export,
    payouts_of_run,
    preview_closing,
    run_state,
    run_totals,
)
from shop.ledger.payouts.paying import lent_for
from shop.ledger.payouts.proof_list import proofs_of_run
from shop.ledger.payouts.unproven import cash_to_prove
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import Asked, Column, list_screen
from shop.web.admin.pages import desk_page
from shop.web.admin.payees import KINDS
from shop.web.admin.payout_proofs import proof_of
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.exports import let_out
from shop.web.filters import bilingual, status_word
from shop.web.guards import recently_authenticated, requires
from shop.web.times import moment
from shop.web.viewer import current_user_id

RUN_COLUMNS: Final = (
    Column(
        "number",
        msg("Payout run"),
        head=True,
        link=lambda row: url_for("admin.payout_run", number=row.number),
    ),
    Column("until", msg("Until and with"), kind="date"),
    Column("households", msg("Households"), kind="number"),
    Column("total_fen", msg("In all"), kind="money"),
    Column("state", msg("State"), kind="status:payout_run"),
    Column("created_at", msg("Closed on"), kind="moment"),
    Column("created_by", msg("By"), value=lambda row: row.created_by or gettext("The shop")),
)
PAYOUT_COLUMNS: Final = (
    Column(
        "alias",
        msg("Household"),
        value=lambda row: bilingual(row, "alias"),
        head=True,
        link=lambda row: url_for("admin.payout", number=row.run_number, payout_id=row.id),
    ),
    Column("village", msg("Village"), value=lambda row: bilingual(row, "village")),
    Column("postings", msg("Postings"), kind="number"),
    Column(
        "amount_fen",
        msg("Amount"),
        kind="money",
        link=lambda row: url_for("admin.entry", entry_id=row.entry_id) if row.entry_id else "",
    ),
    Column("status", msg("State"), kind="status:payout"),
    Column("proofs", msg("Proof"), value=proof_of),
    Column("why", msg("To note"), value=lambda row: note_of(row, utc_now())),
)


def _runs(session: Session, wanted: Asked) -> Page[Any]:
    return list_payout_runs(session, page=wanted.page)


@admin.get("/payouts")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def payouts() -> str:
    screen = list_screen(
        read_session(),
        title=msg("Payouts"),
        note=msg(
            "What completed orders owe each household. Two persons stand between a draft and the money: who closed it does not approve it, and of a draft that the shop made who approved it does not pay it."
        ),
        columns=RUN_COLUMNS,
        rows=_runs,
        endpoint="admin.payouts",
        empty=msg("Close until a day, and drafts stand here."),
    )
    screen["create_href"], screen["create_label"] = url_for("admin.close_until"), gettext("Close until a day")
    return desk_page("admin/list.html", "payouts", screen=screen)


@admin.get("/payouts/close")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def close_until() -> Any:
    """What closing would do, before it is done."""
    return _close_page(request.args.get("until", ""), advance="advance" in request.args)


@admin.post("/payouts/close")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def close() -> Any:
    typed, actor_id, now = request.form.get("until", ""), current_user_id(), utc_now()
    advance = "advance" in request.form
    try:
        until = _day(typed)
        closed = transact(
            lambda session: close_payouts(session, until, now=now, actor_id=actor_id, advance=advance)
        )
    except InvalidInput:
        return _close_page(typed, advance=advance)
    if closed is None:
        flash(gettext("Nothing is due until that day."), "info")
        return redirect(url_for("admin.payouts"), 303)
    sentence = gettext(
        "%(number)s: drafts for %(households)s households, ¥%(total)s in all.",
        number=closed.number,
        households=closed.households,
        total=format_yuan(closed.total_fen),
    )
    flash(sentence, "ok")
    return redirect(url_for("admin.payout_run", number=closed.number), 303)


def _close_page(typed: str, *, advance: bool) -> tuple[str, int]:
    """A day that cannot be closed stays in the field, with a sentence below it and no figures."""
    preview, problem, now = None, "", utc_now()
    try:
        preview = preview_closing(read_session(), _day(typed), now=now, advance=advance)
    except InvalidInput as error:
        problem = error_message(error)
    facts: dict[str, Any] = {"preview": preview, "problem": problem, "today": shanghai_date(now)}
    facts |= {"advance": advance}
    facts["typed"] = preview.until if preview else typed
    return desk_page("admin/payouts_close.html", "payouts", **facts), 400 if problem else 200


@admin.get("/payouts/<number>")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def payout_run(number: str) -> str:
    session = read_session()
    run = get_payout_run(session, number)

    def rows(of: Session, wanted: Asked) -> Page[Any]:
        return payouts_of_run(of, run.id, page=wanted.page)

    screen = list_screen(
        session,
        title=msg("Payouts"),
        columns=PAYOUT_COLUMNS,
        rows=rows,
        endpoint="admin.payout_run",
        address={"number": number},
    )
    screen["title"] = run.number
    figures = run_totals(session, run.id, now=utc_now())
    facts = {"run": run, "figures": figures, "state": run_state(run, figures)}
    facts["is_own"] = run.created_by_id == current_user_id()
    facts["approved_alone"] = is_own_approval(run, current_user_id())
    facts["lent_fen"] = lent_for(session, run.id) if facts["state"] == "draft" else 0
    facts["proofs"] = proofs_of_run(session, run.id) if run.approved_at else []
    facts["today"] = shanghai_date(utc_now())
    facts["cash"] = cash_to_prove(session, run.id)
    return desk_page("admin/payout_run.html", "payouts", screen=screen, **facts)


def note_of(row: PayoutRow, now: datetime) -> str:
    """What a person should know of a payout beside its state."""
    why = row.held_back(now)
    if why:
        return str(gettext(why))
    if row.status is PayoutStatus.PAID:
        return row.bank_reference
    if row.exported_at is not None:
        return str(gettext("In a bank file since %(when)s", when=moment(row.exported_at)))
    if row.failed_reason:
        if row.payee_kind is PayeeKind.CASH:
            return str(gettext("Not taken: %(why)s", why=row.failed_reason))
        return str(gettext("Sent back: %(why)s", why=row.failed_reason))
    return str(gettext(KINDS[PayeeKind.CASH])) if row.payee_kind is PayeeKind.CASH else ""


@admin.post("/payouts/<number>/csv")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def payout_csv(number: str) -> FlaskResponse:
    session = read_session()
    run = get_payout_run(session, number)
    actor_id, now = current_user_id(), utc_now()
    let_out(lambda writing: note_export(writing, number, actor_id=actor_id, now=now))
    body = _csv(run, list(payouts_of_run(session, run.id).items))
    headers = {"Content-Disposition": f'attachment; filename="{number}.csv"', "Cache-Control": "no-store"}
    return FlaskResponse(body, content_type="text/csv; charset=utf-8", headers=headers)


def _csv(run: PayoutRun, rows: list[PayoutRow]) -> bytes:
    titles = ("Payout run", "Until and with", "Village", "Household", "Short name", "Amount", "State")
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([gettext(title) for title in titles])
    for row in rows:
        cells = (
            run.number,
            run.until.isoformat(),
            bilingual(row, "village"),
            bilingual(row, "alias"),
            row.slug,
            plain_yuan(row.amount_fen),
            status_word(row.status, "payout"),
        )
        writer.writerow([safe_cell(cell) for cell in cells])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _day(typed: str) -> date:
    """Yesterday, unless a day is asked for. Raises InvalidInput for what is no day."""
    if not typed:
        return shanghai_date(utc_now()) - timedelta(days=1)
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise InvalidInput(msg("Please enter a day of the calendar."), field="until") from error
