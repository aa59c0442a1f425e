"""A coordinator asks for a lower price of what the own village sells; shelves show it with the former one and its end."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from shop.catalogue.models import PriceState, Product, TimedPrice, Variant
from shop.catalogue.timed_prices import approve_price
from shop.kit.clock import shanghai_date, utc_now


def test_a_lower_price_is_asked_for_by_page_and_stands_on_the_shelf_with_its_end(
    client, coordinator, stranger, county, press, rows, unit_of_work
):
    address = f"/village/packs/{county.honey}/price"
    last = (shanghai_date(utc_now()) + timedelta(days=3)).isoformat()
    form = {"token": "form", "price_fen": "35.5", "last_day": last, "reason": "月底到期"}
    assert press(stranger, address, **form).status_code == 404, "it sells none"
    refused = press(coordinator, address, **form | {"price_fen": "50"})
    assert refused.status_code == 400
    assert 'value="月底到期"' in refused.text
    assert press(coordinator, address, **form | {"last_day": "2026-01-01"}).status_code == 400
    assert press(coordinator, address, **form).status_code == 303
    assert press(coordinator, address, **form).status_code == 303
    assert press(coordinator, address, **form | {"token": "other"}).status_code == 409
    (price_id,) = rows(sa.select(TimedPrice.id).where(TimedPrice.state == PriceState.PROPOSED))
    assert "月底到期" in coordinator.get("/village/prices").text
    assert "月底到期" not in stranger.get("/village/prices").text
    agree = {"seen_fen": 5000, "actor_id": county.other_user, "now": utc_now()}
    unit_of_work.run(lambda session: approve_price(session, price_id, **agree))
    slug = sa.select(Product.slug).join(Variant, Variant.product_id == Product.id)
    (product,) = rows(slug.where(Variant.id == county.honey))
    for path in (f"/products/{product}", "/products?sort=price"):
        page = client.get(f"{path}{'&' if '?' in path else '?'}lang=en").text
        assert "¥50.00</s>" in page, path
        assert "until end of" in page, path
        assert "35.50" in page, path
