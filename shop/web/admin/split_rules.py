"""How prices are divided: every version, and the next one. A version that is written never changes."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from shop.accounts.models import RoleName
from shop.catalogue.split import current_rule
from shop.catalogue.split_rules import PARTS, add_rule, list_rules
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import NEEDED, PercentField
from shop.web.admin.pages import desk_page
from shop.web.database import read_session, transact
from shop.web.fields import MomentField
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


class SplitRuleForm(ShopForm):
    household_bp = PercentField(_("Households, per cent"), [NEEDED])
    packing_bp = PercentField(_("Packing and checks, per cent"), [NEEDED])
    freight_bp = PercentField(_("Freight, per cent"), [NEEDED])
    payment_fee_bp = PercentField(_("Payment fee, per cent"), [NEEDED])
    village_fund_bp = PercentField(_("Village fund, per cent"), [NEEDED])
    shop_bp = PercentField(_("Shop's share, per cent"), [NEEDED])
    valid_from = MomentField(_("For orders placed from"), [NEEDED])


@admin.get("/split-rules")
@requires(RoleName.ADMIN)
def split_rules() -> str:
    session = read_session()
    try:
        in_force = current_rule(session, utc_now()).version
    except NotFound:
        in_force = 0
    return desk_page("admin/split_rules.html", "split-rules", rules=list_rules(session), in_force=in_force)


@admin.route("/split-rules/new", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def new_split_rule() -> Any:
    rules = list_rules(read_session())
    last = {name: getattr(rules[0], name) for name in PARTS} if rules else {}
    form = SplitRuleForm(data=last)
    if request.method == "POST" and form.validate():
        parts, valid_from = {name: form[name].data for name in PARTS}, form.valid_from.data or utc_now()
        actor_id, now = current_user_id(), utc_now()
        try:
            transact(lambda session: add_rule(session, parts, valid_from, actor_id=actor_id, now=now))
        except InvalidInput as error:
            show_errors(form, error)
        else:
            flash(gettext("The new version is written. Orders placed before it keep theirs."), "ok")
            return redirect(url_for("admin.split_rules"), 303)
    screen = {
        "title": gettext("A new version of how prices are divided"),
        "note": gettext("The parts make the whole price. A version, once written, cannot be changed."),
        "back_href": url_for("admin.split_rules"),
        "back_label": gettext("How prices are divided"),
        "submit_label": gettext("Write this version"),
    }
    page = desk_page("admin/form.html", "split-rules", screen=screen, form=form)
    return page, 400 if request.method == "POST" else 200
