"""Harvests that are still to come, said, put off and brought in by a coordinator for a household."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName
from shop.catalogue.errors import NotForThisProducer
from shop.fulfilment.harvesting import harvest as bring_in
from shop.fulfilment.putting_off import put_harvest_off
from shop.inventory.declarable import declare_own_forecast
from shop.inventory.forecasts import Forecast
from shop.inventory.harvests import Harvest
from shop.inventory.producer_lots import last_shares, own_lot
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.refusals import reason_sentences
from shop.web.village.blueprint import village
from shop.web.village.desk import page
from shop.web.village.forms import ForecastForm, HarvestForm, PutOffForm
from shop.web.village.lots import lot_page, own_author, own_keepers, with_choices


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
    try:
        transact(_declaring(form))
    except NotForThisProducer as error:
        form.variant.errors = [*form.variant.errors, error_message(error), *reason_sentences(error)]
        return page("village/forecast_new.html", "lots", form=form), 400
    except InvalidInput as error:
        show_errors(form, error)
        return page("village/forecast_new.html", "lots", form=form), 400
    flash(gettext("Declared for the household. It can be pre-ordered now."), "ok")
    return redirect(url_for("village.lots", state="to_come"), 303)


@village.post("/lots/<int:lot_id>/harvest")
@requires(RoleName.COORDINATOR)
def harvest(lot_id: int) -> Any:
    own_lot(read_session(), lot_id, own_keepers())
    form, author, now = HarvestForm(), own_author(), utc_now()
    if not form.validate_on_submit():
        return lot_page(lot_id, harvest=form), 400
    day = form.harvested_on.data or shanghai_date(now)
    brought = Harvest(form.units.data or 0, day, form.best_before.data)
    try:
        is_new = transact(lambda session: bring_in(session, lot_id, brought, author=author, now=now))
    except (Conflict, InvalidInput) as error:
        show_errors(form, error)
        return lot_page(lot_id, harvest=form), error.status
    if is_new:
        flash(gettext("Harvested. What was pre-ordered is to be prepared now."), "ok")
    else:
        flash(gettext("That was said before. Nothing more was done."), "info")
    return redirect(url_for("village.lot", lot_id=lot_id), 303)


@village.post("/lots/<int:lot_id>/later")
@requires(RoleName.COORDINATOR)
def put_off(lot_id: int) -> Any:
    lot = own_lot(read_session(), lot_id, own_keepers())
    form, author, now = PutOffForm(), own_author(), utc_now()
    if not form.validate_on_submit() or form.expected_on.data is None:
        return lot_page(lot_id, later=form), 400
    day = form.expected_on.data
    if day == lot.expected_on:
        flash(
            gettext("It was expected on that day already. Nothing was changed, and nobody was told."), "info"
        )
        return redirect(url_for("village.lot", lot_id=lot_id), 303)
    try:
        told = transact(lambda session: put_harvest_off(session, lot_id, day, author=author, now=now))
    except (Conflict, InvalidInput) as error:
        show_errors(form, error)
        return lot_page(lot_id, later=form), error.status
    flash(gettext("Put off. Buyers told: %(num)s", num=told), "ok")
    return redirect(url_for("village.lot", lot_id=lot_id), 303)


def _declaring(form: ForecastForm) -> Any:
    now, author = utc_now(), own_author()
    producer_id, variant_id, token = form.producer.data, form.variant.data, form.token.data or ""
    units, pct = form.units.data or 0, form.confidence_pct.data or 0
    day = form.expected_on.data or shanghai_date(now)

    def work(session: Session) -> int:
        shares = last_shares(session, producer_id)
        forecast = Forecast(variant_id, producer_id, units, day, pct, shares, token)
        return declare_own_forecast(session, forecast, author=author, now=now).id

    return work
