"""What the schema refuses is told by path and in words."""

import pytest

from shop.seeding.read import find_mistakes
from shop.seeding.structure import schema
from tests.factories.seeds import TODAY, mistakes_after


def set_in(*path, to):
    def spoil(document):
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = to

    return spoil


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("products", 3, "variants", 1, "price_fen"), 0, "must be at least 1"),
        (("products", 3, "variants", 1, "price_fen"), "68", "must be a whole number"),
        (("products", 3, "variants", 1, "price_fen"), 68.5, "must be a whole number"),
        (("products", 3, "variants", 1, "limit_per_buyer"), "two", "must be a whole number or null"),
        (("products", 3, "variants", 1, "sku"), "tea 1", "must be capital letters and digits, joined by -"),
        (("products", 3, "variants", 1, "tax_code"), "103", "must be 19 digits"),
        (("products", 3, "variants"), [], "must have at least 1 entry"),
        (("products", 3, "name_zh"), "", "must not be empty"),
        (("products", 3, "name_zh"), "茶" * 81, "must have at most 80 characters"),
        (("products", 3, "published"), "yes", "must be true or false"),
        (("products", 3, "season_months"), [4, 4], "names something twice"),
        (("products", 3, "season_months", 0), 13, "must be at most 12"),
        (("packing_places", 0, "kind"), "cellar", "must be one of village, hub"),
        (("calendar", 0, "first_day"), "2026-02-30", "must be a day such as 2026-11-27"),
        (("weekly_runs", 0, "cutoff_time"), "25:00", "must be a time such as 18:00"),
        (("certificates", 0, "holder"), {}, "must name exactly one of seller, producer, product"),
        (("lots", 0, "shares"), {}, "must be a list"),
        (("format",), 2, "must be 1"),
    ],
)
def test_a_value_that_does_not_fit_is_told_in_words(path, value, words):
    told = mistakes_after(set_in(*path, to=value))
    name = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    assert told[name] == words


def test_a_missing_property_is_named():
    told = mistakes_after(lambda document: document["households"][2].pop("people"))
    assert told == {"$.households[2].people": "is missing"}


def test_a_misspelt_property_is_named():
    told = mistakes_after(lambda document: document["products"][0].update(sumary_zh="…"))
    assert told == {"$.products[0].sumary_zh": "is not a known property"}


@pytest.mark.parametrize(
    "document", [None, [], "seed", 1, {}, {"products": 1, "lots": [1, None], "demo": []}]
)
def test_a_document_of_any_other_shape_is_refused_without_an_accident(document):
    assert find_mistakes(document, today=TODAY)


def test_every_property_of_the_schema_is_described():
    assert list(undescribed(schema(), "$")) == []


def undescribed(part, path):
    if path != "$" and "description" not in part:
        yield path
    for name, inner in {**part.get("properties", {}), **part.get("$defs", {})}.items():
        yield from undescribed(inner, f"{path}.{name}")
    if "items" in part:
        yield from undescribed(part["items"], f"{path}[]")
