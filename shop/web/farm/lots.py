"""What the household harvested: declare, correct, take off sale."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.catalogue.errors import NotForThisProducer
from shop.catalogue.split import current_rule, split_price
from shop.inventory.declarable import Declarable, declarable, declare_own
from shop.inventory.errors import LotCorrected
from shop.inventory.lots import Author, Declaration, correct_lot, withdraw_lot
from shop.inventory.own_lots import LotLook, OwnLotFilter, find_own_lots, lot_choices
from shop.inventory.producer_lots import Keepers, last_shares, own_lot, producers_of
from shop.inventory.reopening import reopen_lot, reopenable_units
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import whole_number
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.farm.blueprint import farm
from shop.web.farm.forms import CorrectForm, DeclareForm
from shop.web.farm.who import page, press
from shop.web.farm.words import day_words, got_word
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.refusals import reason_sentences
from shop.web.viewer import current_user_id, current_viewer

KNOWN_FIRST = 12
CLOSED_SHOWN = 6
LOTS_SHOWN = 12


def _keepers() -> Keepers:
    return Keepers(producer_ids=current_viewer().producer_ids)


@farm.get("/lots")
@requires(RoleName.FARMER)
def lots() -> str:
    session, keepers, today = read_session(), _keepers(), _today()
    closed = find_own_lots(session, keepers, OwnLotFilter(LotLook.CLOSED), today=today).items
    again = reopenable_units(session, [one.id for one in closed], now=utc_now())
    product_id, number = (request.args.get(name, type=whole_number) for name in ("product", "page"))
    chosen = OwnLotFilter(product_id=product_id, page=number or 1)
    return page(
        "farm/lots.html",
        found=find_own_lots(session, keepers, chosen, today=today, size=LOTS_SHOWN),
        products=lot_choices(session, keepers).products,
        product_id=product_id,
        closed=[one for one in closed if one.id in again][:CLOSED_SHOWN],
        again=again,
    )


@farm.get("/lots/new")
@requires(RoleName.FARMER)
def choose_goods() -> str:
    """First tap: what."""
    found = declarable(read_session(), current_viewer().producer_ids, today=_today())
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
    """Third tap: shown once more, on a page of its own that can be loaded again, then declared."""
    goods, form = _goods(variant_id), _form()
    if not form.validate_on_submit() or not _is_possible_day(goods, form):
        return _units_page(goods, form), 400
    if not form.sure.data:
        return redirect(url_for("farm.sure_to_declare", variant_id=variant_id, **_typed(form)), 303)
    try:
        transact(_declaring(goods, form))
    except NotForThisProducer as error:
        form.refuse({"producer": "报不了：" + "".join(reason_sentences(error))})
        return _units_page(goods, form), 400
    except InvalidInput as error:
        form.refuse({name: translated(text, error.facts) for name, text in error.errors.items()})
        return _units_page(goods, form), 400
    flash("报上去了，开卖了", "ok")
    return redirect(url_for("farm.lots"), 303)


@farm.get("/lots/new/<int:variant_id>/sure")
@requires(RoleName.FARMER)
def sure_to_declare(variant_id: int) -> Any:
    goods, form = _goods(variant_id), _form(DeclareForm(request.args, meta={"csrf": False}))
    if not form.validate() or not _is_possible_day(goods, form):
        return redirect(url_for("farm.choose_units", variant_id=variant_id), 303)
    return _sure_page(goods, form)


@farm.get("/lots/<int:lot_id>")
@requires(RoleName.FARMER)
def lot(lot_id: int) -> str:
    shown = own_lot(read_session(), lot_id, _keepers())
    form = CorrectForm(units=shown.declared, seen=shown.declared)
    return page("farm/lot.html", lot=shown, form=form, back=url_for("farm.lots"))


@farm.post("/lots/<int:lot_id>/correct")
@requires(RoleName.FARMER)
def correct(lot_id: int) -> Any:
    shown, form = own_lot(read_session(), lot_id, _keepers()), CorrectForm()
    if not form.validate_on_submit():
        return page("farm/lot.html", lot=shown, form=form, back=url_for("farm.lots")), 400
    author, now, units, seen = Author(current_user_id()), utc_now(), form.units.data or 0, form.seen.number
    try:
        transact(
            lambda session: correct_lot(
                session, lot_id, declared=units, reason="农户改数", author=author, now=now, seen=seen
            )
        )
    except (Conflict, InvalidInput) as error:
        show_errors(form, error)
        if isinstance(error, LotCorrected):
            form.seen.data = str(error.after)
        shown = own_lot(read_session(), lot_id, _keepers())
        return page("farm/lot.html", lot=shown, form=form, back=url_for("farm.lots")), error.status
    flash("改好了", "ok")
    return redirect(url_for("farm.lots"), 303)


@farm.post("/lots/<int:lot_id>/withdraw")
@requires(RoleName.FARMER)
def withdraw(lot_id: int) -> Any:
    """Asked once more, on a page of its own that can be loaded again, then taken off sale."""
    own_lot(read_session(), lot_id, _keepers())
    if not request.form.get("sure"):
        return redirect(url_for("farm.sure_to_withdraw", lot_id=lot_id), 303)
    author, now = Author(current_user_id()), utc_now()
    return press(
        lambda session: withdraw_lot(session, lot_id, reason="农户不卖了", author=author, now=now),
        "不卖了，下架了",
        back="farm.lots",
    )


@farm.get("/lots/<int:lot_id>/withdraw")
@requires(RoleName.FARMER)
def sure_to_withdraw(lot_id: int) -> Any:
    shown, back = own_lot(read_session(), lot_id, _keepers()), url_for("farm.lot", lot_id=lot_id)
    return page("farm/lot_off.html", lot=shown, back=back) if shown.is_open else redirect(back, 303)


@farm.post("/lots/<int:lot_id>/reopen")
@requires(RoleName.FARMER)
def reopen(lot_id: int) -> Response:
    own_lot(read_session(), lot_id, _keepers())
    author, now = Author(current_user_id()), utc_now()
    return press(
        lambda session: reopen_lot(session, lot_id, reason="农户接着卖", author=author, now=now),
        "又开卖了",
        back="farm.lots",
    )


def _goods(variant_id: int) -> Declarable:
    found = declarable(read_session(), current_viewer().producer_ids, today=_today())
    goods = next((one for one in found if one.variant_id == variant_id), None)
    if goods is None:
        raise NotFound()
    return goods


def _form(form: DeclareForm | None = None) -> DeclareForm:
    form = form or DeclareForm()
    keepers = producers_of(read_session(), _keepers())
    if not keepers:
        raise NotFound()
    form.producer.choices = [(keeper.id, keeper.name_zh) for keeper in keepers]
    if form.producer.data is None:
        form.producer.data = keepers[0].id
    return form


def _typed(form: DeclareForm) -> dict[str, Any]:
    names = ("producer", "units", "day", "exact_day")
    return {name: form[name].data for name in names if form[name].data is not None}


def _today() -> date:
    return shanghai_date(utc_now())


def _is_possible_day(goods: Declarable, form: DeclareForm) -> bool:
    """Whether the chosen day has come, and what is from that day is still good; else it is said at the field."""
    today = _today()
    made_on = form.made_on(today)
    if made_on is None:
        form.refuse({"day": "请选是哪一天"})
    elif made_on > today:
        form.refuse({"day": "这一天还没到"})
    elif made_on + timedelta(days=goods.shelf_life_days) < today:
        form.refuse({"day": f"过了保质期，报不了。这货只能放 {goods.shelf_life_days} 天"})
    return not form.day.errors


def _units_page(goods: Declarable, form: DeclareForm) -> str:
    return page(
        "farm/lot_units.html",
        goods=goods,
        form=form,
        got=got_word(goods.family),
        today=_today(),
        back=url_for("farm.choose_goods"),
    )


def _sure_page(goods: Declarable, form: DeclareForm) -> str:
    rule, today = current_rule(read_session(), utc_now()), _today()
    made_on = form.made_on(today) or today
    return page(
        "farm/lot_sure.html",
        goods=goods,
        form=form,
        earns_fen=split_price(rule, goods.price_fen * (form.units.data or 0)).household,
        made=f"{day_words(made_on, today)}{got_word(goods.family)}的",
        best_before=made_on + timedelta(days=goods.shelf_life_days),
        back=url_for("farm.choose_units", variant_id=goods.variant_id),
    )


def _declaring(goods: Declarable, form: DeclareForm) -> Any:
    now, author = utc_now(), Author(current_user_id())
    producer_id, units, token = form.producer.data, form.units.data or 0, form.token.data or ""
    harvested = form.made_on(shanghai_date(now)) or shanghai_date(now)

    def work(session: Session) -> int:
        declaration = Declaration(
            variant_id=goods.variant_id,
            producer_id=producer_id,
            units=units,
            harvested_on=harvested,
            packed_on=shanghai_date(now),
            best_before=harvested + timedelta(days=goods.shelf_life_days),
            shares=last_shares(session, producer_id),
            token=token,
        )
        return declare_own(session, declaration, author=author, now=now).id

    return work
