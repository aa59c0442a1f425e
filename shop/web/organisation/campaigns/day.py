"""The day of distribution, for the organiser and for who represents a sub-union: who has theirs, and who is missing."""

from __future__ import annotations

from typing import Any, Final

from flask import request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from shop.campaigns.access import Desk
from shop.campaigns.day.beginning import begins_on
from shop.campaigns.day.beside import packs_in, points_of, slots_of, units_of
from shop.campaigns.day.counters import units_at
from shop.campaigns.day.deadlines import collect_until, is_over, set_deadline
from shop.campaigns.day.hands import hand_of
from shop.campaigns.day.lists import added, counts_of, day_page
from shop.campaigns.day.piles import piles_of
from shop.campaigns.day.reminding import remind_to_collect
from shop.campaigns.models import CampaignState
from shop.campaigns.reminding import last_reminder
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.web.database import read_session
from shop.web.guards import signed_in
from shop.web.limits import FORMS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.campaigns.day_forms import CodeForm, DeadlineForm
from shop.web.organisation.campaigns.frame import campaign_page, managed, own_desk, press
from shop.web.sign_off_sheets import asked_of_list
from shop.web.viewer import current_user_id

_PATH: Final = "/<slug>/campaigns/<int:campaign_id>/day"


@organisation.get(_PATH)
@signed_in
def campaign_day(slug: str, campaign_id: int) -> str:
    return day_screen(slug, campaign_id, CodeForm(formdata=None))


@organisation.post(f"{_PATH}/deadline")
@limiter.limit(FORMS)
@signed_in
def campaign_deadline(slug: str, campaign_id: int) -> Response:
    managed(slug, campaign_id)
    form, actor_id, now = DeadlineForm(), current_user_id(), utc_now()
    day = form.day.data
    return press(
        lambda s: set_deadline(s, campaign_id, day, actor_id=actor_id, now=now),
        gettext("Saved. Members see it where they find their code."),
        at_day(slug, campaign_id),
    )


@organisation.post(f"{_PATH}/remind")
@limiter.limit(FORMS)
@signed_in
def campaign_remind_to_collect(slug: str, campaign_id: int) -> Response:
    own_desk(slug, campaign_id)
    actor_id, now = current_user_id(), utc_now()
    return press(
        lambda s: remind_to_collect(s, campaign_id, actor_id=actor_id, now=now),
        lambda people: ngettext(
            "%(num)s person is being reminded.", "%(num)s people are being reminded.", people
        ),
        at_day(slug, campaign_id),
    )


def day_screen(slug: str, campaign_id: int, form: CodeForm) -> str:
    """Raises NotFound before the campaign is closed."""
    desk, session, now = day_desk(slug, campaign_id), read_session(), utc_now()
    by, asked = hand_of(desk, current_user_id()), asked_of_list()
    found = day_page(session, by, campaign_id, asked, page=request.args.get("page", 1, type=int))
    counts = counts_of(session, by, campaign_id)
    facts: dict[str, Any] = {
        "points": points_of(session, (one.point_id for one in counts)),
        "slots": slots_of(session, campaign_id),
        "units": units_of(session, (one.unit_id for one in counts)),
        "packs": packs_in(session, found.items),
        "to_take": units_at(session, by, campaign_id),
        "piles": piles_of(session, campaign_id, by=by),
        "reminder": last_reminder(session, desk),
        "until": collect_until(session, desk.campaign),
        "begins": begins_on(session, campaign_id, now=now),
        "over": is_over(session, desk.campaign, now=now),
    }
    return campaign_page(
        "day",
        desk,
        form=form,
        asked=asked,
        found=found,
        counts=counts,
        added=added,
        can_act=acts(desk),
        now=now,
        **facts,
    )


def day_desk(slug: str, campaign_id: int) -> Desk:
    """Raises NotFound before the campaign is closed."""
    desk = own_desk(slug, campaign_id)
    if desk.campaign.state is not CampaignState.CLOSED:
        raise NotFound()
    return desk


def acts(desk: Desk) -> bool:
    """Who only reads hands nothing out."""
    return desk.may_manage or not desk.sees_all


def at_day(slug: str, campaign_id: int, **asked: Any) -> str:
    return url_for("organisation.campaign_day", slug=slug, campaign_id=campaign_id, **asked)
