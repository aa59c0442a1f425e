"""A union's members may all sit behind one address, so each personal link is counted alone. Guessing is not."""

from __future__ import annotations

from flask import request
from flask_limiter.util import get_remote_address

from shop.campaigns.links import signed_body
from shop.extensions import settings


def by_link() -> str:
    """The member that a link of ours names; a link that we never made counts for the address that tries it."""
    chosen, key = settings(), (request.view_args or {}).get("key", "")
    body = signed_body(key, (chosen.secret_key, *chosen.secret_key_fallbacks))
    return f"campaign link {body}" if body is not None else get_remote_address()
