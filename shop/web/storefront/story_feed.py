"""The newest stories as an Atom feed (RFC 4287), one in each language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from flask import Response
from flask_babel import gettext as _

from shop.catalogue.picture_names import file_name
from shop.kit.clock import utc_now
from shop.stories.article import FeedPost, feed_posts, feed_version
from shop.stories.words import KINDS
from shop.web.canonical import HREFLANG, absolute
from shop.web.database import read_session
from shop.web.filters import bilingual, markdown
from shop.web.language import current_language, is_language_in_address
from shop.web.limits import SEARCHES, limiter
from shop.web.publicness import public_view
from shop.web.shop_settings import current_shop_settings
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.story_facts import language_of
from shop.web.storefront.structured import in_language
from shop.web.streamed_xml import HEAD, attribute, element, text, xml_answer

_ATOM: Final = "application/atom+xml; charset=utf-8"
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)  # when a feed without entries was updated last
_WIDTH: Final = 640


@storefront.get("/stories/feed.xml")
@limiter.limit(SEARCHES)
@public_view
def stories_feed() -> Response:
    """In the language of `?lang=`; without it by the browser, as every page. Who has it already is told so."""
    session, now = read_session(), utc_now()
    settings = current_shop_settings()
    known = feed_version(session, now=now)
    version = (known, current_language(), settings.name_zh, settings.name_en)
    response = xml_answer(_feed(feed_posts(session, now=now), known[1]), version, _ATOM)
    if not is_language_in_address():
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers.add("Vary", "Accept-Language")
    return response


def _feed(posts: Sequence[FeedPost], changed_at: datetime | None) -> Iterator[str]:
    shop = bilingual(current_shop_settings(), "name")
    here, page = in_language("/stories/feed.xml"), in_language("/stories")
    newest = max([changed_at or _LONG_AGO, *(one.published_at for one in posts)])
    yield f'{HEAD}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{HREFLANG[current_language()]}">\n'
    yield element("title", _("News and stories · %(shop)s", shop=shop))
    yield element("id", here)
    yield f'<link rel="self" type="application/atom+xml" href={attribute(here)}/>'
    yield f'<link rel="alternate" type="text/html" href={attribute(page)}/>'
    yield element("updated", _moment(newest))
    yield f"<author>{element('name', shop)}</author>\n"
    for post in posts:
        yield f"<entry>{''.join(_entry(post))}</entry>\n"
    yield "</feed>\n"


def _entry(post: FeedPost) -> Iterator[str]:
    link = in_language(f"/stories/{post.slug}")
    said_in = HREFLANG[language_of(post)]
    yield f'<title xml:lang="{said_in}">{text(bilingual(post, "title"))}</title>'
    yield element("id", link)
    yield f'<link rel="alternate" type="text/html" href={attribute(link)}/>'
    yield element("published", _moment(post.published_at))
    yield element("updated", _moment(max(post.changed_at, post.published_at)))
    if post.author_name:
        yield f"<author>{element('name', post.author_name)}</author>"
    yield f"<category term={attribute(post.kind)} label={attribute(_(KINDS[post.kind]))}/>"
    yield f'<content type="html" xml:lang="{said_in}">{text(_picture(post) + markdown(bilingual(post, "text")))}</content>'


def _picture(post: FeedPost) -> str:
    """The first one, above the text."""
    if not post.picture_key:
        return ""
    address = absolute(f"/media/{file_name(post.picture_key, _WIDTH)}")
    return f"<p><img src={attribute(address)} alt={attribute(bilingual(post, 'alt'))}></p>"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
