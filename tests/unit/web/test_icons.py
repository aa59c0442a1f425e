from __future__ import annotations

import pytest
from flask import render_template_string

from shop.web import icons


def test_every_icon_that_is_named_exists():
    assert icons.build_sprite(icons.used_names()).count("<symbol") == len(icons.used_names())


def test_an_unknown_icon_is_refused_when_the_sprite_is_built():
    with pytest.raises(icons.UnknownIcon, match="no-such-icon"):
        icons.build_sprite({"truck", "no-such-icon"})


def test_an_unknown_icon_is_refused_when_a_page_draws_it(in_language):
    in_language("zh")
    with pytest.raises(icons.UnknownIcon):
        render_template_string("{{ icon_of('no-such-icon') }}")


def test_the_sprite_holds_only_what_is_asked_for():
    sprite = icons.build_sprite({"truck"})
    assert 'id="truck"' in sprite
    assert sprite.count("<symbol") == 1


def test_names_are_found_in_templates_and_in_python():
    assert icons.names_in_template("{{ icon('truck') }} {{ farm_button('x', icon_name='check-lg') }}") == {
        "truck",
        "check-lg",
    }
    assert icons.names_in_python(
        'ICONS: Final = ("kanban", "boxes")\nItem(icon="bank"); {"icon": "gear"}'
    ) == {
        "kanban",
        "boxes",
        "bank",
        "gear",
    }


def test_an_icon_is_hidden_from_readers_unless_it_has_a_label(draw):
    assert 'aria-hidden="true"' in draw("{{ icon('truck') }}")
    labelled = draw("{{ icon('truck', '车<') }}")
    assert 'role="img" aria-label="车&lt;"' in labelled
    assert 'href="/static/icons.svg#truck"' in labelled
