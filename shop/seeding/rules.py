"""Mistakes of sense: numbers that do not add up, gift boxes in gift boxes, journeys that arrive before they leave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from shop.delivery.divisions import provinces
from shop.kit.tax_numbers import is_tax_number
from shop.seeding.document import Entry, Mistake, variants_of

WHOLE_BP = 10_000
_PARTS = ("household_bp", "packing_bp", "freight_bp", "payment_fee_bp", "village_fund_bp", "shop_bp")
_NEEDS = (
    ("farmer", "producers"),
    ("coordinator", "villages"),
    ("point_keeper", "pickup_points"),
)


def rule_mistakes(document: Entry) -> Iterator[Mistake]:
    yield from _tax_numbers(document)
    yield from _split_rules(document)
    yield from _packing_places(document)
    for variant in variants_of(document):
        if (weights := variant.numbers("net_weight_g", "gross_weight_g")) and weights[1] < weights[0]:
            yield variant.mistake("gross_weight_g", f"is less than the net weight of {weights[0]} g")
        for tax in variant.children("taxes"):
            if tax.values.get("tax_exempt") is True and tax.number("tax_rate_bp"):
                yield tax.mistake("tax_rate_bp", "must be 0: what is exempt has no rate")
    yield from _gift_boxes(document)
    yield from _lots(document)
    yield from _delivery(document)
    yield from _accounts(document)


def _tax_numbers(document: Entry) -> Iterator[Mistake]:
    for holder in document.children("sellers") + document.child("demo").children("organisations"):
        number = holder.text("tax_number")
        if number is not None and not is_tax_number(number):
            yield holder.mistake("tax_number", f"{number} is no 统一社会信用代码: its check digits are wrong")


def _split_rules(document: Entry) -> Iterator[Mistake]:
    for rule in document.children("split_rules"):
        parts = rule.numbers(*_PARTS)
        if parts is not None and sum(parts) != WHOLE_BP:
            yield rule.mistake("", f"the parts add up to {sum(parts)}, not to {WHOLE_BP}")


def _packing_places(document: Entry) -> Iterator[Mistake]:
    kinds = {place.text("slug"): place.text("kind") for place in document.children("packing_places")}
    for village in document.children("villages"):
        if kinds.get(village.text("packing_place")) == "hub":
            yield village.mistake("packing_place", "must be a village's collection point, not the hub")
    has_boxes = any(variant.children("contains") for variant in variants_of(document))
    if has_boxes and "hub" not in kinds.values():
        yield document.mistake("packing_places", "has no hub, which must assemble the gift boxes")


def _gift_boxes(document: Entry) -> Iterator[Mistake]:
    by_sku = {variant.text("sku"): variant for variant in variants_of(document)}
    for box in by_sku.values():
        contents = box.children("contains")
        for content in contents:
            inner = by_sku.get(content.text("sku"))
            if content.text("sku") == box.text("sku"):
                yield content.mistake("sku", "a gift box cannot contain itself")
            elif inner is not None and inner.children("contains"):
                yield content.mistake("sku", f"{content.text('sku')} is a gift box itself")
        if contents:
            yield from _box_weights(box, contents, by_sku)


def _box_weights(box: Entry, contents: list[Entry], by_sku: dict[str | None, Entry]) -> Iterator[Mistake]:
    inside = [(by_sku.get(content.text("sku")), content.number("units")) for content in contents]
    for key in ("net_weight_g", "gross_weight_g"):
        weights = [entry.number(key) if entry else None for entry, _ in inside]
        own = box.number(key)
        if own is None or None in weights or any(units is None for _, units in inside):
            continue
        total = sum((weight or 0) * (units or 0) for weight, (_, units) in zip(weights, inside, strict=True))
        if key == "net_weight_g" and own != total:
            yield box.mistake(key, f"is {own} g, but its contents weigh {total} g")
        if key == "gross_weight_g" and own < total:
            yield box.mistake(key, f"is {own} g, less than its contents with {total} g")


def _lots(document: Entry) -> Iterator[Mistake]:
    boxes = {variant.text("sku") for variant in variants_of(document) if variant.children("contains")}
    households = {household.text("slug") for household in document.children("households")}
    shelf_life = _shelf_life_by_sku(document)
    for lot in document.children("lots"):
        if lot.text("sku") in boxes:
            yield lot.mistake("sku", f"{lot.text('sku')} is a gift box: its stock is that of its contents")
        yield from _shares(lot, households)
        if (days := lot.numbers("harvested_days_ago", "packed_days_ago")) and days[1] > days[0]:
            yield lot.mistake("packed_days_ago", "is before the harvest")
        life = shelf_life.get(lot.text("sku"))
        days = lot.numbers("packed_days_ago", "best_before_days")
        if days and life is not None and sum(days) > life:
            yield lot.mistake("best_before_days", f"is later than {life} days after packing, the shelf life")


def _shares(lot: Entry, households: set[str | None]) -> Iterator[Mistake]:
    shares = lot.children("shares")
    parts = [share.number("share_bp") for share in shares]
    total = sum(part or 0 for part in parts)
    if parts and None not in parts and total != WHOLE_BP:
        yield lot.mistake("shares", f"add up to {total}, not to {WHOLE_BP}")
    whose = {share.text("household") for share in shares}
    producer = lot.text("producer")
    if producer is not None and producer in households and whose - {producer}:
        yield lot.mistake("shares", f"{producer} is a household: the goods in its lots are all its own")


def _shelf_life_by_sku(document: Entry) -> dict[str | None, int | None]:
    return {
        variant.text("sku"): product.number("shelf_life_days")
        for product in document.children("products")
        for variant in product.children("variants")
    }


def _delivery(document: Entry) -> Iterator[Mistake]:
    for run in document.children("weekly_runs"):
        steps = [
            (run.number(f"{step}_weekday"), run.text(f"{step}_time"))
            for step in ("cutoff", "departs", "arrives")
        ]
        for (day, time), (next_day, next_time), step in zip(
            steps, steps[1:], ("departs", "arrives"), strict=False
        ):
            if day and time and next_day and next_time and (next_day, next_time) < (day, time):
                yield run.mistake(f"{step}_time", "is before the step that comes first")
    for span in document.children("calendar"):
        first, last = span.text("first_day"), span.text("last_day")
        if first is not None and last is not None and last < first:
            yield span.mistake("last_day", "is before first_day")
    yield from _zones(document)


def _zones(document: Entry) -> Iterator[Mistake]:
    zones_of: dict[str, list[str]] = defaultdict(list)
    for zone in document.children("freight_zones"):
        if (days := zone.numbers("days_min", "days_max")) and days[1] < days[0]:
            yield zone.mistake("days_max", "is less than days_min")
        for path, province in zone.texts("provinces"):
            if province not in provinces():
                yield Mistake(path, f"{province} is no province; write its full official name")
            if zones_of[province]:
                yield Mistake(path, f"{province} is in the zone {zones_of[province][0]} already")
            zones_of[province].append(zone.text("slug") or "")


def _accounts(document: Entry) -> Iterator[Mistake]:
    for account in document.child("demo").children("accounts"):
        roles = {role for _, role in account.texts("roles")}
        for role, key in _NEEDS:
            if role in roles and not account.texts(key):
                yield account.mistake(key, f"a {role} needs at least one")
