"""The last step: what it costs in all, on whose terms, and the button."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.organisations import APPROVING, Membership
from shop.accounts.spending_limits import SPANS
from shop.accounts.terms import grant_of
from shop.extensions import payment_providers
from shop.gifts.approval_queries import last_gift_request
from shop.gifts.approving import approve_gift, return_gift, withdraw_gift
from shop.gifts.foreseeing import Foreseen, foresee
from shop.gifts.lapsed import take_lapsed_again
from shop.gifts.models import GiftStatus, PayBy
from shop.gifts.submitting import submit_gift
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import whole_number
from shop.ordering.receiving import Account, receiving_account
from shop.payments.providers.bank_transfer import BankTransfer, days_to_wait
from shop.payments.providers.config import BANK_TRANSFER
from shop.payments.terms.debts import owed_by
from shop.web.database import read_session, transact
from shop.web.guards import signed_in
from shop.web.limits import CHECKOUTS, FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.forms import ReturnForm
from shop.web.organisation.gifts.frame import Here, gift_page, here, refusal
from shop.web.organisation.membership import own_organisation
from shop.web.organisation.pressing import press, save
from shop.web.viewer import current_user_id


@organisation.get("/<slug>/gifts/<int:gift_id>/pay")
@signed_in
def gift_pay(slug: str, gift_id: int) -> str:
    return _page(slug, gift_id)


@organisation.post("/<slug>/gifts/<int:gift_id>/pay")
@limiter.limit(CHECKOUTS)
@signed_in
def order_gift(slug: str, gift_id: int) -> Any:
    """Everybody who can be sent to now; the others stay on the list. The worker places the orders."""
    here(slug, gift_id)
    actor_id, now = current_user_id(), utc_now()
    try:
        seen_fen = whole_number(request.form.get("seen_total", ""))
        hold_days = transfer_days() if request.form.get("pay_by") == PayBy.BANK_TRANSFER else None
        submit = partial(
            submit_gift,
            gift_id=gift_id,
            seen_total_fen=seen_fen,
            actor_id=actor_id,
            now=now,
            hold_days=hold_days,
        )
        count = transact(submit)
    except ValueError:
        return _page(slug, gift_id, gettext("Please look at the total again.")), 400
    except (InvalidInput, Conflict) as error:
        return _page(slug, gift_id, refusal(error)), error.status
    if count:
        flash(ngettext("%(num)s order is being placed.", "%(num)s orders are being placed.", count), "ok")
    waits = here(slug, gift_id).gift.status is GiftStatus.WAITING
    page = "organisation.gift_pay" if waits else "organisation.gift"
    return redirect(url_for(page, slug=slug, gift_id=gift_id), 303)


@organisation.post("/<slug>/gifts/<int:gift_id>/again")
@limiter.limit(FORMS)
@signed_in
def order_lapsed_again(slug: str, gift_id: int) -> Response:
    """What was given up because its transfer did not come; the price is looked at anew."""
    here(slug, gift_id)
    actor_id, now = current_user_id(), utc_now()
    back = "gift_pay"
    try:
        transact(lambda session: take_lapsed_again(session, gift_id, actor_id=actor_id, now=now))
    except Conflict as error:
        flash(refusal(error), "bad")
        back = "gift"
    return redirect(url_for(f"organisation.{back}", slug=slug, gift_id=gift_id), 303)


@organisation.post("/<slug>/gifts/<int:gift_id>/withdraw")
@limiter.limit(FORMS)
@signed_in
def withdraw_gift_request(slug: str, gift_id: int) -> Response:
    here(slug, gift_id)
    actor_id, now = current_user_id(), utc_now()
    transact(lambda session: withdraw_gift(session, gift_id, actor_id=actor_id, now=now))
    flash(gettext("Withdrawn. The gift can be changed again."), "ok")
    return redirect(url_for("organisation.gift_pay", slug=slug, gift_id=gift_id), 303)


@organisation.post("/<slug>/gifts/<int:gift_id>/approvals/<int:approval_id>/approve")
@limiter.limit(FORMS)
@signed_in
def approve_whole_gift(slug: str, gift_id: int, approval_id: int) -> Response:
    here(slug, gift_id)

    def work(session: Session, by: Membership, now: datetime) -> None:
        approve_gift(session, by.organisation.id, approval_id, actor_id=by.user_id, now=now)

    done = gettext("Approved. All orders of the gift are being placed on account.")
    back = url_for("organisation.gift_pay", slug=slug, gift_id=gift_id)
    return press(slug, work, *APPROVING, done=done, back=back)


@organisation.post("/<slug>/gifts/<int:gift_id>/approvals/<int:approval_id>/return")
@limiter.limit(FORMS)
@signed_in
def return_whole_gift(slug: str, gift_id: int, approval_id: int) -> Any:
    here(slug, gift_id)
    form = ReturnForm()

    def work(session: Session, by: Membership, now: datetime) -> None:
        reason = form.reason.data or ""
        return_gift(session, by.organisation.id, approval_id, reason, actor_id=by.user_id, now=now)

    done, back = (
        gettext("Returned. Who ordered it reads why."),
        url_for("organisation.gift_pay", slug=slug, gift_id=gift_id),
    )
    answer = save(slug, form, work, *APPROVING, done=done, back=back)
    return answer or (_page(slug, gift_id, form=form), 400)


def transfer_days() -> int | None:
    """For how many working days goods wait for a transfer; None where the shop takes none."""
    provider = payment_providers().get(BANK_TRANSFER)
    return provider.working_days if isinstance(provider, BankTransfer) else None


def _account(session: Session, at: Here) -> Account | None:
    """The one account for all of it."""
    sellers = {line.seller_id for line in at.quote.lines} if at.quote is not None else set()
    return receiving_account(session, sellers)


def _page(slug: str, gift_id: int, refused: str = "", form: ReturnForm | None = None) -> str:
    at, session, now = here(slug, gift_id), read_session(), utc_now()
    own = own_organisation(slug)
    asked = last_gift_request(session, gift_id)
    is_own = asked is not None and asked.approval.asked_by_id == own.user_id
    organisation_id = at.gift.organisation_id
    grant = grant_of(session, organisation_id)
    owed_fen = owed_by(session, {organisation_id}).get(organisation_id, 0)
    left_fen = max(grant.limit_fen - owed_fen, 0) if grant else 0
    foreseen = Foreseen()
    if grant and at.quote is not None and at.can_change:
        foreseen = foresee(session, at.gift, at.quote, own.user_id, left_fen=left_fen, now=now)
    return gift_page(
        "pay",
        at,
        "pay",
        grant=grant,
        foreseen=foreseen,
        by_transfer=_account(session, at) is not None and transfer_days() is not None,
        hold_days=days_to_wait(session, own.user_id, transfer_days() or 0),
        chosen=request.form.get("pay_by") or (PayBy.ON_ACCOUNT if grant else PayBy.BANK_TRANSFER).value,
        left_fen=left_fen,
        refused=refused,
        asked=asked,
        is_own=is_own,
        may_decide=asked is not None and asked.waits(now) and own.may(*APPROVING) and not is_own,
        form=form or ReturnForm(formdata=None),
        spans=SPANS,
        now=now,
    )
