"""What the two desks do with stories: the team with all, coordinators with those of own villages.

Each face has its own routes and guards; here is what stands behind both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.catalogue.picture_files import MOST_BYTES
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.references import secret_token
from shop.kit.text import form_numbers
from shop.stories.access import PostReach, may_change
from shop.stories.article import goods_of, lots_of, preview_article
from shop.stories.counting import trend_of
from shop.stories.desk import read_post
from shop.stories.goods import choices_of, choose_goods
from shop.stories.pictures import PictureUpload, add_picture, change_picture, order_pictures, remove_picture
from shop.stories.words import EVENTS, FIELDS, KINDS
from shop.stories.writing import change_post, write_post
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message, translated
from shop.web.form_errors import show_errors
from shop.web.outside_world import with_files
from shop.web.story_form import StoryForm, begun_form, form_of
from shop.web.viewer import current_user_id, current_viewer

Page = Callable[..., str]


@dataclass(frozen=True)
class StoryDesk:
    """`page(template, **facts)` draws within the face; `name` is its blueprint's."""

    name: str
    reach: PostReach
    page: Page

    def url(self, endpoint: str, **values: Any) -> str:
        return url_for(f"{self.name}.{endpoint}", **values)


def begin(desk: StoryDesk) -> ResponseReturnValue:
    """A new story: its words first, its pictures and goods on the page that follows."""
    form = begun_form(desk.reach, current_user_id(), current_viewer().name)
    if request.method == "GET":
        return _new_page(desk, form)
    actor_id, now = current_user_id(), utc_now()
    if not form.validate_on_submit():
        return _new_page(desk, form), 400
    words, token = form.words(actor_id), form.token.data or ""
    try:
        post_id = transact(
            lambda s: write_post(s, words, token=token, reach=desk.reach, actor_id=actor_id, now=now)
        )
    except InvalidInput as error:
        show_errors(form, error)
        return _new_page(desk, form), 400
    flash(gettext("The draft is saved. Add pictures and goods below; nobody else reads it yet."), "ok")
    return redirect(desk.url("story", post_id=post_id), 303)


def one(desk: StoryDesk, post_id: int, **facts: Any) -> str:
    """The page of one story, with what was typed wrongly last in `facts`."""
    session = read_session()
    post = read_post(session, post_id, desk.reach)
    form = facts.pop("form", None) or form_of(post, desk.reach)
    return desk.page(
        "story.html",
        desk=desk,
        post=post,
        form=form,
        changeable=may_change(post, desk.reach),
        choices=choices_of(session, post),
        trend=trend_of(session, post.id, now=utc_now()) if post.published_at else (),
        photo_token=facts.pop("photo_token", None) or secret_token(),
        kinds=KINDS,
        event_names=EVENTS,
        field_names=FIELDS,
        moment_now=utc_now(),
        **facts,
    )


def change(desk: StoryDesk, post_id: int) -> ResponseReturnValue:
    post = read_post(read_session(), post_id, desk.reach)
    form, author_id, version = form_of(post, desk.reach, typed=True), post.author_id, post.version
    actor_id, now = current_user_id(), utc_now()
    if not form.validate_on_submit():
        return one(desk, post_id, form=form), 400
    words, seen = form.words(author_id), form.seen.number
    try:
        changed = transact(
            lambda s: change_post(s, post_id, words, seen=seen, reach=desk.reach, actor_id=actor_id, now=now)
        )
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        form.seen.data = str(version)  # who saves again has read what stands there meanwhile
        return one(desk, post_id, form=form), error.status
    flash(gettext("Saved.") if changed else gettext("Nothing was changed."), "ok" if changed else "info")
    return redirect(desk.url("story", post_id=post_id), 303)


def preview(desk: StoryDesk, post_id: int) -> str:
    """As readers will see it."""
    session, now = read_session(), utc_now()
    post = read_post(session, post_id, desk.reach)
    article = preview_article(session, post.id, now=now)
    return render_template(
        "storefront/story.html",
        article=article,
        kinds=KINDS,
        goods=goods_of(session, post.id),
        lots=lots_of(session, post.id),
        related=(),
        trace=None,
        preview=desk.url("story", post_id=post_id),
        noindex=True,
    )


def choose(desk: StoryDesk, post_id: int) -> ResponseReturnValue:
    goods, lots = _ids("goods"), _ids("lots")
    actor_id, now = current_user_id(), utc_now()
    work = partial(
        choose_goods,
        post_id=post_id,
        product_ids=goods,
        lot_ids=lots,
        reach=desk.reach,
        actor_id=actor_id,
        now=now,
    )
    return press(desk, post_id, work, gettext("Saved."), "goods", typed={"goods": goods, "lots": lots})


def add_photo(desk: StoryDesk, post_id: int) -> ResponseReturnValue:
    read_post(read_session(), post_id, desk.reach)
    photo, actor_id = request.files.get("photo"), current_user_id()
    content = photo.read(MOST_BYTES + 1) if photo else b""
    if not content:
        return _refused_photo(desk, post_id, gettext("Please choose a photo first."))
    typed = request.form
    upload = PictureUpload(
        post_id,
        content,
        token=typed.get("token", "")[:64] or secret_token(),
        alt_zh=typed.get("alt_zh", ""),
        alt_en=typed.get("alt_en", ""),
    )
    try:
        with_files(partial(add_picture, upload=upload, reach=desk.reach, actor_id=actor_id, now=utc_now()))
    except (InvalidInput, Conflict) as error:
        return _refused_photo(desk, post_id, _said(error))
    flash(gettext("The photo is taken in. It is shown as soon as it is ready."), "ok")
    return _back(desk, post_id, "photos")


def describe_photo(desk: StoryDesk, post_id: int, picture_id: int) -> ResponseReturnValue:
    typed, actor_id, now = request.form, current_user_id(), utc_now()
    work = partial(
        change_picture,
        post_id=post_id,
        picture_id=picture_id,
        alt_zh=typed.get("alt_zh", ""),
        alt_en=typed.get("alt_en", ""),
        reach=desk.reach,
        actor_id=actor_id,
        now=now,
    )
    changed_photo = {"id": picture_id, **typed.to_dict()}
    return press(desk, post_id, work, gettext("Saved."), "photos", changed_photo=changed_photo)


def order_photos(desk: StoryDesk, post_id: int) -> ResponseReturnValue:
    ids = form_numbers(request.form.get("order", "").split(","))[:50]
    actor_id, now = current_user_id(), utc_now()
    work = partial(
        order_pictures, post_id=post_id, picture_ids=ids, reach=desk.reach, actor_id=actor_id, now=now
    )
    return press(desk, post_id, work, gettext("Saved."), "photos")


def remove_photo(desk: StoryDesk, post_id: int, picture_id: int) -> ResponseReturnValue:
    actor_id, now = current_user_id(), utc_now()
    work = partial(
        remove_picture, post_id=post_id, picture_id=picture_id, reach=desk.reach, actor_id=actor_id, now=now
    )
    try:
        with_files(work)
    except Conflict as error:
        flash(error_message(error), "bad")
    else:
        flash(gettext("The photo is removed."), "ok")
    return _back(desk, post_id, "photos")


def press(
    desk: StoryDesk,
    post_id: int,
    work: Callable[[Session], bool],
    done: str,
    place: str,
    **shown_again: Any,
) -> ResponseReturnValue:
    """Do what a button says; what was typed stays where it is refused."""
    try:
        news = transact(work)
    except InvalidInput as error:
        errors = {name: translated(message, error.facts) for name, message in error.errors.items()}
        return one(desk, post_id, errors=errors, wrong=place, **shown_again), 400
    except Conflict as error:
        flash(error_message(error), "bad")
    else:
        flash(
            done if news else gettext("This had been done already. Nothing was done now."),
            "ok" if news else "info",
        )
    return _back(desk, post_id, place)


def _ids(name: str) -> list[int]:
    typed = request.form.getlist(name)[:200]
    return form_numbers(typed)


def _refused_photo(desk: StoryDesk, post_id: int, problem: str) -> ResponseReturnValue:
    """A browser forgets the file; the words that were typed for it stay."""
    new_photo = {"problem": problem, **request.form.to_dict()}
    return one(desk, post_id, new_photo=new_photo), 400


def _said(error: InvalidInput | Conflict) -> str:
    errors: Mapping[str, str] = getattr(error, "errors", {})
    if errors:
        return " ".join(translated(message, error.facts) for message in dict.fromkeys(errors.values()))
    return error_message(error)


def _new_page(desk: StoryDesk, form: StoryForm) -> str:
    return desk.page("story_new.html", desk=desk, form=form)


def _back(desk: StoryDesk, post_id: int, place: str) -> ResponseReturnValue:
    return redirect(f"{desk.url('story', post_id=post_id)}#{place}", 303)
