"""Organisations with their members, and the units that purchases are counted for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField

from shop.accounts.membership import MEMBER_ROLES, members_of, remove_member
from shop.accounts.models import Organisation, OrganisationKind, RoleName
from shop.accounts.organisation_addresses import addresses_of
from shop.accounts.organisation_desk import (
    KINDS,
    get_organisation,
    list_organisations,
    save_organisation,
    set_member,
    unions_and_units,
)
from shop.accounts.organisation_models import Span
from shop.accounts.organisation_papers import papers_of
from shop.accounts.spending_limits import limits_by_member, limits_of
from shop.accounts.terms import grant_of
from shop.accounts.units import get_unit, page_of_units, save_unit
from shop.kit.clock import utc_now
from shop.kit.text import msg
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.entity import Entity, add_entity
from shop.web.admin.fields import NEEDED, IdField, slug, text
from shop.web.admin.listing import Asked, Column, Filter
from shop.web.admin.saving import act
from shop.web.admin.words import named
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.viewer import current_user_id

SPANS: Final = {
    Span.ORDER: msg("Of one order"),
    Span.MONTH: msg("In a calendar month"),
    Span.YEAR: msg("In a calendar year"),
}


class OrganisationForm(ShopForm):
    slug = slug()
    name = text(_("Name of the organisation"), 120, needed=True)
    invoice_title = text(_("Title on invoices"), 120, needed=True)
    tax_number = text(_("Unified social credit code"), 18, needed=True)
    kind = SelectField(_("What it is"), [NEEDED], choices=[], default=OrganisationKind.DEPARTMENT.value)
    parent_id = IdField(_("Sub-union of"))
    unit_id = IdField(
        _("Unit of the university"),
        description=_("Its owner may let people of this unit join by themselves."),
    )


class UnitForm(ShopForm):
    slug = slug()
    name_zh = text(_("Name in Chinese"), 80, needed=True)
    name_en = text(_("Name in English"), 120, needed=True)


def _organisations(session: Session, wanted: Asked) -> Page[Any]:
    return list_organisations(session, text=wanted.text("q"), page=wanted.page)


def _choices(form: Any, session: Session) -> None:
    unions, units = unions_and_units(session)
    form.kind.choices = [(kind.value, gettext(word)) for kind, word in KINDS.items()]
    own_id = (request.view_args or {}).get("record_id")  # nobody is part of itself
    form.parent_id.offer([one for one in unions if one[0] != own_id], empty="–")
    form.unit_id.offer([(unit.id, named(unit)) for unit in units], empty="–")


def _units(session: Session, wanted: Asked) -> Page[Any]:
    return page_of_units(session, page=wanted.page)


def _members(session: Session, organisation: Organisation) -> Mapping[str, Any]:
    """Who belongs to it, and what its owner and finance keep: read here, changed on their own pages. Seven statements."""
    members = limits_by_member(session, organisation.id)
    return {
        "members": members_of(session, organisation.id),
        "member_roles": MEMBER_ROLES,
        "papers": papers_of(session, organisation.id),
        "addresses": addresses_of(session, [organisation.id]),
        "limits": limits_of(session, organisation.id, None),
        "limits_of_members": members,
        "spans": SPANS,
        "grant": grant_of(session, organisation.id),
    }


add_entity(
    Entity(
        key="organisations",
        opens_new=True,
        title=msg("Organisations"),
        columns=(
            Column(
                "name",
                msg("Organisation"),
                head=True,
                link=lambda row: url_for("admin.organisations_one", record_id=row.id),
            ),
            Column("kind", msg("What it is"), value=lambda row: gettext(KINDS[row.kind])),
            Column("tax_number", msg("Unified social credit code")),
            Column("members", msg("Members"), kind="number"),
        ),
        filters=(Filter("q", msg("Name of the organisation")),),
        rows=_organisations,
        form=OrganisationForm,
        choices=_choices,
        fixed=("slug",),
        read=get_organisation,
        write=save_organisation,
        name=lambda organisation: organisation.name,
        create_label=msg("Add an organisation"),
        more=_members,
        template="admin/organisation.html",
    )
)
add_entity(
    Entity(
        key="units",
        title=msg("Departments"),
        note=msg("Departments and schools that purchases are counted for."),
        columns=(
            Column(
                "name",
                msg("Department"),
                value=named,
                head=True,
                link=lambda row: url_for("admin.units_one", record_id=row.id),
            ),
            Column("slug", msg("Short name")),
        ),
        rows=_units,
        form=UnitForm,
        fixed=("slug",),
        read=get_unit,
        write=save_unit,
        name=named,
        create_label=msg("Add a department"),
    )
)


@admin.post("/organisations/<int:organisation_id>/members")
@requires(RoleName.ADMIN)
def add_organisation_member(organisation_id: int) -> Response:
    email, role = request.form.get("email", ""), request.form.get("role", "")
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: set_member(session, organisation_id, email, role, actor_id=actor_id, now=now),
        done=gettext("Added."),
        back=url_for("admin.organisations_one", record_id=organisation_id),
    )


@admin.post("/organisations/<int:organisation_id>/members/<int:user_id>/remove")
@requires(RoleName.ADMIN)
def remove_organisation_member(organisation_id: int, user_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: remove_member(session, organisation_id, user_id, actor_id=actor_id, now=now),
        done=gettext("Removed."),
        back=url_for("admin.organisations_one", record_id=organisation_id),
    )
