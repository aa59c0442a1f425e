"""Words that food must not be sold with."""

from __future__ import annotations

import pytest

from shop.catalogue.claims import claims_in
from tests.factories.seeds import shipped_document


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("常喝降血压，还能抗癌", ["抗癌", "降血压"]),
        ("降 血 压", ["降血压"]),
        ("Lowers blood pressure.", ["lowers blood pressure", "blood pressure"]),
        ("A cure for everything", ["cure for"]),
        ("Cured ham, cured over cypress smoke", []),
        ("先微苦，后回甘", []),
        ("Ｄｅｔｏｘ tea", ["detox"]),
    ],
)
def test_claims_of_effect_are_found(text, words):
    assert claims_in([text]) == words


def test_the_goods_that_the_shop_starts_with_claim_nothing():
    for product in shipped_document()["products"]:
        assert claims_in([str(value) for value in product.values()]) == [], product["slug"]
