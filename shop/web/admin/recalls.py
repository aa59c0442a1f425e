"""The recall of a lot: decided, followed order by order, paid back, lifted by another person."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import Length

from shop.accounts.models import RoleName
from shop.fulfilment.beside_recalled import (
    beside_once_settled,
    called_back_once_settled,
    goods_beside,
    units_beside,
)
from shop.fulfilment.promised_refunds import promised_refunds
from shop.fulfilment.reach import WORKER
from shop.fulfilment.recall_history import recall_history
from shop.fulfilment.recall_list import (
    parcels_of_recall,
    recall_sums,
    recalled_orders,
    recalls_of_lot,
    set_aside,
)
from shop.fulfilment.take_outs import to_take_out
from shop.inventory.lot_list import read_lot
from shop.inventory.lot_numbers import lot_of_code
from shop.inventory.putting_aside import put_aside_at
from shop.inventory.repacking import lots_made_from
from shop.inventory.trace_models import LotRecall, RecallState
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg
from shop.ledger.recall_charges import charges_of_recall
from shop.ordering.order_desk import read_order
from shop.ordering.recalls import LONGEST, RecallWords, lift_recall, recall_lot, refuse_recall
from shop.payments.errors import NothingToRefund
from shop.payments.models import RefundBearer
from shop.payments.part_refunds import BEARERS
from shop.payments.recall_refunds import is_refunded, orders_to_refund, refund_recalled, refunds_of_recall
from shop.web.admin.blueprint import admin
from shop.web.admin.done_before import nothing_new
from shop.web.admin.fields import NEEDED
from shop.web.admin.pages import desk_page
from shop.web.admin.part_refund import WHO
from shop.web.admin.saving import act, refusal
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id

MOST_AT_ONCE: Final = 100  # refunds in one press; the next press goes on
_NOTHING_LEFT: Final = msg("The price of these goods went back before, or the buyer never got any.")
_SHORT: Final = Length(max=LONGEST)


class RecallForm(ShopForm):
    reason_zh = TextAreaField(_("Why, in Chinese"), [NEEDED, _SHORT])
    advice_zh = TextAreaField(_("What buyers shall do, in Chinese"), [_SHORT])
    reason_en = TextAreaField(_("Why, in English"), [_SHORT])
    advice_en = TextAreaField(_("What buyers shall do, in English"), [_SHORT])

    def words(self) -> RecallWords:
        return RecallWords(
            reason_zh=self.reason_zh.data or "",
            advice_zh=self.advice_zh.data or "",
            reason_en=self.reason_en.data or "",
            advice_en=self.advice_en.data or "",
        )


@admin.get("/lots/<code>/recall")
@requires(RoleName.ADMIN)
def recall(code: str) -> str:
    return _page(code, None)


@admin.post("/lots/<code>/recall")
@requires(RoleName.ADMIN)
@recently_authenticated
def recall_it(code: str) -> Any:
    lot_id, form = lot_of_code(read_session(), code), RecallForm()
    if not form.validate():
        return _page(code, form), 400
    words, actor_id, now = form.words(), current_user_id(), utc_now()
    made = _ticked(lot_id)
    try:
        is_new = transact(lambda s: recall_lot(s, lot_id, words, actor_id=actor_id, now=now))
        _recall_each(made, words)
    except InvalidInput as error:
        show_errors(form, error)
        return _page(code, form), 400
    done = gettext("Recalled. It is off sale; its orders are being stopped and their buyers told.")
    flash(done if is_new else nothing_new(), "ok" if is_new else "info")
    if made:
        told = ngettext(
            "%(num)s lot that was made of it is recalled too.",
            "%(num)s lots that were made of it are recalled too.",
            len(made),
        )
        flash(told, "ok")
    return redirect(url_for("admin.recall", code=code), 303)


@admin.post("/lots/<code>/recall/made")
@requires(RoleName.ADMIN)
@recently_authenticated
def recall_made(code: str) -> Response:
    """Lots that were made of a recalled one, decided on later: in the words of its recall."""
    active = active_recall_of(code)
    words = RecallWords(active.reason_zh, active.advice_zh, active.reason_en, active.advice_en)
    made = _ticked(active.lot_id)
    _recall_each(made, words)
    if made:
        flash(gettext("Recalled. It is off sale; its orders are being stopped and their buyers told."), "ok")
    else:
        flash(gettext("Please choose at least one lot."), "bad")
    return redirect(url_for("admin.recall", code=code), 303)


def _recall_each(lot_ids: list[int], words: RecallWords) -> None:
    """Each in a transaction of its own, as if it had been pressed on its own page."""
    for lot_id in lot_ids:
        transact(partial(recall_lot, lot_id=lot_id, words=words, actor_id=current_user_id(), now=utc_now()))


def _ticked(lot_id: int) -> list[int]:
    """Of the lots that were made of this one those that the form names, and that are not recalled yet."""
    wanted = {code[:40] for code in request.form.getlist("made")}
    made = lots_made_from(read_session(), lot_id) if wanted else ()
    return [one.id for one in made if one.code in wanted and not one.is_recalled]


@admin.post("/lots/<code>/recall/refuse")
@requires(RoleName.ADMIN)
def refuse_it(code: str) -> Response:
    lot_id, reason = lot_of_code(read_session(), code), request.form.get("reason", "")
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda s: refuse_recall(s, lot_id, reason, actor_id=actor_id, now=now),
        done=gettext("The lot is not recalled."),
        back=url_for("admin.recall", code=code),
    )


@admin.post("/lots/<code>/recall/lift")
@requires(RoleName.ADMIN)
@recently_authenticated
def lift_it(code: str) -> Response:
    lot_id, reason = lot_of_code(read_session(), code), request.form.get("reason", "")
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda s: lift_recall(s, lot_id, reason, actor_id=actor_id, now=now),
        done=gettext("The recall is lifted. The lot stays closed until its village sells it again."),
        back=url_for("admin.recall", code=code),
    )


@admin.post("/lots/<code>/recall/refunds")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def refund_recall(code: str) -> Response:
    """One order that the form names, or the next hundred of those that nobody refunded yet."""
    session = read_session()
    number = request.form.get("order", "")[:40]
    active = _recall_to_refund(code, number)
    bearer = request.form.get("bearer", "")
    back = url_for("admin.recall", code=code)
    if bearer not in BEARERS:
        flash(gettext("Please choose who bears it."), "bad")
        return redirect(back, 303)
    recall_id = active.id
    order_ids = [_order_id(number)] if number else orders_to_refund(session, recall_id, most=MOST_AT_ONCE + 1)
    is_active = active.state is RecallState.ACTIVE
    kept = bool(number) and is_active and bool(units_beside(session, order_ids[0], active.lot_id))
    if number and is_refunded(session, recall_id, order_ids[0], with_beside=kept):
        flash(gettext("The refund of this order was asked for before."), "info")
        return redirect(back, 303)
    _refund(recall_id, list(order_ids[:MOST_AT_ONCE]), RefundBearer(bearer))
    if len(order_ids) > MOST_AT_ONCE:
        flash(gettext("There are more of them: press again to go on."), "info")
    return redirect(back, 303)


def _refund(recall_id: int, order_ids: list[int], bearer: RefundBearer) -> None:
    """Each in a transaction of its own: one that cannot be refunded does not hold up the others."""
    actor_id, now, asked = current_user_id(), utc_now(), 0
    refused: dict[str, int] = {}
    for order_id in order_ids:
        try:
            transact(_one(recall_id, order_id, bearer, actor_id, now))
        except (InvalidInput, Conflict) as error:
            said = gettext(_NOTHING_LEFT) if isinstance(error, NothingToRefund) else refusal(error)
            refused[said] = refused.get(said, 0) + 1
        else:
            asked += 1
    if asked:
        said = ngettext("%(num)s refund is on its way.", "%(num)s refunds are on their way.", asked)
        flash(said, "ok")
    elif not refused:
        flash(gettext("Nothing is left to refund."), "info")
    for sentence, count in refused.items():
        flash(ngettext("%(num)s order: %(why)s", "%(num)s orders: %(why)s", count, why=sentence), "bad")


def _one(recall_id: int, order_id: int, bearer: RefundBearer, actor_id: int, now: Any) -> Any:
    return lambda session: refund_recalled(
        session,
        recall_id,
        order_id,
        bearer=bearer,
        actor_id=actor_id,
        now=now,
        beside=beside_once_settled,
        called_back=called_back_once_settled,
    )


def _order_id(number: str) -> int:
    return read_order(read_session(), number).id


def _recall_to_refund(code: str, number: str) -> LotRecall:
    """The one that stands, or, for an order to which a parcel is owed, the last one that was lifted. Raises NotFound."""
    session = read_session()
    for one, _who in recalls_of_lot(session, lot_of_code(session, code)):
        is_owed = one.state is RecallState.LIFTED and number in {
            owed.number for owed in promised_refunds(session, recall_id=one.id)
        }
        if one.state is RecallState.ACTIVE or is_owed:
            return one
    raise NotFound()


def active_recall_of(code: str) -> LotRecall:
    """Raises NotFound for a lot that is not recalled."""
    session = read_session()
    for one, _who in recalls_of_lot(session, lot_of_code(session, code)):
        if one.state is RecallState.ACTIVE:
            return one
    raise NotFound()


def _page(code: str, form: RecallForm | None) -> str:
    session = read_session()
    lot = read_lot(session, lot_of_code(session, code))
    recalls = recalls_of_lot(session, lot.id)
    newest = recalls[0][0] if recalls else None
    is_open = newest is not None and newest.state in {RecallState.PROPOSED, RecallState.ACTIVE}
    began = newest if newest is not None and newest.recalled_at is not None else None
    orders = recalled_orders(session, began.id, page=request.args.get("page", 1, type=int)) if began else None
    order_ids = [row.order_id for row in orders.items] if orders else []
    return desk_page(
        "admin/recall.html",
        "lots",
        lot=lot,
        recalls=recalls,
        recall=newest if is_open else None,
        began=began,
        form=form or RecallForm(formdata=None, obj=newest if is_open else None),
        orders=orders,
        sums=recall_sums(session, began) if began else None,
        parcels=parcels_of_recall(session, lot.id, order_ids) if began else {},
        beside=goods_beside(session, lot.id, order_ids) if began else {},
        refunds=refunds_of_recall(session, began.id, order_ids) if began else {},
        made=lots_made_from(session, lot.id),
        history=recall_history(session, [one for one, _who in recalls]),
        boxes=to_take_out(session, WORKER, recall_id=began.id) if began else (),
        owed=promised_refunds(session, recall_id=began.id) if began else (),
        charges=charges_of_recall(session, began.id) if began else (),
        aside_at=put_aside_at(session, began) if began else None,
        aside=set_aside(session, lot.id) if began else [],
        who=[(bearer, WHO[bearer][0]) for bearer in BEARERS],
        is_mine=newest is not None and newest.recalled_by_id == current_user_id(),
    )
