"""The versions of a product or a household: who changed what, when, and an earlier value put back after a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.audit_queries import PAGE_SIZE, AuditFilter, list_audit
from shop.accounts.models import RoleName
from shop.catalogue.desk import variants_of
from shop.catalogue.editing.people import get_household
from shop.catalogue.editing.products import get_product
from shop.catalogue.editing.variants import get_variant
from shop.catalogue.history import Earlier, earlier_value, fields_to_put_back, put_back
from shop.kit.clock import utc_now
from shop.web.admin.audit import audit_lines
from shop.web.admin.audit_facts import fact_label
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import Filter, asked
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act
from shop.web.admin.words import named
from shop.web.database import read_session
from shop.web.filters import bilingual
from shop.web.guards import requires
from shop.web.viewer import current_user_id

_PAGED: Final = (Filter("before", ""),)


@admin.get("/products/<int:product_id>/history")
@requires(RoleName.ADMIN)
def product_history(product_id: int) -> str:
    """Of the product, its photos and its packs."""
    session = read_session()
    product = get_product(session, product_id)
    packs = [str(one.id) for one in variants_of(session, product_id)]
    subjects = {"product": [str(product_id)], "variant": packs}
    back = url_for("admin.products_one", record_id=product_id)
    return _page("products", named(product), back, subjects)


@admin.get("/households/<int:household_id>/history")
@requires(RoleName.ADMIN)
def household_history(household_id: int) -> str:
    """What is personal is named here, and never told."""
    household = get_household(read_session(), household_id)
    back = url_for("admin.households_one", record_id=household_id)
    return _page("households", bilingual(household, "alias"), back, {"household": [str(household_id)]})


@admin.get("/trail/<int:entry_id>/<field>")
@requires(RoleName.ADMIN)
def ask_to_put_back(entry_id: int, field: str) -> str:
    session = read_session()
    earlier = earlier_value(session, entry_id, field)
    row = list_audit(session, AuditFilter(), before_id=entry_id + 1, limit=1)[0]
    shown = replace(row, facts={field: [earlier.current, earlier.value]}, personal=None)
    [line] = audit_lines([shown])
    return desk_page(
        "admin/put_back.html",
        "households" if earlier.kind == "household" else "products",
        line=line,
        row=row,
        earlier=earlier,
        field=field,
        back=_history_of(session, earlier),
        is_so=earlier.current == earlier.value,
    )


@admin.post("/trail/<int:entry_id>/<field>")
@requires(RoleName.ADMIN)
def put_value_back(entry_id: int, field: str) -> Response:
    session = read_session()
    back = _history_of(session, earlier_value(session, entry_id, field))
    seen, actor_id, now = request.form.get("seen", "")[:2_000], current_user_id(), utc_now()
    return act(
        lambda inner: put_back(inner, entry_id, field, seen=seen, actor_id=actor_id, now=now),
        done=gettext("It is as it was before."),
        back=back,
    )


def _history_of(session: Session, earlier: Earlier) -> str:
    if earlier.kind == "household":
        return url_for("admin.household_history", household_id=earlier.record_id)
    product_id = earlier.record_id
    if earlier.kind == "variant":
        product_id = get_variant(session, earlier.record_id).product_id
    return url_for("admin.product_history", product_id=product_id)


def _page(tab: str, title: str, back: str, subjects: Mapping[str, Sequence[str]]) -> str:
    wanted = asked(_PAGED)
    rows = list_audit(read_session(), AuditFilter(subjects=subjects), before_id=wanted.number("before"))
    older = f"{request.path}?before={rows[-1].id}" if len(rows) == PAGE_SIZE else None
    lines = [
        {**line, "fields": [_to_put_back(line["row"].id, name) for name in _fields_of(line["row"])]}
        for line in audit_lines(rows)
    ]
    return desk_page("admin/history.html", tab, title=title, back=back, lines=lines, older=older)


def _fields_of(row: Any) -> list[str]:
    return fields_to_put_back(row.action, row.facts)


def _to_put_back(entry_id: int, name: str) -> dict[str, str]:
    href = url_for("admin.ask_to_put_back", entry_id=entry_id, field=name)
    return {"label": fact_label(name), "href": href}
