"""Creating and changing what the shop is made of. Each `save_…` takes the values that a form named, and no others.

All have one signature, `(session, record_id, values, *, actor_id, now) -> id`; without an id something is created.
They raise InvalidInput with a message for each field, or NotFound, and leave an entry in the audit trail.
"""
