"""What a draft offers: goods, packages, places and times."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.campaigns.offering import (
    MOST_UNITS,
    GoodPlan,
    add_goods,
    remove_package,
    remove_slot,
    save_goods,
    save_package,
    save_slot,
)
from shop.campaigns.reading import read_offer
from shop.campaigns.shelf import find_packs
from shop.delivery.runs import active_points
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import form_number, form_numbers, msg, typed_number
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.campaigns.forms import SlotForm
from shop.web.organisation.campaigns.frame import campaign_page, managed, press, refusal
from shop.web.phrases import language
from shop.web.viewer import current_user_id

_PATH: Final = "/<slug>/campaigns/<int:campaign_id>"


@organisation.get(f"{_PATH}/offer")
@signed_in
def campaign_offer(slug: str, campaign_id: int) -> str:
    """Goods with what goes instead, packages; and packs of the shop to take in."""
    return _offer_page(slug, campaign_id, request.args.get("package", type=int))


def _offer_page(slug: str, campaign_id: int, package_id: int | None, refused: str = "") -> str:
    desk, session = managed(slug, campaign_id), read_session()
    words = request.args.get("q", "")[:60]
    return campaign_page(
        "offer",
        desk,
        offer=read_offer(session, campaign_id),
        words=words,
        packs=find_packs(session, words, page=request.args.get("page", 1, type=int)),
        package_id=package_id,
        refused=refused,
        typed=request.form if refused else None,
    )


@organisation.post(f"{_PATH}/goods/add")
@limiter.limit(FORMS)
@signed_in
def add_campaign_good(slug: str, campaign_id: int) -> Response:
    managed(slug, campaign_id)
    actor_id, variant_id = current_user_id(), _number("variant_id")
    return press(
        lambda s: add_goods(s, campaign_id, [variant_id], actor_id=actor_id),
        gettext("Taken in. Say below how it is offered."),
        url_for("organisation.campaign_offer", slug=slug, campaign_id=campaign_id) + "#goods",
    )


@organisation.post(f"{_PATH}/goods")
@limiter.limit(FORMS)
@signed_in
def save_campaign_goods(slug: str, campaign_id: int) -> Response:
    managed(slug, campaign_id)
    actor_id, plans = current_user_id(), _typed_goods()
    return press(
        lambda s: save_goods(s, campaign_id, plans, actor_id=actor_id),
        gettext("Saved."),
        url_for("organisation.campaign_offer", slug=slug, campaign_id=campaign_id) + "#goods",
    )


@organisation.post(f"{_PATH}/packages")
@limiter.limit(FORMS)
@signed_in
def save_campaign_package(slug: str, campaign_id: int) -> Any:
    """What is refused stays on the page as it was typed."""
    managed(slug, campaign_id)
    actor_id, package_id = current_user_id(), _number("package_id") or None
    name, is_default = request.form.get("name", ""), "is_default" in request.form
    try:
        units = _typed_units()
        transact(
            lambda s: save_package(
                s, campaign_id, package_id, name, units, is_default=is_default, actor_id=actor_id
            )
        )
    except (InvalidInput, Conflict) as error:
        return _offer_page(slug, campaign_id, package_id, refused=refusal(error)), error.status
    flash(gettext("Saved."), "ok")
    return redirect(
        url_for("organisation.campaign_offer", slug=slug, campaign_id=campaign_id) + "#packages", 303
    )


def _typed_units() -> dict[int, int]:
    """By variant; empty is none. Raises InvalidInput for what is no number."""
    units: dict[int, int] = {}
    for name, typed in request.form.items():
        variant_id = form_number(name[2:]) if name[:2] == "u-" else None
        if variant_id is not None:
            try:
                units[variant_id] = typed_number(typed) if typed.strip() else 0
            except ValueError:
                raise InvalidInput(
                    msg("“%(typed)s” is no number of units. Of each from 1 to %(most)s, or none."),
                    field="units",
                    typed=typed.strip()[:20],
                    most=MOST_UNITS,
                ) from None
    return units


@organisation.post(f"{_PATH}/packages/<int:package_id>/remove")
@limiter.limit(FORMS)
@signed_in
def remove_campaign_package(slug: str, campaign_id: int, package_id: int) -> Response:
    managed(slug, campaign_id)
    actor_id = current_user_id()
    return press(
        lambda s: remove_package(s, campaign_id, package_id, actor_id=actor_id),
        gettext("The package is gone."),
        url_for("organisation.campaign_offer", slug=slug, campaign_id=campaign_id) + "#packages",
    )


@organisation.route(f"{_PATH}/places", methods=["GET", "POST"])
@limiter.limit(FORMS)
@signed_in
def campaign_places(slug: str, campaign_id: int) -> Any:
    """Pickup points with times, each for so many people."""
    managed(slug, campaign_id)
    form, actor_id = SlotForm(), current_user_id()
    _offer_points(form)
    if request.method == "POST" and form.validate():
        point_id, now = form.point_id.data, utc_now()
        starts_at, ends_at = form.starts_at.data or now, form.ends_at.data or now
        capacity = form.capacity.data or 0
        try:
            transact(
                lambda s: save_slot(
                    s,
                    campaign_id,
                    point_id=point_id,
                    starts_at=starts_at,
                    ends_at=ends_at,
                    capacity=capacity,
                    actor_id=actor_id,
                )
            )
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Saved."), "ok")
            return redirect(url_for("organisation.campaign_places", slug=slug, campaign_id=campaign_id), 303)
    page = campaign_page(
        "places", managed(slug, campaign_id), form=form, offer=read_offer(read_session(), campaign_id)
    )
    return (page, 400) if request.method == "POST" else page


@organisation.post(f"{_PATH}/places/<int:slot_id>/remove")
@limiter.limit(FORMS)
@signed_in
def remove_campaign_place(slug: str, campaign_id: int, slot_id: int) -> Response:
    managed(slug, campaign_id)
    actor_id = current_user_id()
    return press(
        lambda s: remove_slot(s, campaign_id, slot_id, actor_id=actor_id),
        gettext("The time is gone."),
        url_for("organisation.campaign_places", slug=slug, campaign_id=campaign_id),
    )


def _offer_points(form: SlotForm) -> None:
    zh = language() == "zh"
    form.point_id.choices = [
        (point.id, point.name_zh if zh else point.name_en) for point in active_points(read_session())
    ]


def _typed_goods() -> list[GoodPlan]:
    """Each good that the page showed, in its order, but those that are to go."""
    ids = form_numbers(request.form.getlist("good"))
    return [
        GoodPlan(
            one,
            is_free_choice=f"free-{one}" in request.form,
            most_each=_number(f"each-{one}") or None,
            substitute_id=_number(f"instead-{one}") or None,
        )
        for one in dict.fromkeys(ids)
        if f"gone-{one}" not in request.form
    ]


def _number(name: str) -> int:
    """0 for what is no number."""
    try:
        return typed_number(request.form.get(name, ""))
    except ValueError:
        return 0
