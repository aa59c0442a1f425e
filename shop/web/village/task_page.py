"""The page of one task, also after a form on it was refused."""

from __future__ import annotations

from flask import request

from shop.fulfilment.buyer_contact import buyer_to_ask
from shop.fulfilment.closing import waiting_of_task
from shop.fulfilment.goods import add_up
from shop.fulfilment.household_tasks import one_task, order_id_of_task, producer_head
from shop.fulfilment.proposal_list import proposals_of_tasks
from shop.fulfilment.substitutes import substitutes
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.web.database import read_session
from shop.web.error_pages import error_message, translated
from shop.web.shop_settings import current_shop_settings
from shop.web.short_form import typed_short
from shop.web.village.desk import page, reach
from shop.web.village.forms import DeclineForm


def task_page(
    task_id: int,
    form: DeclineForm | None = None,
    *,
    refused: InvalidInput | None = None,
    refused_proposal: InvalidInput | None = None,
) -> str:
    """`refused` says what is wrong with the missing units that were typed, `refused_proposal` with what was to be asked.

    Raises NotFound.
    """
    session, by = read_session(), reach()
    shown = one_task(session, task_id, by)
    goods = add_up(shown.goods)
    return page(
        "village/task.html",
        "board",
        task=shown,
        producer=producer_head(session, shown.producer_id, by),
        form=form or DeclineForm(formdata=None),
        together=goods,
        short=typed_short(request.form, goods) if refused else {},
        short_errors=_errors(refused),
        short_error=error_message(refused) if refused and not refused.errors else "",
        **_missing(task_id, refused_proposal),
    )


def _missing(task_id: int, refused: InvalidInput | None) -> dict[str, object]:
    """What nobody has of the task, and what its buyer is asked about it."""
    session, by = read_session(), reach()
    waiting = waiting_of_task(session, task_id)
    order_id = order_id_of_task(session, task_id) if waiting else None
    return {
        "waiting": waiting,
        "proposals": proposals_of_tasks(session, [task_id])[task_id],
        "contact": buyer_to_ask(session, task_id, by) if waiting else None,
        "instead": {
            one.allocation_id: substitutes(session, order_id, one.allocation_id, now=utc_now())
            for one in waiting
            if order_id is not None
        },
        "borne_percent": current_shop_settings().substitute_borne_percent,
        "answer_hours": current_shop_settings().answer_within_hours,
        "missing_typed": request.form if refused else {},
        "missing_errors": _errors(refused),
    }


def _errors(refused: InvalidInput | None) -> dict[str, str]:
    return {name: translated(text, {}) for name, text in refused.errors.items()} if refused else {}
