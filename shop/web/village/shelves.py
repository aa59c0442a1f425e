"""Goods of own villages for a shelf on campus: counted when they are loaded, and called back where they did not leave."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from shop.accounts.models import RoleName
from shop.delivery.runs import open_runs
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.ordering.shelves.bringing import Brought
from shop.ordering.shelves.loading import call_load_back, send_load
from shop.ordering.shelves.loads import loads_from, sendable
from shop.ordering.shelves.queries import shelves
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.fields import TokenField, WholeNumberField
from shop.web.filters import bilingual
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.limits import FORMS, limiter
from shop.web.viewer import current_user_id
from shop.web.village.blueprint import village
from shop.web.village.desk import page, reach

RUNS_SHOWN = 20
_NEEDED = InputRequired(_("Please fill this in."))


class LoadForm(ShopForm):
    token = TokenField()
    shelf = SelectField(_("Shelf"), [_NEEDED], choices=[])
    variant = SelectField(_("Goods"), [_NEEDED], choices=[])
    units = WholeNumberField(_("So many are loaded"), [_NEEDED])
    run = SelectField(_("With the truck"), choices=[])

    def offer(self) -> None:
        """Open shelves, trucks that take something along, and what own villages have for sale."""
        session, now = read_session(), utc_now()
        self.shelf.choices = [
            (str(one.id), f"{bilingual(one.source, 'name')} · {bilingual(one, 'point')}")
            for one in shelves(session)
            if one.is_open
        ]
        own = sendable(session, reach().village_ids, today=shanghai_date(now))
        self.variant.choices = [
            (str(one.variant_id), f"{bilingual(one, 'name')} {bilingual(one, 'pack')} · {one.units}")
            for one in own
        ]
        runs = open_runs(session, now=now, limit=RUNS_SHOWN)
        self.run.choices = [("", gettext("By other means")), *((str(one.id), one.code) for one in runs)]


class CallBackForm(ShopForm):
    reason = StringField(_("Why did it not leave?"), [_NEEDED, Length(max=200)])


@village.get("/shelves")
@requires(RoleName.COORDINATOR)
def shelf_loads() -> str:
    return _page(LoadForm(formdata=None))


@village.post("/shelves")
@limiter.limit(FORMS)
@requires(RoleName.COORDINATOR)
def send_shelf_load() -> Any:
    form, actor_id, now, own = LoadForm(), current_user_id(), utc_now(), reach().village_ids
    form.offer()
    if form.validate():
        said = Brought(
            int(form.variant.data),
            form.units.data or 0,
            form.token.data or "",
            int(form.run.data) if form.run.data else None,
        )
        shelf_id = int(form.shelf.data)
        try:
            transact(lambda s: send_load(s, shelf_id, said, village_ids=own, actor_id=actor_id, now=now))
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Written down. Load what stands below; the point counts it when it arrives."), "ok")
            return redirect(url_for("village.shelf_loads"), 303)
    return _page(form), 400


@village.post("/shelves/<int:load_id>/back")
@limiter.limit(FORMS)
@requires(RoleName.COORDINATOR)
def call_shelf_load_back(load_id: int) -> Any:
    form, actor_id, now, own = CallBackForm(), current_user_id(), utc_now(), reach().village_ids
    reason = (form.reason.data or "")[:200]
    try:
        transact(lambda s: call_load_back(s, load_id, reason, sent_from=own, actor_id=actor_id, now=now))
    except (InvalidInput, Conflict) as error:
        flash(error_message(error), "bad")
    else:
        flash(gettext("Called back: its goods are for sale in their village again."), "ok")
    return redirect(url_for("village.shelf_loads"), 303)


def _page(form: LoadForm) -> str:
    form.offer()
    return page(
        "village/shelves.html",
        "lots",
        form=form,
        loads=loads_from(read_session(), reach().village_ids),
        back=CallBackForm(formdata=None),
    )
