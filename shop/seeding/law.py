"""Mistakes against the law: certificates that a published product lacks, claims of effect in its words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Final

from shop.catalogue.claims import claims_in
from shop.seeding.document import Entry, Mistake

_READ_BY_BUYERS: Final = (
    *("name_zh", "name_en", "summary_zh", "summary_en"),
    *("description_zh", "description_en", "storage_zh", "storage_en"),
)

Holder = tuple[str, str]  # seller, producer or product, and its slug


def law_mistakes(document: Entry, *, today: date) -> Iterator[Mistake]:
    yield from _claims(document)
    certificates = document.children("certificates")
    for certificate in certificates:
        issued, expires = _day(certificate, "issued_on"), _day(certificate, "expires_on")
        if issued is not None and expires is not None and expires < issued:
            yield certificate.mistake("expires_on", "is before issued_on")
    kept_by = _producers_by_product(document)
    yield from _of_products(document, _held(certificates, today), kept_by)
    yield from _of_lots(document, certificates)


def _claims(document: Entry) -> Iterator[Mistake]:
    for product in document.children("products"):
        for key in _READ_BY_BUYERS:
            for claim in claims_in([product.text(key) or ""]):
                yield product.mistake(key, f"claims an effect: “{claim}”")


def _of_products(
    document: Entry, held: dict[Holder, set[str]], kept_by: dict[str, set[str]]
) -> Iterator[Mistake]:
    classes = {entry.text("slug"): entry for entry in document.children("compliance_classes")}
    for product in document.children("products"):
        compliance_class = classes.get(product.text("compliance_class"))
        if product.values.get("published") is not True or compliance_class is None:
            continue
        if compliance_class.values.get("sellable_online") is False:
            yield product.mistake("published", f"{compliance_class.text('slug')} may not be sold online")
        has = _kinds_for(product, held, kept_by)
        for requirement in compliance_class.children("requires"):
            kind = requirement.text("kind")
            if kind is not None and kind not in has:
                yield product.mistake(
                    "compliance_class",
                    f"{compliance_class.text('slug')} demands a valid {kind}, and neither the product,"
                    " nor its seller, nor a producer of it has one",
                )


def _of_lots(document: Entry, certificates: list[Entry]) -> Iterator[Mistake]:
    """The certificate of a lot was issued for its product, its producer or its seller."""
    holder_by_number = {certificate.text("number"): _holder(certificate) for certificate in certificates}
    products = _products_by_sku(document)
    for lot in document.children("lots"):
        number, product = lot.text("certificate"), products.get(lot.text("sku") or "")
        holder = holder_by_number.get(number)
        if number is None or product is None or holder is None:
            continue
        fitting = {
            ("product", product.text("slug")),
            ("seller", product.text("seller")),
            ("producer", lot.text("producer")),
        }
        if holder not in fitting:
            yield lot.mistake("certificate", f"{number} was issued to the {holder[0]} {holder[1]}")


def _kinds_for(product: Entry, held: dict[Holder, set[str]], kept_by: dict[str, set[str]]) -> set[str]:
    slug, seller = product.text("slug") or "", product.text("seller") or ""
    holders = [("product", slug), ("seller", seller)]
    holders += [("producer", producer) for producer in kept_by[slug]]
    return set().union(*(held[holder] for holder in holders))


def _held(certificates: list[Entry], today: date) -> dict[Holder, set[str]]:
    """The kinds of certificate that each holder has and that are valid today."""
    held: dict[Holder, set[str]] = defaultdict(set)
    for certificate in certificates:
        holder, expires = _holder(certificate), _day(certificate, "expires_on")
        if holder is not None and expires is not None and expires >= today:
            held[holder].add(certificate.text("kind") or "")
    return held


def _holder(certificate: Entry) -> Holder | None:
    holder = certificate.child("holder")
    named = [(what, slug) for what in ("seller", "producer", "product") if (slug := holder.text(what))]
    return named[0] if named else None


def _producers_by_product(document: Entry) -> dict[str, set[str]]:
    products = _products_by_sku(document)
    kept_by: dict[str, set[str]] = defaultdict(set)
    for lot in document.children("lots"):
        product = products.get(lot.text("sku") or "")
        if product is not None:
            kept_by[product.text("slug") or ""].add(lot.text("producer") or "")
    return kept_by


def _products_by_sku(document: Entry) -> dict[str, Entry]:
    return {
        variant.text("sku") or "": product
        for product in document.children("products")
        for variant in product.children("variants")
    }


def _day(entry: Entry, key: str) -> date | None:
    try:
        return date.fromisoformat(entry.text(key) or "")
    except ValueError:
        return None
