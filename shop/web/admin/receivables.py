"""What organisations owe: by age, one by one, with reminders and statements."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, NamedTuple

from flask import render_template, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.accounts.organisation_desk import get_organisation
from shop.accounts.terms import grant_of, versions_of
from shop.canteens.unsettled import unsettled_debts
from shop.kit.clock import utc_now
from shop.kit.text import msg
from shop.ledger.organisation_statement import organisation_statement
from shop.payments.terms.debts import Owed, open_debts, owed_by_age, where_to_transfer
from shop.payments.terms.reminding import people_to_remind, remind, reminders_of
from shop.payments.terms.write_offs import waiting_write_offs
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import Asked, Column, list_screen
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act
from shop.web.admin.terms_form import fresh_terms_form
from shop.web.asked_days import asked_days
from shop.web.database import read_session
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.viewer import current_user_id

USUAL: Final = timedelta(days=90)
MOST_PROPOSALS: Final = 50


class Row(NamedTuple):
    """`not_weighed_fen`: of what is owed, at most so much for goods that nobody has settled; None for nothing."""

    owed: Owed
    not_weighed_fen: int | None


COLUMNS: Final = (
    Column(
        "organisation",
        msg("Organisation"),
        head=True,
        value=lambda row: row.owed.organisation,
        link=lambda row: url_for("admin.receivable", organisation_id=row.owed.organisation_id),
    ),
    Column("limit_fen", msg("May owe"), kind="money", value=lambda row: row.owed.limit_fen),
    Column("owed_fen", msg("Owes"), kind="money", value=lambda row: row.owed.owed_fen),
    Column("not_weighed_fen", msg("Of it at most, not weighed yet"), kind="money"),
    Column("not_due", msg("Not due yet"), kind="money", value=lambda row: row.owed.ages[0]),
    Column("to_30", msg("1 to 30 days overdue"), kind="money", value=lambda row: row.owed.ages[1]),
    Column("to_60", msg("31 to 60 days"), kind="money", value=lambda row: row.owed.ages[2]),
    Column("to_90", msg("61 to 90 days"), kind="money", value=lambda row: row.owed.ages[3]),
    Column("over_90", msg("More than 90 days"), kind="money", value=lambda row: row.owed.ages[4]),
)


@admin.get("/receivables")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def receivables() -> str:
    owed = owed_by_age(read_session(), now=utc_now())
    at_most = {key: sum(found.values()) for key, found in unsettled_debts(read_session()).items()}

    def rows(_session: Session, _wanted: Asked) -> Page[Any]:
        shown = [Row(one, at_most.get(one.organisation_id)) for one in owed]
        return Page(shown, len(shown))

    screen = list_screen(
        read_session(),
        title=msg("Owed by organisations"),
        columns=COLUMNS,
        rows=rows,
        endpoint="admin.receivables",
        empty=msg("Grant an organisation terms on its own page, and it stands here."),
    )
    return desk_page(
        "admin/receivables.html",
        "receivables",
        screen=screen,
        owed_fen=sum(one.owed_fen for one in owed),
        overdue_fen=sum(one.overdue_fen for one in owed),
        debts=sum(one.debts for one in owed),
        not_weighed_fen=sum(at_most.values()),
    )


@admin.get("/receivables/<int:organisation_id>")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def receivable(organisation_id: int) -> str:
    return receivable_page(organisation_id, fresh_terms_form(read_session(), organisation_id))


def receivable_page(organisation_id: int, form: ShopForm) -> str:
    """One organisation's debts and terms; `form` proposes new ones."""
    session, now = read_session(), utc_now()
    organisation = get_organisation(session, organisation_id)
    debts = open_debts(session, organisation_id)
    return desk_page(
        "admin/receivable.html",
        "receivables",
        organisation=organisation,
        grant=grant_of(session, organisation_id),
        versions=versions_of(session, organisation_id),
        debts=debts,
        not_weighed=unsettled_debts(session, organisation_id).get(organisation_id, {}),
        owed_fen=sum(debt.due_fen for debt in debts),
        overdue_fen=sum(debt.due_fen for debt in debts if debt.days_overdue(now)),
        pay_to=where_to_transfer(debts),
        write_offs=waiting_write_offs(session, most=MOST_PROPOSALS, organisation_id=organisation_id).items,
        reminders=reminders_of(session, organisation_id),
        hears=len(people_to_remind(session, organisation_id)),
        form=form,
        me=current_user_id(),
        now=now,
    )


@admin.post("/receivables/<int:organisation_id>/remind")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def remind_organisation(organisation_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: remind(session, organisation_id, actor_id=actor_id, now=now),
        done=gettext("The reminder goes out now."),
        back=url_for("admin.receivable", organisation_id=organisation_id),
    )


@admin.get("/receivables/<int:organisation_id>/statement")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def organisation_account(organisation_id: int) -> str | tuple[str, int]:
    """Without days, the last ninety."""
    session, days = read_session(), asked_days(lambda last: last - USUAL)
    page = render_template(
        "admin/organisation_account.html",
        organisation=get_organisation(session, organisation_id),
        statement=organisation_statement(session, organisation_id, days.span.first, days.span.last),
        pay_to=where_to_transfer(open_debts(session, organisation_id)),
        days=days,
    )
    return (page, 400) if days.problem else page
