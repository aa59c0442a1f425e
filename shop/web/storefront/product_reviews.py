"""What buyers say of one product, for everybody: filtered, in pages, and with what is not shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from flask import Response, render_template, request

from shop.catalogue.product_page import read_reviewed
from shop.kit.errors import NotFound
from shop.kit.text import form_number, msg
from shop.reviews.photos import photo_file, shown_photo
from shop.reviews.public_list import ReviewSort, list_reviews, not_shown
from shop.reviews.words import REASONS
from shop.web.database import read_session
from shop.web.outside_world import with_files
from shop.web.public import public_page
from shop.web.publicness import public_view
from shop.web.shop_settings import catalogue_version
from shop.web.storefront.blueprint import storefront

SORTS: Final = {ReviewSort.NEWEST: msg("Newest reviews first"), ReviewSort.LOWEST: msg("Lowest stars first")}
_NAME: Final = re.compile(r"[0-9a-f]{32}")
_HOUR: Final = 3600  # a photo that is hidden is gone from caches after that


@dataclass(frozen=True)
class Asked:
    """What the address asks for; what cannot be read is left out."""

    slug: str
    stars: int | None
    photos: bool
    sort: ReviewSort
    page: int
    lang: str | None

    def address(self, **changes: str | int | None) -> str:
        """The same with something changed, from its first page; None takes it away."""
        now = {
            "stars": self.stars,
            "photos": 1 if self.photos else None,
            "sort": self.sort.value if self.sort is not ReviewSort.NEWEST else None,
            "lang": self.lang,
        }
        kept = {name: value for name, value in {**now, **changes}.items() if value}
        here = f"/products/{self.slug}/reviews"
        return f"{here}?{urlencode(kept)}" if kept else here

    def page_address(self, page: int) -> str:
        return self.address(page=page if page > 1 else None)

    @property
    def is_narrowed(self) -> bool:
        return self.stars is not None or self.photos or self.sort is not ReviewSort.NEWEST


@storefront.get("/products/<slug>/reviews")
@public_page(version=catalogue_version)
def product_reviews(slug: str) -> str:
    session = read_session()
    product = read_reviewed(session, slug)
    asked = _asked(product.slug)
    return render_template(
        "storefront/product_reviews.html",
        product=product,
        rating=product.rating,
        asked=asked,
        found=list_reviews(
            session, product.id, stars=asked.stars, photos=asked.photos, sort=asked.sort, page=asked.page
        ),
        unseen=not_shown(session, product.id),
        reasons=REASONS,
        sorts=SORTS,
    )


@storefront.get("/media/reviews/<name>.webp")
@public_view
def review_photo(name: str) -> Response:
    """Only as long as its review is shown."""
    if not _NAME.fullmatch(name):
        raise NotFound()
    key = shown_photo(read_session(), name)
    response = Response(with_files(lambda _, store: store.read(photo_file(key))), content_type="image/webp")
    response.headers["Cache-Control"] = f"public, max-age={_HOUR}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = "inline"
    return response


def _asked(slug: str) -> Asked:
    given = request.args
    stars, sort, page, lang = (given.get(name, "") for name in ("stars", "sort", "page", "lang"))
    return Asked(
        slug=slug,
        stars=int(stars) if stars in {"1", "2", "3", "4", "5"} else None,
        photos=given.get("photos") == "1",
        sort=ReviewSort(sort) if sort in set(ReviewSort) else ReviewSort.NEWEST,
        page=form_number(page, digits=5) or 1,
        lang=lang if lang in {"zh", "en"} else None,
    )
