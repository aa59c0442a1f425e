"""Making a lot: slips are chosen, what came out and what packaging was used is typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.catalogue.errors import NotForThisProducer
from shop.inventory.declarable import declarable
from shop.inventory.intake.errors import UnusualYield
from shop.inventory.intake.intake_list import Slip, SlipFilter, slips_left
from shop.inventory.intake.packaging_list import KeptPackaging, workshop_packaging
from shop.inventory.intake.processing import MOST_INTAKES, Batch, process
from shop.inventory.intake.usual_yield import usual_yields
from shop.inventory.intake.workshops import grades, workshops
from shop.kit.clock import calendar_day, shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import form_numbers
from shop.kit.typed_amounts import WrongNumber, read_whole_number
from shop.kit.weights import plain_jin, read_jin
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.filters import bilingual
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.refusals import reason_sentences
from shop.web.viewer import current_user_id, current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page
from shop.web.village.intake_forms import MakeLotForm
from shop.web.village.paging import asked_number


@dataclass
class Typed:
    """What stands in the fields beside each slip and each packaging, and what is wrong with it."""

    chosen: set[int] = field(default_factory=set)
    weights: dict[int, str] = field(default_factory=dict)
    pieces: dict[int, str] = field(default_factory=dict)
    grams: dict[int, int] = field(default_factory=dict)
    packaging: dict[int, int] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@village.get("/processing/new")
@requires(RoleName.COORDINATOR)
def new_processing() -> str:
    wanted, listed = _listed()
    everything = Typed(
        chosen={one.id for one in listed}, weights={one.id: plain_jin(one.left_g) for one in listed}
    )
    return _page(MakeLotForm(), wanted, listed, everything)


@village.post("/processing/new")
@requires(RoleName.COORDINATOR)
def make_lot() -> Any:
    wanted, listed = _listed()
    form = _offer(MakeLotForm(), wanted)
    typed = _read(listed, _packaging(wanted))
    if not form.validate_on_submit() or typed.errors or wanted.producer_id is None:
        return _page(form, wanted, listed, typed), 400
    try:
        made = transact(_making(form, wanted.producer_id, typed))
    except NotForThisProducer as error:
        form.variant.errors = [*form.variant.errors, error_message(error), *reason_sentences(error)]
        return _page(form, wanted, listed, typed), 400
    except UnusualYield as asked:
        show_errors(form, asked)
        form.sure.data = str(asked.yield_bp)
        return _page(form, wanted, listed, typed), asked.status
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return _page(form, wanted, listed, typed), error.status
    flash(gettext("The lot is made. It is for sale now."), "ok")
    return redirect(url_for("village.processing", processing_id=made), 303)


def _listed() -> tuple[SlipFilter, Sequence[Slip]]:
    """What the address asks for, of one workshop and one raw good; a form sent again may use more than is left now."""
    session, own = read_session(), current_viewer().village_ids
    known = {one.id for one in workshops(session, own)}
    producer_id = asked_number("workshop")
    asked = SlipFilter(
        producer_id=producer_id if producer_id in known else min(known, default=None),
        raw_good_id=asked_number("raw_good"),
        grade_id=asked_number("grade"),
        since=calendar_day(request.args.get("since", "")),
    )
    listed = slips_left(session, own, asked, most=MOST_INTAKES) if asked.producer_id else []
    raw_good_id = asked.raw_good_id or (listed[0].raw_good_id if listed else None)
    wanted = SlipFilter(asked.producer_id, raw_good_id, asked.grade_id, since=asked.since)
    return wanted, [one for one in listed if one.raw_good_id == raw_good_id]


def _read(listed: Sequence[Slip], packaging: Sequence[KeptPackaging]) -> Typed:
    """The ticked slips with their weights, and pieces of packaging; what is wrong is kept beside it."""
    typed = Typed()
    ids = {one.id for one in listed} | set(form_numbers(request.form.getlist("use")))
    for intake_id in ids:
        typed.weights[intake_id] = request.form.get(f"g-{intake_id}", "")[:20]
        if str(intake_id) in request.form.getlist("use"):
            typed.chosen.add(intake_id)
            _read_into(typed, typed.grams, intake_id, f"g-{intake_id}", read_jin)
    for one in packaging:
        typed.pieces[one.id] = request.form.get(f"p-{one.id}", "")[:20]
        if typed.pieces[one.id].strip():
            _read_into(typed, typed.packaging, one.id, f"p-{one.id}", read_whole_number)
    return typed


def _read_into(typed: Typed, target: dict[int, int], key: int, name: str, read: Any) -> None:
    try:
        target[key] = read(request.form.get(name, ""))
    except WrongNumber as wrong:
        typed.errors[name] = gettext(wrong.message)


def _making(form: MakeLotForm, producer_id: int, typed: Typed) -> Any:
    own, actor_id, now = current_viewer().village_ids, current_user_id(), utc_now()
    batch = Batch(
        producer_id=producer_id,
        grams=dict(typed.grams),
        variant_id=form.variant.data,
        units=form.units.data or 0,
        lost_g=form.lost.data or 0,
        packaging=dict(typed.packaging),
        best_before=form.best_before.data,
        sure_bp=form.sure.number,
        token=form.token.data or "",
    )
    return lambda s: process(s, batch, village_ids=own, actor_id=actor_id, now=now).id


def _offer(form: MakeLotForm, wanted: SlipFilter) -> MakeLotForm:
    keepers = [wanted.producer_id] if wanted.producer_id else []
    goods = declarable(read_session(), keepers, today=shanghai_date(utc_now())) if keepers else []
    form.variant.choices = [
        (one.variant_id, f"{bilingual(one, 'name')} · {bilingual(one, 'pack')}") for one in goods
    ]
    return form


def _packaging(wanted: SlipFilter) -> list[KeptPackaging]:
    return workshop_packaging(read_session(), wanted.producer_id) if wanted.producer_id else []


def _page(form: MakeLotForm, wanted: SlipFilter, listed: Sequence[Slip], typed: Typed) -> str:
    session, own = read_session(), current_viewer().village_ids
    _offer(form, wanted)
    known = grades(session, today=shanghai_date(utc_now()))
    usual: Mapping[int, int] = usual_yields(session, [wanted.raw_good_id]) if wanted.raw_good_id else {}
    return page(
        "village/processing_new.html",
        "intake",
        form=form,
        wanted=wanted,
        listed=listed,
        typed=typed,
        workshops=workshops(session, own),
        raw_goods={one.raw_good_id: bilingual(one, "raw") for one in known},
        grades=[one for one in known if one.raw_good_id == wanted.raw_good_id],
        usual_bp=usual.get(wanted.raw_good_id or 0),
        packaging=_packaging(wanted),
    )
