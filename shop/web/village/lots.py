"""Lots of own villages: the coordinator declares, corrects and withdraws for a household."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.catalogue.errors import NotForThisProducer
from shop.inventory.declarable import declarable, declare_own
from shop.inventory.errors import LotCorrected
from shop.inventory.lot_writing import Author
from shop.inventory.lots import Declaration, correct_lot, withdraw_lot
from shop.inventory.own_lots import LotLook, OwnLotFilter, find_own_lots, lot_choices
from shop.inventory.producer_lots import Keepers, last_shares, own_lot, producers_of
from shop.inventory.recall_state import active_recall
from shop.inventory.reopening import reopen_lot, reopenable_units
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.filters import bilingual
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.refusals import reason_sentences
from shop.web.viewer import current_user_id, current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page, press
from shop.web.village.forms import CorrectForm, ForecastForm, HarvestForm, LotForm, PutOffForm, WithdrawForm
from shop.web.village.paging import asked_number, page_number

LOTS_SHOWN = 25  # on a phone a page of more is endless


def own_keepers() -> Keepers:
    return Keepers(village_ids=current_viewer().village_ids)


def own_author() -> Author:
    return Author(current_user_id(), for_producer=True)


@village.get("/lots")
@requires(RoleName.COORDINATOR)
def lots() -> str:
    """Own lots; what the address gets wrong counts as not asked."""
    session, keepers = read_session(), own_keepers()
    look = request.args.get("state", "")
    chosen = OwnLotFilter(
        look=LotLook(look) if look in set(LotLook) else LotLook.OPEN,
        village_id=asked_number("village"),
        producer_id=asked_number("producer"),
        product_id=asked_number("product"),
        page=page_number(),
    )
    return page(
        "village/lots.html",
        "lots",
        found=find_own_lots(session, keepers, chosen, today=shanghai_date(utc_now()), size=LOTS_SHOWN),
        chosen=chosen,
        today=shanghai_date(utc_now()),
        choices=lot_choices(session, keepers, village_id=chosen.village_id),
    )


@village.get("/lots/new")
@requires(RoleName.COORDINATOR)
def new_lot() -> str:
    form = _form(LotForm(harvested_on=shanghai_date(utc_now())))
    return page("village/lot_new.html", "lots", form=form)


@village.post("/lots/new")
@requires(RoleName.COORDINATOR)
def declare() -> Any:
    form = _form(LotForm())
    if not form.validate_on_submit():
        return page("village/lot_new.html", "lots", form=form), 400
    try:
        lot_id = transact(_declaring(form))
    except NotForThisProducer as error:
        form.variant.errors = [*form.variant.errors, error_message(error), *reason_sentences(error)]
        return page("village/lot_new.html", "lots", form=form), 400
    except InvalidInput as error:
        show_errors(form, error)
        return page("village/lot_new.html", "lots", form=form), 400
    if own_lot(read_session(), lot_id, own_keepers()).needs_pledge:
        flash(gettext("Declared for the household. It is for sale once its pledge is signed."), "ok")
        return redirect(url_for("village.pledge", lot_id=lot_id), 303)
    flash(gettext("Declared for the household. It is for sale now."), "ok")
    return redirect(url_for("village.lots"), 303)


@village.get("/lots/<int:lot_id>")
@requires(RoleName.COORDINATOR)
def lot(lot_id: int) -> str:
    shown = own_lot(read_session(), lot_id, own_keepers())
    return lot_page(lot_id, CorrectForm(units=shown.declared, seen=shown.declared), WithdrawForm())


@village.post("/lots/<int:lot_id>/correct")
@requires(RoleName.COORDINATOR)
def correct(lot_id: int) -> Any:
    own_lot(read_session(), lot_id, own_keepers())
    form, author, now = CorrectForm(), own_author(), utc_now()
    if not form.validate_on_submit():
        return lot_page(lot_id, form, WithdrawForm(formdata=None)), 400
    units, reason = form.units.data or 0, form.reason.data or ""
    seen = form.seen.number
    try:
        transact(
            lambda s: correct_lot(s, lot_id, declared=units, reason=reason, author=author, now=now, seen=seen)
        )
    except LotCorrected as error:
        show_errors(form, error)
        form.seen.data = str(error.after)
        return lot_page(lot_id, form, WithdrawForm(formdata=None)), error.status
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return lot_page(lot_id, form, WithdrawForm(formdata=None)), error.status
    flash(gettext("Corrected."), "ok")
    spare = own_lot(read_session(), lot_id, own_keepers()).spare_labels
    # What is to be destroyed stands on the lot's own page, for as long as there is too much of it.
    return redirect(url_for("village.lot", lot_id=lot_id) if spare else url_for("village.lots"), 303)


@village.post("/lots/<int:lot_id>/withdraw")
@requires(RoleName.COORDINATOR)
def withdraw(lot_id: int) -> Any:
    shown = own_lot(read_session(), lot_id, own_keepers())
    form, author, now = WithdrawForm(), own_author(), utc_now()
    correction = CorrectForm(formdata=None, units=shown.declared, seen=shown.declared)
    if not form.validate_on_submit():
        return lot_page(lot_id, correction, form), 400
    reason = form.reason.data or ""
    try:
        transact(lambda s: withdraw_lot(s, lot_id, reason=reason, author=author, now=now))
    except Conflict as error:
        show_errors(form, error)
        return lot_page(lot_id, correction, form), error.status
    flash(gettext("Withdrawn. What is promised already still has to be prepared."), "ok")
    return redirect(url_for("village.lots"), 303)


@village.post("/lots/<int:lot_id>/reopen")
@requires(RoleName.COORDINATOR)
def reopen(lot_id: int) -> Response:
    own_lot(read_session(), lot_id, own_keepers())
    author, now = own_author(), utc_now()
    return press(
        lambda s: reopen_lot(s, lot_id, reason="", author=author, now=now),
        gettext("It is for sale again."),
        url_for("village.lot", lot_id=lot_id),
    )


def with_choices(form: ForecastForm | LotForm) -> dict[int, int]:
    """Offer whose goods, and which; returns the shelf life in days by variant."""
    session = read_session()
    keepers = producers_of(session, own_keepers())
    goods = declarable(session, [keeper.id for keeper in keepers], today=shanghai_date(utc_now()))
    form.producer.choices = [
        (keeper.id, f"{bilingual(keeper, 'village')} · {bilingual(keeper, 'name')}") for keeper in keepers
    ]
    form.variant.choices = [
        (one.variant_id, f"{bilingual(one, 'name')} · {bilingual(one, 'pack')}") for one in goods
    ]
    return {one.variant_id: one.shelf_life_days for one in goods}


def _form(form: LotForm) -> LotForm:
    form.shelf_life = with_choices(form)
    return form


def _declaring(form: LotForm) -> Any:
    now, author = utc_now(), own_author()
    harvested = form.harvested_on.data or shanghai_date(now)
    producer_id, variant_id, units = form.producer.data, form.variant.data, form.units.data or 0
    token = form.token.data or ""
    best_before = form.best_before.data or harvested + timedelta(days=form.shelf_life[variant_id])

    def work(session: Session) -> int:
        declaration = Declaration(
            variant_id=variant_id,
            producer_id=producer_id,
            units=units,
            harvested_on=harvested,
            packed_on=shanghai_date(now),
            best_before=best_before,
            shares=last_shares(session, producer_id),
            token=token,
        )
        return declare_own(session, declaration, author=author, now=now).id

    return work


def lot_page(
    lot_id: int,
    correction: CorrectForm | None = None,
    withdrawal: WithdrawForm | None = None,
    *,
    harvest: HarvestForm | None = None,
    later: PutOffForm | None = None,
) -> str:
    session = read_session()
    shown = own_lot(session, lot_id, own_keepers())
    return page(
        "village/lot.html",
        "lots",
        lot=shown,
        recall=active_recall(session, lot_id) if shown.is_recalled else None,
        again=reopenable_units(session, [lot_id], now=utc_now()).get(lot_id, 0),
        correction=correction or CorrectForm(formdata=None, units=shown.declared, seen=shown.declared),
        withdrawal=withdrawal or WithdrawForm(formdata=None),
        harvest=harvest
        or HarvestForm(formdata=None, units=shown.expected_units, harvested_on=shanghai_date(utc_now())),
        later=later or PutOffForm(formdata=None),
    )
