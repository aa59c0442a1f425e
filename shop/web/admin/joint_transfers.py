"""One transfer for all orders of a gift, and the second person's word about it."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.payments.joint.awaited import read_joint
from shop.payments.joint.listing import payments_of_joint
from shop.payments.joint.matching import agree_that_it_came, take_back_that_it_came
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import asked
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act
from shop.web.database import read_session
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


@admin.get("/transfers/joint/<int:joint_id>")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def joint_transfer(joint_id: int) -> str:
    session = read_session()
    return desk_page(
        "admin/joint_transfer.html",
        "transfers",
        one=read_joint(session, joint_id),
        found=payments_of_joint(session, joint_id, page=asked(()).page),
        page_url=lambda number: url_for("admin.joint_transfer", joint_id=joint_id, page=number),
        me=current_user_id(),
    )


@admin.post("/transfers/joint/<int:joint_id>/agree")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def agree_to_joint(joint_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: agree_that_it_came(session, joint_id, actor_id=actor_id, now=now),
        done=gettext("The transfer is confirmed. All orders of the gift are being confirmed now."),
        back=url_for("admin.joint_transfer", joint_id=joint_id),
    )


@admin.post("/transfers/joint/<int:joint_id>/withdraw")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def take_joint_back(joint_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: take_back_that_it_came(session, joint_id, actor_id=actor_id, now=now),
        done=gettext("Taken back. Its receipts are free again."),
        back=url_for("admin.reconcile"),
    )
