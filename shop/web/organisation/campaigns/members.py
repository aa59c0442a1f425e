"""Members of a campaign: found, added late, leaving, chosen for; and who chose what as a file."""

from __future__ import annotations

from typing import Any, Final

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.audit import audit
from shop.campaigns.deciding import member_leaves, take_link_back
from shop.campaigns.errors import NumberTaken
from shop.campaigns.export_rows import goods_said, members_with_choices
from shop.campaigns.late_members import correct_member, enrol_one, plan_correction
from shop.campaigns.links import link_key
from shop.campaigns.member_models import CampaignMember, Choice
from shop.campaigns.member_table import typed_entry
from shop.campaigns.parcels import orders_home, parcels_of
from shop.campaigns.progress import members_page, units_of
from shop.campaigns.reading import read_offer
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.money import plain_yuan
from shop.web.database import patient_session, read_session, transact
from shop.web.exports import let_out
from shop.web.filters import status_word
from shop.web.form_errors import show_errors
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.campaigns.forms import MemberForm
from shop.web.organisation.campaigns.frame import campaign_page, managed, own_desk, press
from shop.web.phrases import language
from shop.web.tables import asked_kind, table_file
from shop.web.times import moment
from shop.web.viewer import current_user_id

_PATH: Final = "/<slug>/campaigns/<int:campaign_id>"


@organisation.get(f"{_PATH}/members")
@signed_in
def campaign_members(slug: str, campaign_id: int) -> str:
    return _list(slug, campaign_id, MemberForm())


@organisation.post(f"{_PATH}/members")
@limiter.limit(FORMS)
@signed_in
def add_campaign_member(slug: str, campaign_id: int) -> Any:
    """Somebody who came late."""
    managed(slug, campaign_id)
    form, actor_id, now, status = MemberForm(), current_user_id(), utc_now(), 400
    taken: NumberTaken | None = None
    if form.validate():
        try:
            entry = typed_entry(form.typed())
            transact(lambda s: enrol_one(s, campaign_id, entry, actor_id=actor_id, now=now))
        except (InvalidInput, Conflict) as error:
            taken = error if isinstance(error, NumberTaken) else None
            show_errors(form, error)
            status = error.status
        else:
            flash(gettext("%(name)s is on the list.", name=entry.name), "ok")
            return redirect(
                url_for("organisation.campaign_members", slug=slug, campaign_id=campaign_id, q=entry.number),
                303,
            )
    return _list(slug, campaign_id, form, taken), status


@organisation.post(f"{_PATH}/members/<int:member_id>/correct")
@limiter.limit(FORMS)
@signed_in
def correct_campaign_member(slug: str, campaign_id: int, member_id: int) -> Any:
    """Who has a number that was typed: first what would change, and only then it is written."""
    managed(slug, campaign_id)
    form, actor_id, now = MemberForm(), current_user_id(), utc_now()
    try:
        entry = typed_entry(form.typed())
        plan = plan_correction(read_session(), campaign_id, member_id, entry)
        if request.form.get("seen") == "1":
            transact(lambda s: correct_member(s, campaign_id, member_id, entry, actor_id=actor_id, now=now))
            flash(gettext("%(name)s is corrected.", name=entry.name), "ok")
            return redirect(
                url_for(
                    "organisation.campaign_member", slug=slug, campaign_id=campaign_id, member_id=member_id
                ),
                303,
            )
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return _list(slug, campaign_id, form), error.status
    return campaign_page("correction", own_desk(slug, campaign_id), plan=plan, typed=form.typed())


@organisation.get(f"{_PATH}/members/<int:member_id>")
@signed_in
def campaign_member(slug: str, campaign_id: int, member_id: int) -> str:
    desk, session = own_desk(slug, campaign_id), read_session()
    member = session.get(CampaignMember, member_id)
    if member is None or member.campaign_id != campaign_id or not desk.sees_unit(member.unit_id):
        raise NotFound()
    choice = session.get(Choice, member_id)
    can_act = desk.may_manage or not desk.sees_all
    key = link_key(member, settings().secret_key) if can_act else ""
    link = f"{settings().public_url}{url_for('organisation.choose_by_link', key=key)}" if key else ""
    return campaign_page(
        "member",
        desk,
        member=member,
        choice=choice,
        offer=read_offer(session, campaign_id),
        link=link,
        can_act=can_act,
        parcels=orders_home(session, member_id),
        now=utc_now(),
    )


@organisation.post(f"{_PATH}/members/<int:member_id>/leaves")
@limiter.limit(FORMS)
@signed_in
def campaign_member_leaves(slug: str, campaign_id: int, member_id: int) -> Response:
    managed(slug, campaign_id)
    keeps, actor_id, now = request.form.get("keeps") != "0", current_user_id(), utc_now()
    return press(
        lambda s: member_leaves(s, campaign_id, member_id, keeps=keeps, actor_id=actor_id, now=now),
        gettext("Kept as it was chosen.") if keeps else gettext("The allowance is back with the union."),
        url_for("organisation.campaign_member", slug=slug, campaign_id=campaign_id, member_id=member_id),
    )


@organisation.post(f"{_PATH}/members/<int:member_id>/link")
@limiter.limit(FORMS)
@signed_in
def end_campaign_link(slug: str, campaign_id: int, member_id: int) -> Response:
    own_desk(slug, campaign_id)
    actor_id, now = current_user_id(), utc_now()
    return press(
        lambda s: take_link_back(s, campaign_id, member_id, actor_id=actor_id, now=now),
        gettext("The link that was sent opens nothing any more. Below stands a new one."),
        url_for("organisation.campaign_member", slug=slug, campaign_id=campaign_id, member_id=member_id),
    )


@organisation.get(f"{_PATH}/choices.<kind>")
@signed_in
def export_choices(slug: str, campaign_id: int, kind: str) -> FlaskResponse:
    """For who manages it, or organises a sub-union: its own people."""
    asked_kind(kind)
    desk = own_desk(slug, campaign_id)
    if not desk.may_manage and desk.sees_all:
        raise NotFound()
    actor_id, now = current_user_id(), utc_now()
    let_out(
        lambda s: audit(s, actor_id, "campaign.exported", "campaign", campaign_id, {"format": kind}, now=now)
    )
    session = patient_session(seconds=60)
    desk, offer, chinese = own_desk(slug, campaign_id), read_offer(session, campaign_id), language() == "zh"
    points = {key: point.name_zh if chinese else point.name_en for key, point in offer.points.items()}
    slots = {slot.id: moment(slot.starts_at) for slot in offer.slots}
    packages = {one.row.id: one.row.name for one in offer.packages}
    parcels = parcels_of(session, campaign_id)
    rows = [_headings()]
    for member, unit in members_with_choices(session, desk):
        choice = member.choice
        rows.append(
            [
                member.staff_number,
                member.name,
                unit,
                status_word(member.standing, "campaign_member"),
                status_word(choice.chosen_by, "campaign_choice") if choice else gettext("Not chosen"),
                packages.get(choice.package_id or 0, gettext("Single goods")) if choice else "",
                goods_said(offer, choice, chinese=chinese),
                plain_yuan(choice.allowance_fen) if choice else "",
                points.get(choice.pickup_point_id or 0, gettext("Sent home")) if choice else "",
                slots.get(choice.slot_id or 0, "") if choice else "",
                plain_yuan(choice.freight_fen) if choice else "",
                plain_yuan(choice.own_fen) if choice else "",
                parcels.get(member.id, ""),
            ]
        )
    return table_file(rows, kind, name=f"campaign-{campaign_id}", title=gettext("Choices"))


def _headings() -> list[str]:
    return [
        gettext("Staff number"),
        gettext("Name"),
        gettext("Sub-union"),
        gettext("Standing"),
        gettext("Chosen by"),
        gettext("Package"),
        gettext("Goods"),
        gettext("Of the allowance in ¥"),
        gettext("Pickup point"),
        gettext("Time"),
        gettext("Freight in ¥"),
        gettext("Own money in ¥"),
        gettext("Order of the parcel"),
    ]


def _list(slug: str, campaign_id: int, form: MemberForm, taken: NumberTaken | None = None) -> str:
    desk, session = own_desk(slug, campaign_id), read_session()
    text, look = request.args.get("q", "")[:60], request.args.get("look", "")
    unit_id, number = request.args.get("unit", type=int), request.args.get("page", 1, type=int)
    return campaign_page(
        "members",
        desk,
        form=form,
        taken=taken,
        asked={"q": text, "look": look, "unit": unit_id},
        found=members_page(session, desk, text=text, look=look, unit_id=unit_id, page=number),
        units=units_of(session, desk),
    )
