from __future__ import annotations

from flask import Blueprint

village = Blueprint("village", __name__, url_prefix="/village")
