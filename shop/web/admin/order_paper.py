"""One order on paper: for whom, what, the money, what was changed, and its history."""

from __future__ import annotations

from flask import render_template

from shop.accounts.models import RoleName
from shop.ordering.changes import changes_of_order
from shop.ordering.order_desk import buyer_of, history_of, read_order
from shop.ordering.supplements import supplement_of
from shop.payments.queries import payments_of_order, refunds_of_order
from shop.web.admin.blueprint import admin
from shop.web.admin.order_words import CHANGES, desk_state, event_facts, event_word
from shop.web.database import read_session
from shop.web.guards import requires


@admin.get("/orders/<number>/paper")
@requires(RoleName.ADMIN)
def order_paper(number: str) -> str:
    session = read_session()
    order = read_order(session, number)
    history = reversed(history_of(session, order.id))
    return render_template(
        "admin/order_paper.html",
        order=order,
        state=desk_state(order),
        buyer=buyer_of(session, order.id),
        beside=supplement_of(session, order.id),
        payments=payments_of_order(session, order.id),
        refunds=refunds_of_order(session, order.id),
        changes=list(reversed(changes_of_order(session, order.id))),
        change_words=CHANGES,
        history=[(line, event_word(line), event_facts(line)) for line in history],
    )
