"""A buyer pays on another origin and comes back: the policy for forms lets them, and the page claims nothing early."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import BundleItem, Product, Variant
from shop.inventory.models import Lot
from shop.kit.clock import utc_now
from shop.kit.references import secret_token
from shop.ordering.access import guest_key
from shop.ordering.basket import add_item
from shop.ordering.checkout import place_order
from shop.ordering.placing import Placed
from shop.ordering.wish import Recipient, Wish
from shop.settings import DEMO_SECRET
from shop.storage.unit_of_work import UnitOfWork
from tests.databases import own_engine
from tests.factories.buying import SOMEWHERE, a_guest

pytestmark = pytest.mark.browser


def place(session: Session, language: str) -> Placed:
    """A guest's courier order of one thing that is there."""
    owner, now = a_guest(), utc_now()
    sku = session.scalars(
        sa.select(Variant.sku)
        .join(Product, Product.id == Variant.product_id)
        .join(Lot, Lot.variant_id == Variant.id)
        .where(Lot.available > 5, Product.return_exempt.is_(False))
        .where(Variant.id.not_in(sa.select(BundleItem.bundle_id)))
        .order_by(Variant.id)
        .limit(1)
    ).one()
    add_item(session, owner, sku, 1, now=now)
    wish = Wish(
        token=secret_token(), owner=owner, user_id=None, recipient=Recipient("林老师", "+8613800000000"),
        delivery=SOMEWHERE, payment_method="sandbox", confirmed_skus=frozenset({sku}), privacy_version="1",
        language=language,
    )  # fmt: skip
    return place_order(session, wish, now=now)


@pytest.mark.parametrize(
    ("language", "width", "pay", "thanks"),
    [("zh", 390, "马上付款", "付款成功"), ("en", 1280, "Pay now", "Paid. Thank you!")],
)
def test_paying_on_another_origin_and_coming_back(live_shop, browser, language, width, pay, thanks):
    placed = UnitOfWork(own_engine(live_shop.database_url), {}).run(partial(place, language=language))
    page = browser.new_page(viewport={"width": width, "height": 844}, locale=f"{language}-{language.upper()}")
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)

    key = guest_key(placed.number, [DEMO_SECRET], now=utc_now())
    page.goto(f"{live_shop.url}/orders/{placed.number}/pay?key={key}&lang={language}")
    page.locator("button.btn-buy:visible").first.click()
    page.wait_for_url("**/sandbox/**")
    assert page.url.startswith(live_shop.url.replace("127.0.0.1", "localhost"))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    page.get_by_role("button", name=pay).first.click()
    page.wait_for_url(f"{live_shop.url}/orders/**/paid")
    page.get_by_role("heading", name=thanks).wait_for()
    assert complaints == []
    page.close()
