"""What an organisation says is missing of a quotation: the shop agrees and credits it, or says why not."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.quotations.receiving import credit_missing, dispute_missing
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.admin.part_refund import WHO
from shop.web.admin.saving import act
from shop.web.database import read_session
from shop.web.goods_receipt_sheets import receipt_sheet
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


@admin.get("/quotations/<number>/receipt")
@requires(RoleName.ADMIN)
def quotation_receipt(number: str) -> str:
    sheet = receipt_sheet(read_session(), number)
    return desk_page("admin/quotation_receipt.html", "quotations", sheet=sheet, who=WHO)


@admin.get("/quotations/<number>/receipt/print")
@requires(RoleName.ADMIN)
def print_quotation_receipt(number: str) -> str:
    sheet = receipt_sheet(read_session(), number)
    back = url_for("admin.quotation_receipt", number=number)
    return render_template("organisation/goods_receipt_print.html", sheet=sheet, back=back)


@admin.post("/quotations/<number>/receipt/credit")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def credit_quotation_receipt(number: str) -> Response:
    actor_id, now = current_user_id(), utc_now()
    bearer = request.form.get("bearer", "")
    return act(
        lambda s: credit_missing(s, number, bearer=bearer, actor_id=actor_id, now=now),
        done=gettext("Credited. The invoice will be of what was accepted."),
        back=url_for("admin.quotation_receipt", number=number),
    )


@admin.post("/quotations/<number>/receipt/dispute")
@requires(RoleName.ADMIN)
def dispute_quotation_receipt(number: str) -> Response:
    actor_id, now = current_user_id(), utc_now()
    answer = request.form.get("answer", "")
    return act(
        lambda s: dispute_missing(s, number, answer, actor_id=actor_id, now=now),
        done=gettext("Answered. The organisation reads why."),
        back=url_for("admin.quotation_receipt", number=number),
    )
