"""What an organisation bought, how far its department is with its target, and the statement of its own orders."""

from __future__ import annotations

from typing import Final

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from shop.canteens.unsettled import unsettled_of
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import NotFound
from shop.kit.text import form_number
from shop.purchases.board import Year, by_funding, progress_of
from shop.purchases.buyers import FUNDING_WORDS, rule_of
from shop.purchases.layouts import all_layouts
from shop.purchases.own import bought_by_organisation, orders_of_organisation
from shop.purchases.scope import Scope
from shop.reports.definition import Span
from shop.reports.statement_file import Asked
from shop.web.database import read_session
from shop.web.guards import signed_in
from shop.web.language import current_language
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.membership import own_organisation
from shop.web.statement_files import KINDS, send_statement

YEARS_BACK: Final = 3


@organisation.get("/<slug>/purchases")
@signed_in
def purchases(slug: str) -> str:
    """For all its members; of staff who agreed to be counted it says a sum and nothing else."""
    session, year = read_session(), _asked_year()
    own = own_organisation(slug).organisation
    unit_id, _funding = rule_of(session, own.id)
    bought, before = bought_by_organisation(session, own.id, year)
    return render_template(
        "organisation/purchases.html",
        organisation=own,
        year=year,
        years=_years(),
        bought_fen=bought,
        before_fen=before,
        not_weighed=unsettled_of(session, own.id, year),
        progress=progress_of(session, year, unit_id) if unit_id is not None else None,
        funding=by_funding(session, year, unit_id) if unit_id is not None else {},
        words=FUNDING_WORDS,
        layouts=all_layouts(session),
        found=orders_of_organisation(session, own.id, year, page=_asked_page()),
        page_url=lambda number: url_for("organisation.purchases", slug=slug, year=year.number, page=number),
    )


@organisation.get("/<slug>/purchases/statement.<kind>")
@signed_in
def purchase_statement(slug: str, kind: str) -> Response:
    """Of its own orders in a year, in a layout (`layout`), or with all columns. Raises NotFound."""
    session, year = read_session(), _asked_year()
    own = own_organisation(slug).organisation
    if kind not in KINDS:
        raise NotFound()
    wanted = request.args.get("layout", "")
    layout = next((one for one in all_layouts(session) if one.slug == wanted), None)
    if wanted and layout is None:
        raise NotFound()
    scope = Scope(organisation_id=own.id)
    span = Span(year.first, year.last)
    return send_statement(Asked(span, scope, current_language(), layout, own.name), kind)


def _years() -> list[int]:
    this = shanghai_date(utc_now()).year
    return list(range(this, this - YEARS_BACK, -1))


def _asked_year() -> Year:
    today = shanghai_date(utc_now())
    known = {str(year): year for year in _years()}
    return Year(known.get(request.args.get("year", ""), today.year), today)


def _asked_page() -> int:
    return form_number(request.args.get("page", ""), digits=5) or 1
