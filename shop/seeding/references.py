"""Mistakes between entries: natural keys given twice, and names of what the file does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from shop.seeding.document import Entry, Mistake, variants_of

_SLUGGED = (
    ("seller", "sellers"),
    ("packing place", "packing_places"),
    ("village", "villages"),
    ("compliance class", "compliance_classes"),
    ("category", "categories"),
    ("product", "products"),
    ("pickup point", "pickup_points"),
    ("freight zone", "freight_zones"),
    ("unit", "units"),
)
_ACCOUNT_PLACES = (
    ("producers", "producer"),
    ("villages", "village"),
    ("packing_places", "packing place"),
    ("pickup_points", "pickup point"),
)

Known = dict[str, set[str]]


def reference_mistakes(document: Entry) -> Iterator[Mistake]:
    yield from _twice(document)
    known = known_keys(document)
    yield from _places_and_producers(document, known)
    yield from _goods(document, known)
    yield from _delivery(document, known)
    yield from _people(document, known)


def known_keys(document: Entry) -> Known:
    """The natural keys of the file, by what they name."""
    known = {what: _keys(document.children(key), "slug") for what, key in _SLUGGED}
    known["household"] = _keys(document.children("households"), "slug")
    known["producer"] = known["household"] | _keys(document.children("workshops"), "slug")
    known["variant"] = _keys(variants_of(document), "sku")
    known["certificate"] = _keys(document.children("certificates"), "number")
    known["organisation"] = _keys(document.child("demo").children("organisations"), "slug")
    known["account"] = _keys(document.child("demo").children("accounts"), "email")
    return known


def _keys(entries: Iterable[Entry], key: str) -> set[str]:
    return {text for entry in entries if (text := entry.text(key)) is not None}


def _twice(document: Entry) -> Iterator[Mistake]:
    for what, key in _SLUGGED:
        yield from _repeated(document.children(key), "slug", what)
    producers = chain(document.children("households"), document.children("workshops"))
    yield from _repeated(producers, "slug", "producer")
    yield from _repeated(document.children("sellers"), "tax_number", "tax number")
    yield from _repeated(document.children("certificates"), "number", "certificate")
    yield from _repeated(variants_of(document), "sku", "SKU")
    yield from _repeated(document.children("lots"), "code", "lot")
    yield from _repeated(document.children("weekly_runs"), "code_prefix", "code prefix")
    yield from _repeated(document.children("split_rules"), "version", "version")
    demo = document.child("demo")
    yield from _repeated(demo.children("organisations"), "slug", "organisation")
    yield from _repeated(demo.children("accounts"), "email", "account")
    yield from _repeated(demo.children("roster"), "number", "number on the roster")
    for lot in document.children("lots"):
        yield from _repeated(lot.children("shares"), "household", "household")
    for variant in variants_of(document):
        yield from _repeated(variant.children("contains"), "sku", "SKU")
        yield from _repeated(variant.children("taxes"), "seller", "seller")
    for compliance_class in document.children("compliance_classes"):
        yield from _repeated(compliance_class.children("requires"), "kind", "kind")
    for account in demo.children("accounts"):
        yield from _repeated(account.children("organisations"), "organisation", "organisation")


def _repeated(entries: Iterable[Entry], key: str, what: str) -> Iterator[Mistake]:
    first: dict[str | int, str] = {}
    for entry in entries:
        value = entry.text(key) if entry.text(key) is not None else entry.number(key)
        if value is None:
            continue
        if value in first:
            yield entry.mistake(key, f"the {what} {value} stands already at {first[value]}")
        first.setdefault(value, entry.path)


def _places_and_producers(document: Entry, known: Known) -> Iterator[Mistake]:
    for village in document.children("villages"):
        yield from _unknown(village, "packing_place", "packing place", known)
    for producer in chain(document.children("households"), document.children("workshops")):
        yield from _unknown(producer, "village", "village", known)


def _goods(document: Entry, known: Known) -> Iterator[Mistake]:
    for certificate in document.children("certificates"):
        holder = certificate.child("holder")
        for what in ("seller", "producer", "product"):
            yield from _unknown(holder, what, what, known)
    for product in document.children("products"):
        for key in ("category", "seller", "village"):
            yield from _unknown(product, key, key, known)
        yield from _unknown(product, "compliance_class", "compliance class", known)
    for variant in variants_of(document):
        for content in variant.children("contains"):
            yield from _unknown(content, "sku", "variant", known)
        for tax in variant.children("taxes"):
            yield from _unknown(tax, "seller", "seller", known)
    for lot in document.children("lots"):
        yield from _unknown(lot, "sku", "variant", known)
        yield from _unknown(lot, "producer", "producer", known)
        yield from _unknown(lot, "certificate", "certificate", known)
        for share in lot.children("shares"):
            yield from _unknown(share, "household", "household", known)


def _delivery(document: Entry, known: Known) -> Iterator[Mistake]:
    for run in document.children("weekly_runs"):
        yield from _unknown_of_list(run, "stops", "pickup point", known)


def _people(document: Entry, known: Known) -> Iterator[Mistake]:
    for row in document.child("demo").children("roster"):
        yield from _unknown(row, "account", "account", known)
    for account in document.child("demo").children("accounts"):
        yield from _unknown(account, "unit", "unit", known)
        for key, what in _ACCOUNT_PLACES:
            yield from _unknown_of_list(account, key, what, known)
        for membership in account.children("organisations"):
            yield from _unknown(membership, "organisation", "organisation", known)


def _unknown(entry: Entry, key: str, what: str, known: Known) -> Iterator[Mistake]:
    name = entry.text(key)
    if name is not None and name not in known[what]:
        yield entry.mistake(key, _is_unknown(what, name))


def _unknown_of_list(entry: Entry, key: str, what: str, known: Known) -> Iterator[Mistake]:
    for path, name in entry.texts(key):
        if name not in known[what]:
            yield Mistake(path, _is_unknown(what, name))


def _is_unknown(what: str, name: str) -> str:
    return f"there is no {what} {name} in this file"
