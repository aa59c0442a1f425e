from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from shop.web import filters

TEMPLATES = Path(filters.__file__).resolve().parent.parent / "templates"
PARTS = [
    {"key": "household", "amount_fen": 5160},
    {"key": "freight", "amount_fen": 1640},
    {"key": "shop", "amount_fen": 0},
]


class Address(FlaskForm):
    recipient = StringField("取货人", [InputRequired("请写取货人")])
    province = SelectField("省", choices=[("61", "陕西省")])
    note = TextAreaField("备注")
    agreed = BooleanField("同意")
    way = RadioField("怎么取", choices=[("pickup", "自提"), ("courier", "快递")])


def test_a_card_links_the_whole_product_and_can_be_put_into_the_basket(draw, product):
    html = draw("{% from 'components/product.html' import product_card %}{{ product_card(p) }}", p=product)
    assert '<h3><a href="/products/xianggu">椴木香菇</a></h3>' in html
    assert 'action="/cart/items" method="post"' in html
    assert 'value="SHI-250"' in html
    assert "39.00" in html
    assert "csrf" not in html


def test_what_is_sold_out_stays_in_sight_but_cannot_be_added(draw, product):
    product.stock_state = "sold_out"
    html = draw("{% from 'components/product.html' import product_card %}{{ product_card(p) }}", p=product)
    assert "pcard out" in html
    assert "/cart/items" not in html


def test_names_with_markup_are_shown_and_not_run(draw, product):
    product.name_zh = "<b>x</b>\"'"
    html = draw("{% from 'components/product.html' import product_card %}{{ product_card(p) }}", p=product)
    assert "<b>x</b>" not in html


def test_the_money_bar_says_every_amount_in_words(draw):
    html = draw(
        "{% from 'components/money.html' import money_flow %}{{ money_flow(parts) }}", "en", parts=PARTS
    )
    assert 'aria-label="Households ¥51.60, Freight ¥16.40, Shop&#39;s share ¥0.00"' in html
    assert html.count("<rect") == 2
    assert html.count("<li>") == 3


def test_a_field_with_an_error_says_so_beside_itself(draw, in_language):
    in_language("zh")
    form = Address(MultiDict({"way": "pickup"}), meta={"csrf": False})
    assert not form.validate()
    html = draw(
        "{% from 'components/form.html' import field %}{{ field(form.recipient, '写在包裹上') }}", form=form
    )
    assert 'aria-describedby="recipient-hint recipient-error"' in html
    assert 'aria-invalid="true"' in html
    assert "请写取货人" in html
    assert html.index("<label") < html.index("<input") < html.index('id="recipient-error"')


def test_every_kind_of_field_has_a_label(draw, in_language):
    in_language("zh")
    form = Address(meta={"csrf": False})
    html = draw(
        "{% from 'components/form.html' import field %}{% for f in form %}{{ field(f) }}{% endfor %}",
        form=form,
    )
    labelled = set(re.findall(r'for="([\w-]+)"', html))
    assert {"recipient", "province", "note", "agreed"} <= labelled
    assert "<legend>怎么取</legend>" in html
    assert html.count('class="pick"') == 2


def test_tables_turn_into_cards_on_a_phone_by_their_headings(draw):
    columns = [
        {"key": "village", "label": "村", "head": True},
        {"key": "fen", "label": "销售额", "kind": "money"},
    ]
    html = draw(
        "{% from 'components/table.html' import data_table %}{{ data_table(columns, rows, '各村') }}",
        columns=columns, rows=[{"village": "磨沟村", "fen": 1582000}, {"village": "汝河村", "fen": None}],
    )  # fmt: skip
    assert 'data-th="销售额">15,820.00' in html
    assert ">–</td>" in html
    assert "<caption" in html


def test_pages_are_turned_only_where_there_are_pages(draw):
    source = "{% from 'components/page.html' import pagination %}{{ pagination(page, pages, url) }}"
    address = "?page={}".format
    assert draw(source, page=1, pages=1, url=address) == ""
    html = draw(source, page=2, pages=2, url=address)
    assert 'href="?page=1"' in html
    assert 'href="?page=3"' not in html


def test_a_chart_carries_its_numbers_as_a_table(draw):
    html = draw(
        "{% from 'components/chart.html' import chart_bars %}{{ chart_bars(rows, '每周') }}",
        rows=[{"label": "8/31", "value": 860000}],
    )
    assert 'role="img" aria-label="每周"' in html
    assert "<details" in html
    assert "¥8,600" in html


@pytest.mark.parametrize("layout", ["storefront", "private", "work", "farm", "paper"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_layout_draws_in_both_languages(draw, layout, language):
    html = draw(f"{{% extends 'layouts/{layout}.html' %}}{{% block title %}}T{{% endblock %}}", language)
    assert '<main id="main"' in html
    assert 'href="#main"' in html


@pytest.mark.parametrize("name", sorted(path.name for path in (TEMPLATES / "errors").glob("[!_]*.html")))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_error_page_draws_with_its_number_to_quote(draw, name, language):
    html = draw(
        f"{{% include 'errors/{name}' %}}",
        language,
        request_id="7F3K-22QD",
        message="M",
        status=418,
        retry_after=40,
    )
    assert "7F3K-22QD" in html
    assert "<h1>" in html


def test_pages_for_a_broken_database_read_no_setting(draw, drawing_app, monkeypatch):
    monkeypatch.delitem(drawing_app.jinja_env.globals, "shop_settings")
    for name in ("500", "503", "offline", "farm"):
        assert "<h1>" in draw(f"{{% include 'errors/{name}.html' %}}", request_id="1")


def test_public_layouts_never_open_a_session(drawing_app):
    drawing_app.add_url_rule(
        "/drawn", view_func=lambda: drawing_app.jinja_env.get_template("errors/404.html").render()
    )
    answer = drawing_app.test_client().get("/drawn")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Vary" not in answer.headers


def test_no_template_holds_inline_style_or_script():
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=", text), path
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), path
