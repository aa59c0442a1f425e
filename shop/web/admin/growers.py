"""Households and workshops, and who works for them. A household's record is opened with a reason, which is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, TextAreaField
from wtforms.validators import Length, NumberRange

from shop.accounts.file_looks import REASONS, note_look, recent_reason
from shop.accounts.models import RoleName
from shop.catalogue.assignments import add_worker_by_email, producer_of_household, remove_worker, workers_of
from shop.catalogue.desk import all_of, find_households, find_workshops
from shop.catalogue.editing.people import get_household, get_workshop, save_household, save_workshop
from shop.catalogue.models import Household, Producer, Village
from shop.kit.clock import utc_now
from shop.kit.text import msg
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.entity import Entity, Values, add_entity, show_form
from shop.web.admin.fields import NEEDED, IdField, slug, text
from shop.web.admin.listing import Asked, Column, Filter
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act
from shop.web.admin.words import choices, named, options
from shop.web.database import read_session, transact
from shop.web.fields import WholeNumberField
from shop.web.filters import bilingual
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.links import safe_next
from shop.web.viewer import current_user_id


class HouseholdForm(ShopForm):
    slug = slug()
    village_id = IdField(_("Village"), [NEEDED])
    alias_zh = text(_("Alias in Chinese"), 40, needed=True)
    alias_en = text(_("Alias in English"), 80, needed=True)
    people = WholeNumberField(
        _("People"), [NEEDED, NumberRange(1, 50)], description=_("For income a head. Never shown to buyers.")
    )
    phone = text(_("Phone"), 20)
    story_zh = TextAreaField(_("Story in Chinese"), [Length(max=2000)])
    story_en = TextAreaField(_("Story in English"), [Length(max=2000)])
    consents = BooleanField(_("It agreed that alias and story are shown"))
    active = BooleanField(_("It supplies goods"), default=True)


class WorkshopForm(ShopForm):
    slug = slug()
    village_id = IdField(_("Village"), [NEEDED])
    name_zh = text(_("Name in Chinese"), 80, needed=True)
    name_en = text(_("Name in English"), 120, needed=True)
    phone = text(_("Phone"), 20)
    active = BooleanField(_("It supplies goods"), default=True)


def _households(session: Session, wanted: Asked) -> Page[Any]:
    return find_households(session, q=wanted.text("q"), village_id=wanted.number("village"), page=wanted.page)


def _workshops(session: Session, wanted: Asked) -> Page[Any]:
    return find_workshops(session, page=wanted.page)


def _offer_villages(form: ShopForm, session: Session) -> None:
    form.village_id.offer(choices(all_of(session, Village)))


def _village_options(session: Session) -> list[tuple[str, str]]:
    return options(all_of(session, Village))


def _consent(_session: Session, household: Household) -> Values:
    return {"consents": household.consented_at is not None}


def _workers_of_household(session: Session, household: Household) -> Mapping[str, Any]:
    found = _workers(session, producer_of_household(session, household.id))
    return {**found, "household_id": household.id}


def _workers_of_workshop(session: Session, workshop: Producer) -> Mapping[str, Any]:
    return _workers(session, workshop.id)


def _workers(session: Session, producer_id: int | None) -> Mapping[str, Any]:
    workers = workers_of(session, producer_id) if producer_id is not None else []
    return {"producer_id": producer_id, "workers": workers, "here": request.path.removesuffix("/open")}


def _ask_why(household: Household) -> str | None:
    """A page instead of the record: looking at it is written down, so a button opens it, not a link.

    Who said why a short while ago is not asked again.
    """
    if recent_reason(read_session(), household.id, actor_id=current_user_id(), now=utc_now()):
        return None
    return _why_page(household)


def _why_page(household: Household) -> str:
    return desk_page("admin/why.html", "households", household=household, reasons=REASONS)


HOUSEHOLD_FILTERS: Final = (
    Filter("q", msg("Alias")),
    Filter("village", msg("Village"), "select", _village_options),
)
HOUSEHOLDS: Final = Entity(
    key="households",
    title=msg("Households"),
    note=msg("Opening a record asks for the reason and is written down."),
    columns=(
        Column(
            "alias",
            msg("Alias"),
            value=lambda row: bilingual(row.Household, "alias"),
            head=True,
            link=lambda row: url_for("admin.households_one", record_id=row.Household.id),
        ),
        Column("village", msg("Village"), value=lambda row: bilingual(row, "village")),
        Column("slug", msg("Short name"), value=lambda row: row.Household.slug),
        Column(
            "consented",
            msg("Consent"),
            kind="flag",
            value=lambda row: row.Household.consented_at is not None,
        ),
        Column("active", msg("Supplies"), kind="flag", value=lambda row: row.Household.active),
    ),
    filters=HOUSEHOLD_FILTERS,
    rows=_households,
    form=HouseholdForm,
    fixed=("slug",),
    choices=_offer_villages,
    fill=_consent,
    read=get_household,
    write=save_household,
    name=lambda household: bilingual(household, "alias"),
    create_label=msg("Add a household"),
    gate=_ask_why,
    tables=("households",),
    more=_workers_of_household,
    template="admin/producer.html",
)
add_entity(HOUSEHOLDS)
add_entity(
    Entity(
        key="workshops",
        subject="producer",
        opens_new=True,
        title=msg("Workshops"),
        columns=(
            Column(
                "name",
                msg("Workshop"),
                value=lambda row: named(row.Producer),
                head=True,
                link=lambda row: url_for("admin.workshops_one", record_id=row.Producer.id),
            ),
            Column("village", msg("Village"), value=lambda row: bilingual(row, "village")),
            Column("phone", msg("Phone"), value=lambda row: row.Producer.phone),
            Column("active", msg("Supplies"), kind="flag", value=lambda row: row.Producer.active),
        ),
        rows=_workshops,
        form=WorkshopForm,
        fixed=("slug",),
        choices=_offer_villages,
        read=get_workshop,
        write=save_workshop,
        name=named,
        create_label=msg("Add a workshop"),
        more=_workers_of_workshop,
        template="admin/producer.html",
    )
)


@admin.post("/households/<int:record_id>/open")
@requires(RoleName.ADMIN)
def open_household(record_id: int) -> Any:
    """Note who opens the record, when and why; then show it."""
    household, reason = get_household(read_session(), record_id), request.form.get("reason", "")
    if reason not in REASONS:
        return _why_page(household), 400
    actor_id, now = current_user_id(), utc_now()
    transact(lambda session: note_look(session, record_id, reason, actor_id=actor_id, now=now))
    return show_form(HOUSEHOLDS, record_id)


@admin.post("/producers/<int:producer_id>/workers")
@requires(RoleName.ADMIN)
def add_producer_worker(producer_id: int) -> Response:
    email, actor_id, now = request.form.get("email", ""), current_user_id(), utc_now()
    return act(
        lambda session: add_worker_by_email(session, producer_id, email, actor_id=actor_id, now=now),
        done=gettext("Added."),
        back=_back(),
    )


@admin.post("/producers/<int:producer_id>/workers/<int:user_id>/remove")
@requires(RoleName.ADMIN)
def remove_producer_worker(producer_id: int, user_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: remove_worker(session, producer_id, user_id, actor_id=actor_id, now=now),
        done=gettext("Removed."),
        back=_back(),
    )


def _back() -> str:
    return safe_next(request.form.get("back"), url_for("admin.households"))
