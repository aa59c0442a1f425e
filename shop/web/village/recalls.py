"""Something is wrong with a lot: its coordinator proposes to the shop's team to call it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.recall_list import recalls_of_lot, set_aside
from shop.fulfilment.take_outs import to_take_out
from shop.inventory.after_lifting import PutAside, decide_apart, lying_apart
from shop.inventory.lot_writing import Author
from shop.inventory.producer_lots import Keepers, own_lot
from shop.inventory.putting_aside import OwnRecall, own_recalls, put_aside, put_aside_at
from shop.inventory.trace_models import RecallState
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.text import form_number
from shop.ordering.recalls import RecallWords, propose_recall
from shop.web.database import read_session, transact
from shop.web.guards import requires
from shop.web.viewer import current_user_id, current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page, press, reach, to_decide
from shop.web.village.forms import ProposeRecallForm

MOST_DIGITS: Final = 6


@village.get("/lots/<int:lot_id>/recall")
@requires(RoleName.COORDINATOR)
def recall(lot_id: int) -> str:
    return _page(lot_id, ProposeRecallForm(formdata=None))


@village.post("/lots/<int:lot_id>/recall")
@requires(RoleName.COORDINATOR)
def recall_proposed(lot_id: int) -> Any:
    own_lot(read_session(), lot_id, _keepers())
    form, actor_id, now = ProposeRecallForm(), current_user_id(), utc_now()
    if not form.validate_on_submit():
        return _page(lot_id, form), 400
    words = RecallWords(form.reason_zh.data or "", form.advice_zh.data or "")
    is_new = transact(lambda s: propose_recall(s, lot_id, words, actor_id=actor_id, now=now))
    told = gettext("The shop's team is told. Until it decides, please send nothing more of it.")
    flash(told if is_new else gettext("It is proposed or recalled already."), "ok" if is_new else "info")
    return redirect(url_for("village.recall", lot_id=lot_id), 303)


@village.post("/lots/<int:lot_id>/aside")
@requires(RoleName.COORDINATOR)
def aside(lot_id: int) -> Response:
    """Somebody went and set apart what is left of a recalled lot."""
    keepers, author, now = _keepers(), Author(current_user_id(), for_producer=True), utc_now()
    return press(
        lambda s: put_aside(s, lot_id, keepers, author=author, now=now),
        gettext("Written down. Keep it apart until the shop's team says what becomes of it."),
        url_for("village.work"),
    )


@village.post("/lots/<int:lot_id>/apart")
@requires(RoleName.COORDINATOR)
def apart(lot_id: int) -> Response:
    """The recall was lifted: so many of what lies apart are good and for sale again, the rest is written off."""
    keepers, author, now = _keepers(), Author(current_user_id(), for_producer=True), utc_now()
    own_lot(read_session(), lot_id, keepers)
    typed = form_number(request.form.get("good", "").strip(), digits=MOST_DIGITS)
    good = -1 if typed is None else typed
    return press(
        lambda s: decide_apart(s, lot_id, keepers, good=good, author=author, now=now),
        lambda lost: (
            ngettext(
                "Written down. %(num)s unit is written off.",
                "Written down. %(num)s units are written off.",
                lost,
            )
            if lost
            else gettext("Written down. All of it is for sale again.")
        ),
        url_for("village.recall", lot_id=lot_id),
    )


def lies_apart() -> Sequence[PutAside]:
    """Lots of own villages whose recall was lifted, and of which nobody has said what becomes of what lies apart."""
    return lying_apart(read_session(), _keepers()) if to_decide().apart else []


def to_put_aside() -> Sequence[OwnRecall]:
    """Recalled lots of own villages that nobody has put aside; asked for only where the count says that there are some."""
    return own_recalls(read_session(), _keepers(), to_put_aside=True) if to_decide().recalled else []


def _keepers() -> Keepers:
    return Keepers(village_ids=current_viewer().village_ids)


def _page(lot_id: int, form: ProposeRecallForm) -> str:
    session = read_session()
    lot, recalls = own_lot(session, lot_id, _keepers()), recalls_of_lot(session, lot_id)
    newest = recalls[0][0] if recalls else None
    is_open = newest is not None and newest.state in {RecallState.PROPOSED, RecallState.ACTIVE}
    return page(
        "village/recall.html",
        "lots",
        lot=lot,
        recall=newest,
        is_open=is_open,
        form=form,
        aside=set_aside(session, lot_id) if newest is not None else [],
        aside_at=put_aside_at(session, newest) if newest is not None else None,
        to_put_aside=own_recalls(session, _keepers(), to_put_aside=True, lot_id=lot_id),
        boxes=to_take_out(session, reach(), recall_id=newest.id) if newest is not None else (),
        apart=lying_apart(session, _keepers(), lot_id=lot_id),
        today=shanghai_date(utc_now()),
    )
