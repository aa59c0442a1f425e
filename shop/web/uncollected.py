"""The form for what nobody collects, for the keeper and for the team."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext, lazy_gettext
from sqlalchemy.orm import Session
from wtforms import DateField, RadioField, StringField
from wtforms.validators import InputRequired, Length, Optional

from shop.accounts.setting_values import ShopSettings
from shop.fulfilment.collecting import Patience
from shop.fulfilment.models import TakenOff
from shop.fulfilment.reach import Reach
from shop.fulfilment.uncollected import LONGEST_WORD, keep_until, note_call, remind_now, take_off
from shop.fulfilment.uncollected_list import UncollectedParcel
from shop.web.forms import ShopForm

TAKING_OFF = (
    (TakenOff.SENT_BACK.value, lazy_gettext("Send it back: it has left the point")),
    (TakenOff.DISCARDED.value, lazy_gettext("It has spoiled and was thrown away")),
)
REMIND, CALLED, KEEP = "remind", "called", "keep"


class UncollectedForm(ShopForm):
    step = RadioField(
        lazy_gettext("What is done"),
        [InputRequired(lazy_gettext("Please choose what is done."))],
        choices=[
            (REMIND, lazy_gettext("Write to the buyer once more")),
            (KEEP, lazy_gettext("Keep it until a day that the buyer asked for")),
            *TAKING_OFF,
        ],
    )
    day = DateField(lazy_gettext("Keep it until"), [Optional()])
    word = StringField(lazy_gettext("In a word"), [Length(max=LONGEST_WORD)])


class TeamForm(UncollectedForm):
    """Only the team has the buyer's telephone."""

    step = RadioField(
        lazy_gettext("What is done"),
        [InputRequired(lazy_gettext("Please choose what is done."))],
        choices=[
            (CALLED, lazy_gettext("The buyer was called")),
            *UncollectedForm.step.kwargs["choices"],
        ],
    )


def offer_what_can_be(form: UncollectedForm, parcel: UncollectedParcel) -> None:
    """Whose money goes back comes for nothing: such a parcel is only taken off."""
    if parcel.money_back_at is not None:
        form.step.choices = list(TAKING_OFF)


def patience_of(settings: ShopSettings) -> Patience:
    return Patience(settings.remind_uncollected_after_days, settings.remind_again_after_days)


def do_step(session: Session, code: str, form: UncollectedForm, *, by: Reach, now: datetime) -> bool:
    """False when it was so already. Raises InvalidInput for a field, NotFound, or NotWaiting."""
    step, word = form.step.data, form.word.data or ""
    if step == REMIND:
        return remind_now(session, code, by=by, now=now)
    if step == CALLED:
        note_call(session, code, word, by=by, now=now)
        return True
    if step == KEEP:
        return keep_until(session, code, form.day.data, word, by=by, now=now)
    return take_off(session, code, TakenOff(step), word, by=by, now=now)


def said_of(step: str, is_new: bool) -> str:
    if not is_new:
        return str(gettext("This was done already. Nothing was done now."))
    words: dict[str, Any] = {
        REMIND: gettext("The buyer is written to."),
        CALLED: gettext("Written down."),
        KEEP: gettext("It is kept, and nobody is reminded before that day."),
        TakenOff.SENT_BACK.value: gettext(
            "It has left the point. The buyer is told, and the shop settles the order."
        ),
        TakenOff.DISCARDED.value: gettext("Written down. The buyer is told, and the shop settles the order."),
    }
    return str(words[step])
