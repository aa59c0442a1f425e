"""Who receives a gift: the list as a table, what of it has to be mended, and one more by hand."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext

from shop.accounts.shop_settings import read_shop_settings
from shop.gifts.errors import GiftIsBusy
from shop.gifts.judging import Judged, Typed
from shop.gifts.listing import Extent, open_table, take_table
from shop.gifts.mending import add_row
from shop.gifts.reader import Shown, rows_of
from shop.gifts.reading import MOST_RECIPIENTS
from shop.gifts.same_faults import same_faults
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.storage.spreadsheets import MOST_BYTES
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.guards import signed_in
from shop.web.limits import FORMS, UPLOADS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.gifts.frame import Here, act, gift_page, here, pages_of, refusal
from shop.web.organisation.gifts.gifts import page_number
from shop.web.protection import accepts_uploads
from shop.web.viewer import current_user_id

LONGEST: Final = 300


@organisation.get("/<slug>/gifts/<int:gift_id>/recipients")
@signed_in
def gift_recipients(slug: str, gift_id: int) -> str:
    return recipients_page(slug, gift_id)


@organisation.post("/<slug>/gifts/<int:gift_id>/recipients")
@limiter.limit(UPLOADS)
@signed_in
@accepts_uploads
def upload_recipients(slug: str, gift_id: int) -> Any:
    """In place of the list, or beside it. What cannot be read at all leaves it as it is."""
    here(slug, gift_id)
    sent = request.files.get("file")
    content = sent.read(MOST_BYTES + 1) if sent else b""
    if not content.strip():
        sentence = gettext("The file is empty.") if sent else gettext("Please choose a file first.")
        return recipients_page(slug, gift_id, refused=sentence), 400
    name, actor_id, now = (sent.filename if sent else "") or "", current_user_id(), utc_now()
    extent = Extent.MORE if request.form.get("extent") == Extent.MORE else Extent.WHOLE
    try:
        table = open_table(content, name)
        taken = transact(
            lambda session: take_table(session, gift_id, table, extent=extent, actor_id=actor_id, now=now)
        )
    except (InvalidInput, GiftIsBusy) as error:
        return recipients_page(slug, gift_id, refused=refusal(error)), error.status
    flash(ngettext("%(num)s row was read.", "%(num)s rows were read.", taken.rows), "ok")
    return redirect(url_for("organisation.gift_recipients", slug=slug, gift_id=gift_id), 303)


@organisation.post("/<slug>/gifts/<int:gift_id>/recipients/add")
@limiter.limit(FORMS)
@signed_in
def add_recipient(slug: str, gift_id: int) -> Any:
    """What is wrong with it is said in the list, as of every other row."""
    actor_id, now, typed = current_user_id(), utc_now(), typed_row()
    if not any((typed.name.strip(), typed.phone.strip(), typed.address.strip())):
        return recipients_page(
            slug, gift_id, refused=gettext("Please fill in name, telephone and address.")
        ), 400
    return act(
        slug,
        gift_id,
        lambda session: add_row(session, gift_id, typed, actor_id=actor_id, now=now),
        done=gettext("Added to the list."),
        back="organisation.gift_recipients",
    )


def typed_row() -> Typed:
    form = request.form
    return Typed(
        form.get("name", "")[:LONGEST], form.get("phone", "")[:LONGEST], form.get("address", "")[:LONGEST]
    )


def recipients_page(slug: str, gift_id: int, *, refused: str = "") -> str:
    at, session = here(slug, gift_id), read_session()
    shown = _shown(at)
    found = rows_of(session, gift_id, shown, page=page_number())
    return gift_page(
        "recipients",
        at,
        "recipients",
        found=found,
        said={one.id: _said(one.judged) for one in found.items},
        page_url=pages_of("organisation.gift_recipients", slug=slug, gift_id=gift_id, show=shown),
        shown=shown,
        same=same_faults(session, gift_id) if shown is Shown.MEND and at.can_change else [],
        refused=refused,
        most=MOST_RECIPIENTS,
        days=read_shop_settings(session).gift_list_days,
    )


def _said(judged: Judged) -> dict[str, str]:
    """What is wrong with a row, by field."""
    return {
        name: translated(problem.message, dict(problem.facts)) for name, problem in judged.problems.items()
    }


def _shown(at: Here) -> Shown:
    """What was asked for; without that what has to be mended, if anything has."""
    asked = request.values.get("show", "")
    if asked in set(Shown):
        return Shown(asked)
    if at.counts.mend:
        return Shown.MEND
    return Shown.READY if at.counts.ready else Shown.ALL
