"""Chinese is complete: every sentence in the code has one, and none is left over."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "shop/translations/zh/LC_MESSAGES/messages.po"
PLACE = re.compile(r"%\((\w+)\)[a-z]")


def ids(catalogue: Catalog) -> dict[str, str]:
    """Message id (its singular) → translation."""
    found = {}
    for message in catalogue:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            string = message.string if isinstance(message.string, str) else "".join(message.string[:1])
            found[key] = string
    return found


@pytest.fixture(scope="module")
def in_code(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    pot = tmp_path_factory.mktemp("messages") / "messages.pot"
    command = [
        Path(sys.executable).parent / "pybabel", "-q", "extract", "-F", "babel.cfg",
        "-k", "msg", "-k", "translated", "-k", "lazy_gettext", "-o", pot, "shop",
    ]  # fmt: skip
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with pot.open("rb") as file:
        return ids(read_po(file))


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    with CATALOGUE.open("rb") as file:
        return ids(read_po(file, locale="zh"))


def test_every_sentence_has_a_chinese_one(in_code, chinese):
    assert sorted(key for key in in_code if not chinese.get(key)) == []


def test_no_translation_is_left_over(in_code, chinese):
    assert sorted(set(chinese) - set(in_code)) == []


def test_translations_fill_in_only_facts_that_are_given(chinese):
    wrong = {
        key: string
        for key, string in chinese.items()
        if not set(PLACE.findall(string)) <= set(PLACE.findall(key)) | {"num"}
    }
    assert wrong == {}


def test_the_makefile_compiles_a_catalogue_without_a_header(tmp_path):
    """`make messages` leaves the header out; babel then calls the catalogue fuzzy and skips it, unless it is told."""
    compiled = tmp_path / "messages.mo"
    rules = (ROOT / "Makefile").read_text("utf-8")
    options = re.findall(r"pybabel -q compile (.*?)-[id] ", rules)
    assert len(options) == 2
    for given in options:
        command = [Path(sys.executable).parent / "pybabel", "-q", "compile", *given.split()]
        subprocess.run([*command, "-i", CATALOGUE, "-o", compiled, "-l", "zh"], check=True, cwd=ROOT)
        assert compiled.exists()
        compiled.unlink()


def test_parcels_are_counted_in_bags_and_units_in_pieces(chinese):
    """件 is a unit of goods; a parcel is a 包裹, and so many of them are 包."""
    counts = re.compile(r"[)这那一第] ?(?:\d )?件")
    wrong = [
        key
        for key, said in chinese.items()
        if re.search("parcel", key, re.IGNORECASE) and counts.search(said)
    ]
    assert wrong == []
