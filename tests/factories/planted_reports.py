"""A view of a report, its files that are planned, and a long file that waits, for everybody who reads reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from shop.exports.asking import Wanted, ask_export
from shop.exports.choices import Choices, Filter, Rule
from shop.exports.reader import Desk, Reader
from shop.exports.recurrence import Every, Recurrence
from shop.exports.schedule_models import Period
from shop.exports.schedules import Plan, pause_by_hand, plan_exports
from shop.exports.views import find_view, save_view
from shop.kit.clock import shanghai_date

OF_THE_SHOP: Final = ("admin", "admin2", "clerk", "clerk2")
OF_VILLAGES: Final = ("coordinator", "coordinator2", "hub", "hub2")
CHOSEN: Final = {
    "orders": Choices(columns=("number", "paid_fen"), sort="-paid_fen"),
    "intake": Choices(filters=(Filter("village", Rule.HAS, "村"),), group=("village",)),
}


def plant_reports(session: Session, world: Any, now: datetime) -> dict[str, Any]:
    """By person, the number of the view, and of a long file that waits to be written."""
    views, exports, schedules = {}, {}, {}
    for desk, report, people in ((Desk.ADMIN, "orders", OF_THE_SHOP), (Desk.VILLAGE, "intake", OF_VILLAGES)):
        for name in people:
            reader, choices = Reader(world.users[name], frozenset()), CHOSEN[report]
            views[name] = save_view(
                session, reader, report, "每月要看的", choices, None, may_share=(), now=now
            )
            today = shanghai_date(now)
            wanted = Wanted(desk, report, today, today, "csv", "zh", choices, {}, "每月要看的")
            token = f"planted {name}"
            exports[name] = ask_export(session, wanted, {}, owner_id=reader.user_id, token=token, now=now)
            view = find_view(session, reader, [report], views[name])
            plan = Plan(desk, view, Recurrence(Every.MONTH, 7, 30), Period.LAST_MONTH, "xlsx", "zh")
            schedules[name] = plan_exports(session, plan, owner_id=reader.user_id, token=token, now=now)
    pause_by_hand(session, world.users["clerk2"], Desk.ADMIN, schedules["clerk2"], now=now)
    return {"report_views": views, "exports": exports, "schedules": schedules}
