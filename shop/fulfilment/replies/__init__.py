"""What a household answers to a text message about its tasks."""
