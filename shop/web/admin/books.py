"""The books: months to close, accounts line by line, single entries."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from flask import redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import month_of, shanghai_date, utc_now
from shop.kit.errors import Conflict, NotFound
from shop.kit.text import msg
from shop.ledger.account_codes import account_codes
from shop.ledger.account_list import (
    AccountAsked,
    AccountLine,
    account_balances,
    account_figures,
    account_lines,
    list_months,
)
from shop.ledger.entry_view import read_entry
from shop.ledger.models import Account
from shop.ledger.months import (
    close_month,
    last_closed,
    month_after,
    month_figures,
    refuse_closing,
    reopen_month,
)
from shop.ledger.words import ACCOUNT_NAMES, ENTRY_NAMES
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.pages import desk_page
from shop.web.admin.provider_names import provider_names
from shop.web.admin.saving import act
from shop.web.database import read_session
from shop.web.error_pages import error_message
from shop.web.filters import bilingual
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


def _receipt_name(row: AccountLine) -> str:
    return gettext("Receipt %(number)s", number=row.receipt_id) if row.receipt_id is not None else ""


def _about(row: AccountLine) -> str:
    """Where one reads why the entry was posted."""
    if row.order_number:
        return url_for("admin.order", number=row.order_number)
    return url_for("admin.receipt", line_id=row.receipt_id) if row.receipt_id is not None else ""


LINE_COLUMNS: Final = (
    Column("posted_at", msg("Posted"), kind="moment"),
    Column(
        "kind",
        msg("Kind of entry"),
        value=lambda row: gettext(ENTRY_NAMES[row.kind]),
        head=True,
        link=lambda row: url_for("admin.entry", entry_id=row.entry_id),
    ),
    Column(
        "about",
        msg("Order or receipt"),
        value=lambda row: row.order_number or _receipt_name(row),
        link=_about,
    ),
    Column("whose", msg("Whose"), value=lambda row: bilingual(row, "whose")),
    Column("debit", msg("Debit"), kind="money", value=lambda row: max(row.amount_fen, 0) or None),
    Column("credit", msg("Credit"), kind="money", value=lambda row: max(-row.amount_fen, 0) or None),
    Column("balance_fen", msg("Balance"), kind="money"),
)
# Of a search nothing stands after each line: what lies between is not there.
FOUND_COLUMNS: Final = LINE_COLUMNS[:-1]
LINE_FILTERS: Final = (
    Filter("from", msg("From"), "date"),
    Filter("to", msg("to"), "date"),
    Filter("q", msg("Household, village, order, entry number or reference")),
)


@admin.get("/books")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def books() -> str:
    session = read_session()
    today = shanghai_date(utc_now())
    return desk_page(
        "admin/books.html",
        "books",
        months=list_months(session),
        last_closed=last_closed(session),
        running=today.replace(day=1),
        balances=account_balances(session),
        codes=account_codes(session),
        names=ACCOUNT_NAMES,
        days={"from": today.replace(day=1), "to": today},
        month_days=_month_days,
    )


@admin.get("/books/accounts/<name>")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def account(name: str) -> str | Response:
    """One account for whole days; without days, the running month."""
    chosen = _account(name)
    today = shanghai_date(utc_now())
    if not {"from", "to"} <= request.args.keys():
        typed = {one.name: request.args[one.name] for one in LINE_FILTERS if one.name in request.args}
        days: dict[str, Any] = {"from": today.replace(day=1), "to": today, **typed}
        return redirect(url_for("admin.account", name=name, **days))
    asked = _asked_lines(chosen, today)
    session = read_session()
    figures = account_figures(session, asked)

    def rows(of: Session, wanted: Asked) -> Page[Any]:
        return account_lines(of, asked, figures.opening_fen, page=wanted.page)

    screen = list_screen(
        session,
        title=ACCOUNT_NAMES[chosen],
        columns=FOUND_COLUMNS if asked.text else LINE_COLUMNS,
        filters=LINE_FILTERS,
        rows=rows,
        endpoint="admin.account",
        address={"name": name},
    )
    return desk_page(
        "admin/account.html",
        "books",
        screen=screen,
        asked=asked,
        figures=figures,
        codes=account_codes(session),
    )


@admin.get("/books/entries/<int:entry_id>")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def entry(entry_id: int) -> str:
    session = read_session()
    shown = read_entry(session, entry_id)
    facts = {"codes": account_codes(session), "names": ACCOUNT_NAMES, "kinds": ENTRY_NAMES}
    facts["providers"] = provider_names(session)
    month = month_of(shown.posted_at)
    return desk_page("admin/entry.html", "books", entry=shown, days=_month_days(month), **facts)


@admin.get("/books/months/<month>")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def month(month: str) -> str:
    """What closing this month freezes, or what it was closed with."""
    first, session, problem = _month(month), read_session(), ""
    closed = last_closed(session)
    try:
        refuse_closing(session, first, now=utc_now())
    except Conflict as error:
        problem = error_message(error)
    return desk_page(
        "admin/month.html",
        "books",
        month=first,
        name=month,
        figures=month_figures(session, first),
        is_closed=closed is not None and first <= closed,
        is_last=closed == first,
        problem=problem,
        days=_month_days(first),
    )


@admin.post("/books/months/<month>/close")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def close_books(month: str) -> Response:
    first, actor_id, now = _month(month), current_user_id(), utc_now()
    return act(
        lambda session: close_month(session, first, actor_id=actor_id, now=now),
        done=gettext("%(month)s is closed: nothing is posted in it any more.", month=month),
        back=url_for("admin.books"),
    )


@admin.post("/books/months/<month>/reopen")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def reopen_books(month: str) -> Response:
    first, reason, actor_id, now = _month(month), request.form.get("reason", ""), current_user_id(), utc_now()
    return act(
        lambda session: reopen_month(session, first, reason, actor_id=actor_id, now=now),
        done=gettext("%(month)s is open again.", month=month),
        back=url_for("admin.month", month=month),
    )


def _account(name: str) -> Account:
    if name not in set(Account):
        raise NotFound()
    return Account(name)


def _asked_lines(chosen: Account, today: date) -> AccountAsked:
    wanted = Asked(request.args)
    first = wanted.day("from") or today.replace(day=1)
    return AccountAsked(chosen, first, wanted.day("to") or max(first, today), wanted.text("q"))


def _month(name: str) -> date:
    """Raises NotFound for what is no month of our calendar."""
    try:
        first = date.fromisoformat(f"{name}-01")
    except ValueError as error:
        raise NotFound() from error
    if not 2000 <= first.year < 2200:
        raise NotFound()
    return first


def _month_days(month: date) -> dict[str, str]:
    last = month_after(month) - timedelta(days=1)
    return {"from": month.isoformat(), "to": last.isoformat()}
