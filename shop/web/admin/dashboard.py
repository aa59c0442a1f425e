"""The first page of the back office: how the shop is doing, and what waits for somebody."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.kit.clock import shanghai_date, utc_now
from shop.reports.inbox import read_inbox
from shop.reports.owning import Team, read_team
from shop.reports.piles import FINANCE_PILES, MOST_LISTED, MOST_SHOWN
from shop.reports.today import read_today
from shop.web.admin.blueprint import admin
from shop.web.admin.inbox_looks import Looked, Whose, look_through, whose_links
from shop.web.admin.pages import desk_page, may_handle_money
from shop.web.admin.pile_looks import LOOKS
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.viewer import current_user_id


@admin.get("")
@requires(RoleName.ADMIN)
def dashboard() -> str:
    session, now, whose = read_session(), utc_now(), Whose.of(request.args.get("owner", ""))
    team, me = read_team(session), current_user_id()
    piles = [
        look_through(pile, team, whose, me)
        for pile in read_inbox(session, now=now, most=MOST_SHOWN if whose is Whose.ALL else MOST_LISTED)
        if may_handle_money() or pile.pile not in FINANCE_PILES
    ]
    return desk_page(
        "admin/dashboard.html",
        "inbox",
        figures=read_today(session, now=now),
        piles=[_pile(pile, team, whose, me) for pile in piles],
        count=sum(pile.count for pile in piles),
        whose=whose_links(whose, "admin.dashboard"),
        is_all=whose is Whose.ALL,
        back=url_for("admin.dashboard", **whose.in_address()),
        now=now,
        today=dict.fromkeys(("from", "to"), shanghai_date(now).isoformat()),
    )


def _pile(looked: Looked, team: Team, whose: Whose, me: int) -> dict[str, Any]:
    pile, look = looked.pile, LOOKS[looked.pile]
    several = url_for("admin.inbox_pile", pile=pile, **whose.in_address())
    return {
        "label": gettext(look.label),
        "count": looked.count,
        "href": look.everything() if whose is Whose.ALL else several,
        "several": several,
        "deeds": url_for("admin.do_work", pile=pile),
        "amount_fen": looked.amount_fen if pile in FINANCE_PILES else 0,
        "icon": look.icon,
        "tone": look.tone,
        "more": looked.count - len(looked.items[:MOST_SHOWN]),
        "items": looked.shown(team, me)[:MOST_SHOWN],
    }
