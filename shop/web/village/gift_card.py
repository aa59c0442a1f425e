"""The card of a gift on paper, as its recipient reads it, with the slip of where the goods come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName
from shop.fulfilment.gift_papers import PAGE_SIZE, GiftOrder, orders_of_same_gift
from shop.fulfilment.goods import lot_goods_of_tasks
from shop.fulfilment.household_tasks import order_tasks
from shop.fulfilment.packing_list import order_at_place
from shop.gifts.slips import gift_slips
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.village.blueprint import village
from shop.web.village.desk import reach
from shop.web.village.paging import page_number


@village.get("/packing/<number>/card")
@requires(RoleName.COORDINATOR)
def gift_card(number: str) -> str:
    """Raises NotFound for an order that is of no gift, or comes to another place. No price stands on it."""
    session, by = read_session(), reach()
    order = order_at_place(session, number, by)
    slip = gift_slips(session, [order.id], now=utc_now()).get(order.id)
    if slip is None:
        raise NotFound()
    tasks = [one.id for one in order_tasks(session, order.id, by) if one.is_live]
    goods = lot_goods_of_tasks(session, tasks) if slip.origin_slip else {}
    return render_template(
        "village/gift_card.html",
        order=order,
        of_gift=orders_of_same_gift(session, order.id, by)[1],
        slip=slip,
        goods=[one for task in tasks for one in goods.get(task, ())],
    )


@village.get("/packing/<number>/cards")
@requires(RoleName.COORDINATOR)
def gift_cards(number: str) -> str:
    """The cards of all parcels of the same gift that are packed here. Raises as `gift_card`."""
    session, by, page = read_session(), reach(), page_number()
    order = order_at_place(session, number, by)
    slip = gift_slips(session, [order.id], now=utc_now()).get(order.id)
    if slip is None:
        raise NotFound()
    orders, count = orders_of_same_gift(session, order.id, by, page=page)
    return render_template(
        "village/gift_cards.html",
        number=number,
        gift_name=slip.gift_name,
        sheets=_sheets(session, orders),
        count=count,
        page=page,
        pages=max(1, -(-count // PAGE_SIZE)),
    )


def _sheets(session: Session, orders: Sequence[GiftOrder]) -> list[dict[str, Any]]:
    """Five statements, however many orders."""
    slips = gift_slips(session, [one.id for one in orders], now=utc_now())
    tasks = [task for one in orders if slips[one.id].origin_slip for task in one.tasks]
    goods = lot_goods_of_tasks(session, tasks) if tasks else {}
    return [
        {
            "number": one.number,
            "slip": slips[one.id],
            "goods": [lot for task in one.tasks for lot in goods.get(task, ())],
        }
        for one in orders
    ]
