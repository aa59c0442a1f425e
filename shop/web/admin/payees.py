"""Who takes a household's money: masked, shown in full on demand, and changed."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, RadioField

from shop.accounts.file_looks import REASONS, recent_reason
from shop.accounts.models import RoleName
from shop.catalogue.editing.people import get_household
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import form_number, msg
from shop.ledger.models import PayeeKind
from shop.ledger.payouts.payees import PayeeAsked, find_payee, note_revealed, open_payee, set_payee
from shop.ledger.payouts.unpayable import list_unpayable
from shop.storage.field_cipher import FieldCipher
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import text
from shop.web.admin.listing import Column, list_screen
from shop.web.admin.pages import desk_page
from shop.web.database import read_session, transact
from shop.web.filters import bilingual
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id

KINDS: Final = {
    PayeeKind.OWN: msg("The household's own account"),
    PayeeKind.RELATIVE: msg("A relative's account"),
    PayeeKind.CASH: msg("Cash against a signed receipt"),
}


class PayeeForm(ShopForm):
    seen = HiddenField()
    kind = RadioField(
        _("How"),
        choices=[(kind.value, _(words)) for kind, words in KINDS.items()],
        default=PayeeKind.OWN.value,
    )
    name = text(_("Name"), 40, needed=True, hint=_("As the bank knows it."))
    identity = text(_("Identity number"), 24, needed=True)
    account = text(_("Account number"), 40, hint=_("Not for cash."), inputmode="numeric")
    account_again = text(
        _("Account number once more"),
        40,
        hint=_("Typed from the card again; a card's own check digit is compared as well."),
        inputmode="numeric",
    )
    bank = text(_("Bank and branch"), 60)
    relation = text(_("Related how"), 40, hint=_("For a relative's account."))
    consents = BooleanField(_("The household has agreed in writing that a relative takes its money"))
    shared = BooleanField(_("This relative takes another household's money as well, and both have agreed"))
    shares_account = BooleanField(
        _("Another household's money goes to this account as well, and both have agreed")
    )


UNPAYABLE_COLUMNS: Final = (
    Column(
        "alias",
        msg("Household"),
        value=lambda row: bilingual(row, "alias"),
        head=True,
        link=lambda row: url_for("admin.payee", household_id=row.household_id),
    ),
    Column("village", msg("Village"), value=lambda row: bilingual(row, "village")),
    Column("owed_fen", msg("Owed"), kind="money"),
)


@admin.get("/payees")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def payees() -> str:
    screen = list_screen(
        read_session(),
        title=msg("Households nobody can pay yet"),
        note=msg(
            "They are owed money, and nobody is named who takes it. Those that are owed most stand first."
        ),
        columns=UNPAYABLE_COLUMNS,
        rows=lambda session, wanted: list_unpayable(session, page=wanted.page),
        endpoint="admin.payees",
        empty=msg("Every household that is owed money has somebody who takes it."),
    )
    return desk_page("admin/list.html", "payouts", screen=screen)


@admin.get("/households/<int:household_id>/payee")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def payee(household_id: int) -> str:
    return _page(household_id, _empty(household_id))


@admin.post("/households/<int:household_id>/payee/reveal")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def reveal_payee(household_id: int) -> Any:
    """Written down with its reason before anything is shown."""
    get_household(read_session(), household_id)
    actor_id, now = current_user_id(), utc_now()
    reason = request.form.get("reason", "") or _said_before(household_id)
    if reason not in REASONS:
        flash(gettext("Please say why you look at it."), "bad")
        return _page(household_id, _empty(household_id)), 400
    transact(lambda session: note_revealed(session, household_id, reason, actor_id=actor_id, now=now))
    return _page(household_id, _empty(household_id), is_open=True)


@admin.post("/households/<int:household_id>/payee")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def set_household_payee(household_id: int) -> Any:
    get_household(read_session(), household_id)
    form, actor_id, now = PayeeForm(), current_user_id(), utc_now()
    if form.validate():
        seen = form_number(form.seen.data or "") or 0
        who: dict[str, Any] = {"actor_id": actor_id, "now": now, "cipher": FieldCipher(settings().field_keys)}
        wanted = _asked(form)
        try:
            transact(lambda session: set_payee(session, household_id, wanted, seen_version=seen, **who))
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Saved. Money may go there in 24 hours."), "ok")
            return redirect(url_for("admin.payee", household_id=household_id), 303)
    return _page(household_id, form), 400


def _said_before(household_id: int) -> str:
    """Why this person opened the household's file a short while ago: nobody is asked twice."""
    return recent_reason(read_session(), household_id, actor_id=current_user_id(), now=utc_now())


def _asked(form: PayeeForm) -> PayeeAsked:
    return PayeeAsked(
        PayeeKind(form.kind.data),
        form.name.data or "",
        form.identity.data or "",
        form.account.data or "",
        form.bank.data or "",
        form.relation.data or "",
        bool(form.consents.data),
        account_again=form.account_again.data or "",
        shared=bool(form.shared.data),
        shares_account=bool(form.shares_account.data),
    )


def _empty(household_id: int) -> PayeeForm:
    """A new form: what is known is never written into its fields."""
    known = find_payee(read_session(), household_id)
    return PayeeForm(formdata=None, seen=str(known.version if known is not None else 0))


def _page(household_id: int, form: PayeeForm, *, is_open: bool = False) -> str:
    session = read_session()
    household, known = get_household(session, household_id), find_payee(session, household_id)
    shown = open_payee(known, FieldCipher(settings().field_keys)) if known is not None else None
    return desk_page(
        "admin/payee.html",
        "payouts",
        household=household,
        payee=shown if is_open or shown is None else shown.masked(),
        usable_from=known.usable_from if known is not None else None,
        is_open=is_open,
        kinds=KINDS,
        reasons={} if _said_before(household_id) else REASONS,
        form=form,
    )
