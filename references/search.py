"""Finding rows by words: an index over SearchEntry, which any app may fill.

Each database has its own: FTS5 on SQLite, a tsvector on PostgreSQL. Both are made
after every migration (references/apps.py), as Django knows neither. Words are folded
in Python, for the index and for the query, so that both databases find the same.
"""

import re

from django.db import connection, connections, models
from django.db.models.expressions import RawSQL

from . import names
from .models import SearchEntry

TABLE = SearchEntry._meta.db_table
MAX_QUERY = 200  # characters
MAX_WORDS = 50_000  # characters of an entry; PostgreSQL takes no tsvector over 1 MB
AT_ONCE = 500
TERM = re.compile(r'"([^"]*)"|(\S+)')


def put(kind, rows):
    """Let each (id, title, words) of ``rows`` be found under ``kind``."""
    entries = [
        SearchEntry(
            kind=kind,
            object_id=pk,
            title=names.fold(title)[:MAX_WORDS],
            words=names.fold(words)[:MAX_WORDS],
        )
        for pk, title, words in rows
    ]
    SearchEntry.objects.bulk_create(
        entries,
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=["kind", "object_id"],
        update_fields=["title", "words"],
    )


def remove(kind, ids):
    """Let the rows of ``kind`` with ``ids`` be found no more."""
    SearchEntry.objects.filter(kind=kind, object_id__in=ids).delete()


def matching(kind, query):
    """Entries of ``kind`` that have all words of ``query``, best first.

    A word of the query matches those that begin with it, "words in quotes" match
    in this order. Each entry gets a ``rank``; the smaller, the better.
    """
    found = [
        (names.fold(quoted or word), bool(quoted))
        for quoted, word in TERM.findall(query[:MAX_QUERY])
    ]
    terms = [term for term in dict.fromkeys(found) if term[0]]  # each costs time
    entries = SearchEntry.objects.filter(kind=kind)
    if not terms:
        return entries.none()
    if connection.vendor == "postgresql":
        return _matching_document(entries, terms)
    return _matching_fts(entries, terms)


def _matching_document(entries, terms):
    wanted = " & ".join(
        f"'{text}'" if is_whole else f"'{text}':*" for text, is_whole in terms
    )
    query = "to_tsquery('simple', %s)"
    is_match = RawSQL(  # noqa: S611
        f"{TABLE}.document @@ {query}", [wanted], models.BooleanField()
    )
    rank = RawSQL(  # noqa: S611
        f"-ts_rank({TABLE}.document, {query})", [wanted], models.FloatField()
    )
    return entries.filter(is_match).annotate(rank=rank).order_by("rank", "pk")


def _matching_fts(entries, terms):
    wanted = " ".join(
        f'"{text}"' if is_whole else f'"{text}"*' for text, is_whole in terms
    )
    # A join: as a subquery the rank would be looked up row by row. The plus keeps
    # SQLite from the same with the index: from asking it anew for each entry.
    return entries.extra(  # noqa: S610
        tables=[f"{TABLE}_fts"],
        where=[f"{TABLE}.id = +{TABLE}_fts.rowid AND {TABLE}_fts MATCH %s"],
        params=[wanted],
        select={"rank": f"bm25({TABLE}_fts, 5.0, 1.0)"},
        order_by=["rank", "id"],
    )


# The index itself

DOCUMENT = f"""
ALTER TABLE {TABLE} ADD COLUMN IF NOT EXISTS document tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('simple', title), 'A')
    || setweight(to_tsvector('simple', words), 'D')) STORED;
CREATE INDEX IF NOT EXISTS {TABLE}_document ON {TABLE} USING gin (document)
"""
TRIGGERS = {
    f"{TABLE}_inserted": "INSERT",
    f"{TABLE}_updated": "UPDATE",
    f"{TABLE}_deleted": "DELETE",
}
FTS = f"""
CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE}_fts USING fts5(
    title, words, content='{TABLE}', content_rowid='id',
    tokenize="unicode61 remove_diacritics 2", prefix='2 3')
"""
TAKE_OUT = f"""
INSERT INTO {TABLE}_fts({TABLE}_fts, rowid, title, words)
    VALUES ('delete', old.id, old.title, old.words);
"""  # noqa: S608
TAKE_IN = f"""
INSERT INTO {TABLE}_fts(rowid, title, words) VALUES (new.id, new.title, new.words);
"""  # noqa: S608
STEPS = {"INSERT": TAKE_IN, "UPDATE": TAKE_OUT + TAKE_IN, "DELETE": TAKE_OUT}


def suspend(using, **kwargs):
    """Receiver: before a migration SQLite must not have triggers on what it remakes."""
    if connections[using].vendor == "sqlite":
        with connections[using].cursor() as cursor:
            for trigger in TRIGGERS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {trigger}")


def install(using, **kwargs):
    """Receiver: after a migration the index is there, and complete."""
    database = connections[using]
    with database.cursor() as cursor:
        has_table = TABLE in database.introspection.table_names(cursor)
        if database.vendor == "postgresql":
            if has_table:
                cursor.execute(DOCUMENT)
            return
        if not has_table:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}_fts")
            return
        cursor.execute(FTS)
        for trigger, event in TRIGGERS.items():
            cursor.execute(
                f"CREATE TRIGGER IF NOT EXISTS {trigger} AFTER {event} ON {TABLE} "
                f"BEGIN {STEPS[event]} END"
            )
        cursor.execute(f"INSERT INTO {TABLE}_fts({TABLE}_fts) VALUES ('rebuild')")  # noqa: S608
