"""Natural keys given twice, unknown names, and sums that do not add up."""

from datetime import date

import pytest

from tests.factories.seeds import mistakes_after, place_of, shipped_document


def lot_of_a_workshop(document):
    return next(place for place, lot in enumerate(document["lots"]) if len(lot["shares"]) > 1)


def test_the_file_that_comes_with_the_shop_has_no_mistake():
    assert mistakes_after(lambda document: None) == {}


def test_a_sku_given_twice_is_told_with_the_place_of_the_first():
    def spoil(document):
        document["products"][5]["variants"][0]["sku"] = document["products"][0]["variants"][0]["sku"]

    told = mistakes_after(spoil)
    assert told["$.products[5].variants[0].sku"] == (
        "the SKU TEA-MQ-50 stands already at $.products[0].variants[0]"
    )


@pytest.mark.parametrize(
    ("part", "key", "what"),
    [
        ("sellers", "slug", "seller"),
        ("villages", "slug", "village"),
        ("products", "slug", "product"),
        ("lots", "code", "lot"),
        ("certificates", "number", "certificate"),
        ("pickup_points", "slug", "pickup point"),
        ("units", "slug", "unit"),
    ],
)
def test_a_natural_key_given_twice_is_told(part, key, what):
    def spoil(document):
        document[part][1][key] = document[part][0][key]

    first = shipped_document()[part][0][key]
    assert mistakes_after(spoil)[f"$.{part}[1].{key}"] == f"the {what} {first} stands already at $.{part}[0]"


def test_a_workshop_cannot_have_a_household_s_slug():
    told = mistakes_after(lambda document: document["workshops"][0].update(slug="mg-01"))
    assert told["$.workshops[0].slug"] == "the producer mg-01 stands already at $.households[0]"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("households[0].village", "there is no village nowhere in this file"),
        ("villages[0].packing_place", "there is no packing place nowhere in this file"),
        ("products[0].seller", "there is no seller nowhere in this file"),
        ("products[0].category", "there is no category nowhere in this file"),
        ("products[0].compliance_class", "there is no compliance class nowhere in this file"),
        ("lots[0].producer", "there is no producer nowhere in this file"),
        ("lots[0].certificate", "there is no certificate nowhere in this file"),
        ("lots[0].shares[0].household", "there is no household nowhere in this file"),
        ("certificates[0].holder.seller", "there is no seller nowhere in this file"),
        ("weekly_runs[0].stops[0]", "there is no pickup point nowhere in this file"),
        ("demo.accounts[3].producers[0]", "there is no producer nowhere in this file"),
        ("demo.accounts[0].unit", "there is no unit nowhere in this file"),
    ],
)
def test_an_unknown_name_is_told(path, words):
    def spoil(document):
        steps = path.replace("[", ".").replace("]", "").split(".")
        for step in steps[:-1]:
            document = document[int(step) if step.isdigit() else step]
        last = steps[-1]
        document[int(last) if last.isdigit() else last] = "nowhere"

    assert mistakes_after(spoil)[f"$.{path}"] == words


def test_shares_that_do_not_add_up_are_told_with_their_sum():
    place = lot_of_a_workshop(shipped_document())

    def spoil(document):
        document["lots"][place]["shares"][0]["share_bp"] -= 1000

    assert mistakes_after(spoil) == {f"$.lots[{place}].shares": "add up to 9000, not to 10000"}


def test_a_household_cannot_sell_another_household_s_goods_as_its_own():
    told = mistakes_after(lambda document: document["lots"][0]["shares"][0].update(household="mg-02"))
    assert told == {"$.lots[0].shares": "mg-01 is a household: the goods in its lots are all its own"}


def test_a_gift_box_cannot_contain_itself():
    place = place_of(shipped_document(), "products", "slug", "three-teas-box")

    def spoil(document):
        box = document["products"][place]["variants"][0]
        box["contains"][0]["sku"] = box["sku"]

    told = mistakes_after(spoil)
    assert told[f"$.products[{place}].variants[0].contains[0].sku"] == "a gift box cannot contain itself"


def test_a_gift_box_cannot_contain_another_gift_box_and_weighs_what_is_in_it():
    place = place_of(shipped_document(), "products", "slug", "three-teas-box")

    def spoil(document):
        box = document["products"][place]["variants"][0]
        box["contains"][0]["sku"] = "GIFT-KT"
        box["gross_weight_g"] = 400

    told = mistakes_after(spoil)
    where = f"$.products[{place}].variants[0]"
    assert told[f"{where}.contains[0].sku"] == "GIFT-KT is a gift box itself"
    assert told[f"{where}.net_weight_g"] == "is 300 g, but its contents weigh 6250 g"
    assert told[f"{where}.gross_weight_g"] == "is 400 g, less than its contents with 7320 g"


def test_a_gift_box_has_no_lots():
    told = mistakes_after(lambda document: document["lots"][0].update(sku="GIFT-T3"))
    assert told["$.lots[0].sku"] == "GIFT-T3 is a gift box: its stock is that of its contents"


def test_days_of_a_lot_follow_each_other():
    told = mistakes_after(
        lambda document: document["lots"][0].update(
            harvested_days_ago=3, packed_days_ago=9, best_before_days=3000
        )
    )
    assert told == {
        "$.lots[0].packed_days_ago": "is before the harvest",
        "$.lots[0].best_before_days": "is later than 540 days after packing, the shelf life",
    }


def test_a_pack_weighs_at_least_what_is_in_it():
    told = mistakes_after(lambda document: document["products"][0]["variants"][0].update(gross_weight_g=40))
    assert told == {"$.products[0].variants[0].gross_weight_g": "is less than the net weight of 50 g"}


def test_the_check_digit_of_a_tax_number_is_computed():
    told = mistakes_after(lambda document: document["sellers"][0].update(tax_number="91610926MA70XQ1A9A"))
    assert told == {
        "$.sellers[0].tax_number": "91610926MA70XQ1A9A is no 统一社会信用代码: its check digits are wrong"
    }


def test_the_split_rule_makes_the_whole():
    told = mistakes_after(lambda document: document["split_rules"][0].update(shop_bp=100))
    assert told == {"$.split_rules[0]": "the parts add up to 10100, not to 10000"}


def test_a_province_is_real_and_in_one_zone():
    told = mistakes_after(
        lambda document: document["freight_zones"][1]["provinces"].extend(["陕西省", "关中"])
    )
    assert sorted(told.values()) == [
        "关中 is no province; write its full official name",
        "陕西省 is in the zone shaanxi already",
    ]


def test_a_truck_does_not_arrive_before_it_leaves():
    told = mistakes_after(lambda document: document["weekly_runs"][0].update(arrives_weekday=4))
    assert told == {"$.weekly_runs[0].arrives_time": "is before the step that comes first"}


def test_a_farmer_of_the_demo_works_for_somebody():
    told = mistakes_after(lambda document: document["demo"]["accounts"][3].pop("producers"))
    assert told == {"$.demo.accounts[3].producers": "a farmer needs at least one"}


def test_a_published_product_has_every_certificate_of_its_class():
    def spoil(document):
        document["certificates"] = [
            entry for entry in document["certificates"] if entry["holder"] != {"product": "walnut-kernels"}
        ]
        for lot in document["lots"]:
            lot["certificate"] = None

    place = place_of(shipped_document(), "products", "slug", "walnut-kernels")
    told = mistakes_after(spoil)
    assert list(told) == [f"$.products[{place}].compliance_class"]
    assert told.popitem()[1].startswith("farm_produce demands a valid quality_pledge")


def test_certificates_that_have_expired_do_not_count():
    told = mistakes_after(lambda document: None, today=date(2036, 1, 1))
    published = [entry for entry in shipped_document()["products"] if entry["published"]]
    assert len(told) == len(published)


def test_what_may_not_be_sold_online_is_not_published():
    place = place_of(shipped_document(), "products", "slug", "home-corn-liquor")
    told = mistakes_after(lambda document: document["products"][place].update(published=True))
    assert told == {f"$.products[{place}].published": "not_online may not be sold online"}


def test_a_claim_of_effect_is_refused():
    told = mistakes_after(lambda document: document["products"][0].update(summary_zh="喝了降血压的茶。"))
    assert told["$.products[0].summary_zh"].startswith("claims an effect")


def test_names_stories_and_words_to_search_by_may_not_claim_one_either():
    def spoil(document):
        document["products"][0]["variants"][0]["name_zh"] = "降血压罐装"
        document["products"][0]["synonyms"][1] = "降血压茶"
        document["villages"][0]["story_en"] = "Its water is a cure for everything."
        document["households"][0]["story_zh"] = "吃了抗癌。"

    told = mistakes_after(spoil)
    claims = {path for path, words in told.items() if words.startswith("claims an effect")}
    assert claims == {
        "$.products[0].variants[0].name_zh",
        "$.products[0].synonyms[1]",
        "$.villages[0].story_en",
        "$.households[0].story_zh",
    }


def test_a_lot_s_certificate_is_its_own():
    place = place_of(shipped_document(), "certificates", "kind", "workshop_permit")
    number = shipped_document()["certificates"][place]["number"]
    told = mistakes_after(lambda document: document["lots"][0].update(certificate=number))
    assert told == {"$.lots[0].certificate": f"{number} was issued to the producer zhongyuan-mill"}


def test_all_mistakes_are_told_at_once():
    def spoil(document):
        document["products"][0]["variants"][0]["price_fen"] = 0
        document["households"][0]["village"] = "nowhere"
        document["sellers"][0]["tax_number"] = "91610926MA70XQ1A9A"
        document["lots"][0]["units"] = -1
        document["split_rules"][0]["shop_bp"] = 1
        del document["categories"][0]["name_en"]

    assert set(mistakes_after(spoil)) == {
        "$.products[0].variants[0].price_fen",
        "$.households[0].village",
        "$.sellers[0].tax_number",
        "$.lots[0].units",
        "$.split_rules[0]",
        "$.categories[0].name_en",
    }


def taxed(document, **change):
    """The taxes of the first pack, changed from an exemption that is right."""
    tax = {"seller": "mogou-tea-coop", "tax_rate_bp": 0, "tax_exempt": True}
    document["products"][0]["variants"][0]["taxes"] = [tax, tax | change]


def test_the_tax_of_a_seller_is_said_once_by_its_name_and_without_a_rate_where_it_is_exempt():
    at = "$.products[0].variants[0].taxes[1]"
    told = mistakes_after(lambda document: taxed(document, tax_rate_bp=900))
    assert told[f"{at}.seller"].startswith("the seller mogou-tea-coop stands already at")
    assert told[f"{at}.tax_rate_bp"] == "must be 0: what is exempt has no rate"
    told = mistakes_after(
        lambda document: taxed(document, seller="nobody", tax_rate_bp=900, tax_exempt=False)
    )
    assert told == {f"{at}.seller": "there is no seller nobody in this file"}
