"""arXiv and Crossref as a server of this machine, and a clock that nobody waits for."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from references.catalogues import Catalogue

FEED = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"
    xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"
    xmlns:arxiv="http://arxiv.org/schemas/atom">
  <id>https://arxiv.org/api/SkuXkYxumgL1drFIL7NufdnpkFc</id>
  <title>arXiv Query: search_query=&amp;id_list=1806.07572&amp;start=0</title>
  <updated>2025-11-11T18:34:08Z</updated>
  <link href="https://arxiv.org/api/query?id_list=1806.07572"
      type="application/atom+xml"/>
  <opensearch:totalResults>{count}</opensearch:totalResults>
  {entries}
</feed>
"""
ERROR = """<entry>
  <id>https://arxiv.org/api/errors#incorrect_id_format_for_9999.12345</id>
  <title>Error</title>
  <summary>incorrect id format for 9999.12345</summary>
  <author><name>arXiv api core</name></author>
</entry>"""


def entry(arxiv_id="1806.07572v4", authors=("Arthur Jacot",), more="", **fields):
    """An entry of arXiv's feed; ``fields`` and ``more`` are XML."""
    fields = {
        "title": "Neural Tangent Kernel:\n  Convergence and Generalization",
        "published": "2018-06-20T08:31:08Z",
        "updated": "2020-02-10T10:35:37Z",
        "summary": "  At initialization, networks\n  are $\\ell_2$ kernels.\n",
        **fields,
    }
    said = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    named = "".join(f"<author><name>{name}</name></author>" for name in authors)
    return (
        f"<entry><id>http://arxiv.org/abs/{arxiv_id}</id>{said}{named}"
        f'<link href="http://arxiv.org/abs/{arxiv_id}" rel="alternate"/>'
        f'<category term="cs.LG"/>{more}</entry>'
    )


def feed(*entries):
    return FEED.format(count=len(entries), entries="\n".join(entries)).encode()


def message(**fields):
    """Crossref's answer about a journal article."""
    return json.dumps(
        {
            "status": "ok",
            "message-type": "work",
            "message-version": "1.0.0",
            "message": {
                "DOI": "10.1073/pnas.1806579115",
                "type": "journal-article",
                "title": ["A mean field view of the landscape"],
                "author": [
                    {"given": "Song", "family": "Mei", "sequence": "first"},
                    {"given": "Andrea", "family": "Montanari"},
                ],
                "issued": {"date-parts": [[2018, 7, 27]]},
                "container-title": ["Proceedings of the National Academy of Sciences"],
                "volume": "115",
                "issue": "33",
                "page": "E7665-E7671",
                "publisher": "National Academy of Sciences",
                "ISSN": ["0027-8424", "1091-6490"],
                "URL": "http://dx.doi.org/10.1073/pnas.1806579115",
                **fields,
            },
        }
    ).encode()


class Clock:
    """Time that passes only by waiting for it."""

    def __init__(self):
        self.now = datetime(2025, 9, 1, tzinfo=UTC)
        self.waited = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.waited += seconds
        self.now += timedelta(seconds=seconds)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers["User-Agent"]))
        answer = self.server.answers.pop(0)
        status, headers, body = (
            answer if isinstance(answer, tuple) else (200, {}, answer)
        )
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for some in [body] if isinstance(body, bytes) else body:
                self.wfile.write(some)
        except OSError:
            self.server.is_left = True

    def log_message(self, *args):
        """Say nothing."""


@contextmanager
def serving(*answers):
    """A server that gives each of ``answers`` once: a body, or (status, headers,
    body), the body bytes or pieces of them. It notes what was ``asked``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.answers, server.asked, server.is_left = list(answers), [], False
    server.address = f"http://127.0.0.1:{server.server_port}/here"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def telling(source, works, at_once=1):
    """A catalogue that knows ``works`` by identifier, and asks nobody. What is an
    exception there is raised."""

    class Telling(Catalogue):
        def find(self, wanted):
            self.asked += wanted
            found = {each: works[each] for each in wanted if each in works}
            for work in found.values():
                if isinstance(work, Exception):
                    raise work
            return found

    Telling.source, Telling.at_once = source, at_once
    catalogue = Telling()
    catalogue.asked = []
    return catalogue
