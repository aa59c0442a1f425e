"""Who belongs to an organisation, what they may do and spend, and who is asked to join."""

from __future__ import annotations

from datetime import datetime

from flask import render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.invitations import invite, take_back, waiting_invitations
from shop.accounts.membership import (
    MEMBER_ROLES,
    change_role,
    get_member,
    page_of_members,
    remove_member,
)
from shop.accounts.models import Unit
from shop.accounts.organisations import APPROVER, OWNER, Membership
from shop.accounts.spending_limits import SPANS, limits_by_member, limits_of, set_limits
from shop.kit.clock import utc_now
from shop.ordering.approvals.spending import spent_by
from shop.web.database import read_session
from shop.web.guards import signed_in
from shop.web.language import current_language
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.forms import InviteForm, LimitsForm, RoleForm
from shop.web.organisation.membership import own_organisation
from shop.web.organisation.pressing import press, save


@organisation.get("/<slug>/members")
@signed_in
def members(slug: str) -> str:
    return _page(slug, InviteForm(formdata=None))


@organisation.post("/<slug>/members/invite")
@signed_in
@limiter.limit(FORMS)
def invite_member(slug: str) -> Response | tuple[str, int]:
    form, language = InviteForm(), current_language()

    def work(session: Session, here: Membership, now: datetime) -> None:
        typed, role, invited_by = form.contact.data or "", form.role.data, here.user_id
        invite(session, here.organisation.id, typed, role, language=language, actor_id=invited_by, now=now)

    done = save(
        slug, form, work, OWNER, done=_("Invited. The message with the link is on its way."), back=_back(slug)
    )
    return done or (_page(slug, form), 400)


@organisation.post("/<slug>/members/invitations/<int:invitation_id>/end")
@signed_in
@limiter.limit(FORMS)
def end_invitation(slug: str, invitation_id: int) -> Response:
    def work(session: Session, here: Membership, now: datetime) -> None:
        take_back(session, here.organisation.id, invitation_id, actor_id=here.user_id, now=now)

    done = _("The invitation is taken back. Its link opens nothing any more.")
    return press(slug, work, OWNER, done=done, back=_back(slug))


@organisation.get("/<slug>/members/<int:user_id>")
@signed_in
def member(slug: str, user_id: int) -> str:
    return _member_page(slug, user_id)


@organisation.post("/<slug>/members/<int:user_id>")
@signed_in
@limiter.limit(FORMS)
def save_role(slug: str, user_id: int) -> Response | tuple[str, int]:
    form = RoleForm()

    def work(session: Session, here: Membership, now: datetime) -> None:
        change_role(session, here.organisation.id, user_id, form.role.data, actor_id=here.user_id, now=now)

    done = save(slug, form, work, OWNER, done=_("Saved."), back=_back(slug))
    return done or (_member_page(slug, user_id, role=form), 400)


@organisation.post("/<slug>/members/<int:user_id>/limits")
@signed_in
@limiter.limit(FORMS)
def save_member_limits(slug: str, user_id: int) -> Response | tuple[str, int]:
    form = LimitsForm()

    def work(session: Session, here: Membership, now: datetime) -> None:
        set_limits(session, here.organisation.id, user_id, form.wanted(), actor_id=here.user_id, now=now)

    done = save(slug, form, work, OWNER, done=_("Saved."), back=_back(slug))
    return done or (_member_page(slug, user_id, limits=form), 400)


@organisation.post("/<slug>/members/<int:user_id>/remove")
@signed_in
@limiter.limit(FORMS)
def drop_member(slug: str, user_id: int) -> Response:
    def work(session: Session, here: Membership, now: datetime) -> None:
        remove_member(session, here.organisation.id, user_id, actor_id=here.user_id, now=now)

    return press(slug, work, OWNER, done=_("Removed."), back=_back(slug))


def _page(slug: str, form: InviteForm) -> str:
    """Limits are for those who decide about money; addresses of invited people for who invites."""
    here, session, now = own_organisation(slug), read_session(), utc_now()
    own, is_owner = here.organisation, here.may(OWNER)
    return render_template(
        "organisation/members.html",
        organisation=own,
        here=here,
        is_owner=is_owner,
        members=page_of_members(session, own.id, page=request.args.get("page", 1, type=int)),
        member_roles=MEMBER_ROLES,
        spans=SPANS,
        limits=limits_by_member(session, own.id) if here.may(OWNER, APPROVER) else {},
        limits_of_all=limits_of(session, own.id, None),
        spent=spent_by(session, own.id, here.user_id, now=now),
        invitations=waiting_invitations(session, own.id, now=now) if is_owner else [],
        unit=session.get(Unit, own.unit_id) if own.unit_id and own.unit_role else None,
        form=form,
        page_url=lambda page: url_for("organisation.members", slug=slug, page=page),
    )


def _member_page(
    slug: str, user_id: int, *, role: RoleForm | None = None, limits: LimitsForm | None = None
) -> str:
    here, session = own_organisation(slug, OWNER), read_session()
    found = get_member(session, here.organisation.id, user_id)
    known = {span.value: fen for span, fen in limits_of(session, here.organisation.id, user_id).items()}
    return render_template(
        "organisation/member.html",
        organisation=here.organisation,
        member=found,
        spent=spent_by(session, here.organisation.id, user_id, now=utc_now()),
        role=role or RoleForm(formdata=None, role=found.role),
        limits=limits or LimitsForm(formdata=None, **known),
    )


def _back(slug: str) -> str:
    return url_for("organisation.members", slug=slug)
