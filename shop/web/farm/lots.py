"""What the household harvested: declare, correct, take off sale."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.catalogue.errors import NotForThisProducer
from shop.catalogue.split import current_rule, split_price
from shop.inventory.count_models import COUNT_WORDS
from shop.inventory.declarable import Declarable, declarable
from shop.inventory.errors import LotCorrected
from shop.inventory.lot_photos import MOST_PHOTOS, declare_with_photo, photos_of
from shop.inventory.own_lots import SOON, LotLook, OwnLotFilter, find_own_lots, lot_choices
from shop.inventory.producer_lots import OwnLot, own_lot
from shop.inventory.putting_aside import own_recalls
from shop.inventory.reopening import reopenable_units
from shop.inventory.taken_off import taken_off_by_others
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.references import secret_token
from shop.kit.text import whole_number
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.farm.blueprint import farm
from shop.web.farm.declaring import (
    as_typed,
    declare_form,
    declaring,
    goods_of,
    is_possible_day,
    keepers,
    today,
    typed,
)
from shop.web.farm.forms import CorrectForm, DeclareForm
from shop.web.farm.lot_deeds import correcting_to, reopening, withdrawing
from shop.web.farm.who import page, press, pressed
from shop.web.farm.words import day_words, got_word
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.limits import UPLOADS, limiter
from shop.web.lot_photos import photo_of, sent_photo
from shop.web.outside_world import with_files
from shop.web.protection import accepts_uploads
from shop.web.refusals import reason_sentences
from shop.web.viewer import current_user_id, current_viewer

KNOWN_FIRST = 12
CLOSED_SHOWN = 6
LOTS_SHOWN = 12


@farm.get("/lots")
@requires(RoleName.FARMER)
def lots() -> str:
    session, own, on = read_session(), keepers(), today()
    closed = find_own_lots(session, own, OwnLotFilter(LotLook.CLOSED), today=on).items
    again = reopenable_units(session, [one.id for one in closed], now=utc_now())
    product_id, number = (request.args.get(name, type=whole_number) for name in ("product", "page"))
    chosen = OwnLotFilter(product_id=product_id, page=number or 1)
    return page(
        "farm/lots.html",
        found=find_own_lots(session, own, chosen, today=on, size=LOTS_SHOWN),
        products=lot_choices(session, own).products,
        product_id=product_id,
        closed=[one for one in closed if one.id in again][:CLOSED_SHOWN],
        again=again,
        only=_only_goods(),
        recalled=own_recalls(session, own),
        taken_off=taken_off_by_others(session, own, current_user_id(), now=utc_now()),
        own_words=tuple(COUNT_WORDS.values()),
        today=on,
        soon=on + SOON,
    )


@farm.get("/lots/new")
@requires(RoleName.FARMER)
def choose_goods() -> str:
    """First tap: what."""
    found = declarable(read_session(), current_viewer().producer_ids, today=today())
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
    return _units_page(goods_of(variant_id), declare_form(as_typed(DeclareForm)))


@farm.post("/lots/new/<int:variant_id>")
@limiter.limit(UPLOADS)
@accepts_uploads
@requires(RoleName.FARMER)
def declare(variant_id: int) -> Any:
    """Third tap: shown once more, on a page of its own that can be loaded again, then declared."""
    goods, form = goods_of(variant_id), declare_form()
    if not form.validate_on_submit() or not is_possible_day(goods, form, today()):
        return _units_page(goods, form), 400
    if not form.sure.data:
        return redirect(url_for("farm.sure_to_declare", variant_id=variant_id, **typed(form)), 303)
    said = pressed()
    deed, content = declaring(goods, form, said), sent_photo()
    of = photo_of(form.token.data or "", said.now)
    try:
        if content:
            result = with_files(partial(declare_with_photo, content=content, write=deed.work, of=of))
        else:
            result = transact(deed.work)
    except NotForThisProducer as error:
        form.refuse({"producer": "报不了：" + "".join(reason_sentences(error))})
        return _units_page(goods, form), 400
    except InvalidInput as error:
        said_of = {name: translated(text, error.facts) for name, text in error.errors.items()}
        photo_said = said_of.pop("photo", "")
        form.refuse(said_of)
        if photo_said and not said_of:
            return _sure_page(goods, form, photo_said), 400
        return _units_page(goods, form), 400
    flash(deed.said_of(result), "ok")
    return redirect(deed.page_after(result), 303)


@farm.get("/lots/new/<int:variant_id>/sure")
@requires(RoleName.FARMER)
def sure_to_declare(variant_id: int) -> Any:
    goods, form = goods_of(variant_id), declare_form(as_typed(DeclareForm))
    if not form.validate() or not is_possible_day(goods, form, today()):
        return redirect(url_for("farm.choose_units", variant_id=variant_id), 303)
    return _sure_page(goods, form)


@farm.get("/lots/<int:lot_id>")
@requires(RoleName.FARMER)
def lot(lot_id: int) -> Any:
    shown = own_lot(read_session(), lot_id, keepers())
    if shown.expected_on is not None:
        return redirect(url_for("farm.bring_in", lot_id=lot_id), 302)
    form = CorrectForm(units=shown.declared, seen=shown.declared)
    return lot_page(shown, form)


@farm.post("/lots/<int:lot_id>/correct")
@requires(RoleName.FARMER)
def correct(lot_id: int) -> Any:
    shown, form = own_lot(read_session(), lot_id, keepers()), CorrectForm()
    if not form.validate_on_submit():
        return lot_page(shown, form), 400
    deed = correcting_to(lot_id, form.units.data or 0, form.seen.number, pressed())
    try:
        result = transact(deed.work)
    except (Conflict, InvalidInput) as error:
        show_errors(form, error)
        if isinstance(error, LotCorrected):
            form.seen.data = str(error.after)
        shown = own_lot(read_session(), lot_id, keepers())
        return lot_page(shown, form), error.status
    flash(deed.said_of(result), "ok")
    spare = own_lot(read_session(), lot_id, keepers()).spare_labels
    if spare is not None:
        flash(f"袋签印到了 {spare[1]} 号，多出 {spare[1] - spare[0] + 1} 张，没贴的请撕掉", "info")
    return redirect(deed.page_after(result), 303)


@farm.post("/lots/<int:lot_id>/withdraw")
@requires(RoleName.FARMER)
def withdraw(lot_id: int) -> Any:
    """Asked once more, on a page of its own that can be loaded again, then taken off sale."""
    own_lot(read_session(), lot_id, keepers())
    if not request.form.get("sure"):
        return redirect(url_for("farm.sure_to_withdraw", lot_id=lot_id), 303)
    return press(withdrawing(lot_id, pressed()))


@farm.get("/lots/<int:lot_id>/withdraw")
@requires(RoleName.FARMER)
def sure_to_withdraw(lot_id: int) -> Any:
    shown, back = own_lot(read_session(), lot_id, keepers()), url_for("farm.lot", lot_id=lot_id)
    return page("farm/lot_off.html", lot=shown, back=back) if shown.is_open else redirect(back, 303)


@farm.post("/lots/<int:lot_id>/reopen")
@requires(RoleName.FARMER)
def reopen(lot_id: int) -> Response:
    return press(reopening(lot_id, pressed()))


def lot_page(lot: OwnLot, form: CorrectForm, photo_said: str = "") -> str:
    return page(
        "farm/lot.html",
        lot=lot,
        form=form,
        photos=photos_of(read_session(), lot.id, now=utc_now()),
        most_photos=MOST_PHOTOS,
        photo_token=secret_token(),
        photo_said=photo_said,
        back=url_for("farm.lots"),
    )


def _only_goods() -> int | None:
    """The pack that a household always brings, which nobody has to choose."""
    found = declarable(read_session(), current_viewer().producer_ids, today=today())
    known = [one.variant_id for one in found if one.known]
    return known[0] if len(known) == 1 else None


def _units_page(goods: Declarable, form: DeclareForm) -> str:
    return page(
        "farm/lot_units.html",
        goods=goods,
        form=form,
        got=got_word(goods.family),
        today=today(),
        back=url_for("farm.choose_goods"),
    )


def _sure_page(goods: Declarable, form: DeclareForm, photo_said: str = "") -> str:
    rule, on = current_rule(read_session(), utc_now()), today()
    made_on = form.made_on(on) or on
    return page(
        "farm/lot_sure.html",
        goods=goods,
        form=form,
        earns_fen=split_price(rule, goods.price_fen * (form.units.data or 0)).household,
        made=f"{day_words(made_on, on)}{got_word(goods.family)}的",
        best_before=made_on + timedelta(days=goods.shelf_life_days),
        photo_said=photo_said,
        back=url_for("farm.choose_units", variant_id=goods.variant_id, **typed(form)),
    )
