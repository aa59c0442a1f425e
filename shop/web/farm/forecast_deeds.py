"""What a household says about a harvest that is still to come, on a page or later from a phone without a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from shop.fulfilment.harvesting import harvest
from shop.fulfilment.putting_off import put_harvest_off
from shop.inventory.declarable import Declarable, declare_own_forecast
from shop.inventory.forecasts import Forecast
from shop.inventory.harvests import Harvest
from shop.inventory.lot_writing import Author
from shop.inventory.pledges import sign_own_word
from shop.inventory.producer_lots import OwnLot, last_shares, own_lot
from shop.inventory.unused_presses import note_unused
from shop.kit.errors import InvalidInput
from shop.web.database import read_session
from shop.web.deeds import Deed, Press
from shop.web.farm.declaring import goods_of, keepers, with_producers
from shop.web.farm.forecast_forms import ForecastForm, HarvestForm, LaterForm
from shop.web.forms import ShopForm
from shop.web.viewer import current_user_id

NO_DAY = "请选是哪一天"


def expected_lot(lot_id: int) -> OwnLot | None:
    """None when it is harvested. Raises NotFound for somebody else's."""
    lot = own_lot(read_session(), lot_id, keepers())
    return lot if lot.expected_on is not None else None


def expecting(goods: Declarable, form: ForecastForm, press: Press) -> Deed:
    """The form was found to be good."""
    author, token = Author(current_user_id()), press.key or form.token.data or ""
    producer_id, units, pct = form.producer.data, form.units.data or 0, form.pct.data
    day = form.expected_on(press.today) or press.today

    def work(session: Session) -> int:
        shares = last_shares(session, producer_id)
        forecast = Forecast(goods.variant_id, producer_id, units, day, pct, shares, token)
        return declare_own_forecast(session, forecast, author=author, now=press.now).id

    return Deed(work, "报上去了，可以预订了", "farm.lots", has_form=True)


def expecting_later(variant_id: int, press: Press) -> Deed:
    """Raises InvalidInput for what the form does not take."""
    goods, form = goods_of(variant_id), with_producers(ForecastForm(_fields(press), meta={"csrf": False}))
    _demand(form)
    if form.expected_on(press.today) is None:
        raise InvalidInput(NO_DAY)
    return expecting(goods, form, press)


def harvesting(lot_id: int, press: Press) -> Deed:
    """Raises InvalidInput for what is no number of units."""
    form = HarvestForm(_fields(press), meta={"csrf": False})
    _demand(form)
    author, brought = Author(current_user_id()), Harvest(form.units.data or 0, form.harvested_on(press.today))

    def bring_in(session: Session) -> bool:
        late = form.late.data or ""
        is_new = harvest(session, lot_id, brought, author=author, now=press.now, seen_late=late)
        sign_own_word(session, lot_id, author=author, now=press.now)
        return is_new

    return _deed(
        lot_id,
        press,
        "lot.harvested",
        bring_in,
        "记下了，预订的可以备货了",
    )


def putting_off(lot_id: int, press: Press) -> Deed:
    """Raises InvalidInput for what is no day."""
    form, lot = LaterForm(_fields(press), meta={"csrf": False}), own_lot(read_session(), lot_id, keepers())
    _demand(form)
    day = form.expected_on(lot.expected_on or press.today, press.today)
    if day is None:
        raise InvalidInput(NO_DAY)
    author = Author(current_user_id())
    return _deed(
        lot_id,
        press,
        "lot.put_off",
        lambda session: put_harvest_off(session, lot_id, day, author=author, now=press.now),
        "改好了，订了的人都告诉了",
    )


def _fields(press: Press) -> MultiDict[str, str]:
    return MultiDict(press.fields)


def _demand(form: ShopForm) -> None:
    form.validate()
    said = [str(error) for field in form for error in field.errors]
    if said:
        raise InvalidInput("，".join(dict.fromkeys(said)))


def _deed(lot_id: int, press: Press, action: str, work: Callable[[Session], Any], done: str) -> Deed:
    """`action`: as the audit trail calls it. Raises NotFound for somebody else's lot."""
    own_lot(read_session(), lot_id, keepers())
    user_id = current_user_id()

    def note(session: Session) -> None:
        note_unused(
            session, lot_id, action, user_id=user_id, made_at=press.made_at or press.now, now=press.now
        )

    return Deed(work, done, "farm.lots", has_form=True, note_unused=note)
