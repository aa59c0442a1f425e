from __future__ import annotations

from flask import Blueprint

farm = Blueprint("farm", __name__, url_prefix="/farm")
