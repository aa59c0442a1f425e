"""The shop's own texts: privacy, terms, delivery, returns, invoices."""

from __future__ import annotations

from flask import render_template

from shop.accounts.page_texts import page_text
from shop.delivery.runs import active_points
from shop.web.database import read_session
from shop.web.public import public_page
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.truck import next_truck, rests_ahead, version_and_minute

WITH_POINTS = "delivery"


@storefront.get("/pages/<name>")
@public_page(version=version_and_minute)
def page(name: str) -> str:
    session = read_session()
    text = page_text(session, name)
    is_delivery = name == WITH_POINTS
    points = active_points(session) if is_delivery else ()
    return render_template(
        "storefront/page.html",
        text=text,
        points=points,
        truck=next_truck() if points else None,
        rests=rests_ahead() if is_delivery else (),
    )
