"""News and stories as everybody reads them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.extensions import settings
from shop.inventory.trace_codes import trace_code
from shop.kit.clock import utc_now
from shop.kit.crawlers import is_robot
from shop.kit.text import form_number
from shop.stories.article import goods_of, lots_of, read_article, related_to
from shop.stories.counting import count_reader, readers_of_slug
from shop.stories.models import PostKind
from shop.stories.public_list import Newest, list_posts, newest_posts, villages_with_posts
from shop.stories.words import KINDS
from shop.web.database import read_session, transact
from shop.web.filters import bilingual
from shop.web.limits import FORMS, limiter
from shop.web.protection import without_token
from shop.web.public import public_page
from shop.web.publicness import public_view
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.story_facts import story_facts, story_picture
from shop.web.storefront.structured import trail
from shop.web.storefront.truck import kept_for_a_minute, version_and_minute, with_harvests


@dataclass(frozen=True)
class Asked:
    """What the list is narrowed to; the village by its slug."""

    kind: PostKind | None
    village: str
    page: int
    lang: str | None

    def address(self, **changes: object) -> str:
        now = {"kind": self.kind, "village": self.village, "lang": self.lang}
        kept = {name: value for name, value in {**now, **changes}.items() if value}
        return f"/stories?{urlencode(kept)}" if kept else "/stories"

    def page_address(self, page: int) -> str:
        return self.address(page=page if page > 1 else None)


def newest_stories() -> Newest:
    """For pages that show the last few; by the minute, since the clock publishes."""
    return kept_for_a_minute("stories", lambda session: newest_posts(session, now=utc_now()))


@storefront.get("/stories")
@public_page(version=version_and_minute)
def stories() -> str:
    session, now, asked = read_session(), utc_now(), _asked()
    found = list_posts(session, kind=asked.kind, village=asked.village, page=asked.page, now=now)
    villages = villages_with_posts(session, now=now)
    here = next((one for one in villages if one.slug == asked.village), None)
    return render_template(
        "storefront/stories.html",
        structured=[trail((_("News and stories"), "/stories"))],
        found=found,
        asked=asked,
        kinds=KINDS,
        villages=villages,
        village=here,
    )


@storefront.get("/stories/<slug>")
@public_page(version=version_and_minute)
def story(slug: str) -> str:
    session, now = read_session(), utc_now()
    article = read_article(session, slug, now=now)
    goods, key = goods_of(session, article.id), settings().trace_keys[0]
    way = ((_("News and stories"), "/stories"), (bilingual(article, "title"), f"/stories/{article.slug}"))
    return render_template(
        "storefront/story.html",
        structured=[story_facts(article, goods), trail(*way)],
        share_picture=story_picture(article, goods),
        article=article,
        kinds=KINDS,
        goods=with_harvests(goods),
        lots=lots_of(session, article.id),
        trace=lambda lot: trace_code(lot.id, 0, key),
        related=related_to(session, article, now=now),
        preview=None,
    )


@storefront.post("/stories/<slug>/read")
@limiter.limit(FORMS)
@without_token("its script stands on public pages, and it counts nothing but one more")
@public_view
def count_story_reader(slug: str) -> ResponseReturnValue:
    """A page says that somebody reads it. Nothing of who it is comes along: no cookie, no address is kept."""
    now = utc_now()
    if is_robot(request.headers.get("User-Agent", "")):
        readers = readers_of_slug(read_session(), slug, now=now)
    else:
        readers = transact(lambda session: count_reader(session, slug, now=now))
    answer = jsonify(readers=readers)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _asked() -> Asked:
    given = request.args
    kind, village, page, lang = (given.get(name, "") for name in ("kind", "village", "page", "lang"))
    return Asked(
        kind=PostKind(kind) if kind in set(PostKind) else None,
        village=village[:64],
        page=form_number(page, digits=5) or 1,
        lang=lang if lang in {"zh", "en"} else None,
    )
