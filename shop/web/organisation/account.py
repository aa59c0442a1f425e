"""An organisation's account with the shop, for all its members."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from shop.accounts.membership import organisations_to_join
from shop.accounts.organisations import organisations_of
from shop.accounts.terms import grant_of
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.ledger.organisation_statement import organisation_statement
from shop.payments.terms.debts import open_debts, where_to_transfer
from shop.web.asked_days import asked_days
from shop.web.database import read_session
from shop.web.guards import signed_in
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.membership import own_organisation
from shop.web.viewer import current_user_id

USUAL: Final = timedelta(days=90)


@organisation.get("")
@signed_in
def home() -> Response | str:
    """The only one at once; to choose from, where somebody is a member of several, or may join one."""
    own = organisations_of(read_session(), current_user_id())
    to_join = organisations_to_join(read_session(), current_user_id())
    if not own and not to_join:
        raise NotFound()
    if len(own) == 1 and not to_join:
        return redirect(url_for("organisation.account", slug=own[0].slug))
    return render_template("organisation/home.html", organisations=own, to_join=to_join)


@organisation.get("/<slug>")
@signed_in
def account(slug: str) -> str:
    session, now = read_session(), utc_now()
    own = own_organisation(slug).organisation
    grant, debts = grant_of(session, own.id), open_debts(session, own.id)
    owed_fen = sum(debt.due_fen for debt in debts)
    return render_template(
        "organisation/account.html",
        organisation=own,
        grant=grant,
        debts=debts,
        owed_fen=owed_fen,
        left_fen=max(grant.limit_fen - owed_fen, 0) if grant else 0,
        overdue_fen=sum(debt.due_fen for debt in debts if debt.days_overdue(now)),
        pay_to=where_to_transfer(debts),
        me=current_user_id(),
        now=now,
    )


@organisation.get("/<slug>/statement")
@signed_in
def statement(slug: str) -> str | tuple[str, int]:
    """Without days, the last ninety."""
    own, days = own_organisation(slug).organisation, asked_days(lambda last: last - USUAL)
    page = render_template(
        "organisation/statement.html",
        organisation=own,
        statement=organisation_statement(read_session(), own.id, days.span.first, days.span.last),
        pay_to=where_to_transfer(open_debts(read_session(), own.id)),
        days=days,
    )
    return (page, 400) if days.problem else page
