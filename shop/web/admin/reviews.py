"""Reviews of buyers: those that wait to be looked at, all others, and one with its history, answer and reason."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.reviews.desk import find_reviews, read_review
from shop.reviews.models import HiddenReason, ReviewStatus
from shop.reviews.moderating import (
    LONGEST_ANSWER,
    LONGEST_WORDS,
    answer_review,
    hide_review,
    publish_review,
    version_of,
)
from shop.reviews.photos import photo_file, photo_key
from shop.reviews.words import REASONS
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act, refusal
from shop.web.admin.words import status_options
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.filters import bilingual
from shop.web.guards import requires
from shop.web.outside_world import with_files
from shop.web.private_photos import private_photo
from shop.web.viewer import current_user_id

UNANSWERED: Final = "unanswered"  # beside the states: shown, and nobody has answered
EVENTS: Final = {
    "written": msg("Review written"),
    "changed": msg("Changed by its author; before it said:"),
    "withdrawn": msg("Withdrawn by its author"),
    "published": msg("Looked at, and shown"),
    "hidden": msg("Hidden"),
    "restored": msg("Shown again"),
    "answered": msg("Answered"),
    "answer_changed": msg("Answer changed; before it said:"),
}


def _short(row: Any) -> str:
    return row.text if len(row.text) <= 60 else f"{row.text[:60]}…"


COLUMNS: Final = (
    Column(
        "goods",
        msg("Goods"),
        head=True,
        value=lambda row: bilingual(row, "goods"),
        link=lambda row: url_for("admin.review", review_id=row.id),
    ),
    Column("stars", msg("Stars"), kind="number"),
    Column("text", msg("Text"), value=_short, wide=True),
    Column("flags", msg("Flagged words"), value=lambda row: row.flags or "–"),
    Column("with_photos", msg("Photos"), kind="flag"),
    Column("written_at", msg("Written on"), kind="moment"),
    Column("answered_at", msg("Answered"), kind="flag", value=lambda row: row.answered_at is not None),
    Column("status", msg("State"), kind="status:review"),
)


def _states(_session: Session) -> list[tuple[str, str]]:
    return [*status_options("review"), (UNANSWERED, gettext("Shown, not answered"))]


def _stars(_session: Session) -> list[tuple[str, str]]:
    return [(str(stars), "★" * stars) for stars in range(1, 6)]


FILTERS: Final = (
    Filter("status", msg("State"), "select", _states, begins=ReviewStatus.WAITING),
    Filter("stars", msg("Stars"), "select", _stars),
    Filter("q", msg("Goods"), "text"),
)


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    typed = wanted.values.get("status")
    return find_reviews(
        session,
        status=ReviewStatus(typed) if typed in set(ReviewStatus) else None,
        unanswered=typed == UNANSWERED,
        stars=wanted.number("stars"),
        q=wanted.text("q"),
        page=wanted.page,
    )


@admin.get("/reviews")
@requires(RoleName.ADMIN)
def reviews() -> str:
    screen = list_screen(
        read_session(),
        title=msg("Reviews of buyers"),
        note=msg(
            "Plain text is shown at once; what has photos or flagged words waits here. That a review is bad is no reason to hide it."
        ),
        columns=COLUMNS,
        filters=FILTERS,
        rows=_rows,
        endpoint="admin.reviews",
        empty=msg("No review waits to be looked at."),
    )
    return desk_page("admin/list.html", "reviews", screen=screen)


@admin.get("/reviews/<int:review_id>")
@requires(RoleName.ADMIN)
def review(review_id: int) -> str:
    return _page(review_id, {}, {})


@admin.post("/reviews/<int:review_id>/publish")
@requires(RoleName.ADMIN)
def publish(review_id: int) -> Any:
    actor_id, now, seen = current_user_id(), utc_now(), request.form.get("seen", "")
    return act(
        lambda session: publish_review(session, review_id, seen=seen, actor_id=actor_id, now=now),
        done=gettext("Everybody can read it now."),
        back=url_for("admin.review", review_id=review_id),
    )


@admin.post("/reviews/<int:review_id>/hide")
@requires(RoleName.ADMIN)
def hide(review_id: int) -> Any:
    typed, actor_id, now = request.form.to_dict(), current_user_id(), utc_now()
    seen, given = typed.get("seen", ""), typed.get("reason", "")
    reason = HiddenReason(given) if given in set(HiddenReason) else None

    def work(session: Session) -> None:
        hide_review(session, review_id, reason, typed.get("words", ""), seen=seen, actor_id=actor_id, now=now)

    return _press(review_id, work, typed, gettext("Hidden. Its author is told why, and the page counts it."))


@admin.post("/reviews/<int:review_id>/answer")
@requires(RoleName.ADMIN)
def answer(review_id: int) -> Any:
    typed, actor_id, now = request.form.to_dict(), current_user_id(), utc_now()
    seen = typed.get("seen", "")

    def work(session: Session) -> None:
        answer_review(session, review_id, typed.get("answer", ""), seen=seen, actor_id=actor_id, now=now)

    return _press(review_id, work, typed, gettext("The answer stands below the review."))


@admin.get("/reviews/photos/<int:photo_id>")
@requires(RoleName.ADMIN)
def review_photo(photo_id: int) -> Response:
    key = photo_key(read_session(), photo_id)
    return private_photo(with_files(lambda _unit_of_work, store: store.read(photo_file(key))))


def _press(review_id: int, work: Any, typed: dict[str, str], done: str) -> Any:
    """What was typed stays where it is refused."""
    try:
        transact(work)
    except InvalidInput as error:
        errors = {field: translated(message, error.facts) for field, message in error.errors.items()}
        return _page(review_id, typed, errors), 400
    except Conflict as error:
        flash(refusal(error), "bad")
        return _page(review_id, typed, {}), error.status
    else:
        flash(done, "ok")
    return redirect(url_for("admin.review", review_id=review_id), 303)


def _page(review_id: int, typed: dict[str, str], errors: dict[str, str]) -> str:
    shown = read_review(read_session(), review_id)
    return desk_page(
        "admin/review.html",
        "reviews",
        review=shown,
        version=version_of(shown),
        reasons=REASONS,
        event_names=EVENTS,
        longest_words=LONGEST_WORDS,
        longest_answer=LONGEST_ANSWER,
        typed=typed,
        errors=errors,
    )
