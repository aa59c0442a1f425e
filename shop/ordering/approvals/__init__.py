"""Orders on account that are above a limit: who has to agree, and what was bought for which project."""
