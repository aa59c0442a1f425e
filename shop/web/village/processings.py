"""Lots that a workshop made of what was weighed in: their list, one of them, and undoing it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.inventory.intake.errors import LotInUse, UndoneAlready
from shop.inventory.intake.processing_list import (
    find_processings,
    one_processing,
    shares_of_processing,
    used_intakes,
    used_packaging,
)
from shop.inventory.intake.undoing import undo_processing
from shop.inventory.intake.usual_yield import usual_yields
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.viewer import current_user_id, current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page
from shop.web.village.intake_forms import UndoLotForm
from shop.web.village.paging import page_number

MADE_A_PAGE = 25


@village.get("/processing")
@requires(RoleName.COORDINATOR)
def processings() -> str:
    session, own = read_session(), current_viewer().village_ids
    found = find_processings(session, own, page=page_number(), size=MADE_A_PAGE)
    usual = usual_yields(session, {one.raw_good_id for one in found.items})
    return page("village/processings.html", "intake", found=found, usual=usual)


@village.get("/processing/<int:processing_id>")
@requires(RoleName.COORDINATOR)
def processing(processing_id: int) -> str:
    return _page(processing_id, UndoLotForm())


@village.post("/processing/<int:processing_id>/undo")
@requires(RoleName.COORDINATOR)
def undo_made_lot(processing_id: int) -> Any:
    own, actor_id, now = current_viewer().village_ids, current_user_id(), utc_now()
    one_processing(read_session(), processing_id, own)
    form = UndoLotForm()
    if not form.validate_on_submit():
        return _page(processing_id, form), 400
    who: dict[str, Any] = {"village_ids": own, "actor_id": actor_id, "now": now}
    reason = form.reason.data or ""
    try:
        transact(lambda s: undo_processing(s, processing_id, reason=reason, **who))
    except (InvalidInput, LotInUse, UndoneAlready) as error:
        show_errors(form, error)
        return _page(processing_id, form), error.status
    flash(gettext("Undone. The raw goods and the packaging are there again."), "ok")
    return redirect(url_for("village.processing", processing_id=processing_id), 303)


def _page(processing_id: int, form: UndoLotForm) -> str:
    session = read_session()
    made = one_processing(session, processing_id, current_viewer().village_ids)
    usual = usual_yields(session, [made.raw_good_id], without=made.id)
    return page(
        "village/processing.html",
        "intake",
        made=made,
        usual_bp=usual[made.raw_good_id],
        uses=used_intakes(session, made.id),
        shares=shares_of_processing(session, made.lot_id),
        packaging=used_packaging(session, made.id),
        form=form,
    )
