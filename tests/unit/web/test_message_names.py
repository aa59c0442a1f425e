"""At the desk a message that could not be sent is called by words."""

from __future__ import annotations

from shop.notifications.messages import Message
from shop.web.admin.message_names import NAMES, message_name


def test_every_message_has_a_name_of_its_own_in_both_languages(in_language):
    assert set(NAMES) == set(Message)
    for language in ("zh", "en"):
        in_language(language)
        said = [message_name(one) for one in Message]
        assert len(set(said)) == len(said)
        assert not set(said) & set(Message)
        assert all(name.isascii() == (language == "en") for name in said)
    assert message_name("something else") == "something else"
