"""A lot, or a harvest to come, that a coordinator declares for a household, before the page or later from a phone."""

from __future__ import annotations

from datetime import timedelta

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from shop.inventory.declarable import Declarable, declarable, declare_own, declare_own_forecast
from shop.inventory.forecasts import Forecast
from shop.inventory.lot_photos import expect_photo
from shop.inventory.lot_writing import Author
from shop.inventory.lots import Declaration
from shop.inventory.producer_lots import Keepers, last_shares, last_variant, producers_of
from shop.kit.clock import shanghai_date, utc_now
from shop.web.database import read_session
from shop.web.deeds import Deed, Press
from shop.web.filters import bilingual
from shop.web.lot_photos import FOLLOWS, photo_of
from shop.web.viewer import current_user_id, current_viewer
from shop.web.village.forms import ForecastForm, LotForm
from shop.web.village.parcel_deeds import demand


def own_keepers() -> Keepers:
    return Keepers(village_ids=current_viewer().village_ids)


def own_author() -> Author:
    return Author(current_user_id(), for_producer=True)


def with_choices(form: ForecastForm | LotForm) -> dict[int, Declarable]:
    """Offer whose goods, and which; returns the goods by variant."""
    session = read_session()
    keepers = producers_of(session, own_keepers())
    goods = declarable(session, [keeper.id for keeper in keepers], today=shanghai_date(utc_now()))
    form.producer.choices = [
        (keeper.id, f"{bilingual(keeper, 'village')} · {bilingual(keeper, 'name')}") for keeper in keepers
    ]
    form.variant.choices = [
        (one.variant_id, f"{bilingual(one, 'name')} · {bilingual(one, 'pack')}") for one in goods
    ]
    return {one.variant_id: one for one in goods}


def lot_form(form: LotForm) -> LotForm:
    form.goods = with_choices(form)
    return form


def choose_for(form: LotForm, producer_id: int | None) -> LotForm:
    """Of this producer, and what it brought last; somebody else's counts as not asked."""
    if producer_id in {one[0] for one in form.producer.choices or ()}:
        form.producer.data = producer_id
        form.variant.data = last_variant(read_session(), producer_id or 0)
    return form


def declaring(form: LotForm, press: Press) -> Deed:
    """The form was found to be good. What waits for its pledge goes on to it."""
    author, token = own_author(), press.key or form.token.data or ""
    producer_id, goods, units = form.producer.data, form.goods[form.variant.data], form.units.data or 0
    harvested = form.harvested_on.data or press.today
    best_before = form.best_before.data or harvested + timedelta(days=goods.shelf_life_days)
    of = photo_of(token, press.now)
    photo_follows = bool(press.key) and press.text("photo") == FOLLOWS

    def work(session: Session) -> int:
        declaration = Declaration(
            variant_id=goods.variant_id,
            producer_id=producer_id,
            units=units,
            harvested_on=harvested,
            packed_on=press.today,
            best_before=best_before,
            shares=last_shares(session, producer_id),
            token=token,
        )
        lot_id = declare_own(session, declaration, author=author, now=press.now).id
        if photo_follows:
            expect_photo(session, lot_id, of)
        return lot_id

    if goods.needs_pledge:
        done = gettext("Declared for the household. It is for sale once its pledge is signed.")
        return Deed(work, done, lambda lot_id: url_for("village.pledge", lot_id=lot_id), has_form=True)
    return Deed(
        work, gettext("Declared for the household. It is for sale now."), "village.lots", has_form=True
    )


def declaring_later(press: Press) -> Deed:
    """Raises InvalidInput for what the form does not take."""
    form = lot_form(LotForm(MultiDict(press.fields), meta={"csrf": False}))
    demand(form)
    return declaring(form, press)


def expecting(form: ForecastForm, press: Press) -> Deed:
    """The form was found to be good."""
    author, token = own_author(), press.key or form.token.data or ""
    producer_id, variant_id = form.producer.data, form.variant.data
    units, pct = form.units.data or 0, form.confidence_pct.data or 0
    day = form.expected_on.data or press.today

    def work(session: Session) -> int:
        shares = last_shares(session, producer_id)
        forecast = Forecast(variant_id, producer_id, units, day, pct, shares, token)
        return declare_own_forecast(session, forecast, author=author, now=press.now).id

    done = gettext("Declared for the household. It can be pre-ordered now.")
    return Deed(work, done, url_for("village.lots", state="to_come"), has_form=True)


def expecting_later(press: Press) -> Deed:
    """Raises InvalidInput for what the form does not take."""
    form = ForecastForm(MultiDict(press.fields), meta={"csrf": False})
    with_choices(form)
    demand(form)
    return expecting(form, press)
