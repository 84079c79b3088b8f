import json

import pytest
import rispy
from django.test import TestCase
from pybtex.database import parse_string
from selectolax.lexbor import LexborHTMLParser

from references import bibtex, citing, csl, ris, views
from references.models import Paper
from references.work import Work
from tests.factories import (
    make_author,
    make_course,
    make_paper,
    make_paper_alias,
    make_reading,
    make_session,
)

pytestmark = pytest.mark.both
READERS = {"bib": bibtex.loads, "ris": ris.loads, "json": csl.loads}
TYPES = {
    "bib": "application/x-bibtex; charset=utf-8",
    "ris": "application/x-research-info-systems; charset=utf-8",
    "json": "application/vnd.citationstyles.csl+json; charset=utf-8",
}


def read(response, ending):
    """The works of an export; there must be nothing that its reader complains of."""
    works, problems = READERS[ending](response.content.decode())
    assert problems == []
    return works


class PaperExportTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.paper = make_paper(
            [make_author("Poincaré", given_name="Henri"), make_author("王小明")],
            key="poincare1890",
            kind="article",
            title="Sur le problème des $n$ corps & plus",
            year=1890,
            venue="Acta",
            doi="10.1000/x_y",
        )

    def test_is_a_file_of_its_type(self):
        for ending, media_type in TYPES.items():
            with self.subTest(ending):
                response = self.client.get(f"/papers/poincare1890.{ending}")
                self.assertEqual(
                    [
                        response.status_code,
                        response["Content-Type"],
                        response["Content-Disposition"],
                        response["X-Content-Type-Options"],
                    ],
                    [
                        200,
                        media_type,
                        f'attachment; filename="poincare1890.{ending}"',
                        "nosniff",
                    ],
                )

    def test_says_what_the_paper_says(self):
        for ending in TYPES:
            [work] = read(self.client.get(f"/papers/poincare1890.{ending}"), ending)
            with self.subTest(ending):
                for name in ("key", "title", "authors", "year", "venue", "doi", "kind"):
                    self.assertEqual(
                        getattr(work, name), getattr(self.paper.work, name), name
                    )

    def test_other_programs_read_it(self):
        url = "/papers/poincare1890."
        bibliography = parse_string(
            self.client.get(f"{url}bib").content.decode(), "bibtex"
        )
        self.assertEqual([*bibliography.entries], ["poincare1890"])
        [record] = rispy.loads(self.client.get(f"{url}ris").content.decode())
        self.assertEqual(record["authors"], ["Poincaré, Henri", "王小明"])
        [item] = self.client.get(f"{url}json").json()
        self.assertEqual((item["id"], item["DOI"]), ("poincare1890", "10.1000/x_y"))

    def test_other_keys_lead_to_the_file(self):
        for key in ("Old", "DBLP:conf/nips/P90", "a.bib"):
            make_paper_alias(self.paper, key)
            with self.subTest(key):
                response = self.client.get(f"/papers/{key}.ris")
                self.assertRedirects(response, "/papers/poincare1890.ris")

    def test_what_is_not_there_is_not_found(self):
        for url in ("x.bib", "poincare1890.txt", "poincare1890.bib%0A", "%00.bib"):
            response = self.client.get(f"/papers/{url}", follow=True)
            self.assertEqual(response.status_code, 404, url)
        self.assertEqual(self.client.post("/papers/poincare1890.bib").status_code, 405)


class SearchExportTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        for number, title in enumerate(("Kernels", "Margins", "Marginal kernels"), 1):
            make_paper(
                [make_author()], key=f"p{number}", title=title, year=2000 + number
            )

    def keys(self, query, ending="bib"):
        response = self.client.get(f"/papers.{ending}{query}")
        return [work.key for work in read(response, ending)]

    def test_what_is_found_in_its_order(self):
        for query, keys in {
            "": ["p1", "p3", "p2"],
            "?order=year": ["p3", "p2", "p1"],
            "?q=margin&order=year": ["p3", "p2"],
            "?year_max=2002&q=&author=": ["p1", "p2"],
            "?q=nothing": [],
        }.items():
            for ending in TYPES:
                with self.subTest(query, ending=ending):
                    self.assertEqual(self.keys(query, ending), keys)

    def test_what_cannot_be_understood_is_refused_in_words(self):
        for query, words in {
            "?year_min=abc": "* year_min\n  * Enter a whole number.",
            "?q=a%00": "* q\n  * Null characters are not allowed.",
            "?course=x": "* course\n  * No course listed here has this address.",
        }.items():
            with self.subTest(query):
                response = self.client.get(f"/papers.json{query}")
                self.assertEqual(response.status_code, 400)
                self.assertEqual(response["Content-Type"], "text/plain; charset=utf-8")
                self.assertEqual(response.content.decode(), words)

    def test_a_long_file_is_cut_and_says_so_in_its_name(self):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(views, "MAX_EXPORTED", 2)
            response = self.client.get("/papers.bib")
            page = self.client.get("/papers/").content.decode()
        self.assertEqual(
            response["Content-Disposition"],
            'attachment; filename="papers-first-2-of-3.bib"',
        )
        self.assertEqual([work.key for work in read(response, "bib")], ["p1", "p3"])
        self.assertIn("Download the first 2", page)

    def test_query_count_does_not_grow(self):
        for papers in (3, 60):
            while Paper.objects.count() < papers:
                make_paper([make_author(), make_author()], title="Kernels")
            for query, queries in (("", 5), ("?q=kernel&author=author", 6)):
                counted = self.assertNumQueries(queries)
                with self.subTest(query, papers=papers), counted:
                    self.client.get(f"/papers.ris{query}")


SCRIPT = "</script><script>alert(1)</script>"
HOSTILE = [
    Work(
        title=f"{SCRIPT} <img src=x onerror=alert(1)> & \"q\" 'q'",
        authors=[f"{SCRIPT}, Eve", "<b onmouseover=alert(1)>"],
        venue=f"<svg onload=alert(1)> {SCRIPT}",
        publisher=SCRIPT,
        note=f"{SCRIPT} javascript:alert(1)",
        abstract=f"{SCRIPT} [a](javascript:alert(1)) $\\href{{javascript:x}}{{y}}$",
        volume=SCRIPT,
        number=SCRIPT,
        pages=SCRIPT,
        kind="article",
        year=2020,
        key="k1",
    ),
    Work(
        title="Closed } inside, title = {Other}, @comment{ and \\} too {",
        authors=["Brace }, author = {X", "O'Neil, \\"],
        venue="}}\n\n@misc{new, title={New}}",
        note="TY  - JOUR\r\nER  - \r\nTI  - New",
        other_fields={"series": "} , url = {javascript:alert(1)}", "x=}{": "y"},
        kind="inproceedings",
        key="k2",
    ),
    Work(
        title="\\href{javascript:alert(1)}{click} \\input{/etc/passwd} $\\href{x}{y}$",
        authors=["مؤلف, \u202egpj.exe\u202c", "Name\u200f, \u2066RTL\u2069"],
        venue="\u202evenue",
        abstract='<a href="javascript:alert(1)" onclick="alert(1)">x</a>',
        doi="10.1002/(sici)1097-4636(199823)43:4<443::aid-jbm13>3.0.co;2-5",
        kind="preprint",
        key="k3",
    ),
]


def live_parts(html):
    """What a browser would run or follow on a page, besides what the site has."""
    found = []
    for node in LexborHTMLParser(html).css("*"):
        attributes = node.attributes
        src = attributes.get("src") or ""
        is_data = attributes.get("type") == "application/ld+json"
        if node.tag == "script" and not src.startswith("/static/") and not is_data:
            found.append(node.html)
        if node.tag in ("img", "svg", "iframe", "object", "embed", "style", "base"):
            found.append(node.html)
        for name, value in attributes.items():
            address = "".join((value or "").split()).lower()
            if name.startswith("on") or name == "style":
                found.append(f"{name}={value}")
            if name in ("href", "src", "action") and not address.startswith(
                ("/", "?", "#", "http://", "https://", "mailto:")
            ):
                found.append(f"{name}={value}")
    return found


class HostileCorpusTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(slug="hostile")
        session = make_session(cls.course, key="01")
        cls.papers = [cited.paper for cited in citing.add(HOSTILE)]
        for paper in cls.papers:
            make_reading(session, paper=paper, text=f"{SCRIPT} {paper.title}")
        make_paper(  # as nobody can save it, but for those who write SQL
            title=SCRIPT, doi=f'10.1/">{SCRIPT}', arxiv_id=f'">{SCRIPT}', venue="NIPS"
        )

    def test_the_corpus_is_stored_as_written(self):
        self.assertEqual(
            [paper.title for paper in self.papers], [work.title for work in HOSTILE]
        )

    def test_nothing_is_live_on_any_page(self):
        pages = [
            "/papers/",
            "/papers/?q=alert",
            f"/papers/?q={SCRIPT}&author={SCRIPT}&year_min={SCRIPT}&order={SCRIPT}",
            "/courses/hostile/",
            "/courses/hostile/readings/",
            "/courses/hostile/sessions/01/",
        ]
        for paper in Paper.objects.all():
            pages.append(paper.get_absolute_url())
            pages += [each.get_absolute_url() for each in paper.authors.all()]
        for url in pages:
            response = self.client.get(url)
            with self.subTest(url):
                self.assertEqual(response.status_code, 200)
                self.assertEqual(live_parts(response.content.decode()), [])

    def test_what_schema_org_is_told_stays_data(self):
        for paper in Paper.objects.all():
            response = self.client.get(paper.get_absolute_url())
            tree = LexborHTMLParser(response.content.decode())
            [script] = tree.css("script[type='application/ld+json']")
            title = tree.css_first("meta[name=citation_title]").attributes["content"]
            with self.subTest(paper.key):
                self.assertEqual(json.loads(script.text())["name"], paper.title)
                self.assertEqual(title, paper.title)

    def test_exports_say_the_same_and_no_more(self):
        written = sorted((paper.work for paper in self.papers), key=_by_title)
        for ending in TYPES:
            response = self.client.get(f"/courses/hostile/readings.{ending}")
            works = sorted(read(response, ending), key=_by_title)
            with self.subTest(ending):
                self.assertEqual(len(works), len(written))
                for work, original in zip(works, written, strict=True):
                    for name in ("title", "authors", "year", "kind", "url", "doi"):
                        said = getattr(work, name), getattr(original, name)
                        self.assertEqual(*said, f"{name} of {original.key}")

    def test_a_nul_in_a_file_goes_no_further(self):
        works, _ = bibtex.loads("@misc{nul, title={Ker\x00nels}, note={\x00}}")
        [cited] = citing.add(works)
        url = cited.paper.get_absolute_url()
        for address in (url, *(f"{url[:-1]}.{ending}" for ending in TYPES)):
            response = self.client.get(address)
            self.assertEqual(response.status_code, 200)
            self.assertNotIn(b"\x00", response.content)

    def test_a_csl_export_cannot_end_a_script(self):
        content = self.client.get("/papers.json").content.decode()
        self.assertEqual([char for char in "<>&" if char in content], [])


def _by_title(work):
    return work.title


@pytest.mark.parametrize("name", ["", "../../etc", 'a"\r\nX: y', "é", "a" * 300])
def test_names_of_files_are_plain(name):
    from references import exports

    response = exports.download([], "bib", name)
    filename = response["Content-Disposition"].partition("filename=")[2]
    assert filename.strip('"').removesuffix(".bib").replace("-", "a").isalnum()
