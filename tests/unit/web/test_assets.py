from __future__ import annotations

import re

import pytest

from shop.web import assets, bootstrap_subset

SHEET = (
    '@charset "UTF-8";/*! x */:root{--bs-blue:#00f}.btn{color:red}.carousel,.btn-primary:not(.disabled){color:blue}'
    "@media (min-width:5px){.carousel{top:0}.btn{top:1px}}@media print{.toast{top:0}}"
    "@keyframes spin{to{top:0}}@keyframes idle{to{top:1px}}.btn{animation:1s spin}a{color:green}"
)


@pytest.fixture(scope="module")
def files():
    return assets.contents()


def test_rules_whose_classes_no_page_uses_are_left_out():
    kept = bootstrap_subset.subset(SHEET, {"btn", "btn-primary"})
    assert ".carousel" not in kept
    assert ".btn-primary:not(.disabled){color:blue}" in kept
    assert "@media (min-width:5px){.btn{top:1px}}" in kept
    assert "@media print" not in kept
    assert ":root{--bs-blue:#00f}" in kept
    assert "a{color:green}" in kept


def test_animations_that_nothing_runs_are_left_out():
    kept = bootstrap_subset.subset(SHEET, {"btn"})
    assert "@keyframes spin" in kept
    assert "@keyframes idle" not in kept


def test_the_real_sheet_keeps_what_the_macros_use(files):
    sheet = files["vendor/bootstrap.min.css"].decode()
    for name in ("btn", "form-control", "form-select", "form-check-input", "visually-hidden", "d-flex"):
        assert re.search(rf"\.{name}\b", sheet), name
    assert len(sheet) < 100_000


def test_each_face_gets_one_sheet_and_one_script(files):
    for face in ("shop", "work", "farm"):
        assert b"--tea-deep" in files[f"css/{face}.css"]
        assert files[f"js/{face}.js"].startswith(b"{\n")


def test_no_style_sheet_reaches_outside(files):
    for name, content in files.items():
        if name.endswith(".css"):
            assert b"@import" not in content, name
            assert b"url(http" not in content, name


def test_every_product_family_of_the_seed_has_a_drawing_and_a_tint(files):
    families = set(
        re.findall(
            r'"family": "([a-z_]+)"', (assets.SOURCE.parents[1] / "seed_products.json").read_text("utf-8")
        )
    )
    for family in families:
        assert f"illustrations/{family}.svg" in files
        assert f".t-{family} {{".encode() in files["css/shop.css"]


def test_drawings_carry_no_script_and_stay_small(files):
    for name, content in files.items():
        if name.startswith("illustrations/"):
            assert b"<script" not in content
            assert len(content) < 16_000, name


def test_every_control_that_bootstrap_leaves_without_a_focus_ring_gets_ours(files):
    for face in ("shop", "work", "farm"):
        sheet = files[f"css/{face}.css"].decode()
        ring = re.search(r"([^{}]*):focus-visible \{\s*outline: 3px solid var\(--focus\)", sheet)
        without = re.findall(r"([^{};]+):focus(?:-visible)?\{[^}]*outline:0", sheet)
        assert {".btn", ".form-control"} <= set(without)
        for control in set(without):
            assert f"{control}:focus-visible" in ring.group(0), control
            assert sheet.rindex(f"{control}:focus") > ring.start()


NEWER_THAN_CHROMIUM_80 = re.compile(
    r"\?\?=|\|\|=|&&=|\.at\(|\.replaceAll\(|structuredClone|Object\.hasOwn|\.replaceChildren\(|static \{|[ .]#\w+ ?[=(]|"
    r"crypto\.randomUUID|\.findLast\(|AbortSignal\.timeout|Promise\.any|import\("
)


@pytest.mark.parametrize("name", ["js/farm.js", "js/worker.js"])
def test_the_farmers_old_phone_understands_its_scripts(files, name):
    assert NEWER_THAN_CHROMIUM_80.findall(files[name].decode()) == []


def test_the_face_for_bad_networks_has_a_sprite_of_its_own(files):
    small, whole = files["icons-farm.svg"], files["icons.svg"]
    assert b'id="wifi-off"' in small
    assert len(small) < len(whole) / 4
