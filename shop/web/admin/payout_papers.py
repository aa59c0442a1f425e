"""To print: a payslip, cash receipts to sign, a household's statement."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import render_template

from shop.accounts.models import RoleName
from shop.catalogue.editing.people import get_household
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.ledger.household_statement import household_statement
from shop.ledger.payouts.cash_receipts import cash_payouts
from shop.ledger.payouts.listing import get_payout_run
from shop.ledger.payouts.payslips import read_payslip
from shop.storage.field_cipher import FieldCipher
from shop.web.admin.blueprint import admin
from shop.web.asked_days import asked_days
from shop.web.database import read_session
from shop.web.guards import requires

USUAL: Final = timedelta(days=90)


@admin.get("/payouts/<number>/<int:payout_id>/slip")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def payslip(number: str, payout_id: int) -> str:
    slip = read_payslip(read_session(), payout_id)
    if slip.run_number != number:
        raise NotFound()
    return render_template("admin/payslip.html", slip=slip)


@admin.get("/payouts/<number>/receipts")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def cash_receipts(number: str) -> str:
    session = read_session()
    run = get_payout_run(session, number)
    rows = cash_payouts(session, run.id, FieldCipher(settings().field_keys), now=utc_now())
    total = sum(row.amount_fen for row, _payee in rows)
    return render_template("admin/cash_receipts.html", run=run, rows=rows, total_fen=total)


@admin.get("/households/<int:household_id>/statement")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def household_account(household_id: int) -> str | tuple[str, int]:
    """Without days, the last ninety."""
    session, days = read_session(), asked_days(lambda last: last - USUAL)
    household = get_household(session, household_id)
    statement = household_statement(session, household_id, days.span.first, days.span.last)
    page = render_template(
        "admin/household_account.html", household=household, statement=statement, days=days
    )
    return (page, 400) if days.problem else page
