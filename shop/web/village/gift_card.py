"""The card of a gift on paper, as its recipient reads it, with the slip of where the goods come from."""

from __future__ import annotations

from flask import render_template

from shop.accounts.models import RoleName
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
        slip=slip,
        goods=[one for task in tasks for one in goods.get(task, ())],
    )
