"""A client that openapi-python-client made, used as it is: tests/soak_api.py runs this.

python -m tests.generated_client ADDRESS TOKEN, with the client on the path.
"""

import sys

from client import AuthenticatedClient, Client
from client.api.papers import papers_list
from client.api.sessions import (
    sessions_create,
    sessions_list,
    sessions_retrieve,
    sessions_update,
)
from client.models import SessionAtAddressRequest, SessionRequest
from client.models.sessions_list_expand_item import SessionsListExpandItem
from client.models.sessions_list_kind import SessionsListKind

address, token = sys.argv[1:]
stranger = Client(address)
staff = AuthenticatedClient(address, token)

everything = sessions_list.sync(client=stranger)
first = everything.results[0]
assert everything.count == len(everything.results) > 3

found = sessions_list.sync(
    client=stranger,
    course=first.course,
    kind=SessionsListKind(first.kind.value),
    page_size=2,
    expand=[SessionsListExpandItem.TALKS, SessionsListExpandItem.READINGS],
)
assert 0 < len(found.results) <= 2
assert all(session.kind == first.kind for session in found.results)
assert isinstance(found.results[0].talks, list)
assert papers_list.sync(client=stranger, year_min=2019, year_max=2019).count > 0

body = SessionRequest(course=first.course, key="made-here", position=90, title="Made")
made = sessions_create.sync(client=staff, body=body)
assert (made.key, made.title) == ("made-here", "Made")

read = sessions_retrieve.sync_detailed(first.course, "made-here", client=staff)
changed = sessions_update.sync_detailed(
    first.course,
    "made-here",
    client=staff,
    body=SessionAtAddressRequest(position=90, title="Changed", start_time="09:30:00"),
    if_match=read.headers["ETag"],
)
assert changed.status_code == 200, changed.content
assert changed.parsed.title == "Changed"
assert changed.parsed.start_time == "09:30:00"
