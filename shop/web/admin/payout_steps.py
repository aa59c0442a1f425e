"""A run is approved or discarded, its payouts are paid or sent back, and its bank file is made."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.extensions import settings
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.money import plain_yuan
from shop.kit.text import msg, safe_cell, tidy
from shop.ledger.payouts.approval import approve_run, discard_run, is_own_approval
from shop.ledger.payouts.bank_files import Transfer, export_transfers
from shop.ledger.payouts.listing import get_payout_run, read_payout
from shop.ledger.payouts.payees import find_payee, open_payee
from shop.ledger.payouts.paying import pay_bank_file, pay_payout, return_payout
from shop.ledger.payouts.proof_list import proofs_of_run
from shop.storage.field_cipher import FieldCipher
from shop.web.admin.blueprint import admin
from shop.web.admin.done_before import Deed
from shop.web.admin.pages import desk_page
from shop.web.admin.payees import KINDS
from shop.web.admin.saving import act
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id

ENCODINGS: Final = ("utf-8-sig", "gb18030")
BANK_COLUMNS: Final = (
    msg("Reference"),
    msg("Name of the payee"),
    msg("Account number"),
    msg("Bank and branch"),
    msg("Amount"),
    msg("Household"),
    msg("In a file before"),
)


@admin.post("/payouts/<number>/approve")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def approve_payouts(number: str) -> Response:
    word, actor_id, now = request.form.get("word", ""), current_user_id(), utc_now()
    return act(
        lambda session: approve_run(session, number, word=word, actor_id=actor_id, now=now),
        deed=Deed("payout.approved", "payout_run", number),
        now=now,
        done=gettext("%(number)s is approved.", number=number),
        back=url_for("admin.payout_run", number=number),
    )


@admin.post("/payouts/<number>/discard")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def discard_payouts(number: str) -> Response:
    reason, actor_id, now = request.form.get("reason", ""), current_user_id(), utc_now()
    return act(
        lambda session: discard_run(session, number, reason, actor_id=actor_id, now=now),
        deed=Deed("payout.discarded", "payout_run", number),
        now=now,
        done=gettext("%(number)s is discarded.", number=number),
        back=url_for("admin.payout_run", number=number),
    )


@admin.get("/payouts/<number>/<int:payout_id>")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def payout(number: str, payout_id: int) -> str:
    session = read_session()
    run = get_payout_run(session, number)
    row, now = read_payout(session, run.id, payout_id), utc_now()
    payee = find_payee(session, row.household_id)
    shown = open_payee(payee, FieldCipher(settings().field_keys)).masked() if payee is not None else None
    return desk_page(
        "admin/payout.html",
        "payouts",
        run=run,
        payout=row,
        payee=shown,
        kinds=KINDS,
        held_back=row.held_back(now),
        approved_alone=is_own_approval(run, current_user_id()),
        today=shanghai_date(now),
        proofs=proofs_of_run(session, run.id, payout_id=payout_id),
    )


@admin.post("/payouts/<number>/<int:payout_id>/paid")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def mark_paid(number: str, payout_id: int) -> Response:
    reference, actor_id, now = request.form.get("reference", ""), current_user_id(), utc_now()
    return act(
        lambda session: pay_payout(
            session, number, payout_id, reference, actor_id=actor_id, now=now, paid_on=_paid_on()
        ),
        deed=Deed("payout.paid", "payout_run", number, _whose(number, payout_id)),
        now=now,
        done=gettext("It is paid and stands in the books once."),
        back=url_for("admin.payout", number=number, payout_id=payout_id),
    )


@admin.post("/payouts/<number>/bank-file/paid")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def bank_file_paid(number: str) -> Response:
    reference, actor_id, now = request.form.get("reference", ""), current_user_id(), utc_now()
    return act(
        lambda session: pay_bank_file(
            session, number, reference, actor_id=actor_id, now=now, paid_on=_paid_on()
        ),
        deed=Deed("payout.paid", "payout_run", number),
        now=now,
        done=gettext("What stood in bank files is paid."),
        back=url_for("admin.payout_run", number=number),
    )


@admin.post("/payouts/<number>/<int:payout_id>/sent-back")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def sent_back(number: str, payout_id: int) -> Response:
    reason, actor_id, now = request.form.get("reason", ""), current_user_id(), utc_now()
    return act(
        lambda session: return_payout(session, number, payout_id, reason, actor_id=actor_id, now=now),
        deed=Deed("payout.returned", "payout_run", number, _whose(number, payout_id)),
        now=now,
        done=gettext("Its entry is taken back. It can be paid again."),
        back=url_for("admin.payout", number=number, payout_id=payout_id),
    )


def _paid_on() -> date | None:
    """The day that was typed; None for today. Raises InvalidInput for what is none."""
    typed = tidy(request.form.get("paid_on", ""))
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise InvalidInput(msg("Please enter a day such as 2026-11-30."), field="paid_on") from None


def _whose(number: str, payout_id: int) -> dict[str, int]:
    """By which fact the trail tells one payout of a run from another."""
    session = read_session()
    row = read_payout(session, get_payout_run(session, number).id, payout_id)
    return {"household_id": row.household_id}


@admin.post("/payouts/<number>/bank-file")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def bank_file(number: str) -> Response:
    """Accounts in clear leave the shop here: written down, and each payout is marked."""
    typed = request.form.get("encoding", "")
    encoding, again = typed if typed in ENCODINGS else ENCODINGS[0], request.form.get("again") == "1"
    cipher, actor_id, now = FieldCipher(settings().field_keys), current_user_id(), utc_now()
    who: dict[str, Any] = {"cipher": cipher, "actor_id": actor_id, "now": now}
    try:
        transfers = transact(lambda session: export_transfers(session, number, again=again, **who))
    except Conflict as error:
        flash(error_message(error), "bad")
        return redirect(url_for("admin.payout_run", number=number), 303)
    headers = {
        "Content-Disposition": f'attachment; filename="{number}-bank.csv"',
        "Cache-Control": "no-store",
    }
    charset = "gb18030" if encoding == "gb18030" else "utf-8"
    body = _bank_csv(transfers).encode(encoding)
    return FlaskResponse(body, content_type=f"text/csv; charset={charset}", headers=headers)


def _bank_csv(transfers: Sequence[Transfer]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([gettext(title) for title in BANK_COLUMNS])
    for one in transfers:
        cells = (
            one.reference,
            one.payee.name,
            one.payee.account,
            one.payee.bank,
            plain_yuan(one.amount_fen),
            one.household,
            gettext("Yes") if one.again else "",
        )
        writer.writerow([safe_cell(cell) for cell in cells])
    return buffer.getvalue()
