from __future__ import annotations

from flask import Blueprint

organisation = Blueprint("organisation", __name__, url_prefix="/org")
