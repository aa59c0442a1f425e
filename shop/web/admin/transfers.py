"""Bank transfers: those that are awaited, and saying what the statement shows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from flask import flash, redirect, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.payments.bank import confirm_transfer
from shop.payments.models import PaymentStatus
from shop.payments.payment_desk import read_transfer
from shop.payments.second_person import waiting_proposals
from shop.payments.transfer_list import find_transfers
from shop.payments.transitions import PAID
from shop.web.admin.blueprint import admin
from shop.web.admin.done_before import Deed, said_before
from shop.web.admin.fields import NEEDED
from shop.web.admin.listing import Filter, asked
from shop.web.admin.pages import desk_page
from shop.web.database import read_session, transact
from shop.web.fields import YuanField
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id

SEARCH: Final = (
    Filter("q", msg("Reference, order or amount")),
    Filter("open", msg("Only those that nothing speaks of yet"), "check"),
)
LATE: Final = timedelta(days=60)  # a transfer that expired may still arrive for so long


class TransferForm(ShopForm):
    received = YuanField(
        _("What the statement shows (¥)"), [NEEDED], description=_("Exactly as it stands there.")
    )


@admin.get("/transfers")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def transfers() -> str:
    wanted = asked(SEARCH)
    is_open = bool(wanted.text("open"))
    found = find_transfers(
        read_session(),
        wanted.text("q"),
        expired_since=utc_now() - LATE,
        awaited_only=is_open,
        page=wanted.page,
    )
    return desk_page(
        "admin/transfers.html",
        "transfers",
        found=found,
        asked=wanted.text("q"),
        is_open=is_open,
        page_url=lambda number: url_for("admin.transfers", **{**wanted.values, "page": number}),
    )


@admin.get("/transfers/<int:payment_id>")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def transfer(payment_id: int) -> str:
    return _page(payment_id, TransferForm())


@admin.post("/transfers/<int:payment_id>")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def confirm_bank_transfer(payment_id: int) -> Any:
    """The amount is typed from the statement and compared with what was asked for: a second look."""
    facts, form = read_transfer(read_session(), payment_id), TransferForm()
    if form.validate():
        received, actor_id, now = form.received.data or 0, current_user_id(), utc_now()
        try:
            status = transact(
                lambda session: confirm_transfer(session, payment_id, received, actor_id=actor_id, now=now)
            )
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(*outcome_words(status, payment_id, now))
            return redirect(url_for("admin.order", number=facts.order_number), 303)
    return _page(payment_id, form), 400


def _page(payment_id: int, form: TransferForm) -> str:
    session = read_session()
    return desk_page(
        "admin/transfer.html",
        "transfers",
        transfer=read_transfer(session, payment_id),
        proposal=next(iter(waiting_proposals(session, payment_id=payment_id).items), None),
        me=current_user_id(),
        form=form,
    )


def outcome_words(status: PaymentStatus, payment_id: int, now: datetime) -> tuple[str, str]:
    """What became of a transfer that somebody said at `now` has come, and the tone to say it in."""
    if status not in PAID:
        return gettext("Written down. It is confirmed when a second person of finance says so too."), "info"
    if before := said_before(Deed("transfer.confirmed", "payment", payment_id), now=now):
        return before, "info"
    if status is PaymentStatus.SUCCEEDED and read_transfer(read_session(), payment_id).is_debt:
        return gettext("The transfer is confirmed, and what was owed is paid."), "ok"
    if status is PaymentStatus.SUCCEEDED:
        return gettext("The transfer is confirmed; the order goes to the villages."), "ok"
    return gettext(
        "The order can no longer use this money. It goes back in full: see the refund below."
    ), "warn"
