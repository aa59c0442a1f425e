"""A file is read whole or refused whole."""

import json

import pytest

from shop.seeding.read import SeedRefused, read_seed
from shop.settings import ROOT
from tests.factories.seeds import SEED_FILE, TODAY, shipped_document


def refusal_of(tmp_path, raw):
    path = tmp_path / "seed.json"
    path.write_bytes(raw)
    with pytest.raises(SeedRefused) as refused:
        read_seed(path, today=TODAY)
    return str(refused.value)


def test_the_file_that_comes_with_the_shop_is_large_enough():
    seed = read_seed(SEED_FILE, today=TODAY)
    products = [product for product in seed.records("products") if product["published"]]
    variants = [variant for product in products for variant in product["variants"]]
    assert len(products) >= 32
    assert len(variants) >= 70
    assert len(seed.records("villages")) >= 9
    assert len(seed.records("households")) >= 60
    assert len(seed.records("workshops")) >= 4
    assert len(seed.records("lots")) >= 160
    assert sum("contains" in variant for variant in variants) >= 3
    assert len(seed.records("pickup_points")) >= 4
    assert len(seed.records("units")) >= 10


def test_several_households_in_several_villages_supply_the_same_variant():
    villages = {household["slug"]: household["village"] for household in shipped_document()["households"]}
    suppliers = {}
    for lot in shipped_document()["lots"]:
        suppliers.setdefault(lot["sku"], set()).update(share["household"] for share in lot["shares"])
    across = [sku for sku, who in suppliers.items() if len({villages[slug] for slug in who}) > 1]
    assert sum(len(who) > 1 for who in suppliers.values()) >= 70
    assert len(across) >= 30


def test_what_is_no_json_is_refused_with_its_line(tmp_path):
    assert "is not JSON" in refusal_of(tmp_path, b'{"format": 1,\n "sellers": [}')
    assert "line 2" in refusal_of(tmp_path, b'{"format": 1,\n "sellers": [}')


def test_what_is_no_utf_8_is_refused(tmp_path):
    assert refusal_of(tmp_path, "{}茶".encode("gb18030")) == "$: is not UTF-8 at byte 2"


def test_a_property_written_twice_is_refused(tmp_path):
    told = refusal_of(tmp_path, b'{"format": 1, "format": 1}')
    assert told == "$: an object has the property format twice"


def test_a_byte_order_mark_from_a_text_editor_does_no_harm(tmp_path):
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(shipped_document()), encoding="utf-8-sig")
    assert read_seed(path, today=TODAY).content["format"] == 1


def test_every_family_of_goods_has_an_illustration():
    document = shipped_document()
    families = {entry["family"] for part in ("products", "categories") for entry in document[part]}
    drawn = {path.stem for path in (ROOT / "shop/static/illustrations").glob("*.svg")}
    assert families <= drawn
