"""The texts that somebody agrees to with a new account: in the versions that stood on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _


def texts_are_current(form: Any, versions: Mapping[str, str]) -> bool:
    """Somebody agrees to what was on the screen, not to what an admin wrote in the meantime."""
    if form.texts.data == as_text(versions):
        return True
    form.agree.data = False
    form.form_errors.append(_("The texts have changed. Please read them again."))
    return False


def as_text(versions: Mapping[str, str]) -> str:
    return " ".join(f"{name}-{version}" for name, version in sorted(versions.items()))
