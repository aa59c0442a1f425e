"""What a coordinator says about lots that are there, before the page or later from a phone that had no network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from shop.fulfilment.harvesting import harvest
from shop.fulfilment.putting_off import put_harvest_off
from shop.inventory.harvests import Harvest
from shop.inventory.producer_lots import own_lot
from shop.inventory.unused_presses import note_unused
from shop.web.database import read_session
from shop.web.deeds import Deed, Press
from shop.web.viewer import current_user_id
from shop.web.village.declaring import own_author, own_keepers
from shop.web.village.forms import HarvestForm, PutOffForm
from shop.web.village.parcel_deeds import demand


def harvesting(lot_id: int, press: Press) -> Deed:
    """Raises NotFound, or InvalidInput for what the form does not take."""
    form, author = HarvestForm(MultiDict(press.fields), meta={"csrf": False}), own_author()
    demand(form)
    day = form.harvested_on.data or press.today
    brought = Harvest(form.units.data or 0, day, form.best_before.data)
    return _deed(
        lot_id,
        press,
        "lot.harvested",
        lambda session: harvest(
            session, lot_id, brought, author=author, now=press.now, seen_late=form.late.data or ""
        ),
        lambda is_new: (
            gettext("Harvested. What was pre-ordered is to be prepared now.")
            if is_new
            else gettext("That was said before. Nothing more was done.")
        ),
    )


def putting_off(lot_id: int, press: Press) -> Deed:
    """Raises NotFound, or InvalidInput for what the form does not take."""
    form, author = PutOffForm(MultiDict(press.fields), meta={"csrf": False}), own_author()
    demand(form)
    day = form.expected_on.data or press.today
    return _deed(
        lot_id,
        press,
        "lot.put_off",
        lambda session: put_harvest_off(session, lot_id, day, author=author, now=press.now),
        lambda told: gettext("Put off. Buyers told: %(num)s", num=told),
    )


def _deed(
    lot_id: int, press: Press, action: str, work: Callable[[Session], Any], done: Callable[[Any], str]
) -> Deed:
    """`action`: as the audit trail calls it. Raises NotFound for a lot of another village."""
    own_lot(read_session(), lot_id, own_keepers())
    user_id = current_user_id()

    def note(session: Session) -> None:
        made_at = press.made_at or press.now
        note_unused(session, lot_id, action, user_id=user_id, made_at=made_at, now=press.now)

    return Deed(work, done, url_for("village.lot", lot_id=lot_id), has_form=True, note_unused=note)
