"""What a member sees on the phone: the allowance, packages, single goods, place and time; or somebody for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import Organisation
from shop.campaigns.choosing import Chooser, Wish, choose, is_choosing, units_of, usable_of
from shop.campaigns.day.collecting import collecting_of
from shop.campaigns.deciding import choose_for, demand_hand
from shop.campaigns.home import home_of
from shop.campaigns.links import member_of_link
from shop.campaigns.lost import losses_of
from shop.campaigns.matching import member_of_user, open_campaigns_of
from shop.campaigns.member_models import CampaignMember, Choice, ChosenBy, Standing
from shop.campaigns.models import Campaign, CampaignState
from shop.campaigns.opened import note_opened
from shop.campaigns.parcels import parcel_number
from shop.campaigns.reading import Offer, read_offer
from shop.campaigns.swapped import swaps_of
from shop.campaigns.top_ups import Live, own_units
from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.references import secret_token
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import signed_in
from shop.web.limits import FORMS, QUESTIONS, by_person, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.campaigns.choice_form import (
    FREE,
    HOME,
    ChoiceForm,
    choice_form,
    number_of,
    read_choice,
    saved_addresses,
    typed_units,
)
from shop.web.organisation.campaigns.frame import campaign_page, own_desk, refusal
from shop.web.organisation.campaigns.link_limits import by_link
from shop.web.organisation.campaigns.own_orders import call_off_own, own_orders, unpaid_page
from shop.web.viewer import current_user_id

_HIDDEN: Final = {CampaignState.DRAFT, CampaignState.DROPPED}


@organisation.get("/campaigns")
@signed_in
def own_campaigns() -> str:
    """Those in which this account's person may choose or has chosen."""
    found = open_campaigns_of(read_session(), current_user_id())
    return render_template("organisation/campaigns/own.html", found=found)


@organisation.route("/campaigns/<int:campaign_id>/choose", methods=["GET", "POST"])
@limiter.limit(FORMS, key_func=by_person)
@signed_in
def choose_in_campaign(campaign_id: int) -> Any:
    member, user_id = own_member(campaign_id), current_user_id()
    here = url_for("organisation.choose_in_campaign", campaign_id=campaign_id)
    member_id, now = member.id, utc_now()
    by = Chooser(ChosenBy.MEMBER, user_id)
    return _page_or_choice(
        member_id,
        here,
        lambda wish: partial(choose, member_id=member_id, wish=wish, chooser=by, now=now),
        user_id,
    )


@organisation.post("/campaigns/<int:campaign_id>/seen")
@limiter.limit(FORMS, key_func=by_person)
@signed_in
def see_campaign(campaign_id: int) -> Response:
    member_id, now = own_member(campaign_id).id, utc_now()
    transact(lambda s: note_opened(s, member_id, now=now))
    return redirect(url_for("organisation.choose_in_campaign", campaign_id=campaign_id), 303)


@organisation.route("/campaigns/by-link/<key>", methods=["GET", "POST"])
@limiter.limit(QUESTIONS, key_func=by_link)
def choose_by_link(key: str) -> Any:
    """For that person alone, without an account. Raises LinkOver."""
    member = member_behind_link(key)
    here, member_id, now = url_for("organisation.choose_by_link", key=key), member.id, utc_now()
    by = Chooser(ChosenBy.LINK)
    return _page_or_choice(
        member_id,
        here,
        lambda wish: partial(choose, member_id=member_id, wish=wish, chooser=by, now=now),
        None,
    )


@organisation.post("/campaigns/by-link/<key>/seen")
@limiter.limit(QUESTIONS, key_func=by_link)
def see_campaign_by_link(key: str) -> Response:
    member_id, now = member_behind_link(key).id, utc_now()
    transact(lambda s: note_opened(s, member_id, now=now))
    return redirect(url_for("organisation.choose_by_link", key=key), 303)


@organisation.route(
    "/<slug>/campaigns/<int:campaign_id>/members/<int:member_id>/choose", methods=["GET", "POST"]
)
@limiter.limit(FORMS)
@signed_in
def choose_for_member(slug: str, campaign_id: int, member_id: int) -> Any:
    """The organiser or the unit's representative, for who cannot."""
    desk = own_desk(slug, campaign_id)
    demand_hand(desk)
    member = read_session().get(CampaignMember, member_id)
    if member is None or member.campaign_id != campaign_id or not desk.sees_unit(member.unit_id):
        raise NotFound()
    actor_id, now = current_user_id(), utc_now()
    here = url_for("organisation.choose_for_member", slug=slug, campaign_id=campaign_id, member_id=member_id)
    back = url_for("organisation.campaign_member", slug=slug, campaign_id=campaign_id, member_id=member_id)

    def work(wish: Wish) -> Callable[[Any], Choice]:
        return partial(
            choose_for, campaign_id=campaign_id, member_id=member_id, wish=wish, actor_id=actor_id, now=now
        )

    return _page_or_choice(member_id, here, work, None, back=back)


@organisation.get("/<slug>/campaigns/<int:campaign_id>/preview")
@signed_in
def preview_campaign(slug: str, campaign_id: int) -> str:
    """The members' page, with nobody's choice and without a button that sends it."""
    desk = own_desk(slug, campaign_id)
    offer = read_offer(read_session(), campaign_id)
    return campaign_page(
        "choose",
        desk,
        **_facts(offer, None, (), desk.campaign.allowance_fen),
        form=choice_form(None),
        preview=True,
    )


def _page_or_choice(
    member_id: int,
    here: str,
    work: Callable[[Wish], Callable[[Any], Choice]],
    user_id: int | None,
    back: str = "",
) -> Any:
    """`user_id`: whose address book and payment it is; None behind a link, and for who chooses for somebody else."""
    if request.method == "GET":
        return _page(member_id, here, back, user_id)
    form, session = choice_form(user_id, is_sent=True), read_session()
    member = session.get_one(CampaignMember, member_id)
    try:
        wish = read_choice(form, read_offer(session, member.campaign_id), member.name, user_id)
        transact(work(wish))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return _page(member_id, here, back, user_id, form, error), error.status
    call_off_own(member_id)
    to_pay = unpaid_page(member_id) if not back else None
    if to_pay is not None:
        flash(gettext("Chosen. Your own part waits for its payment: unpaid, it is not ordered."), "ok")
        return redirect(to_pay, 303)
    flash(gettext("Chosen. You can change it until choosing ends."), "ok")
    return redirect(back or here, 303)


def _page(
    member_id: int,
    here: str,
    back: str,
    user_id: int | None,
    form: ChoiceForm | None = None,
    refused: InvalidInput | Conflict | None = None,
) -> str:
    session, now = read_session(), utc_now()
    member = session.get_one(CampaignMember, member_id)
    offer, choice = read_offer(session, member.campaign_id), session.get(Choice, member_id)
    usable = usable_of(session, offer.campaign, member, choice)
    own = own_orders(member_id)
    home = home_of(session, member_id)
    return render_template(
        "organisation/campaigns/choose.html",
        campaign=offer.campaign,
        organisation=session.get_one(Organisation, offer.campaign.organisation_id),
        member=member,
        here=here,
        back=back,
        refused=refusal(refused) if refused is not None else "",
        preview=False,
        collecting=collecting_of(session, member_id, now=now),
        can_choose=is_choosing(offer.campaign, now) and member.standing is Standing.ENROLLED,
        had_units=units_of(session, member_id),
        home=home,
        own=own,
        own_part=_own_part(refused),
        form=form or choice_form(user_id, home, phone=member.phone),
        saved=saved_addresses(user_id),
        may_top_up=offer.campaign.own_top_up and not back,
        parcel=parcel_number(session, member_id),
        swaps=swaps_of(session, member_id),
        lost=losses_of(session, member_id),
        **_facts(offer, choice, own, usable, is_sent=form is not None),
    )


def _own_part(refused: InvalidInput | Conflict | None) -> dict[str, Any] | None:
    """What the member would pay and get back, as the shop says it; after any other mistake what was confirmed before."""
    if refused is None:
        return None
    if "own_fen" in refused.facts:
        return refused.facts
    sums = {"own_fen": number_of("own_seen"), "refund_fen": number_of("refund_seen")}
    return sums | {"units": {}, "given_up": []} if any(sums.values()) else None


def _facts(
    offer: Offer,
    choice: Choice | None,
    own: Sequence[tuple[Live, str]],
    usable_fen: int,
    *,
    is_sent: bool = False,
) -> dict[str, Any]:
    """What is marked: what was just sent, else what was chosen, else the default package and the first free time."""
    facts: dict[str, Any] = {
        "offer": offer,
        "choice": choice,
        "usable_fen": usable_fen,
        "token": secret_token(),
        "now": utc_now(),
    }
    if is_sent:
        package, slot = request.form.get("package", FREE), request.form.get("slot", "")
        marked = None if package == FREE else number_of("package")
        units = typed_units() if package == FREE else {}
        return facts | {
            "package_id": marked, "slot_id": HOME if slot == HOME else number_of("slot"), "units": units,
            "marks_free": package == FREE,
        }  # fmt: skip
    if choice is not None:
        slot_id = choice.slot_id if choice.pickup_point_id is not None else HOME
        units = _all_units(choice, own) if choice.package_id is None else {}
        return facts | {
            "package_id": choice.package_id, "slot_id": slot_id, "units": units,
            "marks_free": choice.package_id is None,
        }  # fmt: skip
    default = offer.default.row.id if offer.default else None
    free_slot = next((slot.id for slot in offer.slots if slot.left > 0), None)
    return facts | {"package_id": default, "slot_id": free_slot, "units": {}, "marks_free": False}


def _all_units(choice: Choice, own: Sequence[tuple[Live, str]]) -> dict[int, int]:
    """What the union buys, and what the member does."""
    units = Counter[int](units_of(read_session(), choice.member_id))
    units.update(own_units([one for one, _page in own]))
    return dict(units)


def own_member(campaign_id: int) -> CampaignMember:
    """Raises NotFound for who is no member, and while it is a draft."""
    member = member_of_user(read_session(), campaign_id, current_user_id())
    if member is None or _is_hidden(campaign_id):
        raise NotFound()
    return member


def member_behind_link(key: str) -> CampaignMember:
    chosen = settings()
    member = member_of_link(read_session(), key, (chosen.secret_key, *chosen.secret_key_fallbacks))
    if _is_hidden(member.campaign_id):
        raise NotFound()
    return member


def _is_hidden(campaign_id: int) -> bool:
    return read_session().get_one(Campaign, campaign_id).state in _HIDDEN
