"""报销材料包: what is in it and what is missing, the one button that has it made, and papers that members attach."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from flask import Response as FileResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.audit import audit
from shop.accounts.organisations import BUYING, Membership
from shop.catalogue.document_files import TYPES
from shop.catalogue.picture_files import MOST_BYTES
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.reimbursement.about import About, about_of_member
from shop.reimbursement.attaching import SLOTS, Place, attach, attached_of, read_attached, take_away
from shop.reimbursement.making import ask_for_pack, newest_pack, pack_file
from shop.reimbursement.models import PackState, Slot
from shop.reimbursement.section import STANDINGS
from shop.reimbursement.sections import read_papers
from shop.reimbursement.wording import Tongue
from shop.reimbursement.writing import KINDS
from shop.web.database import read_session, transact
from shop.web.exports import let_out
from shop.web.guards import signed_in
from shop.web.language import current_language
from shop.web.limits import FORMS, UPLOADS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.gifts.frame import refusal
from shop.web.outside_world import with_files
from shop.web.protection import accepts_uploads
from shop.web.viewer import current_user_id

_PATH: Final = "/<slug>/papers/<kind>/<ref>"
_ENDINGS: Final = {"pdf": "application/pdf", "zip": "application/zip"}


@organisation.get(_PATH)
@signed_in
def papers(slug: str, kind: str, ref: str) -> str:
    return _page(slug, kind, ref)


@organisation.post(_PATH)
@limiter.limit(FORMS)
@signed_in
def make_papers(slug: str, kind: str, ref: str) -> Response:
    """Asked twice, they are made once; the worker makes them."""
    language, user_id, now = current_language(), current_user_id(), utc_now()

    def work(session: Session) -> None:
        about, _here = about_of_member(session, slug, kind, ref, user_id)
        ask_for_pack(session, about, language, actor_id=user_id, now=now)

    transact(work)
    return _back(slug, kind, ref)


@organisation.get(f"{_PATH}/pack.<ending>")
@signed_in
def papers_file(slug: str, kind: str, ref: str, ending: str) -> FileResponse:
    """The newest that was made. Counted and written into the trail first. Raises NotFound, TooManyAttempts."""
    about, _here = _read(slug, kind, ref)
    pack = newest_pack(read_session(), about)
    if ending not in _ENDINGS or pack is None or pack.key is None:
        raise NotFound()
    key, actor_id, now = pack.key, current_user_id(), utc_now()
    facts = {"pack_kind": about.kind.value, "ref": ref, "format": ending}
    organisation_id = about.organisation.id
    let_out(
        lambda session: audit(
            session, actor_id, "reimbursement.exported", "organisation", organisation_id, facts, now=now
        )
    )
    content = with_files(lambda _work, store: store.read(pack_file(key, ending)))
    return _to_be_saved(content, _ENDINGS[ending], f"reimbursement-{kind}-{ref}.{ending}")


@organisation.post(f"{_PATH}/attached")
@limiter.limit(UPLOADS)
@signed_in
@accepts_uploads
def attach_paper_of_pack(slug: str, kind: str, ref: str) -> Any:
    _managed(slug, kind, ref)
    sent, typed = request.files.get("file"), request.form.get("slot", "")
    content = sent.read(MOST_BYTES + 1) if sent else b""
    if not content or typed not in set(Slot):
        return _page(slug, kind, ref, refused=gettext("Please choose a file first."), typed=typed), 400
    place, now = Place(slug, kind, ref, current_user_id()), utc_now()
    name = (sent.filename or "") if sent else ""
    keep = partial(attach, place=place, slot=Slot(typed), name=name, content=content, now=now)
    try:
        with_files(keep)
    except InvalidInput as error:
        return _page(slug, kind, ref, refused=refusal(error), typed=typed), error.status
    flash(gettext("The paper is attached. Put the papers together again to have it inside."), "ok")
    return _back(slug, kind, ref)


@organisation.get(f"{_PATH}/attached/<int:paper_id>")
@signed_in
def attached_paper(slug: str, kind: str, ref: str, paper_id: int) -> FileResponse:
    about, _here = _read(slug, kind, ref)
    file = read_attached(read_session(), about, paper_id).file
    ending = file.rsplit(".", 1)[-1]
    content = with_files(lambda _work, store: store.read(file))
    return _to_be_saved(content, TYPES[ending], f"paper-{paper_id}.{ending}")


@organisation.post(f"{_PATH}/attached/<int:paper_id>/remove")
@limiter.limit(FORMS)
@signed_in
def remove_attached_paper(slug: str, kind: str, ref: str, paper_id: int) -> Response:
    place, now = Place(slug, kind, ref, current_user_id()), utc_now()
    with_files(lambda work, store: take_away(work, store, place, paper_id, now=now))
    flash(gettext("The paper is gone."), "ok")
    return _back(slug, kind, ref)


def _page(slug: str, kind: str, ref: str, *, refused: str = "", typed: str = "") -> str:
    session, (about, here) = read_session(), _read(slug, kind, ref)
    tongue = Tongue(gettext, chinese=current_language() != "en")
    pack = newest_pack(session, about)
    return render_template(
        "organisation/papers.html",
        organisation=about.organisation,
        about=about,
        at={"slug": slug, "kind": kind, "ref": ref},
        papers=read_papers(session, about, tongue),
        pack=pack,
        waits=pack is not None and pack.state is PackState.WAITING,
        attached=attached_of(session, about.organisation.id, about.kind, about.ref),
        may_attach=here.may(*BUYING),
        kinds=KINDS,
        standings=STANDINGS,
        slots=SLOTS,
        refused=refused,
        typed=typed,
    )


def _read(slug: str, kind: str, ref: str) -> tuple[About, Membership]:
    """Raises NotFound."""
    return about_of_member(read_session(), slug, kind, ref, current_user_id())


def _managed(slug: str, kind: str, ref: str) -> None:
    """Raises NotFound, also for members who may only look."""
    _about, here = _read(slug, kind, ref)
    if not here.may(*BUYING):
        raise NotFound()


def _back(slug: str, kind: str, ref: str) -> Response:
    return redirect(url_for("organisation.papers", slug=slug, kind=kind, ref=ref), 303)


def _to_be_saved(content: bytes, content_type: str, name: str) -> FileResponse:
    response = FileResponse(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
