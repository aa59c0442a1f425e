"""What is made once a process, though nearly every test makes an application and a database of its own."""

from tests.kept.disk import keep_from_waiting_for_the_disk
from tests.kept.messages import keep_messages
from tests.kept.openapi import keep_answers_of_the_api
from tests.kept.passwords import keep_passwords_cheap
from tests.kept.routes import keep_compiled_routes
from tests.kept.statements import keep_compiled_statements
from tests.kept.static_files import keep_static_files
from tests.kept.templates import keep_compiled_templates


def keep_what_can_be_kept() -> None:
    """An application then costs some 10 ms instead of 400, and a statement is compiled once."""
    keep_answers_of_the_api()
    keep_compiled_routes()
    keep_compiled_statements()
    keep_compiled_templates()
    keep_from_waiting_for_the_disk()
    keep_messages()
    keep_passwords_cheap()
    keep_static_files()
