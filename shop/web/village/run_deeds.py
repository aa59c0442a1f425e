"""What a coordinator says about trucks, before the page or later from a phone that had no network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.fulfilment.hub.merging import merged_into
from shop.fulfilment.off_trucks import say_off
from shop.fulfilment.run_list import run_page
from shop.fulfilment.runs import arrive, depart, load, unload
from shop.fulfilment.taking_back import undo_arrive, undo_depart
from shop.fulfilment.unmade_parcels import unmade_parcel
from shop.fulfilment.unused_presses import note_unused_of_parcels
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.references import normalise_code
from shop.kit.text import msg
from shop.web.database import read_session
from shop.web.deeds import Deed, Press
from shop.web.times import moment
from shop.web.village.desk import reach

MOST_AT_ONCE = 500
CODE_LENGTH = 16
CHOOSE_PARCELS = msg("Please choose at least one parcel.")


def loading(code: str, press: Press) -> Deed:
    """The ticked parcels, or the one whose code was typed, or in which it lies. Raises NotFound, or InvalidInput when there is none."""
    by, typed = reach(), press.text("typed")[:CODE_LENGTH]
    run_page(read_session(), code, by)
    ticked = [normalise_code(one) for one in press.many("parcel")]
    codes = [_standing(normalise_code(typed))] if typed else [one for one in ticked if one]
    if not codes or len(codes) > MOST_AT_ONCE:
        raise InvalidInput(CHOOSE_PARCELS)

    def work(session: Session) -> dict[str, datetime]:
        try:
            return load(session, code, codes, by=by, now=press.now)
        except NotFound as error:
            if not typed:
                raise
            raise InvalidInput(_no_parcel(typed, codes[0])) from error

    return _deed(code, press, "parcel_loaded", work, partial(_loaded, typed, codes), codes)


def _loaded(typed: str, codes: Sequence[str], before: Mapping[str, datetime]) -> str:
    """Which box it is: the label may be that of one inside; and since when it stands there, where it did already."""
    if not typed:
        return str(gettext("Loaded."))
    (code,) = codes
    inside = normalise_code(typed) if normalise_code(typed) != code else ""
    facts = {"code": code, "inside": inside, "when": moment(before[code]) if code in before else ""}
    if inside and code in before:
        said = gettext(
            "%(inside)s lies in parcel %(code)s, which has stood on this truck since %(when)s.", **facts
        )
    elif inside:
        said = gettext("Loaded: parcel %(code)s, in which %(inside)s lies.", **facts)
    elif code in before:
        said = gettext("Parcel %(code)s has stood on this truck since %(when)s.", **facts)
    else:
        said = gettext("Loaded: parcel %(code)s.", **facts)
    return str(said)


def unloading(code: str, press: Press) -> Deed:
    by, parcel = reach(), normalise_code(press.text("parcel"))
    done = gettext("Taken off the truck.")

    def step(session: Session) -> None:
        try:
            unload(session, code, parcel, by=by, now=press.now)
        except NotFound:  # no parcel any more, or the hub stands before it
            say_off(session, code, parcel, by=by, now=press.now)

    return _deed(code, press, "parcel_unloaded", step, done, [parcel])


def departing(code: str, press: Press) -> Deed:
    by, seen = reach(), {"behind": press.text("behind"), "off": press.text("off")}
    done = gettext("The truck has left. Its parcels are on their way.")
    return _deed(code, press, "", lambda s: depart(s, code, **seen, by=by, now=press.now), done)


def undoing_departure(code: str, press: Press) -> Deed:
    by, done = reach(), gettext("Taken back. The truck stands here with its parcels.")
    return _deed(code, press, "", lambda s: undo_depart(s, code, by=by, now=press.now), done)


def arriving(code: str, press: Press) -> Deed:
    by, done = reach(), gettext("The truck has arrived. The buyers are told.")
    return _deed(code, press, "", lambda s: arrive(s, code, by=by, now=press.now), done)


def undoing_arrival(code: str, press: Press) -> Deed:
    by = reach()
    done = gettext("Taken back. A buyer who was told already hears that the parcel is not there yet.")
    return _deed(code, press, "", lambda s: undo_arrive(s, code, by=by, now=press.now), done)


def _standing(code: str) -> str:
    """The label of a box that the hub put into another parcel means that one."""
    return merged_into(read_session(), code, reach()) or code


def _no_parcel(typed: str, code: str) -> str:
    """A box with a label may stand here although its parcel is no more."""
    try:
        unmade = unmade_parcel(read_session(), code, reach())
    except NotFound:
        return str(gettext("No parcel of your packing places has the code %(code)s.", code=typed))
    if unmade.called_off:
        return str(
            gettext(
                "The order of parcel %(code)s was called off: do not load it, unpack it.", code=unmade.code
            )
        )
    if unmade.is_recalled:
        return str(
            gettext(
                "Recalled goods lie in box %(code)s: do not load it. Open it and take them out.",
                code=unmade.code,
            )
        )
    return str(gettext("Parcel %(code)s was unpacked: its goods are packed anew.", code=unmade.code))


def _deed(
    code: str,
    press: Press,
    kind: str,
    work: Callable[[Session], Any],
    done: str | Callable[[Any], str],
    parcels: Sequence[str] = (),
) -> Deed:
    """`kind`: as the history of the parcels' orders calls it; what is said of a truck itself stands in its audit trail."""
    by, made_at = reach(), press.made_at or press.now

    def note(session: Session) -> None:
        if parcels:
            note_unused_of_parcels(session, parcels, kind, by=by, made_at=made_at, now=press.now)

    return Deed(work, done, url_for("village.run", code=code), note_unused=note)
