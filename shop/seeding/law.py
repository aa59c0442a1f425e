"""Mistakes against the law: certificates that a published product lacks, claims of effect in its words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from shop.catalogue.claims import claims_in
from shop.seeding.document import Entry, Mistake

_NOT_BESIDE_GOODS: Final = {"compliance_classes", "demo"}  # the law's own words, and accounts

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
    for key, value in document.values.items():
        if key not in _NOT_BESIDE_GOODS:
            yield from _claims_in(f"$.{key}", value, read_by_buyers=False)


def _claims_in(path: str, value: Any, *, read_by_buyers: bool) -> Iterator[Mistake]:
    """Texts for buyers end in _zh or _en; words to find goods by lead buyers to them as well."""
    if isinstance(value, dict):
        for key, inner in value.items():
            shown = str(key).endswith(("_zh", "_en")) or key == "synonyms"
            yield from _claims_in(f"{path}.{key}", inner, read_by_buyers=shown)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _claims_in(f"{path}[{place}]", inner, read_by_buyers=read_by_buyers)
    elif isinstance(value, str) and read_by_buyers:
        for claim in claims_in([value]):
            yield Mistake(path, f"claims an effect: “{claim}”")


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
