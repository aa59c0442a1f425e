"""Labels on bags: handed out by number, printed on stickers of an A4 sheet or from a roll, and printed again."""

from __future__ import annotations

from typing import Any, Final

from flask import redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from shop.accounts.models import RoleName
from shop.extensions import settings
from shop.inventory.bags import (
    MOST_AT_ONCE,
    hand_out_bags,
    print_of_lot,
    printed_bags,
    prints_of_lot,
    reprint_bags,
)
from shop.inventory.lot_writing import Author
from shop.inventory.pledge_state import pledge_of_lot
from shop.inventory.producer_lots import Keepers, own_lot
from shop.inventory.recall_state import is_recalled
from shop.inventory.trace import read_traced_lot
from shop.inventory.trace_codes import trace_code
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.web.database import read_session, transact
from shop.web.fields import TokenField, WholeNumberField
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.qr import qr_code
from shop.web.shop_settings import current_shop_settings
from shop.web.viewer import current_user_id, current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page
from shop.web.village.paging import asked_number

PAPERS: Final = ("a4", "small", "large")  # stickers, 70 × 50 mm, 100 × 150 mm
_A_NUMBER: Final = _("Please enter a whole number.")


class HandOutForm(ShopForm):
    token = TokenField()
    count = WholeNumberField(
        _("How many labels"), [InputRequired(_A_NUMBER), NumberRange(1, MOST_AT_ONCE)], id="labels-count"
    )


class ReprintForm(ShopForm):
    token = TokenField(id="reprint-token")
    first = WholeNumberField(_("From number"), [InputRequired(_A_NUMBER), NumberRange(1)])
    last = WholeNumberField(_("To number"), [InputRequired(_A_NUMBER), NumberRange(1)])
    reason = StringField(_("Reason"), [DataRequired(_("Please say why.")), Length(max=200)])


@village.get("/lots/<int:lot_id>/bags")
@requires(RoleName.COORDINATOR)
def bags(lot_id: int) -> str:
    return _page(lot_id, None, None)


@village.post("/lots/<int:lot_id>/bags")
@requires(RoleName.COORDINATOR)
def hand_out(lot_id: int) -> Any:
    own_lot(read_session(), lot_id, _keepers())
    form, author, now = HandOutForm(), Author(current_user_id(), for_producer=True), utc_now()
    if not form.validate_on_submit():
        return _page(lot_id, form, None), 400
    count, token = form.count.data or 0, form.token.data or ""
    try:
        made = transact(lambda s: hand_out_bags(s, lot_id, count, token=token, author=author, now=now))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return _page(lot_id, form, None), error.status
    return redirect(url_for("village.bag_labels", lot_id=lot_id, print_id=made, paper=_paper()), 303)


@village.post("/lots/<int:lot_id>/bags/again")
@requires(RoleName.COORDINATOR)
def reprint(lot_id: int) -> Any:
    own_lot(read_session(), lot_id, _keepers())
    form, author, now = ReprintForm(), Author(current_user_id(), for_producer=True), utc_now()
    if not form.validate_on_submit():
        return _page(lot_id, None, form), 400
    first, last = form.first.data or 0, form.last.data or 0
    reason, token = form.reason.data or "", form.token.data or ""
    try:
        made = transact(
            lambda s: reprint_bags(s, lot_id, first, last, reason=reason, token=token, author=author, now=now)
        )
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return _page(lot_id, None, form), error.status
    return redirect(url_for("village.bag_labels", lot_id=lot_id, print_id=made, paper=_paper()), 303)


@village.get("/lots/<int:lot_id>/bags/<int:print_id>")
@requires(RoleName.COORDINATOR)
def bag_labels(lot_id: int, print_id: int) -> str:
    """What goes to the printer; the paper and the first free sticker stand in the address."""
    session = read_session()
    own_lot(session, lot_id, _keepers())
    handed, grid = print_of_lot(session, lot_id, print_id), current_shop_settings()
    on_a_sheet = grid.bag_sheet_rows * grid.bag_sheet_columns
    used = (asked_number("used") or 0) % on_a_sheet if _paper() == "a4" else 0
    stickers = [None] * used + [_bag(lot_id, one) for one in range(handed.first, handed.last + 1)]
    size = on_a_sheet if _paper() == "a4" else 1
    return page(
        "village/bag_labels.html",
        "lots",
        traced=read_traced_lot(session, lot_id),
        pledge=pledge_of_lot(session, lot_id),
        handed=handed,
        sheets=[stickers[start : start + size] for start in range(0, len(stickers), size)],
        paper=_paper(),
        papers=PAPERS,
        used=used,
        rows=grid.bag_sheet_rows,
        columns=grid.bag_sheet_columns,
        is_recalled=is_recalled(session, lot_id),
    )


def _bag(lot_id: int, sequence: int) -> dict[str, Any]:
    chosen = settings()
    code = trace_code(lot_id, sequence, chosen.trace_keys[0])
    drawing = qr_code(f"{chosen.public_url}/trace/{code}", gettext("Trace code %(code)s", code=code))
    return {"sequence": sequence, "code": code, "qr": drawing}


def _paper() -> str:
    asked = request.values.get("paper", "")
    return asked if asked in PAPERS else PAPERS[0]


def _keepers() -> Keepers:
    return Keepers(village_ids=current_viewer().village_ids)


def _page(lot_id: int, form: HandOutForm | None, again: ReprintForm | None) -> str:
    session = read_session()
    shown, printed = own_lot(session, lot_id, _keepers()), printed_bags(session, lot_id)
    left = max(shown.declared - printed, 0)
    return page(
        "village/bags.html",
        "lots",
        lot=shown,
        printed=printed,
        left=left,
        prints=prints_of_lot(session, lot_id),
        form=form or HandOutForm(formdata=None, count=min(left, MOST_AT_ONCE) or None),
        again=again or ReprintForm(formdata=None),
        papers=PAPERS,
        is_recalled=is_recalled(session, lot_id),
    )
