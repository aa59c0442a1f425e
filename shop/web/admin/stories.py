"""News and stories: all of them, from the first draft to what readers made of it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName
from shop.kit.clock import SHANGHAI, utc_now
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.storage.paging import Page
from shop.stories.access import TEAM
from shop.stories.desk import find_posts, villages_in
from shop.stories.models import PostKind, PostState
from shop.stories.publishing import publish_post, send_back, take_back
from shop.stories.words import KINDS
from shop.web import story_desk
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.pages import desk_page
from shop.web.admin.words import status_options
from shop.web.database import read_session
from shop.web.filters import bilingual
from shop.web.guards import requires
from shop.web.limits import UPLOADS, limiter
from shop.web.phrases import language
from shop.web.protection import accepts_uploads
from shop.web.story_desk import StoryDesk
from shop.web.story_looks import post_look
from shop.web.viewer import current_user_id

DESK: Final = StoryDesk(
    "admin", TEAM, lambda template, **facts: desk_page(f"admin/{template}", "stories", **facts)
)

COLUMNS: Final = (
    Column(
        "title",
        msg("Title"),
        head=True,
        value=lambda row: bilingual(row, "title"),
        link=lambda row: url_for("admin.story", post_id=row.id),
    ),
    Column("state", msg("State"), kind="status:post", value=lambda row: post_look(row, utc_now())),
    Column("kind", msg("Kind"), value=lambda row: gettext(KINDS[row.kind])),
    Column("village", msg("Village"), value=lambda row: bilingual(row, "village") or "–"),
    Column("author_name", msg("Author"), value=lambda row: row.author_name or gettext("The shop itself")),
    Column("has_english", msg("With English text"), kind="flag"),
    Column("published_at", msg("Published at"), kind="moment"),
    Column("readers", msg("Readers"), kind="number"),
)


def _kinds(_session: Session) -> list[tuple[str, str]]:
    return [(kind.value, gettext(word)) for kind, word in KINDS.items()]


def _villages(session: Session) -> list[tuple[str, str]]:
    zh = language() == "zh"
    return [
        (str(one_id), name_zh if zh else name_en) for one_id, name_zh, name_en in villages_in(session, TEAM)
    ]


FILTERS: Final = (
    Filter("state", msg("State"), "select", lambda _session: _states()),
    Filter("kind", msg("Kind"), "select", _kinds),
    Filter("village", msg("Village"), "select", _villages),
    Filter("q", msg("Words in title, text or author"), "text"),
)


def _states() -> list[tuple[str, str]]:
    return [one for one in status_options("post") if one[0] in set(PostState)]


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    state, kind = wanted.values.get("state"), wanted.values.get("kind")
    return find_posts(
        session,
        TEAM,
        state=PostState(state) if state in set(PostState) else None,
        kind=PostKind(kind) if kind in set(PostKind) else None,
        village_id=wanted.number("village"),
        q=wanted.text("q"),
        page=wanted.page,
    )


@admin.get("/stories")
@requires(RoleName.ADMIN)
def stories() -> str:
    screen = list_screen(
        read_session(),
        title=msg("News and stories"),
        note=msg(
            "Coordinators write drafts of their villages; the team publishes them. What changed last stands first."
        ),
        columns=COLUMNS,
        filters=FILTERS,
        rows=_rows,
        endpoint="admin.stories",
        empty=msg("Nothing is written yet. The first story may be about a harvest."),
    )
    screen |= {"create_href": url_for("admin.new_story"), "create_label": gettext("Write a story")}
    return desk_page("admin/list.html", "stories", screen=screen)


@admin.route("/stories/new", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def new_story() -> ResponseReturnValue:
    return story_desk.begin(DESK)


@admin.get("/stories/<int:post_id>")
@requires(RoleName.ADMIN)
def story(post_id: int) -> str:
    return story_desk.one(DESK, post_id)


@admin.post("/stories/<int:post_id>")
@requires(RoleName.ADMIN)
def change_story(post_id: int) -> ResponseReturnValue:
    return story_desk.change(DESK, post_id)


@admin.get("/stories/<int:post_id>/preview")
@requires(RoleName.ADMIN)
def preview_story(post_id: int) -> str:
    return story_desk.preview(DESK, post_id)


@admin.post("/stories/<int:post_id>/goods")
@requires(RoleName.ADMIN)
def choose_story_goods(post_id: int) -> ResponseReturnValue:
    return story_desk.choose(DESK, post_id)


@admin.post("/stories/<int:post_id>/publish")
@requires(RoleName.ADMIN)
def publish_story(post_id: int) -> ResponseReturnValue:
    typed, actor_id, now = request.form.get("published_at", ""), current_user_id(), utc_now()

    def work(session: Session) -> bool:
        return publish_post(session, post_id, _moment(typed), actor_id=actor_id, now=now)

    done = gettext("Published. Readers see it from its moment on, within a minute.")
    return story_desk.press(DESK, post_id, work, done, "steps", typed_at=typed)


@admin.post("/stories/<int:post_id>/take-back")
@requires(RoleName.ADMIN)
def take_story_back(post_id: int) -> ResponseReturnValue:
    return _with_reason(post_id, take_back, gettext("Taken back. Nobody reads it any more."))


@admin.post("/stories/<int:post_id>/send-back")
@requires(RoleName.ADMIN)
def send_story_back(post_id: int) -> ResponseReturnValue:
    return _with_reason(post_id, send_back, gettext("Sent back. Who wrote it reads why."))


@admin.post("/stories/<int:post_id>/pictures")
@limiter.limit(UPLOADS)
@requires(RoleName.ADMIN)
@accepts_uploads
def add_story_photo(post_id: int) -> ResponseReturnValue:
    return story_desk.add_photo(DESK, post_id)


@admin.post("/stories/<int:post_id>/pictures/order")
@requires(RoleName.ADMIN)
def order_story_photos(post_id: int) -> ResponseReturnValue:
    return story_desk.order_photos(DESK, post_id)


@admin.post("/stories/<int:post_id>/pictures/<int:picture_id>")
@requires(RoleName.ADMIN)
def describe_story_photo(post_id: int, picture_id: int) -> ResponseReturnValue:
    return story_desk.describe_photo(DESK, post_id, picture_id)


@admin.post("/stories/<int:post_id>/pictures/<int:picture_id>/remove")
@requires(RoleName.ADMIN)
def remove_story_photo(post_id: int, picture_id: int) -> ResponseReturnValue:
    return story_desk.remove_photo(DESK, post_id, picture_id)


def _with_reason(post_id: int, step: Any, done: str) -> ResponseReturnValue:
    reason, actor_id, now = request.form.get("reason", ""), current_user_id(), utc_now()
    work = partial(step, post_id=post_id, reason=reason, actor_id=actor_id, now=now)
    return story_desk.press(DESK, post_id, work, done, "steps", typed_reason=reason)


def _moment(typed: str) -> datetime | None:
    """A moment on the clock in Shanghai; empty: at once. Raises InvalidInput."""
    if not typed.strip():
        return None
    try:
        return datetime.fromisoformat(typed.strip()).replace(tzinfo=SHANGHAI).astimezone(UTC)
    except (ValueError, OverflowError):
        sentence = msg("Please enter a day and a time such as 2026-11-30 16:00.")
        raise InvalidInput(sentence, field="published_at") from None
