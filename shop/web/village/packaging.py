"""Packaging of own workshops and packing places: what is there, what came in, what was counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for

from shop.accounts.models import RoleName
from shop.inventory.intake.packaging import NewPackaging, add_packaging
from shop.inventory.intake.packaging_list import (
    KeptPackaging,
    changes_of_packaging,
    one_packaging,
    packaging_of,
    packaging_running_out,
    places_to_keep,
)
from shop.inventory.intake.packaging_models import PackagingKind
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.web.database import read_session, transact
from shop.web.deeds import Deed, Press
from shop.web.filters import bilingual
from shop.web.form_errors import show_errors
from shop.web.form_press import form_press
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.viewer import current_user_id
from shop.web.village.blueprint import village
from shop.web.village.desk import page, reach, to_decide
from shop.web.village.intake_deeds import (
    changing_alarm,
    counting_pieces,
    packaging_keepers,
    receiving_pieces,
)
from shop.web.village.intake_forms import KIND_WORDS, AlarmForm, CountForm, NewPackagingForm, ReceiveForm


def running_out() -> list[KeptPackaging]:
    """What has to be ordered; read only where the count beside the navigation says that there is some."""
    return packaging_running_out(read_session(), packaging_keepers()) if to_decide().packaging else []


@village.get("/packaging")
@requires(RoleName.COORDINATOR)
def packaging() -> str:
    found = packaging_of(read_session(), packaging_keepers())
    return page("village/packaging.html", "intake", found=found, kinds=KIND_WORDS)


@village.get("/packaging/new")
@requires(RoleName.COORDINATOR)
def new_packaging() -> str:
    return page("village/packaging_new.html", "intake", form=_offer(NewPackagingForm()))


@village.post("/packaging/new")
@requires(RoleName.COORDINATOR)
def add_to_packaging() -> Any:
    form = _offer(NewPackagingForm())
    if not form.validate_on_submit():
        return page("village/packaging_new.html", "intake", form=form), 400
    kept_by = str(form.keeper.data)
    new = NewPackaging(
        kind=PackagingKind(form.kind.data),
        name_zh=form.name_zh.data or "",
        name_en=form.name_en.data or "",
        units=form.units.data or 0,
        alarm_at=form.alarm_at.data or 0,
        producer_id=int(kept_by[1:]) if kept_by.startswith("w") else None,
        packing_place_id=int(kept_by[1:]) if kept_by.startswith("p") else None,
        token=form.token.data or "",
    )
    whose, actor_id, now = packaging_keepers(), current_user_id(), utc_now()
    try:
        stock_id = transact(lambda s: add_packaging(s, new, whose, actor_id=actor_id, now=now))
    except InvalidInput as error:
        show_errors(form, error)
        return page("village/packaging_new.html", "intake", form=_offer(form)), error.status
    return redirect(url_for("village.one_packaging_stock", stock_id=stock_id), 303)


@village.get("/packaging/<int:stock_id>")
@requires(RoleName.COORDINATOR)
def one_packaging_stock(stock_id: int) -> str:
    return _page(stock_id)


@village.post("/packaging/<int:stock_id>/receive")
@requires(RoleName.COORDINATOR)
def receive_pieces(stock_id: int) -> Any:
    return _press(stock_id, ReceiveForm(), receiving_pieces)


@village.post("/packaging/<int:stock_id>/count")
@requires(RoleName.COORDINATOR)
def count_pieces(stock_id: int) -> Any:
    return _press(stock_id, CountForm(), counting_pieces)


@village.post("/packaging/<int:stock_id>/alarm")
@requires(RoleName.COORDINATOR)
def change_alarm(stock_id: int) -> Any:
    return _press(stock_id, AlarmForm(), changing_alarm)


def _press(stock_id: int, form: ShopForm, make: Callable[[int, Press], Deed]) -> Any:
    """One of the three forms of the page; refused, it stays as it was typed and the others as the book is."""
    one_packaging(read_session(), stock_id, packaging_keepers())
    if not form.validate_on_submit():
        return _page(stock_id, form), 400
    deed = make(stock_id, form_press())
    try:
        result = transact(deed.work)
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        if isinstance(form, CountForm):
            form.seen.data = None  # shown anew
        return _page(stock_id, form), error.status
    flash(deed.said_of(result), "ok")
    return redirect(deed.page_after(result), 303)


def _page(stock_id: int, typed: ShopForm | None = None) -> str:
    session = read_session()
    stock = one_packaging(session, stock_id, packaging_keepers())
    forms: dict[type[ShopForm], ShopForm] = {
        ReceiveForm: ReceiveForm(formdata=None),
        CountForm: CountForm(formdata=None, seen=stock.units),
        AlarmForm: AlarmForm(formdata=None, alarm_at=stock.alarm_at, active=stock.active),
    }
    if typed is not None:
        forms[type(typed)] = typed
    counting = forms[CountForm]
    counting["seen"].data = str(stock.units)
    return page(
        "village/packaging_one.html",
        "intake",
        stock=stock,
        kinds=KIND_WORDS,
        receiving=forms[ReceiveForm],
        counting=counting,
        alarm=forms[AlarmForm],
        changes=changes_of_packaging(session, stock_id),
    )


def _offer(form: NewPackagingForm) -> NewPackagingForm:
    """Own workshops and packing places. Raises NotFound for who keeps nothing."""
    by = reach()
    places = places_to_keep(read_session(), by.village_ids, by.packing_place_ids)
    if not places:
        raise NotFound()
    form.keeper.choices = [(one.key, bilingual(one, "name")) for one in places]
    return form
