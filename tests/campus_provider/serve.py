"""`python -m tests.campus_provider.serve PORT SHOP_URL CLIENT_SECRET`: makes the university's database and answers until it is ended."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.campus_provider.settings")

import django

django.setup()

from cas_server.models import ReplaceAttributName, ServicePattern
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from oauth2_provider.models import get_application_model

PEOPLE = (
    ("20230017", "王小梅", "茶学院|staff", "wang@campus.example"),
    ("2024310218", "马小禾", "管理学院|student", "ma@campus.example"),
    (
        "20190001",
        "郑主任",
        "后勤保障部|staff",
        "admin@example.com",
    ),  # an address that somebody has at the shop
)


def fill(shop_url: str, client_secret: str) -> None:
    call_command("migrate", verbosity=0, interactive=False)
    for number, name, place, email in PEOPLE:
        User.objects.create_user(number, email, "campus", first_name=name, last_name=place)
    get_application_model().objects.create(
        client_id="shop",
        client_secret=client_secret,
        name="shop",
        client_type="confidential",
        authorization_grant_type="authorization-code",
        redirect_uris=f"{shop_url}/login/campus/oidc/back",
        post_logout_redirect_uris=f"{shop_url}/",
        algorithm="RS256",
        skip_authorization=False,
    )
    service = ServicePattern.objects.create(
        pos=1, name="shop", pattern=rf"^{shop_url}/login/campus/cas/back(\?.*)?$", single_log_out=True
    )
    for name in ("cn", "ou", "eduPersonAffiliation", "mail"):
        ReplaceAttributName.objects.create(name=name, service_pattern=service)


class Quiet(WSGIRequestHandler):
    def log_message(self, *_args) -> None:
        """Nobody reads it."""


if __name__ == "__main__":
    port, shop_url, client_secret = sys.argv[1:4]
    fill(shop_url, client_secret)
    server = ThreadedWSGIServer(("localhost", int(port)), Quiet)
    server.set_app(get_wsgi_application())
    server.serve_forever()
