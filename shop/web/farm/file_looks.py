"""Who of the shop's team opened this household's file, when and why; and taking back that buyers see its story."""

from __future__ import annotations

from typing import Final

from flask import flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.file_looks import COPIED, READ, REVEALED, find_looks
from shop.accounts.models import RoleName
from shop.catalogue.editing.people import withdraw_consent
from shop.catalogue.households import aliases_of, households_of_producers
from shop.kit.clock import utc_now
from shop.web.database import read_session, transact
from shop.web.farm.blueprint import farm
from shop.web.farm.who import page, reach
from shop.web.guards import requires
from shop.web.viewer import current_user_id

WHAT: Final = {READ: "人口、电话、故事", REVEALED: "收款账号、身份证号", COPIED: "整份资料的复印件"}
WHY: Final = {
    "correct": "改写错的地方",
    "call": "打电话找您家",
    "consent": "登记您家同意不同意",
    "question": "答您家问的事",
    "pay": "付款，或者查付款",
}


@farm.get("/looks")
@requires(RoleName.FARMER)
def file_looks() -> str:
    session = read_session()
    own = households_of_producers(session, reach().producer_ids)
    found = find_looks(session, own)
    shown = [one for one in aliases_of(session, own).values() if one.consented_at is not None]
    return page(
        "farm/file_looks.html", found=found, what=WHAT, why=WHY, shown=shown, back=url_for("farm.money")
    )


@farm.post("/looks/hide")
@requires(RoleName.FARMER)
def hide_story() -> Response:
    """The household takes its consent back by itself; giving it again goes through the coordinator, face to face."""
    own, actor_id, now = (
        households_of_producers(read_session(), reach().producer_ids),
        current_user_id(),
        utc_now(),
    )

    def work(session: Session) -> None:
        for household_id in own:
            withdraw_consent(session, household_id, actor_id=actor_id, now=now)

    transact(work)
    flash("买家看不到您家的称呼和故事了", "ok")
    return redirect(url_for("farm.file_looks"), 303)
