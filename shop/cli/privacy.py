"""Sealed data, and people whose day to be erased has come."""

from __future__ import annotations

import click
from flask.cli import AppGroup, with_appcontext

from shop.cli.refusals import in_words
from shop.extensions import settings, unit_of_work
from shop.kit.clock import utc_now
from shop.privacy.carrying_out import carry_out_erasures
from shop.privacy.resealing import reseal
from shop.storage.field_cipher import FieldCipher
from shop.storage.media import media_store

privacy = AppGroup("privacy", help="Sealed data and erasures.")


@privacy.command("reseal")
@with_appcontext
@in_words
def reseal_all() -> None:
    """Write every sealed value anew under the first of FIELD_KEYS; afterwards the others can be dropped."""
    count = reseal(unit_of_work(), FieldCipher(settings().field_keys))
    click.echo(f"{count} sealed values are written anew under the first key.")


@privacy.command("erase-due")
@with_appcontext
@in_words
def erase_due() -> None:
    """What the worker does each hour: erase the people whose day has come."""
    store = media_store(settings().media_url)
    click.echo(f"{carry_out_erasures(unit_of_work(), store, now=utc_now())} people erased.")
