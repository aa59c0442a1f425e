"""What an owner keeps for the organisation: invoices, projects, who signs, addresses, limits of all."""

from __future__ import annotations

from datetime import datetime

from flask import render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.membership import UNIT_ROLES
from shop.accounts.models import Organisation, Unit
from shop.accounts.organisation_addresses import addresses_of
from shop.accounts.organisation_desk import KINDS, save_own_facts, sub_unions
from shop.accounts.organisation_models import Duty
from shop.accounts.organisation_papers import (
    DUTIES,
    add_project,
    add_signer,
    make_default,
    papers_of,
    remove_project,
    remove_signer,
)
from shop.accounts.organisations import OWNER, Membership
from shop.accounts.spending_limits import limits_of, set_limits
from shop.web.database import read_session
from shop.web.forms import ShopForm
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.forms import FactsForm, LimitsForm, ProjectForm, SignerForm
from shop.web.organisation.membership import own_organisation
from shop.web.organisation.pressing import Work, press, save


@organisation.get("/<slug>/settings")
@signed_in
def settings(slug: str) -> str:
    return _page(slug)


@organisation.post("/<slug>/settings")
@signed_in
@limiter.limit(FORMS)
def save_settings(slug: str) -> Response | tuple[str, int]:
    form = FactsForm(prefix="facts-")

    def work(session: Session, here: Membership, now: datetime) -> None:
        values = {"invoice_title": form.invoice_title.data, "tax_number": form.tax_number.data}
        role = form.unit_role.data if form.unit_role.data in UNIT_ROLES else None
        save_own_facts(session, here.organisation.id, values, unit_role=role, actor_id=here.user_id, now=now)

    return _saved(slug, form, work, "facts")


@organisation.post("/<slug>/settings/projects")
@signed_in
@limiter.limit(FORMS)
def save_project(slug: str) -> Response | tuple[str, int]:
    form = ProjectForm(prefix="project-")

    def work(session: Session, here: Membership, now: datetime) -> None:
        number, name, is_default = form.number.data or "", form.name.data or "", bool(form.is_default.data)
        add_project(
            session,
            here.organisation.id,
            number,
            name,
            is_default=is_default,
            actor_id=here.user_id,
            now=now,
        )

    return _saved(slug, form, work, "project", "projects")


@organisation.post("/<slug>/settings/projects/<int:project_id>/default")
@signed_in
@limiter.limit(FORMS)
def choose_project(slug: str, project_id: int) -> Response:
    def work(session: Session, here: Membership, now: datetime) -> None:
        make_default(session, here.organisation.id, project_id, actor_id=here.user_id, now=now)

    return press(slug, work, OWNER, done=_("Saved."), back=_back(slug, "projects"))


@organisation.post("/<slug>/settings/projects/<int:project_id>/remove")
@signed_in
@limiter.limit(FORMS)
def drop_project(slug: str, project_id: int) -> Response:
    def work(session: Session, here: Membership, now: datetime) -> None:
        remove_project(session, here.organisation.id, project_id, actor_id=here.user_id, now=now)

    return press(slug, work, OWNER, done=_("Removed."), back=_back(slug, "projects"))


@organisation.post("/<slug>/settings/signers")
@signed_in
@limiter.limit(FORMS)
def save_signer(slug: str) -> Response | tuple[str, int]:
    form = SignerForm(prefix="signer-")

    def work(session: Session, here: Membership, now: datetime) -> None:
        duty, name = Duty(form.duty.data), form.name.data or ""
        add_signer(session, here.organisation.id, duty, name, actor_id=here.user_id, now=now)

    return _saved(slug, form, work, "signer", "signers")


@organisation.post("/<slug>/settings/signers/<int:signer_id>/remove")
@signed_in
@limiter.limit(FORMS)
def drop_signer(slug: str, signer_id: int) -> Response:
    def work(session: Session, here: Membership, now: datetime) -> None:
        remove_signer(session, here.organisation.id, signer_id, actor_id=here.user_id, now=now)

    return press(slug, work, OWNER, done=_("Removed."), back=_back(slug, "signers"))


@organisation.post("/<slug>/settings/limits")
@signed_in
@limiter.limit(FORMS)
def save_limits(slug: str) -> Response | tuple[str, int]:
    form = LimitsForm(prefix="limits-")

    def work(session: Session, here: Membership, now: datetime) -> None:
        set_limits(session, here.organisation.id, None, form.wanted(), actor_id=here.user_id, now=now)

    return _saved(slug, form, work, "limits", "limits")


def _saved(
    slug: str, form: ShopForm, work: Work, name: str, part: str | None = None
) -> Response | tuple[str, int]:
    """Back to its `part` of the page; or the page with this form, which says what is wrong and keeps what was typed."""
    done = save(slug, form, work, OWNER, done=_("Saved."), back=_back(slug, part))
    return done or (_page(slug, **{name: form}), 400)


def _page(slug: str, **sent: ShopForm) -> str:
    """`sent`: the form that was just sent, by its name, where something in it is wrong."""
    own = own_organisation(slug, OWNER).organisation
    session = read_session()
    forms: dict[str, ShopForm] = {
        "facts": FactsForm(formdata=None, prefix="facts-", obj=own),
        "project": ProjectForm(formdata=None, prefix="project-"),
        "signer": SignerForm(formdata=None, prefix="signer-", duty=Duty.HANDLER.value),
        "limits": LimitsForm(formdata=None, prefix="limits-", **_limits(session, own.id)),
    }
    return render_template(
        "organisation/settings.html",
        organisation=own,
        kind=KINDS[own.kind],
        parent=session.get(Organisation, own.parent_id) if own.parent_id else None,
        unit=session.get(Unit, own.unit_id) if own.unit_id else None,
        below=sub_unions(session, own.id),
        papers=papers_of(session, own.id),
        duties=DUTIES,
        addresses=addresses_of(session, [own.id]),
        **(forms | sent),
    )


def _limits(session: Session, organisation_id: int) -> dict[str, int]:
    return {span.value: fen for span, fen in limits_of(session, organisation_id, None).items()}


def _back(slug: str, part: str | None = None) -> str:
    return url_for("organisation.settings", slug=slug, _anchor=part)
