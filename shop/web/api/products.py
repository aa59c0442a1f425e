"""Published products, a page at a time."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields, validate

from shop.catalogue.listing import Filters, Sort, list_products
from shop.web.database import read_session
from shop.web.publicness import public_view

blueprint = Blueprint("api_products", __name__, description="What is on sale")


class ProductQuery(Schema):
    """The same names as on `/products`; what is unknown is ignored."""

    class Meta:
        unknown = EXCLUDE

    q = fields.String(load_default="", validate=validate.Length(max=60))
    category = fields.String(load_default=None, validate=validate.Length(max=64))
    village = fields.String(load_default=None, validate=validate.Length(max=64))
    in_stock = fields.Boolean(load_default=False)
    sort = fields.Enum(Sort, by_value=True, load_default=Sort.RECOMMENDED)
    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=50))


class ProductSchema(Schema):
    slug = fields.String()
    name_zh = fields.String()
    name_en = fields.String()
    village_name_zh = fields.String(allow_none=True)
    village_name_en = fields.String(allow_none=True)
    stock_state = fields.String(metadata={"description": "available, few or sold_out"})
    sku = fields.String(metadata={"description": "the cheapest variant that can be bought"})
    variant_name_zh = fields.String()
    variant_name_en = fields.String()
    price_fen = fields.Integer(metadata={"description": "whole fen, CNY"})
    former_fen = fields.Integer(allow_none=True, metadata={"description": "before a price for a time"})
    price_until = fields.AwareDateTime(allow_none=True, metadata={"description": "when that ends"})
    net_weight_g = fields.Integer()


class ProductPage(Schema):
    products = fields.List(fields.Nested(ProductSchema), attribute="cards")
    page = fields.Integer()
    pages = fields.Integer()
    total = fields.Integer()
    more_than_counted = fields.Boolean()


@blueprint.route("/products")
@public_view
@blueprint.arguments(ProductQuery, location="query")
@blueprint.response(200, ProductPage)
def list_published(query: dict[str, Any]) -> Any:
    """Published products by the filters and orders of the shop's own list."""
    filters = Filters(
        q=query["q"], category=query["category"], village=query["village"], in_stock=query["in_stock"]
    )
    return list_products(read_session(), filters, query["sort"], query["page"])
