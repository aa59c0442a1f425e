"""One row of the list: mended in place, left out, taken back in, kept of two, or both meant."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from flask import flash, request
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from shop.gifts.mending import keep_row, mend_row, send_all_of, skip_row, take_back_row
from shop.gifts.same_faults import correct_same
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.kit.text import msg
from shop.web.guards import signed_in
from shop.web.limits import BASKETS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.gifts.frame import act
from shop.web.organisation.gifts.recipients import typed_row
from shop.web.viewer import current_user_id

LONGEST_PLACE: Final = 100
# What the button says, what it does, and what is said then.
DEEDS: Final[dict[str, tuple[Callable[..., Any], str]]] = {
    "mend": (mend_row, msg("Row %(row)s is kept.")),
    "skip": (skip_row, msg("Row %(row)s is left out. It stands under “Left out”.")),
    "back": (take_back_row, msg("Row %(row)s is on the list again.")),
    "keep": (keep_row, msg("Row %(row)s is kept, the others with this telephone are left out.")),
    "all": (send_all_of, msg("Each row with this telephone is sent to.")),
}


@organisation.post("/<slug>/gifts/<int:gift_id>/recipients/<int:row_id>")
@limiter.limit(BASKETS)
@signed_in
def change_recipient(slug: str, gift_id: int, row_id: int) -> Any:
    """Raises NotFound for a deed that is none, and for a row that was sent."""
    deed = request.form.get("deed", "mend")
    if deed not in DEEDS:
        raise NotFound()
    work, said = DEEDS[deed]
    change = partial(work, gift_id=gift_id, row_id=row_id, actor_id=current_user_id(), now=utc_now())
    if deed == "mend":
        change = partial(change, typed=typed_row())
    row = request.form.get("row", "")[:6]
    return act(
        slug,
        gift_id,
        change,
        done=gettext(said, row=row) if "%(row)s" in said else gettext(said),
        back="organisation.gift_recipients",
        show=request.form.get("show") or None,
        page=request.form.get("page") or None,
    )


@organisation.post("/<slug>/gifts/<int:gift_id>/recipients/same")
@limiter.limit(BASKETS)
@signed_in
def correct_same_rows(slug: str, gift_id: int) -> Any:
    """One correction for every row with the same fault."""
    key, actor_id, now = request.form.get("place", "")[:LONGEST_PLACE], current_user_id(), utc_now()

    def work(session: Session) -> None:
        count = correct_same(session, gift_id, key, actor_id=actor_id, now=now)
        said.append(ngettext("%(num)s row is corrected.", "%(num)s rows are corrected.", count))

    said: list[str] = []
    answer = act(slug, gift_id, work, back="organisation.gift_recipients")
    for sentence in said[-1:]:
        flash(sentence, "ok")
    return answer
