from __future__ import annotations

from flask import Blueprint

point = Blueprint("point", __name__, url_prefix="/point")
