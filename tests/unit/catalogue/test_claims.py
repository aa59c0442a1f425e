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


@pytest.mark.parametrize(
    "text",
    [
        "喝了三个月，治好了我妈的癌症",
        "治好癌症",
        "老寒腿治好了！",
        "能治咳嗽",
        "这个蜂蜜可以治胃病",
        "吃了半年，血糖降下来了",
        "现在血压正常了",
        "稳定血糖",
        "对胃病有好处",
        "对老人的痛风很好",
        "对肠胃特别有帮助",
        "缓解痛风",
        "预防感冒",
        "预 防 感 冒",
        "多年的便秘没了",
        "抗疲劳",
        "病全好了",
        "It cured my cancer",
        "Good against diabetes",
        "This helped with my husband's gout.",
        "Prevents colds",
        "My diabetes? It cures diabetes!",
    ],
)
def test_the_commonest_ways_to_say_that_something_cures_are_found(text):
    assert claims_in([text]), text


@pytest.mark.parametrize(
    "text",
    [
        "县里治理河道，整治好了荒山",
        "治好了荒山，种上了茶",
        "思想政治好，村干部带头",
        "自治县，法治好",
        "真空包装预防腐烂",
        "防治好了病虫害，预防灰霉病",
        "能治理水土流失",
        "对花生过敏的人不要买",
        "我对甜食不感冒",
        "发货快，包装好，味道好",
        "低糖，血糖仪另购",
        "老毛病：包装太差",
        "告别贫困，日子好了",
        "对厨房很好用",
        "Cured ham, good with bread",
        "Good for cold days",
        "Helps with cooking; the net protects against hail",
        "The farmer treats the trees against mould",
        "It got rid of the dust",
    ],
)
def test_what_only_sounds_like_a_cure_is_no_claim(text):
    assert claims_in([text]) == []


def test_what_was_found_is_named_as_it_stands_there():
    assert claims_in(["真甜。对胃病有好处。"]) == ["对胃病有好处"]
    assert claims_in(["It cured my cancer."]) == ["cured my cancer"]


def test_a_sentence_ends_where_it_ends():
    assert claims_in(["预防磕碰。感冒的人也爱喝"]) == []
    assert claims_in(["预防", "感冒"]) == [], "two fields are two texts"


def test_the_goods_that_the_shop_starts_with_claim_nothing():
    for product in shipped_document()["products"]:
        assert claims_in([str(value) for value in product.values()]) == [], product["slug"]
