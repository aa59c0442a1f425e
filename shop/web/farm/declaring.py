"""A new lot: which goods, whose, how many, from which day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, TypeVar

from flask import request
from sqlalchemy.orm import Session

from shop.inventory.declarable import Declarable, declarable, declare_own
from shop.inventory.lot_photos import expect_photo
from shop.inventory.lot_writing import Author
from shop.inventory.lots import Declaration
from shop.inventory.pledges import sign_own_word
from shop.inventory.producer_lots import Keepers, last_shares, producers_of
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import NotFound
from shop.web.database import read_session
from shop.web.deeds import Deed, Press
from shop.web.farm.forecast_forms import ForecastForm
from shop.web.farm.forms import DeclareForm
from shop.web.forms import ShopForm
from shop.web.lot_photos import FOLLOWS, photo_of
from shop.web.viewer import current_user_id, current_viewer

Form = TypeVar("Form", DeclareForm, ForecastForm)
Asked = TypeVar("Asked", bound=ShopForm)


def keepers() -> Keepers:
    return Keepers(producer_ids=current_viewer().producer_ids)


def today() -> date:
    return shanghai_date(utc_now())


def goods_of(variant_id: int) -> Declarable:
    """Raises NotFound for what this person cannot bring."""
    found = declarable(read_session(), current_viewer().producer_ids, today=today())
    goods = next((one for one in found if one.variant_id == variant_id), None)
    if goods is None:
        raise NotFound()
    return goods


def declare_form(form: DeclareForm | None = None) -> DeclareForm:
    return with_producers(form or DeclareForm())


def with_producers(form: Form) -> Form:
    """The form, with whose goods it may be about. Raises NotFound where there is nobody."""
    found = producers_of(read_session(), keepers())
    if not found:
        raise NotFound()
    form.producer.choices = [(keeper.id, keeper.name_zh) for keeper in found]
    if form.producer.data is None:
        form.producer.data = found[0].id
    return form


def as_typed(kind: type[Asked], **first: Any) -> Asked:
    """The form that stands before the question 对不对？: with what was typed when somebody comes back from it, which the
    address brings, else with what is given first.
    """
    return kind(request.args, meta={"csrf": False}, **first)


def typed(form: DeclareForm | ForecastForm) -> dict[str, Any]:
    names = ("producer", "units", "day", "exact_day")
    return {name: form[name].data for name in names if form[name].data is not None}


def is_possible_day(goods: Declarable, form: DeclareForm, on: date) -> bool:
    """Whether the day that was chosen `on` a day has come, and what is from it is still good; else it is said at
    the field.
    """
    made_on, now = form.made_on(on), today()
    if made_on is None:
        form.refuse({"day": "请选是哪一天"})
    elif made_on > now:
        form.refuse({"day": "这一天还没到"})
    elif made_on + timedelta(days=goods.shelf_life_days) < now:
        form.refuse({"day": f"过了保质期，报不了。这货只能放 {goods.shelf_life_days} 天"})
    return not form.day.errors


def declaring(goods: Declarable, form: DeclareForm, press: Press) -> Deed:
    """The form was found to be good. A phone's press has its name, so that one page kept by it declares many lots."""
    author, token = Author(current_user_id()), press.key or form.token.data or ""
    producer_id, units = form.producer.data, form.units.data or 0
    harvested = form.made_on(press.today) or press.today
    of = photo_of(token, press.now)
    photo_follows = bool(press.key) and press.text("photo") == FOLLOWS

    def work(session: Session) -> int:
        declaration = Declaration(
            variant_id=goods.variant_id,
            producer_id=producer_id,
            units=units,
            harvested_on=harvested,
            packed_on=press.today,
            best_before=harvested + timedelta(days=goods.shelf_life_days),
            shares=last_shares(session, producer_id),
            token=token,
        )
        lot_id = declare_own(session, declaration, author=author, now=press.now).id
        sign_own_word(session, lot_id, author=author, now=press.now)
        if photo_follows:
            expect_photo(session, lot_id, of)
        return lot_id

    return Deed(work, "报上去了，开卖了", "farm.lots", has_form=True)
