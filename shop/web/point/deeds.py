"""What a keeper says about parcels, before the page or later from a phone that had no network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from flask import session as cookie_session
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from shop.fulfilment.given_late import note_given_late
from shop.fulfilment.handover import Handover, hand_over, undo_hand_over
from shop.fulfilment.parcel_reports import Trouble, report_parcel
from shop.fulfilment.point_errors import (
    GivenBefore,
    GivenThoughPaidBack,
    GivenThoughRecalled,
    GivenTooLate,
    GivenWhileRecalled,
    PaidBackTicked,
    ParcelRecalled,
    RecalledAlone,
    RecalledTicked,
    SomeGivenWhileRecalled,
    TakenOffTicked,
    UnknownPickupCode,
    WrongCode,
)
from shop.fulfilment.point_list import comes_here
from shop.fulfilment.recalled_parcels import call_back_parcel
from shop.fulfilment.runs import arrive
from shop.fulfilment.unused_presses import note_unused_of_parcels
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.references import normalise_code
from shop.kit.text import whole_number
from shop.web.database import read_session
from shop.web.deeds import Deed, Press
from shop.web.point.counter import reach
from shop.web.point.forms import ReportForm
from shop.web.times import moment

ASKED = "pickup_code"
# What a phone without a network is told of a parcel that nobody was to be given any more.
TOO_LATE: Final = {
    TakenOffTicked: GivenTooLate,
    PaidBackTicked: GivenThoughPaidBack,
    RecalledTicked: GivenThoughRecalled,
}


def giving(press: Press) -> Deed:
    """What is ticked is given out; of what comes later the code is checked then, and a wrong one is told."""
    by, code, ticked = reach(), press.text("code"), press.many("parcel")
    order_id = _number(press.text("order"))
    in_hand = ticked if ticked or "chosen" in press.fields else None
    by_other = "by_other" in press.fields

    def work(session: Session) -> Handover:
        try:
            done = hand_over(
                session, code, order_id=order_id, in_hand=in_hand, by_other=by_other, by=by, now=press.now
            )
        except TakenOffTicked as error:
            if press.made_at is None:
                raise
            raise TOO_LATE[type(error)](**error.facts) from error
        except ParcelRecalled as error:
            if press.made_at is None:
                raise
            told = GivenWhileRecalled if isinstance(error, RecalledAlone) else SomeGivenWhileRecalled
            raise told(**error.facts) from error
        except UnknownPickupCode as error:
            if press.made_at is None:
                raise
            raise WrongCode() from error
        if not done.codes and press.made_at is not None:
            raise GivenBefore(when=done.handed_over_at)
        return done

    return _deed(press, work, ticked, "parcel_handed_over", done=_handed, also_unused=note_given_late)


def taking_back(code: str, press: Press) -> Deed:
    """Given to the wrong person, and noticed within minutes."""
    by, parcel = reach(), normalise_code(code)

    def work(session: Session) -> None:
        undo_hand_over(session, parcel, pressed_at=press.made_at, by=by, now=press.now)

    done = gettext("Taken back. The parcel stands here again.")
    return _deed(press, work, [parcel], "parcel_handover_undone", done=lambda _: done)


def calling_back(code: str, press: Press) -> Deed:
    """A recalled parcel is gone, as the shop's team said."""
    by, parcel = reach(), normalise_code(code)

    def work(session: Session) -> None:
        call_back_parcel(session, parcel, by=by, now=press.now)

    done = gettext("Written down: the parcel is not here any more.")
    return _deed(press, work, [parcel], "parcel_called_back", done=lambda _: done)


def arriving(code: str, press: Press) -> Deed:
    """Raises NotFound for a truck that brings nothing to own points."""
    by = reach()
    if not comes_here(read_session(), code, by):
        raise NotFound()
    return Deed(
        lambda session: arrive(session, code, point_ids=by.pickup_point_ids, by=by, now=press.now),
        gettext("The parcels are here. The buyers are told."),
        "point.here",
    )


def reporting(code: str, press: Press) -> Deed:
    """Raises InvalidInput for what the form does not take."""
    form = ReportForm(MultiDict(press.fields), meta={"csrf": False})
    if not form.validate():
        raise InvalidInput(" ".join(str(error) for field in form for error in field.errors))
    by, parcel, now = reach(), normalise_code(code), press.now
    trouble, word = Trouble(form.trouble.data), form.word.data or ""

    def said(is_new: bool) -> str:
        if is_new:
            return str(gettext("Reported. The shop sees to it, and the buyer is told."))
        return str(gettext("This was reported already."))

    return Deed(
        lambda session: report_parcel(session, parcel, trouble, word, by=by, now=now),
        said,
        "point.here",
        has_form=True,
    )


def _deed(
    press: Press,
    work: Callable[[Session], Any],
    codes: Sequence[str],
    kind: str,
    *,
    done: Callable[[Any], str],
    also_unused: Callable[..., None] | None = None,
) -> Deed:
    """`kind`: as the order's history calls it."""
    by, made_at = reach(), press.made_at or press.now
    names = [normalise_code(code) for code in codes]

    def note(session: Session) -> None:
        note_unused_of_parcels(session, names, kind, by=by, made_at=made_at, now=press.now)
        if also_unused is not None:
            also_unused(session, names, by=by, made_at=made_at, now=press.now)

    return Deed(work, done, "point.here", note_unused=note)


def _handed(done: Handover) -> str:
    cookie_session.pop(ASKED, None)
    if not done.codes:
        return _before(done.handed_over_at)
    said = ngettext(
        "%(num)s parcel handed to %(name)s.",
        "%(num)s parcels handed to %(name)s.",
        len(done.codes),
        name=done.name,
    )
    if done.stays:
        more = ngettext("%(num)s more stays here.", "%(num)s more stay here.", done.stays)
        said = f"{said} {more}"
    if done.to_come:
        more = ngettext("%(num)s more is still coming.", "%(num)s more are still coming.", done.to_come)
        said = f"{said} {more}"
    return str(said)


def _before(when: datetime) -> str:
    return str(gettext("Handed over already on %(when)s.", when=moment(when)))


def _number(typed: str) -> int | None:
    try:
        return whole_number(typed)
    except ValueError:
        return None
