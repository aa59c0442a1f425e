"""承诺达标合格证 of a lot: signed for the household, or the supplier's kept; and printed."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import DateField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from shop.accounts.models import RoleName
from shop.extensions import settings
from shop.inventory.lot_writing import Author
from shop.inventory.pledge_state import pledge_of_lot, pledges_of_lot
from shop.inventory.pledge_words import BASIS_WORDS, PROMISES, PledgeBasis
from shop.inventory.pledges import Pledge, sign_pledge, usual_pledge
from shop.inventory.producer_lots import Keepers, own_lot
from shop.inventory.trace_codes import trace_code
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.qr import qr_code
from shop.web.viewer import current_user_id, current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page
from shop.web.village.pledge_files import pledge_files

PAPERS: Final = ("large", "small")  # 100 × 150 and 70 × 50 mm
_NEEDED: Final = DataRequired(_("Please fill this in."))


class PledgeForm(ShopForm):
    basis = SelectMultipleField(
        _("On what it rests"),
        choices=[(one.value, _(word)) for one, word in BASIS_WORDS.items()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    producer = StringField(_("Who makes it"), [_NEEDED, Length(max=120)])
    place = StringField(_("Where it is made"), [_NEEDED, Length(max=200)])
    contact = StringField(_("Phone"), [Length(max=40)])
    signed_by = StringField(_("Who signs"), [_NEEDED, Length(max=60)])
    issued_on = DateField(_("Signed on"), [Optional()])


class SupplierPledgeForm(ShopForm):
    number = StringField(_("Number"), [_NEEDED, Length(max=60)])
    producer = StringField(_("Supplier"), [_NEEDED, Length(max=120)], id="supplier")
    place = StringField(_("Where it is made"), [_NEEDED, Length(max=200)], id="supplier-place")
    contact = StringField(_("Phone"), [Length(max=40)], id="supplier-contact")
    signed_by = StringField(_("Who signed"), [_NEEDED, Length(max=60)], id="supplier-signed")
    issued_on = DateField(_("Signed on"), [Optional()], id="supplier-issued")
    expires_on = DateField(_("Valid until"), [Optional()])


@village.get("/lots/<int:lot_id>/pledge")
@requires(RoleName.COORDINATOR)
def pledge(lot_id: int) -> str:
    return _page(lot_id, None, None)


@village.post("/lots/<int:lot_id>/pledge")
@requires(RoleName.COORDINATOR)
def sign(lot_id: int) -> Any:
    own_lot(read_session(), lot_id, _keepers())
    form = PledgeForm()
    if not form.validate_on_submit():
        return _page(lot_id, form, None), 400
    basis = tuple(PledgeBasis(one) for one in form.basis.data or ())
    given = Pledge(basis=basis, issued_on=form.issued_on.data, **_written(form))
    return _sign(lot_id, given, form) or (_page(lot_id, form, None), 400)


@village.post("/lots/<int:lot_id>/pledge/supplier")
@requires(RoleName.COORDINATOR)
def keep_suppliers(lot_id: int) -> Any:
    own_lot(read_session(), lot_id, _keepers())
    form = SupplierPledgeForm()
    if not form.validate_on_submit():
        return _page(lot_id, None, form), 400
    given = Pledge(
        number=form.number.data or "",
        issued_on=form.issued_on.data,
        expires_on=form.expires_on.data,
        **_written(form),
    )
    return _sign(lot_id, given, form) or (_page(lot_id, None, form), 400)


@village.get("/lots/<int:lot_id>/pledge/paper")
@requires(RoleName.COORDINATOR)
def pledge_paper(lot_id: int) -> str:
    """What goes to the printer."""
    session, chosen = read_session(), settings()
    lot, signed = own_lot(session, lot_id, _keepers()), pledge_of_lot(session, lot_id)
    if signed is None:
        raise NotFound()
    code = trace_code(lot_id, 0, chosen.trace_keys[0])
    asked = request.args.get("paper", "")
    return page(
        "village/pledge_paper.html",
        "lots",
        lot=lot,
        pledge=signed,
        bases=[(one in signed.basis.split(), word) for one, word in BASIS_WORDS.items()],
        promises=PROMISES,
        drawing=qr_code(f"{chosen.public_url}/trace/{code}", gettext("Trace code %(code)s", code=code)),
        paper=asked if asked in PAPERS else PAPERS[0],
        papers=PAPERS,
    )


def _written(form: PledgeForm | SupplierPledgeForm) -> dict[str, Any]:
    return {name: form[name].data or "" for name in ("producer", "place", "contact", "signed_by")}


def _sign(lot_id: int, given: Pledge, form: ShopForm) -> Any:
    """Back to the page; None when the form says what is wrong."""
    author, now = Author(current_user_id(), for_producer=True), utc_now()
    try:
        is_new = transact(lambda s: sign_pledge(s, lot_id, given, author=author, now=now))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return None
    done = gettext("Signed. The lot may be sold and labelled.")
    flash(done if is_new else gettext("It says the same already."), "ok" if is_new else "info")
    return redirect(url_for("village.pledge", lot_id=lot_id), 303)


def _keepers() -> Keepers:
    return Keepers(village_ids=current_viewer().village_ids)


def _page(lot_id: int, form: PledgeForm | None, supplier: SupplierPledgeForm | None) -> str:
    session = read_session()
    lot, usual = own_lot(session, lot_id, _keepers()), usual_pledge(session, lot_id)
    all_of_it = pledges_of_lot(session, lot_id)
    pledge = next((one for one in all_of_it if one.replaced_at is None), None)
    begun = {name: getattr(usual, name) for name in ("producer", "place", "contact", "signed_by")}
    today = shanghai_date(utc_now())
    return page(
        "village/pledge.html",
        "lots",
        lot=lot,
        pledge=pledge,
        kept=pledge_files(lot_id) if pledge is not None else None,
        before=[one for one in all_of_it if one.replaced_at is not None],
        form=form or PledgeForm(formdata=None, basis=[PledgeBasis.OWN_CONTROL], issued_on=today, **begun),
        supplier=supplier or SupplierPledgeForm(formdata=None),
        promises=PROMISES,
    )
