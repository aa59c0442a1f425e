"""The goods, people and places that a new shop starts with."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from shop.extensions import settings, unit_of_work
from shop.kit.clock import utc_now
from shop.seeding.loading import Loaded, load_seed
from shop.seeding.read import SeedRefused
from shop.settings import ROOT, Environment

SEED_FILE = ROOT / "seed_products.json"


@click.command()
@click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=SEED_FILE,
    help="Another file than seed_products.json; docs/seed-format.md says how to write one.",
)
@with_appcontext
def seed(path: Path) -> None:
    """Load a seed file; loading it again changes nothing. A file with mistakes is refused as a whole."""
    demo = settings().env is Environment.DEMO
    try:
        loaded = load_seed(unit_of_work(), path, now=utc_now(), demo=demo)
    except SeedRefused as refused:
        for mistake in refused.mistakes:
            click.echo(str(mistake), err=True)
        count = len(refused.mistakes)
        click.echo(f"{path}: {count} mistake{'s' * (count > 1)}; nothing was loaded.", err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(f"{path}: {error.strerror}", err=True)
        sys.exit(1)
    click.echo(_summary(path, loaded))


def _summary(path: Path, loaded: Loaded) -> str:
    if loaded.already:
        return f"{path.name} is loaded already."
    products = loaded.seed.records("products")
    counts = {
        "villages": len(loaded.seed.records("villages")),
        "households": len(loaded.seed.records("households")),
        "products": len(products),
        "variants": sum(len(product["variants"]) for product in products),
        "lots": len(loaded.seed.records("lots")),
    }
    return f"{path.name}: " + ", ".join(f"{count} {what}" for what, count in counts.items()) + "."
