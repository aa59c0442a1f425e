"""A small application that only draws: the shop's templates, filters, icons and no database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, render_template_string
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect

from shop.web import assets, filters, icons
from shop.web.kept_parts import HERE

SHOP = Path(filters.__file__).resolve().parent.parent
SETTINGS = {"name_zh": "山货店", "name_en": "Village Shop", "phone": "029-0000-0000", "licences": []}


@pytest.fixture(scope="session")
def drawing_app() -> Flask:
    app = Flask("shop", root_path=str(SHOP), static_folder=None)
    app.config.update(SECRET_KEY="for drawing only", TESTING=True)
    CSRFProtect(app)
    Babel(app, locale_selector=lambda: app.config.get("LANGUAGE", "zh"))
    app.jinja_env.globals.update(
        static_url=lambda name: f"/static/{name}",
        shop_settings=SETTINGS,
        kept=lambda macro, *arguments: macro(*arguments),
        HERE=HERE,
    )
    for part in (filters, icons, assets):
        part.register(app)
    return app


@pytest.fixture
def in_language(drawing_app: Flask) -> Iterator[Callable[[str], Flask]]:
    """Call it with `zh` or `en`: a request in that language is open until the next call or the end."""
    contexts = []

    def choose(language: str) -> Flask:
        drawing_app.config["LANGUAGE"] = language
        while contexts:
            contexts.pop().pop()
        context = drawing_app.test_request_context("/products?page=2")
        context.push()
        contexts.append(context)
        return drawing_app

    yield choose
    while contexts:
        contexts.pop().pop()


@pytest.fixture
def draw(in_language: Callable[[str], Flask]) -> Callable[..., str]:
    """Render a piece of template in Chinese, or in another `language`."""

    def rendered(source: str, language: str = "zh", **values: object) -> str:
        in_language(language)
        return render_template_string(source, **values)

    return rendered


@pytest.fixture
def product() -> SimpleNamespace:
    return SimpleNamespace(
        slug="xianggu", family="shiitake", name_zh="椴木香菇", name_en="Log-grown shiitake", village_name_zh="磨沟村",
        village_name_en="Mogou", variant_name_zh="250 克", variant_name_en="250 g", from_price_fen=3900, price_fen=None,
        stock_state="available", variant_count=1, sku="SHI-250", picture=None, note=None, flag=None,
    )  # fmt: skip
