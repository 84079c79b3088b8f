import json

import pytest
from django.test import TestCase
from selectolax.lexbor import LexborHTMLParser

from references import metadata
from tests.factories import make_author, make_paper, make_paper_link

pytestmark = pytest.mark.both
ADDRESS = "https://site.example/papers/belkin2019/"


def said(paper):
    """What schema.org is told of ``paper``."""
    script = LexborHTMLParser(metadata.schema(paper, ADDRESS)).css_first("script")
    assert script.attributes == {"type": "application/ld+json"}
    return json.loads(script.text())


class MetadataTests(TestCase):
    def test_highwire_tags_of_an_article(self):
        paper = make_paper(
            [
                make_author("Belkin", given_name="Mikhail"),
                make_author("van der Vaart", given_name="Aad"),
            ],
            kind="article",
            title="On  $k$",
            year=2019,
            venue="PNAS",
            volume="116",
            number="32",
            pages="15849--15854",
            publisher="NAS",
            doi="10.1/x",
            arxiv_id="1812.11118",
            abstract="We *fit*.",
            other_fields={"month": "aug", "day": "6", "issn": "0027-8424"},
        )
        self.assertEqual(
            metadata.highwire(paper),
            [
                ("citation_title", "On $k$"),
                ("citation_author", "Belkin, Mikhail"),
                ("citation_author", "van der Vaart, Aad"),
                ("citation_publication_date", "2019/08/06"),
                ("citation_journal_title", "PNAS"),
                ("citation_publisher", "NAS"),
                ("citation_volume", "116"),
                ("citation_issue", "32"),
                ("citation_firstpage", "15849"),
                ("citation_lastpage", "15854"),
                ("citation_issn", "0027-8424"),
                ("citation_doi", "10.1/x"),
                ("citation_arxiv_id", "1812.11118"),
                ("citation_pdf_url", "https://arxiv.org/pdf/1812.11118"),
                ("citation_public_url", "https://arxiv.org/abs/1812.11118"),
                ("citation_abstract", "We *fit*."),
            ],
        )

    def test_the_tag_of_a_venue_says_what_it_is(self):
        for kind, tag in {
            "article": "citation_journal_title",
            "inproceedings": "citation_conference_title",
            "incollection": "citation_inbook_title",
            "thesis": "citation_dissertation_institution",
            "report": "citation_technical_report_institution",
        }.items():
            paper = make_paper(kind=kind, venue="There", number="7")
            tags = dict(metadata.highwire(paper))
            with self.subTest(kind):
                self.assertEqual(tags[tag], "There")
                number = "technical_report_number" if kind == "report" else "issue"
                self.assertEqual(tags[f"citation_{number}"], "7")

    def test_the_institution_of_a_thesis_is_whoever_gave_it_out(self):
        for kind, tag in {
            "thesis": "citation_dissertation_institution",
            "report": "citation_technical_report_institution",
        }.items():
            paper = make_paper(kind=kind, publisher="There")  # as BibTeX is read
            with self.subTest(kind):
                self.assertEqual(dict(metadata.highwire(paper))[tag], "There")
                self.assertNotIn("isPartOf", said(paper))

    def test_what_is_unknown_has_no_tag(self):
        paper = make_paper(title="Alone")
        self.assertEqual(metadata.highwire(paper), [("citation_title", "Alone")])
        self.assertEqual(
            said(paper),
            {
                "@context": "https://schema.org",
                "@type": "ScholarlyArticle",
                "@id": ADDRESS,
                "url": ADDRESS,
                "name": "Alone",
                "headline": "Alone",
            },
        )

    def test_pdf_is_what_staff_linked_then_arxiv_then_the_address(self):
        paper = make_paper(url="https://p.example/a.PDF")
        addresses = [metadata.pdf_address(paper)]
        paper.arxiv_id = "1812.11118"
        addresses.append(metadata.pdf_address(paper))
        make_paper_link(paper, kind="pdf", url="https://staff.example/a")
        addresses.append(metadata.pdf_address(paper))
        self.assertEqual(
            addresses,
            [
                "https://p.example/a.PDF",
                "https://arxiv.org/pdf/1812.11118",
                "https://staff.example/a",
            ],
        )
        self.assertEqual(metadata.pdf_address(make_paper(url="https://p.example")), "")

    def test_schema_of_an_article(self):
        paper = make_paper(
            [
                make_author("King Jr.", given_name="Martin"),
                make_author("LIGO Collaboration"),
            ],
            kind="article",
            title="T",
            year=2019,
            venue="PNAS",
            volume="116",
            number="32",
            pages="7",
            publisher="NAS",
            doi="10.1/x",
            abstract="A.",
            other_fields={"month": "aug"},
        )
        self.assertEqual(
            said(paper),
            {
                "@context": "https://schema.org",
                "@type": "ScholarlyArticle",
                "@id": ADDRESS,
                "url": ADDRESS,
                "name": "T",
                "headline": "T",
                "author": [
                    {
                        "@type": "Person",
                        "name": "Martin King Jr.",
                        "familyName": "King",
                        "givenName": "Martin",
                        "honorificSuffix": "Jr.",
                    },
                    {"@type": "Organization", "name": "LIGO Collaboration"},
                ],
                "datePublished": "2019-08",
                "isPartOf": {
                    "@type": "PublicationIssue",
                    "issueNumber": "32",
                    "isPartOf": {
                        "@type": "PublicationVolume",
                        "volumeNumber": "116",
                        "isPartOf": {"@type": "Periodical", "name": "PNAS"},
                    },
                },
                "pageStart": "7",
                "publisher": {"@type": "Organization", "name": "NAS"},
                "identifier": [
                    {"@type": "PropertyValue", "propertyID": "DOI", "value": "10.1/x"}
                ],
                "sameAs": ["https://doi.org/10.1/x"],
                "abstract": "A.",
            },
        )
        self.assertEqual(said(make_paper(kind="book"))["@type"], "Book")

    def test_a_title_cannot_leave_the_script(self):
        title = "</script><script>alert(1)</script><!-- & \u2028 \\"
        script = metadata.schema(make_paper(title=title), ADDRESS)
        self.assertEqual(script.count("<"), 2)
        self.assertEqual(
            said(make_paper(title=title))["name"], title.replace("\u2028 ", "")
        )
