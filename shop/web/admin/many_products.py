"""Several products of the list, or all that match its filter: one thing changed of each, looked at first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from flask import flash, redirect, request, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.catalogue.desk import all_of
from shop.catalogue.errors import CannotPublish
from shop.catalogue.many_products import (
    MOST_AT_ONCE,
    Deed,
    Order,
    Row,
    change_one,
    judge_order,
    plan_many,
)
from shop.catalogue.models import Category, Product, Seller, Village
from shop.catalogue.product_desk import matching_products
from shop.inventory.supply import keepers_of
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound, ShopError
from shop.kit.text import msg
from shop.kit.typed_amounts import WrongNumber, read_whole_number
from shop.web.admin.blueprint import admin
from shop.web.admin.listing import asked
from shop.web.admin.pages import desk_page
from shop.web.admin.product_filters import PRODUCT_FILTERS, product_filter
from shop.web.admin.saving import refusal
from shop.web.admin.words import choices, listed
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.filters import bilingual, status_word
from shop.web.guards import requires
from shop.web.refusals import reason_sentences
from shop.web.viewer import current_user_id

WORDS: Final = {
    Deed.CATEGORY: msg("Category"),
    Deed.SELLER: msg("Seller"),
    Deed.VILLAGE: msg("Main origin"),
    Deed.READY_HOURS: msg("Hours to prepare a task"),
    Deed.RECOMMENDED: msg("Weight of the recommendation"),
    Deed.LOW_STOCK: msg("Few are left from"),
    Deed.PUBLISH: msg("Publish"),
    Deed.WITHDRAW: msg("Take it out of the shop"),
}
_OTHERS: Final[dict[Deed, Any]] = {Deed.CATEGORY: Category, Deed.SELLER: Seller, Deed.VILLAGE: Village}
_NUMBERS: Final = (Deed.READY_HOURS, Deed.RECOMMENDED, Deed.LOW_STOCK)
_MAY_BE_EMPTY: Final = (Deed.VILLAGE, Deed.READY_HOURS)


@dataclass(frozen=True)
class Said:
    """One row in words."""

    row: Row
    before: str
    after: str
    refused: str


@admin.get("/products/many")
@requires(RoleName.ADMIN)
def many_products() -> Any:
    """Which ones the list chose, and what may be changed of them."""
    session = read_session()
    if "all" in request.args:
        chosen = matching_products(product_filter(asked(PRODUCT_FILTERS))).limit(MOST_AT_ONCE + 1)
        ids = list(session.scalars(chosen.order_by(Product.id)))
    else:
        ids = _numbers(request.args.getlist("ids"))
    if not ids or len(ids) > MOST_AT_ONCE:
        sentence = gettext("Please choose products in the list first.")
        if ids:
            sentence = gettext(
                "At most %(most)s products at once. Please filter the list.", most=MOST_AT_ONCE
            )
        flash(sentence, "bad")
        return redirect(url_for("admin.products"), 303)
    return _form_page(ids)


@admin.post("/products/many")
@requires(RoleName.ADMIN)
def look_at_many() -> Any:
    ids = _numbers(request.form.get("ids", "")[:4_000].split(","))
    if not ids:
        raise NotFound()
    try:
        order = _order()
        judge_order(order)
    except InvalidInput as error:
        return _form_page(ids, refusal(error)), 400
    session = read_session()
    rows = plan_many(session, _among(ids), order, keepers=keepers_of, now=utc_now())
    names = dict(choices(all_of(session, _OTHERS[order.deed]))) if order.deed in _OTHERS else {}
    said = [_in_words(row, order, names) for row in rows]
    return desk_page(
        "admin/many_products_look.html",
        "products",
        order=order,
        word=WORDS[order.deed],
        said=said,
        ids=ids,
        typed=request.form.get(f"value-{order.deed.value}", ""),
        seals=",".join(f"{one.row.product_id}.{one.row.seal}" for one in said if not one.row.is_so),
        counted=sum(not one.row.is_so and not one.refused for one in said),
    )


@admin.post("/products/many/change")
@requires(RoleName.ADMIN)
def change_many() -> Any:
    """Each in a transaction of its own: what cannot be is said, and stops none of the others."""
    seals = dict(one.split(".", 1) for one in request.form.get("seals", "")[:8_000].split(",") if "." in one)
    ids = _numbers(list(seals))
    if not ids:
        raise NotFound()
    order = _order()
    judge_order(order)
    changed, refused = 0, []
    for product_id in ids:
        answer = _change(product_id, order, seals[str(product_id)])
        changed += answer is True
        refused += [(product_id, answer)] if isinstance(answer, str) else []
    names = dict(read_session().execute(sa.select(Product.id, Product.name_zh)).all()) if refused else {}
    return desk_page(
        "admin/many_products_done.html",
        "products",
        changed=changed,
        same=len(ids) - changed - len(refused),
        refused=[(product_id, names.get(product_id, ""), why) for product_id, why in refused],
    )


def _change(product_id: int, order: Order, seal: str) -> bool | str:
    """Whether it was changed, or why it could not be."""
    actor_id, now = current_user_id(), utc_now()
    try:
        return transact(
            lambda session: change_one(
                session, product_id, order, seal=seal, keepers=keepers_of, actor_id=actor_id, now=now
            )
        )
    except (InvalidInput, Conflict, NotFound) as error:
        return _why(error)


def _why(error: ShopError) -> str:
    if isinstance(error, CannotPublish):
        return " ".join(reason_sentences(error))
    return refusal(error) if isinstance(error, (InvalidInput, Conflict)) else error_message(error)


def _order() -> Order:
    """Raises InvalidInput, or NotFound for what is none of the deeds."""
    typed_deed = request.form.get("deed", "")
    if typed_deed not in set(Deed):
        raise InvalidInput(msg("Please choose what to change."), field="deed")
    deed = Deed(typed_deed)
    typed = request.form.get(f"value-{deed.value}", "").strip()[:200]
    if deed in (Deed.PUBLISH, Deed.WITHDRAW):
        return Order(deed, typed)
    if not typed and deed in _MAY_BE_EMPTY:
        return Order(deed, None)
    try:
        number = read_whole_number(typed)
    except WrongNumber as error:
        raise InvalidInput(error.message, field="value") from error
    if deed in _OTHERS and read_session().get(_OTHERS[deed], number) is None:
        raise InvalidInput(msg("Please choose one from the list."), field="value")
    return Order(deed, number)


def _numbers(typed: list[str]) -> list[int]:
    """Ids without those that cannot be, each once."""
    right = (one for one in typed if one.isascii() and one.isdigit() and len(one) < 16)
    return list(dict.fromkeys(map(int, right)))[: MOST_AT_ONCE + 1]


def _among(ids: list[int]) -> sa.Select[int]:
    return sa.select(Product.id).where(Product.id.in_(ids))


def _in_words(row: Row, order: Order, names: dict[int, str]) -> Said:
    """`names` are those of what the deed chooses among."""
    refused = _why(row.refused) if row.refused is not None else ""
    if order.deed in (Deed.PUBLISH, Deed.WITHDRAW):
        after = "published" if order.deed is Deed.PUBLISH else "withdrawn"
        return Said(row, status_word(row.before, "product"), status_word(after, "product"), refused)
    if order.deed is Deed.LOW_STOCK:
        levels = dict.fromkeys(map(str, row.before.values()))
        return Said(row, listed(levels) or "–", str(order.value), refused)
    before, after = ("–" if one is None else names.get(one, str(one)) for one in (row.before, order.value))
    return Said(row, before, after, refused)


def _form_page(ids: list[int], refused: str = "") -> str:
    session = read_session()
    names = session.execute(
        sa.select(Product.id, Product.name_zh, Product.name_en)
        .where(Product.id.in_(ids))
        .order_by(Product.id)
    ).all()
    return desk_page(
        "admin/many_products.html",
        "products",
        ids=ids,
        names=listed(bilingual(one, "name") for one in names),
        refused=refused,
        words=WORDS,
        others={deed.value: choices(all_of(session, other)) for deed, other in _OTHERS.items()},
        numbers=[deed.value for deed in _NUMBERS],
        may_be_empty=[deed.value for deed in _MAY_BE_EMPTY],
        typed=request.form,
    )
