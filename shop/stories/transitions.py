"""What may become of a post."""

from __future__ import annotations

from typing import Final

from shop.kit.transitions import Transitions
from shop.stories.models import PostState

POST_STATES: Final = Transitions(
    {
        PostState.DRAFT: {
            PostState.OFFERED,  # the coordinator has finished it and asks the team to look
            PostState.PUBLISHED,  # the team publishes what it wrote itself
        },
        PostState.OFFERED: {
            PostState.DRAFT,  # sent back with a reason, or the coordinator writes on
            PostState.PUBLISHED,  # the team has looked and publishes it
        },
        PostState.PUBLISHED: {
            PostState.TAKEN_BACK,  # something was wrong, or somebody shown took the consent back
        },
        PostState.TAKEN_BACK: {
            PostState.PUBLISHED,  # put right, and shown again
        },
    }
)
