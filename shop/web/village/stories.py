"""A coordinator writes drafts about own villages and hands them to the team, which publishes them."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask.typing import ResponseReturnValue
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.stories.access import PostReach
from shop.stories.desk import find_posts
from shop.stories.publishing import offer_post, write_on
from shop.stories.words import KINDS
from shop.web import story_desk
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.limits import FORMS, UPLOADS, limiter
from shop.web.protection import accepts_uploads
from shop.web.story_desk import StoryDesk
from shop.web.viewer import current_user_id, current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page
from shop.web.village.paging import page_number


def _desk() -> StoryDesk:
    def draw(template: str, **facts: Any) -> str:
        return page(f"village/{template}", "households", **facts)

    return StoryDesk("village", PostReach(village_ids=current_viewer().village_ids), draw)


@village.get("/stories")
@requires(RoleName.COORDINATOR)
def stories() -> str:
    desk = _desk()
    found = find_posts(read_session(), desk.reach, page=page_number())
    return page("village/stories.html", "households", found=found, kinds=KINDS, desk=desk)


@village.route("/stories/new", methods=["GET", "POST"])
@limiter.limit(FORMS)
@requires(RoleName.COORDINATOR)
def new_story() -> ResponseReturnValue:
    return story_desk.begin(_desk())


@village.get("/stories/<int:post_id>")
@requires(RoleName.COORDINATOR)
def story(post_id: int) -> str:
    return story_desk.one(_desk(), post_id)


@village.post("/stories/<int:post_id>")
@limiter.limit(FORMS)
@requires(RoleName.COORDINATOR)
def change_story(post_id: int) -> ResponseReturnValue:
    return story_desk.change(_desk(), post_id)


@village.get("/stories/<int:post_id>/preview")
@requires(RoleName.COORDINATOR)
def preview_story(post_id: int) -> str:
    return story_desk.preview(_desk(), post_id)


@village.post("/stories/<int:post_id>/goods")
@limiter.limit(FORMS)
@requires(RoleName.COORDINATOR)
def choose_story_goods(post_id: int) -> ResponseReturnValue:
    return story_desk.choose(_desk(), post_id)


@village.post("/stories/<int:post_id>/offer")
@limiter.limit(FORMS)
@requires(RoleName.COORDINATOR)
def offer_story(post_id: int) -> ResponseReturnValue:
    desk = _desk()
    work = partial(offer_post, post_id=post_id, reach=desk.reach, actor_id=current_user_id(), now=utc_now())
    done = gettext("Handed to the team. It publishes the story, or sends it back and says why.")
    return story_desk.press(desk, post_id, work, done, "steps")


@village.post("/stories/<int:post_id>/write-on")
@limiter.limit(FORMS)
@requires(RoleName.COORDINATOR)
def write_story_on(post_id: int) -> ResponseReturnValue:
    desk = _desk()
    work = partial(write_on, post_id=post_id, reach=desk.reach, actor_id=current_user_id(), now=utc_now())
    return story_desk.press(
        desk, post_id, work, gettext("It is a draft again, and you can write on."), "steps"
    )


@village.post("/stories/<int:post_id>/pictures")
@limiter.limit(UPLOADS)
@requires(RoleName.COORDINATOR)
@accepts_uploads
def add_story_photo(post_id: int) -> ResponseReturnValue:
    return story_desk.add_photo(_desk(), post_id)


@village.post("/stories/<int:post_id>/pictures/order")
@limiter.limit(FORMS)
@requires(RoleName.COORDINATOR)
def order_story_photos(post_id: int) -> ResponseReturnValue:
    return story_desk.order_photos(_desk(), post_id)


@village.post("/stories/<int:post_id>/pictures/<int:picture_id>")
@limiter.limit(FORMS)
@requires(RoleName.COORDINATOR)
def describe_story_photo(post_id: int, picture_id: int) -> ResponseReturnValue:
    return story_desk.describe_photo(_desk(), post_id, picture_id)


@village.post("/stories/<int:post_id>/pictures/<int:picture_id>/remove")
@limiter.limit(FORMS)
@requires(RoleName.COORDINATOR)
def remove_story_photo(post_id: int, picture_id: int) -> ResponseReturnValue:
    return story_desk.remove_photo(_desk(), post_id, picture_id)
