"""Reading the API as someone."""

from rest_framework.test import APIClient

HERE = "http://testserver/"


def answer(path, user=None, **query):
    """The answer to ``user``, or a stranger, at ``path`` under the root of the API."""
    client = APIClient()
    if user:
        client.force_authenticate(user)
    return client.get(f"/api/v1/{path}", query)


def rows(path, user=None, **query):
    """The rows of a list."""
    response = answer(path, user, **query)
    assert response.status_code == 200, response.json()
    return response.json()["results"]


def instant(moment):
    """The aware datetime ``moment`` as the API writes it."""
    return moment.isoformat().replace("+00:00", "Z")


def times(row):
    """When ``row`` was made and changed, by what the database says."""
    row.refresh_from_db(fields=["created_at", "updated_at"])
    return {
        "created_at": instant(row.created_at),
        "updated_at": instant(row.updated_at),
    }
