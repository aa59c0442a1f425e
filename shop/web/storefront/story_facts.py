"""What a story says to machines: an article in schema.org's words, and the picture of a shared link."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from shop.catalogue.cards import Card
from shop.catalogue.picture_names import share_file
from shop.stories.article import Article, FeedPost
from shop.stories.words import KINDS
from shop.web.canonical import HREFLANG, absolute
from shop.web.filters import bilingual
from shop.web.phrases import language
from shop.web.shop_settings import current_shop_settings
from shop.web.storefront.structured import drawing, in_language, static_path
from shop.web.structured_data import Facts


def story_facts(article: Article, goods: Sequence[Card]) -> Facts:
    shop, path = bilingual(current_shop_settings(), "name"), f"/stories/{article.slug}"
    photos = [absolute(f"/media/{share_file(one.picture.key)}") for one in article.pictures]
    author = {"@type": "Person", "name": article.author_name} if article.author_name else None
    return {
        "@type": "Article",
        "@id": f"{absolute(path)}#article",
        "headline": bilingual(article, "title"),
        "url": in_language(path),
        "mainEntityOfPage": in_language(path),
        "inLanguage": HREFLANG[language_of(article)],
        "datePublished": article.published_at.isoformat(),
        "dateModified": max(article.changed_at, article.published_at).isoformat(),
        "image": photos or [absolute(story_picture(article, goods))],
        "author": author or {"@type": "Organization", "name": shop},
        "publisher": {"@type": "Organization", "@id": f"{absolute('/')}#shop", "name": shop},
        "articleSection": _(KINDS[article.kind]),
    }


def story_picture(article: Article, goods: Sequence[Card]) -> str:
    """The path of its first picture as a JPEG, else of the drawing of its goods, else of the shop's sign."""
    if article.pictures:
        return f"/media/{share_file(article.pictures[0].picture.key)}"
    return drawing(goods[0].family) if goods else static_path("share/shop.png")


def language_of(post: Article | FeedPost) -> str:
    """The language in which its text is read: English pages show the Chinese where nobody wrote English."""
    return "en" if language() == "en" and post.text_en else "zh"
