"""Many parcels at once by file: the carrier's table to fetch, and the table with numbers that it gives back."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.fulfilment.batch_orders import batch_table
from shop.fulfilment.number_tables import lines_of_table
from shop.fulfilment.shipping_list import check_lines, read_lines
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.kit.references import normalise_code
from shop.kit.text import msg
from shop.storage.spreadsheets import MOST_BYTES
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.guards import requires
from shop.web.limits import UPLOADS, limiter
from shop.web.protection import accepts_uploads
from shop.web.tables import asked_kind, table_file
from shop.web.village.blueprint import village
from shop.web.village.desk import page, reach
from shop.web.village.forms import ShipManyForm

_EMPTY, _NO_FILE = msg("The file is empty."), msg("Please choose a file first.")


@village.post("/parcels/table")
@requires(RoleName.COORDINATOR)
def fetch_table() -> Any:
    """A post, because the trail says who took addresses out of the shop."""
    by, now, kind = reach(), utc_now(), asked_kind(request.form.get("kind", "xlsx"))
    chosen = [normalise_code(code) for code in request.form.getlist("code")]
    made = transact(
        partial(batch_table, carrier=request.form.get("carrier", ""), chosen=chosen, by=by, now=now)
    )
    if len(made.rows) == 1:
        flash(gettext("No parcel waits for a courier."), "info")
        return redirect(url_for("village.ship_list"), 303)
    name = f"{made.carrier}-{shanghai_date(now).isoformat()}"
    return table_file(made.rows, kind, name=name, title=gettext("Parcels"))


@village.post("/parcels/ship/table")
@limiter.limit(UPLOADS)
@requires(RoleName.COORDINATOR)
@accepts_uploads
def read_table() -> Any:
    """Its rows as lines to look at; nothing is shipped yet."""
    sent, form = request.files.get("file"), ShipManyForm()
    content = sent.read(MOST_BYTES + 1) if sent else b""
    try:
        if not content.strip():
            raise InvalidInput(_EMPTY if sent else _NO_FILE)
        form.lines.data = lines_of_table(content)
    except InvalidInput as error:
        return _page(form, refused=translated(error.message, error.facts)), 400
    lines = check_lines(read_session(), read_lines(form.lines.data, carrier=form.carrier.data or ""), reach())
    return _page(form, mistakes=[line for line in lines if line.mistake], read=len(lines))


def _page(form: ShipManyForm, **found: Any) -> str:
    return page("village/ship_many.html", "parcels", form=form, **{"mistakes": [], **found})
