"""What a household says about its lots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from shop.inventory.lot_writing import Author
from shop.inventory.lots import correct_lot, withdraw_lot
from shop.inventory.producer_lots import own_lot
from shop.inventory.reopening import reopen_lot
from shop.inventory.unused_presses import note_unused
from shop.kit.errors import InvalidInput
from shop.web.database import read_session
from shop.web.deeds import Deed, Press
from shop.web.farm.declaring import declare_form, declaring, goods_of, is_possible_day, keepers
from shop.web.farm.forms import CorrectForm, DeclareForm
from shop.web.viewer import current_user_id


def correcting(lot_id: int, press: Press) -> Deed:
    """Raises InvalidInput for what is no number of units."""
    form = CorrectForm(MultiDict(press.fields), meta={"csrf": False})
    _demand(form)
    return correcting_to(lot_id, form.units.data or 0, form.seen.number, press)


def correcting_to(lot_id: int, units: int, seen: int | None, press: Press) -> Deed:
    author = Author(current_user_id())
    return _deed(
        lot_id,
        press,
        "lot.corrected",
        lambda session: correct_lot(
            session, lot_id, declared=units, reason="农户改数", author=author, now=press.now, seen=seen
        ),
        "改好了",
    )


def withdrawing(lot_id: int, press: Press) -> Deed:
    author = Author(current_user_id())
    return _deed(
        lot_id,
        press,
        "lot.withdrawn",
        lambda session: withdraw_lot(session, lot_id, reason="农户不卖了", author=author, now=press.now),
        "不卖了，下架了",
    )


def reopening(lot_id: int, press: Press) -> Deed:
    author = Author(current_user_id())
    return _deed(
        lot_id,
        press,
        "lot.reopened",
        lambda session: reopen_lot(session, lot_id, reason="农户接着卖", author=author, now=press.now),
        "又开卖了",
    )


def declaring_later(variant_id: int, press: Press) -> Deed:
    """Raises InvalidInput for what the form does not take."""
    goods = goods_of(variant_id)
    form = declare_form(DeclareForm(MultiDict(press.fields), meta={"csrf": False}))
    if form.validate():
        is_possible_day(goods, form, press.today)
    _demand(form, validated=True)
    return declaring(goods, form, press)


def _demand(form: CorrectForm | DeclareForm, *, validated: bool = False) -> None:
    """What the form says against it, in one sentence. Raises InvalidInput."""
    if not validated:
        form.validate()
    said = [str(error) for field in form for error in field.errors]
    if said:
        raise InvalidInput("，".join(dict.fromkeys(said)))


def _deed(lot_id: int, press: Press, action: str, work: Callable[[Session], Any], done: str) -> Deed:
    """`action`: as the audit trail calls it. Raises NotFound for somebody else's lot."""
    own_lot(read_session(), lot_id, keepers())
    user_id = current_user_id()

    def note(session: Session) -> None:
        note_unused(
            session, lot_id, action, user_id=user_id, made_at=press.made_at or press.now, now=press.now
        )

    return Deed(work, done, "farm.lots", has_form=action == "lot.corrected", note_unused=note)
