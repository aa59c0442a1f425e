"""Lots of own villages: the coordinator declares, corrects and withdraws for a household."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.catalogue.errors import NotForThisProducer
from shop.inventory.errors import LotCorrected
from shop.inventory.lot_photos import MOST_PHOTOS, declare_with_photo, photos_of
from shop.inventory.lots import correct_lot, withdraw_lot
from shop.inventory.own_lots import LotLook, OwnLotFilter, find_own_lots, lot_choices
from shop.inventory.producer_lots import own_lot
from shop.inventory.recall_state import active_recall
from shop.inventory.reopening import reopen_lot, reopenable_units
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.references import secret_token
from shop.ordering.shelves.loads import lies_on, shelved_units
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.form_errors import show_errors
from shop.web.form_press import form_press
from shop.web.guards import requires
from shop.web.limits import UPLOADS, limiter
from shop.web.lot_photos import photo_of, sent_photo
from shop.web.outside_world import with_files
from shop.web.protection import accepts_uploads
from shop.web.refusals import reason_sentences
from shop.web.village.blueprint import village
from shop.web.village.declaring import choose_for, declaring, lot_form, own_author, own_keepers
from shop.web.village.desk import page, press
from shop.web.village.forms import CorrectForm, HarvestForm, LotForm, PutOffForm, WithdrawForm
from shop.web.village.paging import asked_number, page_number

LOTS_SHOWN = 25  # on a phone a page of more is endless


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
    found = find_own_lots(session, keepers, chosen, today=shanghai_date(utc_now()), size=LOTS_SHOWN)
    return page(
        "village/lots.html",
        "lots",
        found=found,
        shelved=shelved_units(session, [lot.id for lot in found.items]),
        chosen=chosen,
        today=shanghai_date(utc_now()),
        choices=lot_choices(session, keepers, village_id=chosen.village_id),
    )


@village.get("/lots/new")
@requires(RoleName.COORDINATOR)
def new_lot() -> str:
    """`?producer=`: for that household or workshop, and what it brought last."""
    form = lot_form(LotForm(harvested_on=shanghai_date(utc_now())))
    return page("village/lot_new.html", "lots", form=choose_for(form, asked_number("producer")))


@village.post("/lots/new")
@limiter.limit(UPLOADS)
@accepts_uploads
@requires(RoleName.COORDINATOR)
def declare() -> Any:
    form = lot_form(LotForm())
    if not form.validate_on_submit():
        return page("village/lot_new.html", "lots", form=form), 400
    said, content = form_press(), sent_photo()
    deed, of = declaring(form, said), photo_of(form.token.data or "", said.now)
    try:
        if content:
            lot_id = with_files(partial(declare_with_photo, content=content, write=deed.work, of=of))
        else:
            lot_id = transact(deed.work)
    except NotForThisProducer as error:
        form.variant.errors = [*form.variant.errors, error_message(error), *reason_sentences(error)]
        return page("village/lot_new.html", "lots", form=form), 400
    except InvalidInput as error:
        show_errors(form, error)
        return page("village/lot_new.html", "lots", form=form), 400
    flash(deed.said_of(lot_id), "ok")
    return redirect(deed.page_after(lot_id), 303)


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


def lot_page(
    lot_id: int,
    correction: CorrectForm | None = None,
    withdrawal: WithdrawForm | None = None,
    *,
    harvest: HarvestForm | None = None,
    later: PutOffForm | None = None,
    photo_said: str = "",
) -> str:
    session = read_session()
    shown = own_lot(session, lot_id, own_keepers())
    return page(
        "village/lot.html",
        "lots",
        lot=shown,
        shelved=lies_on(session, lot_id),
        photos=photos_of(session, lot_id, now=utc_now()),
        most_photos=MOST_PHOTOS,
        photo_token=secret_token(),
        photo_said=photo_said,
        recall=active_recall(session, lot_id) if shown.is_recalled else None,
        again=reopenable_units(session, [lot_id], now=utc_now()).get(lot_id, 0),
        correction=correction or CorrectForm(formdata=None, units=shown.declared, seen=shown.declared),
        withdrawal=withdrawal or WithdrawForm(formdata=None),
        harvest=harvest
        or HarvestForm(formdata=None, units=shown.expected_units, harvested_on=shanghai_date(utc_now())),
        later=later or PutOffForm(formdata=None),
    )
