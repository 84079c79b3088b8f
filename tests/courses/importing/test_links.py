"""What became of every link, and the student numbers."""

from dataclasses import asdict

import pytest

from courses.importing.flow import Link, Words
from courses.importing.links import Links, is_date
from courses.importing.outline import LabelledLink, Withheld

from .reading import cell_page, read, read_cell

NUMBER = "20991234"


def account_of(*addresses, base_url="", files=()):
    links = [Link(i, address, f"label {i}") for i, address in enumerate(addresses)]
    return Links(links, base_url, lambda address: address in files), links


def test_account_adds_up():
    account, (one, two, three, four, five) = account_of("a", "b", "", "ftp://x/y", "c")
    account.place(one, "here")
    account.note(two, "there")
    account.note(one, "there")  # placed stays placed
    account.place(three, "here")
    account.place(four, "there")
    found = account.account()
    assert asdict(found) == {
        "in_source": 5,
        "placed": 1,
        "in_notes": 1,
        "withheld": [
            asdict(Withheld("here", "empty address")),
            asdict(Withheld("there", "scheme ftp: is not taken")),
        ],
        "unplaced": [asdict(LabelledLink("label 4", "c"))],
    }
    account.place(two, "here")  # a note may still be placed
    account.place(five, "here")
    assert (account.account().placed, account.account().unplaced) == (3, [])


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "empty address"),
        ("javascript:alert(1)", "scheme javascript: is not taken"),
        ("JavaScript:alert(1)", "scheme javascript: is not taken"),
        (" java\nscript:alert(1)", "scheme javascript: is not taken"),
        ("data:text/html,x", "scheme data: is not taken"),
        ("file:///etc/passwd", "scheme file: is not taken"),
        ("ftp://example.org/x", "scheme ftp: is not taken"),
        ("C:\\slides.pdf", "scheme c: is not taken"),
        ("tel:123", "scheme tel: is not taken"),
        ("http://[x", "not an address"),
        ("//[x", "not an address"),
        (f"{NUMBER}.pdf", "holds a student number"),
        ("%32%30991234.pdf", "holds a student number"),
        (f"https://example.org/?u=a_{NUMBER}_b", "holds a student number"),
    ],
)
@pytest.mark.parametrize("base_url", ["", "https://example.org/c/"])
def test_withholds_with_reason(address, reason, base_url):
    account, (link,) = account_of(address, base_url=base_url)
    account.learn_student_numbers(f"Ada BO ({NUMBER})", "gallery")
    assert account.place(link, "here") is None
    assert account.account().withheld == [Withheld("here", reason)]


@pytest.mark.parametrize(
    ("address", "absolute"),
    [
        ("x.pdf", "https://example.org/c/x.pdf"),
        ("../x y.pdf", "https://example.org/x y.pdf"),
        ("/x.pdf", "https://example.org/x.pdf"),
        ("#top", "https://example.org/c/index.html#top"),
        ("?a=b", "https://example.org/c/index.html?a=b"),
        ("//example.net/x", "https://example.net/x"),
        ("http://example.net/x", "http://example.net/x"),
        ("mailto:ada@example.org", "mailto:ada@example.org"),
    ],
)
def test_relative_addresses_follow_the_base(address, absolute):
    account, (link,) = account_of(address)
    assert account.place(link, "here") == address
    account, (link,) = account_of(address, base_url="https://example.org/c/index.html")
    assert account.place(link, "here") == absolute


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        ("https://example.org/", True),
        ("//example.org/", True),
        ("mailto:ada@example.org", True),
        ("at-hand.pdf", True),
        ("missing.pdf", False),
        ("#top", False),
        ("", False),
        (None, False),
    ],
)
def test_missing_is_what_leads_nowhere(url, leads):
    account, _ = account_of(files=["at-hand.pdf"])
    assert account.leads_somewhere(url) is leads


@pytest.mark.parametrize(
    ("text", "numbers", "without"),
    [
        ("Ada BO (20991234), Ed DI", ["20991234"], "Ada BO, Ed DI"),
        ("Ada BO, 20991234, Ed DI", ["20991234"], "Ada BO, Ed DI"),
        ("Ada BO ( 2099123 ) and", ["2099123"], "Ada BO and"),
        ("Ada BO [2099123456]", ["2099123456"], "Ada BO"),
        ("Ada BO（20991234）", ["20991234"], "Ada BO"),
        ("Ada (1234567), Ed (7654321)", ["1234567", "7654321"], "Ada, Ed"),
        # too short, too long, not beside a name
        ("Ada BO (209912)", [], "Ada BO (209912)"),
        ("Ada BO (20991234567)", [], "Ada BO (20991234567)"),
        ("Ada BO, 20991234567", [], "Ada BO, 20991234567"),
        ("Ada BO 20991234", [], "Ada BO 20991234"),
        ("10.1000/20991234", [], "10.1000/20991234"),
    ],
)
def test_student_numbers_stand_in_brackets_or_after_a_comma(text, numbers, without):
    account, _ = account_of()
    assert account.learn_student_numbers(text, "gallery") == without
    assert sorted(account._student_numbers) == numbers


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("Ada (20991234) and Ed", "Ada and Ed"),
        ("report 20991234.pdf", "report.pdf"),
        ("Ada, 20991234 , Ed", "Ada , Ed"),
        ("a_20991234_b", "a__b"),
        # runs that only contain it are other numbers
        ("video 120991234", "video 120991234"),
        ("209912345", "209912345"),
        ("20995678", "20995678"),
    ],
)
def test_known_student_numbers_go_everywhere(text, without):
    account, _ = account_of()
    account.learn_student_numbers(f"Ada BO ({NUMBER})", "gallery")
    assert account.without_student_numbers(text) == without


@pytest.mark.parametrize(
    ("address", "label", "numbers"),
    [
        ("20991234.pdf", "report", ["20991234"]),
        ("reports/a_20991234_b.pdf", "report", ["20991234"]),
        ("%32%30991234.pdf", "report", ["20991234"]),
        ("x.pdf", "report 20991234", ["20991234"]),
        ("http://[x20991234", "report 20995678", ["20991234", "20995678"]),
        # dates
        ("20200520.pdf", "report", []),
        ("05202020.pdf", "20052020", []),
        # numbers of another length
        ("209912345.pdf", "2099123", []),
        # addresses made of numbers
        ("https://youtu.be/20991234", "video", []),
        ("https://www.bilibili.com/video/20991234", "video", []),
        ("https://doi.org/10.1000/20991234", "paper", []),
    ],
)
def test_eight_digits_of_a_gallery_link_are_a_student_number(address, label, numbers):
    account, _ = account_of()
    account.learn_from_entry(Link(0, address, label), "gallery")
    assert sorted(account._student_numbers) == numbers


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("20200520", True),
        ("20052020", True),
        ("05202020", True),
        ("20991234", False),
        ("20201341", False),
        ("18000101", False),
    ],
)
def test_eight_digits_may_be_a_date(digits, expected):
    assert is_date(digits) is expected


def test_a_number_found_late_goes_from_the_beginning_too():
    gallery = (
        "Projects<br>[Project Report Gallery]<ul>"
        f"<li><b>Ada BO ({NUMBER})</b>. On Things. <a href=r.pdf>report</a>"
        "<li><b>Ed DI</b>. On More. <a href=b/20995678.pdf>report</a></ul>"
    )
    outline = read(
        cell_page(
            f"Talk of {NUMBER} <a href={NUMBER}.pdf>slides of {NUMBER}</a>"
            "<ul><li>[Abstract]: see 20995678 and 20200520</ul>",
            gallery,
        )
        + f"<h2>Results</h2><p>{NUMBER}: A <a href=/u/20995678>page</a></p>"
    )
    assert NUMBER not in str(asdict(outline))
    assert "20995678" not in str(asdict(outline))
    assert outline.sessions[0].abstract == "see and 20200520"
    assert [each.reason for each in outline.links.withheld] == [
        "holds a student number"
    ] * 3
    assert [w.message for w in outline.warnings if w.code == "student_number"] == [
        "Student numbers stood here (2); they were dropped everywhere."
    ]


def test_markdown_keeps_words_links_and_their_order():
    account, (one, two) = account_of("https://example.org/(1)", "ftp://x/y")
    pieces = [Words("see *"), one, Words(" & <b>\ue0000\ue001 "), two, Words(" $x$ [")]
    assert account.markdown(pieces, "here") == (
        r"see \*[label 0](<https://example.org/(1)>) & \<b>0 label 1 $x$ \["
    )


def test_markdown_keeps_relative_addresses():
    account, (one, two) = account_of("a b.pdf", "x<y>.pdf")
    assert account.markdown([one, Words(" "), two], "here") == (
        "[label 0](<a%20b.pdf>) [label 1](<x%3Cy%3E.pdf>)"
    )


def test_links_of_a_page_all_have_a_place():
    _, outline = read_cell(
        "Lecture 2: <a href=t>Things</a> [<a href=s.pdf>slides</a>]"
        "<ul><li>[Reference]<ul><li>Ada Bo. <a href=r>On Things</a>. 2019."
        "<li><a href='javascript:x'>none</a></ul>"
        "<li>[Venue]: <a href=v>Room 1</a></ul>"
        "<select><option><a href=h>hidden</a></select>"
    )
    found = outline.links
    assert (found.in_source, found.placed, found.in_notes) == (6, 4, 1)
    assert found.withheld == [
        Withheld("session 2", "scheme javascript: is not taken"),
    ]
    assert found.unplaced == []
