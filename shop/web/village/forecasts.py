"""Harvests that are still to come, said, put off and brought in by a coordinator for a household."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.catalogue.errors import NotForThisProducer
from shop.fulfilment.errors import SpoilsBefore
from shop.inventory.producer_lots import own_lot
from shop.kit.errors import Conflict, InvalidInput
from shop.web.database import read_session, transact
from shop.web.deeds import Deed
from shop.web.error_pages import error_message
from shop.web.form_errors import show_errors
from shop.web.form_press import form_press
from shop.web.guards import requires
from shop.web.refusals import reason_sentences
from shop.web.village.blueprint import village
from shop.web.village.declaring import expecting, own_keepers, with_choices
from shop.web.village.desk import page
from shop.web.village.forms import ForecastForm, HarvestForm, PutOffForm
from shop.web.village.lot_deeds import harvesting, putting_off
from shop.web.village.lots import lot_page


@village.get("/lots/forecast")
@requires(RoleName.COORDINATOR)
def new_forecast() -> str:
    form = ForecastForm()
    with_choices(form)
    return page("village/forecast_new.html", "lots", form=form)


@village.post("/lots/forecast")
@requires(RoleName.COORDINATOR)
def declare_forecast() -> Any:
    form = ForecastForm()
    with_choices(form)
    if not form.validate_on_submit():
        return page("village/forecast_new.html", "lots", form=form), 400
    deed = expecting(form, form_press())
    try:
        lot_id = transact(deed.work)
    except NotForThisProducer as error:
        form.variant.errors = [*form.variant.errors, error_message(error), *reason_sentences(error)]
        return page("village/forecast_new.html", "lots", form=form), 400
    except InvalidInput as error:
        show_errors(form, error)
        return page("village/forecast_new.html", "lots", form=form), 400
    flash(deed.said_of(lot_id), "ok")
    return redirect(deed.page_after(lot_id), 303)


@village.post("/lots/<int:lot_id>/harvest")
@requires(RoleName.COORDINATOR)
def harvest(lot_id: int) -> Any:
    own_lot(read_session(), lot_id, own_keepers())
    form = HarvestForm()
    if not form.validate_on_submit():
        return lot_page(lot_id, harvest=form), 400
    try:
        return _press(harvesting(lot_id, form_press()))
    except (Conflict, InvalidInput) as error:
        show_errors(form, error)
        if isinstance(error, SpoilsBefore):
            form.late.data = error.facts["mark"]
        return lot_page(lot_id, harvest=form), error.status


@village.post("/lots/<int:lot_id>/later")
@requires(RoleName.COORDINATOR)
def put_off(lot_id: int) -> Any:
    lot = own_lot(read_session(), lot_id, own_keepers())
    form = PutOffForm()
    if not form.validate_on_submit():
        return lot_page(lot_id, later=form), 400
    if form.expected_on.data == lot.expected_on:
        said = gettext("It was expected on that day already. Nothing was changed, and nobody was told.")
        flash(said, "info")
        return redirect(url_for("village.lot", lot_id=lot_id), 303)
    try:
        return _press(putting_off(lot_id, form_press()))
    except (Conflict, InvalidInput) as error:
        show_errors(form, error)
        return lot_page(lot_id, later=form), error.status


def _press(deed: Deed) -> Response:
    result = transact(deed.work)
    flash(deed.said_of(result), "ok")
    return redirect(deed.page_after(result), 303)
