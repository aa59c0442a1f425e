"""The page that everything is compared with: Flask and Jinja, 24 cards from one indexed query, nothing else."""

from __future__ import annotations

import os

import sqlalchemy as sa
from flask import Flask, render_template_string
from sqlalchemy.orm import Session

PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{{ title }}</title></head><body>
<h1>{{ title }}</h1><div class="grid">
{% for p in products %}<article class="pcard"><a href="/products/{{ p.slug }}"><img src="/static/{{ p.family }}.svg"
 alt="" width="320" height="320"></a><h3><a href="/products/{{ p.slug }}">{{ p.name_zh }}</a></h3>
<p>{{ p.summary_zh }}</p><span class="price">{{ "%.2f"|format(p.from_price_fen / 100) }}</span>
<form action="/cart/items" method="post"><input type="hidden" name="sku" value="{{ p.id }}"><button>+</button></form>
</article>{% endfor %}</div></body></html>"""

app = Flask(__name__)
engine = sa.create_engine(os.environ["DATABASE_URL"])
products = sa.table(
    "products",
    *(sa.column(name) for name in ("id", "slug", "name_zh", "family", "summary_zh", "from_price_fen")),
)


@app.get("/")
def cards() -> str:
    with Session(engine) as session:
        rows = session.execute(sa.select(products).order_by(products.c.id).limit(24)).all()
    return render_template_string(PAGE, title="Reference", products=rows)
