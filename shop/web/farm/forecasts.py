"""Goods that are not picked yet: said beforehand, put off, and picked in the end. Each is asked once more."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, request, url_for

from shop.accounts.models import RoleName
from shop.catalogue.errors import NotForThisProducer
from shop.fulfilment.harvest_too_early import too_late
from shop.inventory.declarable import Declarable
from shop.inventory.forecasts import (
    NOT_LATER,
    Forecast,
    is_later,
    mistakes_in,
    promisable,
    shelf_life_of_lot,
)
from shop.inventory.producer_lots import OwnLot
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.web.database import read_session, transact
from shop.web.deeds import Deed
from shop.web.error_pages import translated
from shop.web.farm.blueprint import farm
from shop.web.farm.declaring import as_typed, goods_of, today, typed, with_producers
from shop.web.farm.forecast_deeds import NO_DAY, expected_lot, expecting, harvesting, putting_off
from shop.web.farm.forecast_forms import ForecastForm, HarvestForm, LaterForm
from shop.web.farm.who import page, press, pressed
from shop.web.farm.words import got_word
from shop.web.guards import requires
from shop.web.refusals import reason_sentences


@farm.get("/lots/new/<int:variant_id>/forecast")
@requires(RoleName.FARMER)
def expect(variant_id: int) -> str:
    return _expect_page(goods_of(variant_id), with_producers(as_typed(ForecastForm)))


@farm.post("/lots/new/<int:variant_id>/forecast")
@requires(RoleName.FARMER)
def declare_expected(variant_id: int) -> Any:
    """Shown once more, then it can be pre-ordered."""
    goods, form = goods_of(variant_id), with_producers(ForecastForm())
    if not form.validate_on_submit() or not _has_day(form, form.expected_on(today())):
        return _expect_page(goods, form), 400
    if not form.sure.data:
        if not _can_be_promised(goods, form):
            return _expect_page(goods, form), 400
        return redirect(url_for("farm.sure_to_expect", variant_id=variant_id, **_typed_forecast(form)), 303)
    if _is_refused(expecting(goods, form, pressed()), form):
        return _expect_page(goods, form), 400
    return redirect(url_for("farm.lots"), 303)


@farm.get("/lots/new/<int:variant_id>/forecast/sure")
@requires(RoleName.FARMER)
def sure_to_expect(variant_id: int) -> Any:
    goods, form = goods_of(variant_id), with_producers(as_typed(ForecastForm))
    if not request.args:
        return redirect(url_for("farm.expect", variant_id=variant_id), 303)
    day = form.expected_on(today()) if form.validate() else None
    if form.errors or not _has_day(form, day) or not _can_be_promised(goods, form):
        return _expect_page(goods, form), 400
    return page(
        "farm/forecast_sure.html",
        goods=goods,
        form=form,
        day=day,
        today=today(),
        promised=promisable(form.units.data or 0, form.pct.data),
        got=got_word(goods.family),
        back=url_for("farm.expect", variant_id=variant_id, **_typed_forecast(form)),
    )


@farm.get("/lots/<int:lot_id>/harvest")
@requires(RoleName.FARMER)
def bring_in(lot_id: int) -> Any:
    lot = expected_lot(lot_id)
    return _is_in() if lot is None else _harvest_page(lot, as_typed(HarvestForm, units=lot.expected_units))


@farm.post("/lots/<int:lot_id>/harvest")
@requires(RoleName.FARMER)
def harvest(lot_id: int) -> Any:
    """Shown once more with what it means for who has ordered, then the tasks open."""
    lot, form = expected_lot(lot_id), HarvestForm()
    if lot is None:
        return _is_in()
    if not form.validate_on_submit():
        return _harvest_page(lot, form), 400
    if not form.sure.data:
        asked = {"units": form.units.data, "day": form.day.data}
        return redirect(url_for("farm.sure_to_harvest", lot_id=lot_id, **asked), 303)
    return press(harvesting(lot_id, pressed()))


@farm.get("/lots/<int:lot_id>/harvest/sure")
@requires(RoleName.FARMER)
def sure_to_harvest(lot_id: int) -> Any:
    lot, form = expected_lot(lot_id), as_typed(HarvestForm)
    if lot is None:
        return _is_in()
    if not request.args:
        return redirect(url_for("farm.bring_in", lot_id=lot_id), 303)
    if not form.validate():
        return _harvest_page(lot, form), 400
    short = max(lot.promised - (form.units.data or 0), 0)
    session = read_session()
    best_before = form.harvested_on(today()) + timedelta(days=shelf_life_of_lot(session, lot_id))
    return page(
        "farm/harvest_sure.html",
        best_before=best_before,
        late=too_late(session, lot_id, best_before, now=utc_now()),
        lot=lot,
        form=form,
        short=short,
        back=url_for("farm.bring_in", lot_id=lot_id, units=form.units.data, day=form.day.data),
    )


@farm.get("/lots/<int:lot_id>/later")
@requires(RoleName.FARMER)
def later(lot_id: int) -> Any:
    lot = expected_lot(lot_id)
    return _is_in() if lot is None else _later_page(lot, as_typed(LaterForm))


@farm.post("/lots/<int:lot_id>/later")
@requires(RoleName.FARMER)
def put_off(lot_id: int) -> Any:
    """Shown once more, since everybody who has ordered is told."""
    lot, form = expected_lot(lot_id), LaterForm()
    if lot is None:
        return _is_in()
    if not form.validate_on_submit() or not _has_day(form, _day_of(form, lot)):
        return _later_page(lot, form), 400
    if not form.sure.data:
        if not _is_later(form, lot):
            return _later_page(lot, form), 400
        return redirect(url_for("farm.sure_to_put_off", lot_id=lot_id, **_typed_day(form)), 303)
    return press(putting_off(lot_id, pressed()))


@farm.get("/lots/<int:lot_id>/later/sure")
@requires(RoleName.FARMER)
def sure_to_put_off(lot_id: int) -> Any:
    lot, form = expected_lot(lot_id), as_typed(LaterForm)
    if lot is None:
        return _is_in()
    day = _day_of(form, lot) if form.validate() else None
    if form.errors or not _has_day(form, day) or not _is_later(form, lot):
        return _later_page(lot, form), 400
    back = url_for("farm.later", lot_id=lot_id, **_typed_day(form))
    return page("farm/later_sure.html", lot=lot, form=form, day=day, today=today(), back=back)


def _is_refused(deed: Deed, form: ForecastForm) -> bool:
    """Whether the shop refuses; then it is said in the form."""
    try:
        result = transact(deed.work)
    except NotForThisProducer as error:
        form.refuse({"producer": "报不了：" + "".join(reason_sentences(error))})
    except InvalidInput as error:
        form.refuse({name: translated(text, error.facts) for name, text in error.errors.items()})
    except Conflict as error:
        form.refuse({"units": translated(error.message, error.facts)})
    else:
        flash(deed.said_of(result), "ok")
        return False
    return True


def _is_in() -> Any:
    """Somebody has said it before, or the same button was pressed twice."""
    flash("这批采回来了，已经报过了", "ok")
    return redirect(url_for("farm.lots"), 303)


def _day_of(form: LaterForm, lot: OwnLot) -> date | None:
    return form.expected_on(lot.expected_on or today(), today())


def _has_day(form: ForecastForm | LaterForm, day: date | None) -> bool:
    if day is None:
        form.refuse({"day": NO_DAY})
    return day is not None


def _can_be_promised(goods: Declarable, form: ForecastForm) -> bool:
    """Asked before 对不对？ is, as the shop asks it again afterwards; what is wrong is said in the form."""
    day, producer_id = form.expected_on(today()) or today(), form.producer.data
    forecast = Forecast(goods.variant_id, producer_id, form.units.data or 0, day, form.pct.data)
    form.refuse({name: translated(text) for name, text in mistakes_in(forecast, today()).items()})
    return not form.errors


def _is_later(form: LaterForm, lot: OwnLot) -> bool:
    was_on, now = lot.expected_on or today(), today()
    if not is_later(_day_of(form, lot) or was_on, was_on, now):
        form.refuse({"day": translated(NOT_LATER)})
    return not form.errors


def _typed_forecast(form: ForecastForm) -> dict[str, Any]:
    return {**typed(form), "pct": form.pct.data}


def _typed_day(form: LaterForm) -> dict[str, Any]:
    return {"day": form.day.data, "exact_day": form.exact_day.data}


def _expect_page(goods: Declarable, form: ForecastForm) -> str:
    return page(
        "farm/forecast.html",
        goods=goods,
        form=form,
        got=got_word(goods.family),
        today=today(),
        back=url_for("farm.choose_units", variant_id=goods.variant_id),
    )


def _harvest_page(lot: OwnLot, form: HarvestForm) -> str:
    return page("farm/harvest.html", lot=lot, form=form, got=got_word(lot.family), back=url_for("farm.lots"))


def _later_page(lot: OwnLot, form: LaterForm) -> str:
    return page("farm/later.html", lot=lot, form=form, today=today(), back=url_for("farm.lots"))
