"""Standing prices by quantity, for one organisation or for all: where a quotation begins."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.validators import InputRequired, Optional

from shop.accounts.models import Organisation, RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.money import format_yuan
from shop.kit.price_tiers import Tier
from shop.quotations.reading import variants_for_sale
from shop.quotations.standing_prices import list_standing, set_standing
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act
from shop.web.database import read_session, transact
from shop.web.fields import WholeNumberField, YuanField
from shop.web.filters import bilingual
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.viewer import current_user_id


class StandingForm(ShopForm):
    organisation = SelectField(_("For whom"), choices=[], validators=[Optional()])
    variant = SelectField(
        _("Product"), choices=[], validators=[InputRequired(_("Please choose one from the list."))]
    )
    price = YuanField(_("Price of one, in ¥"), [InputRequired(_("Please enter an amount such as 12.50."))])
    from_2 = WholeNumberField(_("From how many on"), [Optional()])
    price_2 = YuanField(_("then, in ¥"), [Optional()])
    from_3 = WholeNumberField(_("From how many on"), [Optional()])
    price_3 = YuanField(_("then, in ¥"), [Optional()])

    def offer(self, session: Session) -> None:
        named = session.execute(sa.select(Organisation.id, Organisation.name).order_by(Organisation.name))
        self.organisation.choices = [
            ("", _("All organisations")),
            *((str(one.id), one.name) for one in named),
        ]
        self.variant.choices = [
            (
                str(one.id),
                f"{bilingual(one, 'name')} {bilingual(one, 'pack')} · ¥{format_yuan(one.price_fen)}",
            )
            for one in variants_for_sale(session)
        ]

    def tiers(self) -> list[Tier]:
        found = [Tier(1, self.price.data or 0)]
        for place in (2, 3):
            first, fen = self[f"from_{place}"].data, self[f"price_{place}"].data
            if first is not None or fen is not None:
                found.append(Tier(first or 0, fen or 0))
        return found


@admin.route("/standing-prices", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def standing_prices() -> Any:
    form, session = StandingForm(), read_session()
    form.offer(session)
    if request.method == "GET":
        return _page(form)
    if not form.validate():
        return _page(form), 400
    actor_id, now, tiers = current_user_id(), utc_now(), form.tiers()
    whose = int(form.organisation.data) if form.organisation.data else None
    variant_id = int(form.variant.data)
    try:
        transact(lambda s: set_standing(s, whose, variant_id, tiers, actor_id=actor_id, now=now))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return _page(form), error.status
    flash(gettext("Saved. The next quotation begins with it."), "ok")
    return redirect(url_for("admin.standing_prices"), 303)


@admin.post("/standing-prices/remove")
@requires(RoleName.ADMIN)
def remove_standing_price() -> Response:
    actor_id, now = current_user_id(), utc_now()
    whose = request.form.get("organisation", type=int)
    variant_id = request.form.get("variant", 0, type=int)
    return act(
        lambda s: set_standing(s, whose, variant_id, (), actor_id=actor_id, now=now),
        done=gettext("Removed."),
        back=url_for("admin.standing_prices"),
    )


def _page(form: StandingForm) -> str:
    return desk_page(
        "admin/standing_prices.html",
        "standing-prices",
        form=form,
        found=list_standing(read_session(), page=request.args.get("page", 1, type=int)),
    )
