"""What the household harvested: declare, correct, take off sale."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.catalogue.split import current_rule, split_price
from shop.inventory.lots import Author, Declaration, correct_lot, declare_lot, withdraw_lot
from shop.inventory.producer_lots import (
    Declarable,
    Keepers,
    declarable,
    last_shares,
    own_lot,
    own_lots,
    producers_of,
)
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.farm.blueprint import farm
from shop.web.farm.forms import CorrectForm, DeclareForm
from shop.web.farm.who import page, press
from shop.web.guards import requires
from shop.web.viewer import current_user_id, current_viewer

KNOWN_FIRST = 12


def _keepers() -> Keepers:
    return Keepers(producer_ids=current_viewer().producer_ids)


@farm.get("/lots")
@requires(RoleName.FARMER)
def lots() -> str:
    return page("farm/lots.html", lots=own_lots(read_session(), _keepers()))


@farm.get("/lots/new")
@requires(RoleName.FARMER)
def choose_goods() -> str:
    """First tap: what."""
    found = declarable(read_session(), current_viewer().producer_ids)
    known = [one for one in found if one.known]
    return page(
        "farm/lot_goods.html",
        known=known[:KNOWN_FIRST],
        others=known[KNOWN_FIRST:] + [one for one in found if not one.known],
        back=url_for("farm.lots"),
    )


@farm.get("/lots/new/<int:variant_id>")
@requires(RoleName.FARMER)
def choose_units(variant_id: int) -> str:
    """Second tap: how many, from which day."""
    return _units_page(_goods(variant_id), _form())


@farm.post("/lots/new/<int:variant_id>")
@requires(RoleName.FARMER)
def declare(variant_id: int) -> Any:
    """Third tap: shown once more, then declared."""
    goods, form = _goods(variant_id), _form()
    if not form.validate_on_submit():
        return _units_page(goods, form), 400
    if not form.sure.data:
        return _sure_page(goods, form)
    try:
        transact(_declaring(goods, form))
    except InvalidInput as error:
        form.refuse({name: translated(text, error.facts) for name, text in error.errors.items()})
        return _units_page(goods, form), 400
    flash("报上去了，开卖了", "ok")
    return redirect(url_for("farm.lots"), 303)


@farm.get("/lots/<int:lot_id>")
@requires(RoleName.FARMER)
def lot(lot_id: int) -> str:
    shown = own_lot(read_session(), lot_id, _keepers())
    form = CorrectForm(units=shown.declared)
    return page("farm/lot.html", lot=shown, form=form, back=url_for("farm.lots"))


@farm.post("/lots/<int:lot_id>/correct")
@requires(RoleName.FARMER)
def correct(lot_id: int) -> Any:
    shown, form = own_lot(read_session(), lot_id, _keepers()), CorrectForm()
    if not form.validate_on_submit():
        return page("farm/lot.html", lot=shown, form=form, back=url_for("farm.lots")), 400
    author, now, units = Author(current_user_id()), utc_now(), form.units.data or 0
    return press(
        lambda session: correct_lot(
            session, lot_id, declared=units, reason="农户改数", author=author, now=now
        ),
        "改好了",
        back="farm.lots",
    )


@farm.post("/lots/<int:lot_id>/withdraw")
@requires(RoleName.FARMER)
def withdraw(lot_id: int) -> Response:
    own_lot(read_session(), lot_id, _keepers())
    author, now = Author(current_user_id()), utc_now()
    return press(
        lambda session: withdraw_lot(session, lot_id, reason="农户不卖了", author=author, now=now),
        "不卖了，下架了",
        back="farm.lots",
    )


def _goods(variant_id: int) -> Declarable:
    found = declarable(read_session(), current_viewer().producer_ids)
    goods = next((one for one in found if one.variant_id == variant_id), None)
    if goods is None:
        raise NotFound()
    return goods


def _form() -> DeclareForm:
    form = DeclareForm()
    keepers = producers_of(read_session(), _keepers())
    if not keepers:
        raise NotFound()
    form.producer.choices = [(keeper.id, keeper.name_zh) for keeper in keepers]
    if form.producer.data is None:
        form.producer.data = keepers[0].id
    return form


def _units_page(goods: Declarable, form: DeclareForm) -> str:
    return page("farm/lot_units.html", goods=goods, form=form, back=url_for("farm.choose_goods"))


def _sure_page(goods: Declarable, form: DeclareForm) -> str:
    rule = current_rule(read_session(), utc_now())
    earns = split_price(rule, goods.price_fen * (form.units.data or 0)).household
    return page("farm/lot_sure.html", goods=goods, form=form, earns_fen=earns, back=request.path)


def _declaring(goods: Declarable, form: DeclareForm) -> Any:
    now, author = utc_now(), Author(current_user_id())
    producer_id, units = form.producer.data, form.units.data or 0
    harvested = shanghai_date(now) - timedelta(days=form.day.data)

    def work(session: Session) -> int:
        declaration = Declaration(
            variant_id=goods.variant_id,
            producer_id=producer_id,
            units=units,
            harvested_on=harvested,
            packed_on=shanghai_date(now),
            best_before=harvested + timedelta(days=goods.shelf_life_days),
            shares=last_shares(session, producer_id),
        )
        return declare_lot(session, declaration, author=author, now=now).id

    return work
