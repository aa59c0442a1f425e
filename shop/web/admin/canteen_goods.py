"""What stands on the order sheet of canteens: how many units are a case, and what is paid by weight."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField
from wtforms.validators import InputRequired

from shop.accounts.models import RoleName
from shop.canteens.goods import all_goods, remove_good, set_good
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.money import format_yuan
from shop.quotations.reading import variants_for_sale
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act
from shop.web.database import read_session, transact
from shop.web.fields import WholeNumberField
from shop.web.filters import bilingual
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.viewer import current_user_id


class CanteenGoodForm(ShopForm):
    variant = SelectField(
        _("Product"), choices=[], validators=[InputRequired(_("Please choose one from the list."))]
    )
    units_per_case = WholeNumberField(
        _("Units in a case"), [InputRequired(_("Please fill this in."))], description=_("From 1 to 1,000.")
    )
    by_weight = BooleanField(
        _("Paid by weight"),
        description=_(
            "A unit is expected to weigh its net weight; what arrives is weighed, and paid by the gram."
        ),
    )

    def offer(self, session: Session) -> None:
        self.variant.choices = [
            (
                str(one.id),
                f"{bilingual(one, 'name')} {bilingual(one, 'pack')} · ¥{format_yuan(one.price_fen)}",
            )
            for one in variants_for_sale(session)
        ]


@admin.route("/canteen-goods", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def canteen_goods() -> Any:
    form = CanteenGoodForm()
    form.offer(read_session())
    if request.method == "GET":
        return _page(form)
    if not form.validate():
        return _page(form), 400
    actor_id, now, variant_id = current_user_id(), utc_now(), int(form.variant.data)
    units, by_weight = form.units_per_case.data or 0, bool(form.by_weight.data)
    try:
        transact(lambda s: set_good(s, variant_id, units, by_weight=by_weight, actor_id=actor_id, now=now))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return _page(form), error.status
    flash(gettext("Saved. It stands on the order sheet of every canteen."), "ok")
    return redirect(url_for("admin.canteen_goods"), 303)


@admin.post("/canteen-goods/remove")
@requires(RoleName.ADMIN)
def remove_canteen_good() -> Response:
    actor_id, now, variant_id = current_user_id(), utc_now(), request.form.get("variant", 0, type=int)
    return act(
        lambda s: remove_good(s, variant_id, actor_id=actor_id, now=now),
        done=gettext("Removed."),
        back=url_for("admin.canteen_goods"),
    )


def _page(form: CanteenGoodForm) -> str:
    return desk_page("admin/canteen_goods.html", "canteen-goods", form=form, goods=all_goods(read_session()))
