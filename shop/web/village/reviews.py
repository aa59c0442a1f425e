"""What buyers say of the goods of own villages: as everybody reads it, without who said it."""

from __future__ import annotations

from shop.accounts.models import RoleName
from shop.reviews.desk import reviews_of_villages
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.viewer import current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page
from shop.web.village.paging import page_number


@village.get("/reviews")
@requires(RoleName.COORDINATOR)
def reviews() -> str:
    found = reviews_of_villages(read_session(), current_viewer().village_ids, page=page_number())
    return page("village/reviews.html", "households", found=found)
