"""What is weighed in and counted at a workshop, before the page or later from a phone that had no network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from shop.inventory.intake.packaging import count_packaging, receive_packaging, set_alarm
from shop.inventory.intake.packaging_list import PackagingKeepers, one_packaging
from shop.inventory.intake.weighing import Weighing, weigh_in
from shop.inventory.intake.workshops import Bringer, bringers, grades, matching_bringers, workshops
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.kit.money import format_yuan
from shop.web.database import read_session
from shop.web.deeds import Deed, Press
from shop.web.filters import bilingual
from shop.web.viewer import current_user_id, current_viewer
from shop.web.village.desk import reach
from shop.web.village.intake_forms import AlarmForm, CountForm, ReceiveForm, WeighForm
from shop.web.village.parcel_deeds import demand

Form = TypeVar("Form", ReceiveForm, CountForm, AlarmForm)

MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Slip:
    """What came of it."""

    id: int
    number: str


def offer(form: WeighForm) -> list[Bringer]:
    """Own workshops, and every grade with today's guide price; those who can bring something."""
    session, own = read_session(), current_viewer().village_ids
    form.workshop.choices = [
        (one.id, f"{bilingual(one, 'village')} · {bilingual(one, 'name')}") for one in workshops(session, own)
    ]
    form.grade.choices = [
        (one.id, f"{bilingual(one, 'raw')} · {bilingual(one, 'name')}{_price(one.fen_per_jin)}")
        for one in grades(session, today=shanghai_date(utc_now()))
    ]
    return bringers(session, own)


def whom(form: WeighForm, known: list[Bringer]) -> int | None:
    """Whom the typed number or name means; else the form says what to type."""
    found = matching_bringers(known, form.household.data or "")
    if len(found) == 1:
        return found[0].id
    named = ", ".join(f"{one.id} {bilingual(one, 'alias')}" for one in found[:MOST_NAMED])
    form.household.errors = [
        gettext("Several are called so. Please enter the number: %(found)s", found=named)
        if found
        else gettext("No household of your villages has this number or name.")
    ]
    return None


def weighing(form: WeighForm, household_id: int, press: Press) -> Deed:
    """The form was found to be good. The slip is of the moment at which the scale said it, also when it comes later."""
    said = Weighing(
        producer_id=form.workshop.data,
        household_id=household_id,
        grade_id=form.grade.data,
        grams=form.weight.data or 0,
        sure_g=form.sure.number,
        token=press.key or form.token.data or "",
        weighed_at=press.made_at,
    )
    village_ids, actor_id = current_viewer().village_ids, current_user_id()

    def work(session: Session) -> Slip:
        slip = weigh_in(session, said, village_ids=village_ids, actor_id=actor_id, now=press.now)
        return Slip(slip.id, slip.number)

    def back(slip: Slip) -> str:
        return url_for("village.intake", workshop=said.producer_id, grade=said.grade_id, done=slip.id)

    def done(slip: Slip) -> str:
        return str(gettext("Weighed in. The slip is %(number)s.", number=slip.number))

    return Deed(work, done, back, has_form=True)


def weighing_later(press: Press) -> Deed:
    """Raises InvalidInput for what the form does not take."""
    form = WeighForm(MultiDict(press.fields), meta={"csrf": False})
    known = offer(form)
    demand(form)
    household_id = whom(form, known)
    if household_id is None:
        raise InvalidInput(" ".join(form.household.errors))
    return weighing(form, household_id, press)


def packaging_keepers() -> PackagingKeepers:
    by = reach()
    return PackagingKeepers(by.village_ids, by.packing_place_ids)


def receiving_pieces(stock_id: int, press: Press) -> Deed:
    """Raises NotFound, or InvalidInput for what the form does not take."""
    form, whose, actor_id = _form(ReceiveForm, stock_id, press), packaging_keepers(), current_user_id()
    units, token = form.units.data or 0, press.key or form.token.data or ""

    def work(session: Session) -> None:
        receive_packaging(session, stock_id, units, whose, token=token, actor_id=actor_id, now=press.now)

    return Deed(work, gettext("Written down."), _stock_page(stock_id), has_form=True)


def counting_pieces(stock_id: int, press: Press) -> Deed:
    """Raises NotFound, or InvalidInput for what the form does not take."""
    form, whose, actor_id = _form(CountForm, stock_id, press), packaging_keepers(), current_user_id()
    counted, seen, reason = form.counted.data or 0, form.seen.number, form.reason.data or ""

    def work(session: Session) -> None:
        count_packaging(
            session, stock_id, counted, whose, seen=seen, reason=reason, actor_id=actor_id, now=press.now
        )

    return Deed(work, gettext("Counted."), _stock_page(stock_id), has_form=True)


def changing_alarm(stock_id: int, press: Press) -> Deed:
    """Raises NotFound, or InvalidInput for what the form does not take."""
    form, whose, actor_id = _form(AlarmForm, stock_id, press), packaging_keepers(), current_user_id()
    alarm_at, active = form.alarm_at.data or 0, bool(form.active.data)

    def work(session: Session) -> None:
        set_alarm(session, stock_id, alarm_at, whose, active=active, actor_id=actor_id, now=press.now)

    return Deed(work, gettext("Saved."), _stock_page(stock_id), has_form=True)


def _price(fen: int | None) -> str:
    if fen is None:
        return ""
    return f" · {gettext('¥%(price)s a jin', price=format_yuan(fen))}"


def _stock_page(stock_id: int) -> str:
    return url_for("village.one_packaging_stock", stock_id=stock_id)


def _form(kind: type[Form], stock_id: int, press: Press) -> Form:
    one_packaging(read_session(), stock_id, packaging_keepers())
    form = kind(MultiDict(press.fields), meta={"csrf": False})
    demand(form)
    return form
