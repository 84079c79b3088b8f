"""The session form beside 20,000 people and 50,000 papers, for `make soak`.

Prints queries and time of the form, and time of what its fields search.
"""

import os
import tempfile
import time


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/soak.sqlite3"
        os.environ["DJANGO_MEDIA_ROOT"] = f"{folder}/media"
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        session = fill()
        measure(session)


def fill(people=20_000, papers=50_000):
    """That many rows, and a session with a talk, a material and two readings."""
    from courses.models import Person
    from references.models import Author, Authorship, Paper
    from tests.factories import make_appearance, make_reading, make_session, make_talk

    Person.objects.bulk_create(
        Person(name=f"Ada {n} Lovelace", slug=f"p-{n}", name_key=f"{n} ada lovelace")
        for n in range(people)
    )
    authors = Author.objects.bulk_create(
        Author(family_name=f"Author{n}", given_name="A.", slug=f"a-{n}")
        for n in range(papers // 5)
    )
    made = Paper.objects.bulk_create(
        Paper(key=f"paper{n}", title=f"On the theory of {n} kernels", year=2000)
        for n in range(papers)
    )
    Authorship.objects.bulk_create(
        Authorship(paper=paper, author=authors[n % len(authors)], position=1)
        for n, paper in enumerate(made)
    )
    session = make_session(title="Kernels")
    talk = make_talk(session)
    make_appearance(talk, Person.objects.first())
    make_reading(session, paper=made[0])
    make_reading(talk, paper=made[-1])
    return session


def measure(session):
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from courses.models import Session
    from tests.admin_pages import form_data, make_staff, page

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(make_staff())
    url = page(Session, "change", session.pk)
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        started = time.perf_counter()
        response = client.get(url)
        seconds = time.perf_counter() - started
    assert response.status_code == 200
    size = len(response.content) / 1000
    print(f"session form: {len(queries)} queries, {seconds:.2f} s, {size:.0f} kB")
    assert len(queries) < 40
    for model, field, term in (
        ("reading", "paper", "theory of 4999"),
        ("reading", "paper", "author77"),
        ("reading", "paper", "paper123"),
        ("sessionrole", "person", "lovelace 199"),
    ):
        query = {"app_label": "courses", "model_name": model, "field_name": field}
        started = time.perf_counter()
        response = client.get("/admin/autocomplete/", query | {"term": term})
        seconds = time.perf_counter() - started
        found = len(response.json()["results"])
        print(f"search “{term}” among {field}s: {found} shown, {seconds:.2f} s")
    line = "Emmy Noether (Erlangen); Grace Hopper"
    data = form_data(client.get(url)) | {"talks-0-speakers_line": line}
    with CaptureQueriesContext(connection) as queries:
        started = time.perf_counter()
        response = client.post(url, data)
        seconds = time.perf_counter() - started
    assert response.status_code == 302
    print(f"saving it with two speakers: {len(queries)} queries, {seconds:.2f} s")


if __name__ == "__main__":
    main()
