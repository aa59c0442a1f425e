"""Counting lots on the shelf: the list to walk along, one lot at a time, the sheet for paper, and what was counted."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from shop.accounts.models import RoleName
from shop.fulfilment.stock_taking import Hits, count_lot, hits_of_count, orders_hit
from shop.fulfilment.stock_taking_list import (
    CountFilter,
    CountRow,
    LotToCount,
    counts_of_lot,
    find_counts,
    lot_to_count,
    lots_to_count,
    sheet_of_lots,
)
from shop.inventory.count_models import COUNT_WORDS, LONGEST_WORDS, CountReason, StockCount
from shop.inventory.errors import CountHitsOrders, CountOvertaken, CountSaved
from shop.inventory.lot_writing import Author
from shop.inventory.own_lots import lot_choices
from shop.inventory.producer_lots import Keepers
from shop.inventory.stock_counts import MOST_COUNTED, Counting
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.references import secret_token
from shop.kit.text import tidy
from shop.web.database import read_session, transact
from shop.web.fields import SeenField, TokenField, WholeNumberField
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.viewer import current_user_id, current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page
from shop.web.village.paging import asked_number, page_number

LOTS_SHOWN = 25  # on a phone a page of more is endless
COUNTS_SHOWN = 25


class CountForm(ShopForm):
    token = TokenField()
    seen = SeenField()
    agreed = SeenField()  # so many units that orders wait for are missing, as was shown and agreed to
    counted = WholeNumberField(
        _("How many are there"),
        [
            InputRequired(_("Please enter a whole number.")),
            NumberRange(0, MOST_COUNTED, _("At most 100,000 units.")),
        ],
    )
    reason = RadioField(
        _("If the number differs: why"),
        choices=[(one.value, _(COUNT_WORDS[one])) for one in CountReason],
        validate_choice=False,
    )
    words = StringField(_("In a few words"), [Length(max=LONGEST_WORDS)])


@village.get("/counts")
@requires(RoleName.COORDINATOR)
def counts() -> str:
    session, keepers, chosen = read_session(), _keepers(), _chosen()
    return page(
        "village/counts.html",
        "lots",
        found=lots_to_count(session, keepers, chosen, page=page_number(), size=LOTS_SHOWN),
        chosen=chosen,
        choices=lot_choices(session, keepers, village_id=chosen.village_id),
    )


@village.get("/counts/sheet")
@requires(RoleName.COORDINATOR)
def count_sheet() -> str:
    """To print, and to write on in the barn."""
    found = sheet_of_lots(read_session(), _keepers(), _chosen())
    return render_template("village/count_sheet.html", producers=_by_producer(found), now=utc_now())


@village.get("/counts/made")
@requires(RoleName.COORDINATOR)
def counts_made() -> str:
    session, keepers, chosen = read_session(), _keepers(), _chosen()
    return page(
        "village/counts_made.html",
        "lots",
        found=find_counts(session, keepers, chosen, page=page_number(), size=COUNTS_SHOWN).map(_worded),
        chosen=chosen,
        choices=lot_choices(session, keepers, village_id=chosen.village_id),
    )


@village.get("/lots/<int:lot_id>/count")
@requires(RoleName.COORDINATOR)
def counting(lot_id: int) -> str:
    shown = lot_to_count(read_session(), lot_id, _keepers())
    return _page(shown, CountForm(formdata=None, seen=shown.shelf.expected))


@village.post("/lots/<int:lot_id>/count")
@requires(RoleName.COORDINATOR)
def count(lot_id: int) -> Any:
    """Written down, or shown once more with what stands against it and what was typed."""
    shown, form = lot_to_count(read_session(), lot_id, _keepers()), CountForm()
    if not form.validate_on_submit():
        return _page(shown, form), 400
    said, author, now = _said(form), Author(current_user_id(), for_producer=True), utc_now()
    hits: Hits | None = None
    try:
        made = transact(lambda s: _result(s, count_lot(s, lot_id, said, author=author, now=now)))
    except CountHitsOrders as error:
        status = error.status
        form.agreed.data = str(error.short)
        hits = orders_hit(read_session(), lot_id, error.short)
    except CountOvertaken as error:
        status = error.status
        show_errors(form, error)
        form.seen.data, form.agreed.data = str(error.after), ""
    except CountSaved as error:
        status = error.status
        show_errors(form, error)
        now_there = lot_to_count(read_session(), lot_id, _keepers()).shelf.expected
        form.token.data, form.seen.data, form.agreed.data = secret_token(), str(now_there), ""
    except (InvalidInput, Conflict) as error:
        status = error.status
        show_errors(form, error)
    else:
        return _done(*made)
    return _page(lot_to_count(read_session(), lot_id, _keepers()), form, hits), status


def _result(session: Session, count: StockCount) -> tuple[int, int, int]:
    """The difference, how many promised units leave their orders, and how many stay in others."""
    hits = hits_of_count(session, count)
    return count.counted - count.expected, hits.short - hits.rest, hits.rest


def _done(difference: int, leaving: int, rest: int) -> Response:
    if leaving > 0:
        said = ngettext(
            "Counted. %(num)s unit that was promised leaves its order within a minute: see To decide.",
            "Counted. %(num)s units that were promised leave their orders within a minute: see To decide.",
            leaving,
        )
    else:
        said = gettext("Counted, and corrected.") if difference else gettext("Counted: all there.")
    flash(said, "ok")
    if rest > 0:
        stays = ngettext(
            "%(num)s missing unit stays with an order that is not paid yet or was called ready. Please look at the goods that stand ready.",
            "%(num)s missing units stay with orders that are not paid yet or were called ready. Please look at the goods that stand ready.",
            rest,
        )
        flash(stays, "warn")
    return redirect(url_for("village.counts", **_asked()), 303)


def _said(form: CountForm) -> Counting:
    reason = form.reason.data or ""
    return Counting(
        counted=form.counted.data or 0,
        seen=form.seen.number or 0,
        reason=CountReason(reason) if reason in set(CountReason) else None,
        words=tidy(form.words.data or ""),
        token=form.token.data or "",
        agreed=form.agreed.number or 0,
    )


def _keepers() -> Keepers:
    return Keepers(village_ids=current_viewer().village_ids)


def _chosen() -> CountFilter:
    return CountFilter(asked_number("village"), asked_number("producer"))


def _asked() -> dict[str, Any]:
    """What the list was narrowed to, for the way back."""
    chosen = _chosen()
    return {"village": chosen.village_id, "producer": chosen.producer_id}


def _by_producer(lots: Any) -> list[list[LotToCount]]:
    found: list[list[LotToCount]] = []
    for lot in lots:
        if not found or found[-1][0].producer_id != lot.producer_id:
            found.append([])
        found[-1].append(lot)
    return found


def _worded(row: CountRow) -> tuple[CountRow, str]:
    """A count, and why it differed."""
    said = [gettext(COUNT_WORDS[row.reason])] if row.reason else []
    return row, " · ".join([*said, *filter(None, [row.words])])


def _page(lot: LotToCount, form: CountForm, hits: Hits | None = None) -> str:
    return page(
        "village/count.html",
        "lots",
        lot=lot,
        form=form,
        hits=hits,
        asked=_asked(),
        before=[_worded(row) for row in counts_of_lot(read_session(), lot.id, _keepers())],
    )
