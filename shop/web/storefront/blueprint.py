from __future__ import annotations

from flask import Blueprint

storefront = Blueprint("storefront", __name__)
