"""Writing posts: a new one, and a change of one. Both are safe to send twice."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName, User, UserRole
from shop.catalogue.claims import refuse_claims
from shop.catalogue.models import Village
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.references import random_code
from shop.kit.text import msg, tidy, tidy_lines
from shop.stories.access import PostReach, lock_to_change
from shop.stories.history import note
from shop.stories.models import Post, PostKind, PostState

LONGEST_TITLE: Final = 80
LONGEST_TITLE_EN: Final = 160
LONGEST_TEXT: Final = 20_000
LONGEST_NAME: Final = 40
AUTHORS: Final = (RoleName.ADMIN, RoleName.COORDINATOR)
MEANWHILE: Final = msg(
    "Somebody changed it while you typed. What you typed stands below and is not saved: compare it with the history,"
    " and save again to keep it."
)
_ENDING: Final = 5
_NOT_IN_SLUG: Final = re.compile(r"[^a-z0-9]+")
_WORDS: Final = ("title_zh", "title_en", "text_zh", "text_en", "author_name")


@dataclass(frozen=True)
class PostWords:
    """What a post says, as it was typed."""

    kind: PostKind
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    village_id: int | None
    author_id: int | None
    author_name: str

    def tidied(self) -> dict[str, Any]:
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        for name in _WORDS:
            clean = tidy_lines if name.startswith("text") else tidy
            values[name] = clean(values[name])
        return values


def write_post(
    session: Session, words: PostWords, *, token: str, reach: PostReach, actor_id: int, now: datetime
) -> int:
    """Begin a post as a draft; the same form sent twice writes one. Raises InvalidInput."""
    known = session.scalar(sa.select(Post.id).where(Post.token == token, reach.holds()))
    if known is not None:
        return known
    values = words.tidied()
    _judge(session, values, reach)
    post = Post(
        **values,
        slug=_slug(values["title_en"]),
        state=PostState.DRAFT,
        token=token,
        created_at=now,
        changed_at=now,
    )
    session.add(post)
    session.flush()
    note(session, post, "written", actor_id, now, text=_said(post))
    return post.id


def change_post(
    session: Session,
    post_id: int,
    words: PostWords,
    *,
    seen: int | None,
    reach: PostReach,
    actor_id: int,
    now: datetime,
) -> bool:
    """Write what was typed over the version that was `seen`; False when it says the same.

    Raises NotFound, InvalidInput, and Conflict where it is not theirs to change, or another version stands there.
    """
    post = lock_to_change(session, post_id, reach)
    values = words.tidied()
    changed = {name for name, value in values.items() if getattr(post, name) != value}
    if not changed:
        return False
    if seen is not None and seen != post.version:
        raise Conflict(MEANWHILE)
    _judge(session, values, reach, keeps_author=post.author_id)
    if post.state is not PostState.DRAFT:
        refuse_empty(values)
    for name, value in values.items():
        setattr(post, name, value)
    shown = sorted({name.removesuffix("_id").replace("author_name", "author") for name in changed})
    note(session, post, "changed", actor_id, now, fields=shown, text=_said(post))
    return True


def refuse_empty(values: dict[str, Any]) -> None:
    """What is shown has a text. Raises InvalidInput."""
    if not values["text_zh"]:
        raise InvalidInput(msg("Please write the text in Chinese first."), field="text_zh")


def _said(post: Post) -> dict[str, str]:
    return {name: getattr(post, name) for name in ("title_zh", "title_en", "text_zh", "text_en")}


def _judge(
    session: Session, values: dict[str, Any], reach: PostReach, *, keeps_author: int | None = None
) -> None:
    errors = {}
    if not values["title_zh"]:
        errors["title_zh"] = msg("Please write a title in Chinese.")
    longest = {"title_zh": LONGEST_TITLE, "title_en": LONGEST_TITLE_EN, "author_name": LONGEST_NAME}
    longest |= dict.fromkeys(("text_zh", "text_en"), LONGEST_TEXT)
    errors |= {
        name: msg("This text is too long.") for name, most in longest.items() if len(values[name]) > most
    }
    if values["text_en"] and not values["title_en"]:
        errors["title_en"] = msg("An English text needs an English title.")
    if not _is_known_village(session, values["village_id"], reach):
        errors["village_id"] = msg("Please choose one of the villages.")
    if values["author_id"] != keeps_author and not _may_be_author(session, values["author_id"]):
        errors["author_id"] = msg("Please choose somebody of the team or a coordinator.")
    if errors:
        raise InvalidInput(errors=errors)
    refuse_claims(values)


def _is_known_village(session: Session, village_id: int | None, reach: PostReach) -> bool:
    if village_id is None:
        return reach.everything
    return reach.has_village(village_id) and session.get(Village, village_id) is not None


def _may_be_author(session: Session, user_id: int | None) -> bool:
    """None: nobody by name, the shop itself speaks."""
    if user_id is None:
        return True
    authors = sa.select(UserRole.user_id).join(User, User.id == UserRole.user_id)
    one = authors.where(UserRole.user_id == user_id, UserRole.role.in_(AUTHORS), User.active).limit(1)
    return session.scalar(one) is not None


def _slug(title_en: str) -> str:
    """Words of the English title and a few characters of chance: an address that nobody has to choose."""
    words = _NOT_IN_SLUG.sub("-", title_en.lower()).strip("-")[:60].rstrip("-")
    ending = random_code(_ENDING).lower()
    return f"{words}-{ending}" if words else ending
