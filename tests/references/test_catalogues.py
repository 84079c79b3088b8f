import time
from datetime import timedelta

import pytest
import urllib3
from django.test import TestCase, override_settings

from references.catalogues import (
    MAX_AUTHORS,
    MAX_BYTES,
    Arxiv,
    Crossref,
    Unanswered,
    read_feed,
    read_message,
)
from references.models import Answer
from references.work import Work
from tests.catalogue_server import ERROR, Clock, entry, feed, message, serving
from tests.processes import run_at_once

pytestmark = pytest.mark.both
DOI = "10.1073/pnas.1806579115"
TAKE_TURN = """
from django.utils import timezone
from references.models import Answer
print(Answer.objects.take_turn("arxiv", timezone.now()) == 0)
"""


class FeedTests(TestCase):
    def test_an_entry_becomes_a_work(self):
        found = read_feed(
            feed(
                entry(
                    authors=["Arthur Jacot", "Cl&#233;ment Hongler"],
                    more=(
                        '<arxiv:primary_category xmlns:arxiv="http://arxiv.org/'
                        'schemas/atom" term="cs.LG" scheme="http://arxiv.org"/>'
                    ),
                )
            )
        )
        self.assertEqual(
            found,
            {
                "1806.07572": Work(
                    title="Neural Tangent Kernel: Convergence and Generalization",
                    authors=["Jacot, Arthur", "Hongler, Clément"],
                    year=2018,
                    arxiv_id="1806.07572",
                    kind="preprint",
                    abstract=r"At initialization, networks are $\ell_2$ kernels.",
                    other_fields={"primaryclass": "cs.LG"},
                )
            },
        )

    def test_what_was_published_has_venue_year_and_doi(self):
        said = (
            "<arxiv:journal_ref>Phys. Rev. D 76, 013009 (2009)</arxiv:journal_ref>"
            "<arxiv:doi>10.1103/PhysRevD.76.013009</arxiv:doi>"
        )
        work = read_feed(feed(entry("hep-ph/0701001v2", more=said)))["hep-ph/0701001"]
        self.assertEqual(
            (work.venue, work.year, work.kind, work.doi),
            ("Phys. Rev. D", 2009, "article", "10.1103/physrevd.76.013009"),
        )

    def test_latex_becomes_unicode_and_formulas_stay(self):
        title = r"Schr\"odinger &amp; {DNA} in $\mathbb{R}^{n}$ -- 50% &lt; 1"
        [work] = read_feed(feed(entry(title=title))).values()
        self.assertEqual(work.title, r"Schrödinger & DNA in $\mathbb{R}^{n}$ – 50% < 1")

    def test_collaborations_are_no_persons(self):
        authors = ["The ATLAS Collaboration", ":", "G. Aad", "Aad van der Vaart"]
        [work] = read_feed(feed(entry(authors=authors))).values()
        self.assertEqual(
            work.authors,
            ["The ATLAS Collaboration", "Aad, G.", "van der Vaart, Aad"],
        )

    def test_a_very_long_list_of_authors_ends_in_others(self):
        authors = [f"Ada Bo{number}" for number in range(MAX_AUTHORS + 1)]
        [work] = read_feed(feed(entry(authors=authors))).values()
        self.assertEqual(
            (len(work.authors), work.has_more_authors), (MAX_AUTHORS, True)
        )

    def test_several_entries_are_told_apart(self):
        found = read_feed(feed(entry("math/0508276v1"), entry("2001.00001v12")))
        self.assertEqual(list(found), ["math/0508276", "2001.00001"])

    def test_an_error_is_no_entry(self):
        self.assertIsNone(read_feed(feed(ERROR)))

    def test_what_is_no_feed_is_refused(self):
        laughs = b'<!DOCTYPE lolz [<!ENTITY lol "lol">' + b"".join(
            b'<!ENTITY lol%d "%s">' % (n, b"&lol%d;" % (n - 1) * 10)
            for n in range(1, 10)
        )
        for body in (
            b"",
            b"Rate exceeded.",
            b"<html><body>Sorry</body></html>",
            b"\xff\xfe\x00",
            b'<?xml version="1.0" encoding="nonsense"?><feed/>',
            b"<a>" * 100_000,
            laughs + b"]><feed>&lol9;</feed>",
            feed(entry())[:-20],
        ):
            words = "its answer is no Atom feed"
            with self.subTest(body[:40]), self.assertRaisesMessage(Unanswered, words):
                read_feed(body)


class MessageTests(TestCase):
    def test_a_message_becomes_a_work(self):
        self.assertEqual(
            read_message(message(), DOI),
            Work(
                title="A mean field view of the landscape",
                authors=["Mei, Song", "Montanari, Andrea"],
                year=2018,
                venue="Proceedings of the National Academy of Sciences",
                doi=DOI,
                kind="article",
                volume="115",
                number="33",
                pages="E7665--E7671",
                publisher="National Academy of Sciences",
                other_fields={
                    "issn": "0027-8424",
                    "month": "July",
                    "day": "27",
                },
            ),
        )

    def test_markup_of_publishers_goes(self):
        work = read_message(
            message(
                title=["<i>H</i><sub>2</sub>O &amp;amp; p &lt; q in C<scp>o</scp>"],
                subtitle=["What&#8217;s&lt;br&gt;new"],
                abstract=(
                    "<jats:title>Abstract</jats:title><jats:p>One.</jats:p>"
                    '<jats:p>Of <jats:inline-formula id="a"><jats:alternatives>'
                    "<jats:tex-math>\\documentclass{minimal}\\begin{document}"
                    "$$x^2$$\\end{document}</jats:tex-math><mml:math><mml:mi>x"
                    "</mml:mi></mml:math></jats:alternatives></jats:inline-formula> "
                    "and <mml:math><mml:mi>y</mml:mi></mml:math>.</jats:p>"
                ),
            ),
            DOI,
        )
        self.assertEqual(
            (work.title, work.abstract),
            ("H2O & p < q in Co: What’s new", "One. Of $x^2$ and y."),
        )

    def test_names_of_all_sorts(self):
        authors = [
            {"given": "Martin Luther", "family": "King", "suffix": "Jr."},
            {"name": "The Proseminar Consortium", "sequence": "additional"},
            {"family": "Plato"},
            {"given": "OpenAI"},
            {"family": "van der Vaart", "given": "Aad"},
            {"family": "Müller &amp; Söhne", "given": "<i>A.</i>"},
            {},
            "no name",
            {"family": [["none"]], "given": 3},
        ]
        self.assertEqual(
            read_message(message(author=authors), DOI).authors,
            [
                "King Jr., Martin Luther",
                "The Proseminar Consortium",
                "Plato",
                "OpenAI",
                "van der Vaart, Aad",
                "Müller & Söhne, A.",
            ],
        )

    def test_the_date_in_print_is_the_year(self):
        dates = {
            "published-online": {"date-parts": [[2018, 12]]},
            "published-print": {"date-parts": [[2019, 1]]},
        }
        self.assertEqual(read_message(message(**dates), DOI).year, 2019)

    def test_types_become_kinds(self):
        for type_, kind in {
            "proceedings-article": "inproceedings",
            "posted-content": "preprint",
            "monograph": "book",
            "book-chapter": "incollection",
            "dissertation": "thesis",
            "peer-review": "misc",
        }.items():
            with self.subTest(type_):
                self.assertEqual(read_message(message(type=type_), DOI).kind, kind)

    def test_hostile_values_are_words_or_nothing(self):
        work = read_message(
            message(
                title=["<script>alert(1)</script>}, \x00note={x\ud800"],
                URL="javascript:alert(1)",
                volume={"a": []},
                issue=None,
                page=[["x"]],
                publisher=7,
                author="nobody",
                issued={"date-parts": [[None, "x"]]},
                ISSN=[],
                abstract=None,
                **{"container-title": [None]},
            ),
            DOI,
        )
        self.assertEqual(
            work,
            Work(title="<script>alert(1)</script>}, note={x", doi=DOI, kind="article"),
        )

    def test_what_is_too_long_is_cut_but_for_identifiers(self):
        work = read_message(message(title=["x" * 60_000], volume="7" * 200), DOI)
        self.assertEqual((len(work.title), len(work.volume)), (1000, 100))
        long = "10.1000/" + "x" * 200
        self.assertEqual(read_message(message(DOI=long), long).doi, "")

    def test_another_doi_is_refused(self):
        with self.assertRaisesMessage(Unanswered, "it answered for another DOI"):
            read_message(message(DOI="10.1000/other"), DOI)

    def test_what_is_no_message_is_refused(self):
        for body in (
            b"",
            b"<html></html>",
            b"[]",
            b'{"message": 3}',
            b'{"message": {}}',
            b"\xff",
            b"[" * 1_000_000,
            b'{"message": ' + b"9" * 10_000 + b"}",
        ):
            words = "its answer is not what it documents"
            with self.subTest(body[:20]), self.assertRaisesMessage(Unanswered, words):
                read_message(body, DOI)


@override_settings(CONTACT="papers@example.org")
class CatalogueTests(TestCase):
    def setUp(self):
        self.clock = Clock()

    def arxiv(self, server, **fields):
        return Arxiv(
            address=server.address, clock=self.clock, sleep=self.clock.sleep, **fields
        )

    def crossref(self, server, **fields):
        return Crossref(
            address=server.address, clock=self.clock, sleep=self.clock.sleep, **fields
        )

    def refused(self, catalogue, words, wanted=("1806.07572",)):
        with self.assertRaises(Unanswered) as refusal:
            catalogue.works([*wanted])
        self.assertIn(words, str(refusal.exception))

    def test_one_question_for_many_ids(self):
        entries = feed(entry("1806.07572v4"), entry("math/0508276v1"), entry("9.9"))
        with serving(entries) as server:
            works = self.arxiv(server).works(["math/0508276", "1806.07572", "2001.1"])
        self.assertEqual(list(works), ["math/0508276", "1806.07572"])
        self.assertEqual(
            server.asked,
            [
                (
                    "/here?id_list=math%2F0508276%2C1806.07572%2C2001.1&max_results=3",
                    "Proseminar (mailto:papers@example.org)",
                )
            ],
        )

    def test_entries_nobody_asked_for_are_dropped(self):
        with serving(feed(entry("2001.00001v1"))) as server:
            self.assertEqual(self.arxiv(server).works(["1806.07572"]), {})

    def test_an_id_it_does_not_like_says_nothing_of_the_others(self):
        bad = 400, {}, feed(ERROR)
        for answers in (
            [bad, feed(entry("1.1"), entry("1806.07572v1")), bad],
            [feed(ERROR), feed(entry("1806.07572v1")), feed(ERROR)],
        ):
            with self.subTest(answers), serving(*answers) as server:
                works = self.arxiv(server).works(["1806.07572", "9999.12345"])
                self.assertEqual(list(works), ["1806.07572"])
                self.assertEqual(len(server.asked), 3)

    def test_a_doi_is_quoted_and_goes_with_an_address(self):
        doi = "10.1002/(sici)1097?x=1&y#43:4/../../<4::aid>3.0"
        with serving(message(DOI=doi)) as server:
            self.refused(self.crossref(server), "another DOI", [doi])
        self.assertEqual(
            server.asked[0][0],
            "/here/10.1002%2F%28sici%291097%3Fx%3D1%26y%2343%3A4%2F..%2F..%2F%3C4%3A%3A"
            "aid%3E3.0?mailto=papers%40example.org",
        )

    def test_crossref_finds_or_does_not(self):
        missing = 404, {}, b"Resource not found."
        with serving(message(), missing) as server:
            crossref = self.crossref(server)
            self.assertEqual(list(crossref.works([DOI])), [DOI])
            self.assertEqual(crossref.works(["10.1000/none"]), {})

    def test_crossref_is_not_asked_without_an_address(self):
        for contact in ("", "https://example.org/@us", "x@y\r\nX-Bad: 1"):
            with override_settings(CONTACT=contact), serving() as server:
                self.refused(self.crossref(server), "DJANGO_CONTACT", [DOI])
                self.assertEqual(server.asked, [])

    def test_arxiv_is_asked_once_in_three_seconds(self):
        with serving(*[feed(entry())] * 3) as server:
            for _number in range(3):  # as from several processes
                self.arxiv(server).works(["1806.07572"])
        self.assertEqual(self.clock.waited, 6)

    def test_another_one_asking_is_waited_for(self):
        taken = Answer.objects.take_turn("arxiv", self.clock())
        self.assertEqual(taken, 0)
        late = self.clock() + timedelta(seconds=10)
        with serving() as server:
            self.refused(self.arxiv(server, until=late), "no time was left")
        with serving(feed(entry())) as server:  # it never came back
            self.arxiv(server).works(["1806.07572"])
        self.assertEqual(self.clock.waited, 60)

    def test_a_clock_that_was_wrong_stops_nobody(self):
        tomorrow = self.clock() + timedelta(days=1)
        Answer.objects.take_turn("arxiv", tomorrow)
        self.assertEqual(Answer.objects.take_turn("arxiv", self.clock()), 0)

    def test_retries_when_it_is_busy(self):
        answers = [(503, {}, b""), (429, {"Retry-After": "20"}, b""), feed(entry())]
        with serving(*answers) as server:
            self.assertEqual(
                list(self.arxiv(server).works(["1806.07572"])), ["1806.07572"]
            )
        self.assertEqual(self.clock.waited, 3 + 20)

    def test_gives_up_when_it_stays_busy(self):
        for wait in ("soon", "-1", "Wed, 21 Oct 2015 07:28:00 GMT"):
            answers = [(500, {"Retry-After": wait}, b"")] * 3
            with self.subTest(wait), serving(*answers) as server:
                self.refused(self.arxiv(server), "it answered with status 500")
                self.assertEqual(len(server.asked), 3)

    def test_gives_up_at_once_when_it_asks_for_an_hour(self):
        with serving((429, {"Retry-After": "3600"}, b"")) as server:
            self.refused(self.arxiv(server), "it answered with status 429")
        self.assertEqual(self.clock.waited, 0)

    def test_redirects_are_not_followed(self):
        with serving(feed(entry())) as elsewhere:
            moved = 302, {"Location": elsewhere.address}, b""
            with serving(moved) as server:
                self.refused(self.arxiv(server), "it answered with status 302")
            self.assertEqual(elsewhere.asked, [])

    def test_an_endless_answer_ends(self):
        def endless():
            while True:
                yield b"x" * 100_000

        with serving((200, {}, endless())) as server:
            self.refused(self.arxiv(server), "its answer is too large")
        self.assertTrue(server.is_left)

    def test_the_largest_answer_is_taken(self):
        body = feed(entry()).ljust(MAX_BYTES)
        with serving(body) as server:
            self.assertEqual(len(self.arxiv(server).works(["1806.07572"])), 1)

    def test_an_answer_that_trickles_ends(self):
        def trickling():
            for _number in range(200):
                self.clock.sleep(1)
                yield b"x"
                time.sleep(0.001)  # one packet each

        with serving((200, {}, trickling())) as server:
            self.refused(self.arxiv(server), "did not end in time")

    def test_a_silent_server_is_left(self):
        class Hasty(Arxiv):
            timeout = urllib3.Timeout(0.05)

        def silent():
            time.sleep(0.3)
            yield b""

        with serving(*[(200, {"Content-Length": "1"}, silent()) for _ in "123"]) as it:
            hasty = Hasty(address=it.address, clock=self.clock, sleep=self.clock.sleep)
            self.refused(hasty, "it did not answer in time")
            self.assertEqual(len(it.asked), 3)

    def test_nobody_there(self):
        with serving() as server:
            address = server.address
        self.refused(
            Arxiv(address=address, clock=self.clock, sleep=self.clock.sleep),
            "it could not be reached",
        )

    def test_an_answer_cut_off_is_none(self):
        cut = 200, {"Content-Length": "9000"}, feed(entry())
        with serving(cut, cut, cut) as server:
            self.refused(self.arxiv(server), "it could not be reached (ProtocolError)")

    def test_after_three_failures_it_is_left_alone(self):
        with serving(*[b"<html>"] * 4) as server:
            arxiv = self.arxiv(server)
            for _number in range(3):
                self.refused(arxiv, "no Atom feed")
            self.refused(arxiv, "it failed several times before")
            self.assertEqual(len(server.asked), 3)

    def test_html_instead_of_json(self):
        with serving((200, {"Content-Type": "text/html"}, b"<html>")) as server:
            self.refused(self.crossref(server), "not what it documents", [DOI])


@pytest.mark.django_db(transaction=True)
def test_one_of_several_processes_has_the_turn():
    answers = run_at_once(*[TAKE_TURN] * 3)
    assert sorted(said.strip() for _code, said in answers) == ["False", "False", "True"]
