"""A workshop, or the county hub for it, packs lots anew: which units go in, and how many packs come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from shop.accounts.models import RoleName
from shop.catalogue.models import ProducerKind
from shop.fulfilment.hub.repacking import ask_hub_to_repack
from shop.fulfilment.hub.waiting import hubs
from shop.inventory.lot_writing import Author
from shop.inventory.lots import MOST_UNITS
from shop.inventory.models import Lot
from shop.inventory.producer_lots import Keepers, own_lot, producers_of
from shop.inventory.repacking import FreeLot, Repacking, free_lots_like, pack_sizes, repack
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.kit.typed_amounts import WrongNumber, read_whole_number
from shop.web.database import read_session, transact
from shop.web.deeds import Deed, Press
from shop.web.error_pages import translated
from shop.web.fields import TokenField, WholeNumberField
from shop.web.filters import bilingual, grams
from shop.web.form_errors import show_errors
from shop.web.form_press import form_press
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.viewer import current_user_id, current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page, reach
from shop.web.village.parcel_deeds import demand

LONGEST_NUMBER = 16


class RepackForm(ShopForm):
    token = TokenField()
    variant = SelectField(_("Into which pack"), [InputRequired()], coerce=int)
    producer = SelectField(_("Whose workshop keeps the new lot"), [InputRequired()], coerce=int)
    hub = SelectField(_("Who packs"), [Optional()], coerce=int, default=0)
    units = WholeNumberField(
        _("How many packs come out"),
        [InputRequired(_("Please enter a whole number.")), NumberRange(1, MOST_UNITS)],
    )


@dataclass(frozen=True, slots=True)
class Made:
    """The new lot."""

    id: int
    code: str
    needs_pledge: bool


@village.get("/lots/<int:lot_id>/repack")
@requires(RoleName.COORDINATOR)
def repacking(lot_id: int) -> str:
    return _page(lot_id, RepackForm(formdata=None), {})


@village.post("/lots/<int:lot_id>/repack")
@requires(RoleName.COORDINATOR)
def repack_lots(lot_id: int) -> Any:
    own_lot(read_session(), lot_id, _keepers())
    form, press = _choices(lot_id, RepackForm()), form_press()
    valid = form.validate_on_submit()
    try:
        taken = _taken(_free(lot_id), press)
        if not valid:
            return _page(lot_id, form, {}), 400
        deed = _repacking(form, taken, press)
        made = transact(deed.work)
    except (InvalidInput, Conflict) as error:
        errors = dict(getattr(error, "errors", {}))
        said = translated(errors.pop("taken"), error.facts) if "taken" in errors else ""
        if errors or not said:
            show_errors(form, error)
        return _page(lot_id, form, {"taken": said}), error.status
    flash(deed.said_of(made), "ok")
    return redirect(deed.page_after(made), 303)


def repacking_later(lot_id: int, press: Press) -> Deed:
    """From a phone that had no network. Raises NotFound, or InvalidInput for what the form does not take."""
    own_lot(read_session(), lot_id, _keepers())
    form = _choices(lot_id, RepackForm(MultiDict(press.fields), meta={"csrf": False}))
    demand(form)
    return _repacking(form, _taken(_free(lot_id), press), press)


def _repacking(form: RepackForm, taken: dict[int, int], press: Press) -> Deed:
    wanted = Repacking(
        taken=taken,
        variant_id=form.variant.data,
        producer_id=form.producer.data,
        units=form.units.data or 0,
        token=press.key or form.token.data or "",
    )
    return _asking_hub(wanted, form.hub.data, press) if form.hub.data else _packing(wanted, press)


def _asking_hub(wanted: Repacking, hub_id: int, press: Press) -> Deed:
    by = reach()

    def work(session: Session) -> None:
        ask_hub_to_repack(session, wanted, hub_id, by=by, now=press.now)

    done = gettext("The county hub sees it. Until it is packed, the units stay for sale.")
    return Deed(work, done, url_for("village.hub_requests"), has_form=True)


def _packing(wanted: Repacking, press: Press) -> Deed:
    author = Author(current_user_id(), for_producer=True)

    def work(session: Session) -> Made:
        lot = session.get_one(Lot, repack(session, wanted, author=author, now=press.now))
        return Made(lot.id, lot.code, lot.needs_pledge)

    def back(made: Made) -> str:
        return url_for("village.pledge" if made.needs_pledge else "village.lot", lot_id=made.id)

    def done(made: Made) -> str:
        return str(gettext("Packed anew as lot %(code)s.", code=made.code))

    return Deed(work, done, back, has_form=True)


def _taken(free: list[FreeLot], press: Press) -> dict[int, int]:
    """Units by lot, as typed; only lots that the page offers. Raises InvalidInput."""
    taken = {}
    for lot in free:
        typed = press.text(f"taken-{lot.id}")[:LONGEST_NUMBER]
        if not typed:
            continue
        try:
            taken[lot.id] = read_whole_number(typed)
        except WrongNumber:
            raise InvalidInput(msg("Please enter a whole number."), field="taken") from None
    return taken


def _keepers() -> Keepers:
    return Keepers(village_ids=current_viewer().village_ids)


def _free(lot_id: int) -> list[FreeLot]:
    return list(free_lots_like(read_session(), lot_id, frozenset(current_viewer().village_ids)))


def _choices(lot_id: int, form: RepackForm) -> RepackForm:
    session = read_session()
    form.variant.choices = [
        (one.variant_id, f"{bilingual(one, 'name')} · {grams(one.net_weight_g)}")
        for one in pack_sizes(session, lot_id)
    ]
    own = (0, gettext("The workshop itself"))
    form.hub.choices = [own, *((one.id, bilingual(one, "name")) for one in hubs(session))]
    form.producer.choices = [
        (one.id, f"{bilingual(one, 'village')} · {bilingual(one, 'name')}")
        for one in producers_of(session, _keepers())
        if one.kind is ProducerKind.WORKSHOP
    ]
    return form


def _page(lot_id: int, form: RepackForm, errors: dict[str, str]) -> str:
    shown = own_lot(read_session(), lot_id, _keepers())
    return page(
        "village/repack.html",
        "lots",
        lot=shown,
        form=_choices(lot_id, form),
        free=_free(lot_id),
        typed=request.form,
        error=errors.get("taken", ""),
    )
