import pytest
from hypothesis import given
from hypothesis import strategies as st

from references import bibtex_names, latex
from references.bibtex_names import Name


def read(field):
    """The names in a field of LaTeX as a Work has them, and whether there are more."""
    found, has_more, _doubtful = bibtex_names.read(latex.decode(field))
    return [str(name) for name in found], has_more


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("Aad W. van der Vaart and Bo, A.", ["van der Vaart, Aad W.", "Bo, A."]),
        ("Charles de la Vall{\\'e}e Poussin", ["de la Vallée Poussin, Charles"]),
        ("Di Caprio, Leonardo", ["Di Caprio, Leonardo"]),
        (r"{\'{E}}douard Masterly", ["Masterly, Édouard"]),
        (r"Jos\'e Pe\~na and \"Unal, Ay{\c s}e", ["Peña, José", "Ünal, Ayşe"]),
        (r"Erd{\H o}s, P. and \'{\i}\~{n}igo, \AA{}ke", ["Erdős, P.", "íñigo, Åke"]),
        ("King, Jr., Martin", ["King Jr., Martin"]),
        ("Ada Bo, Jr. and Ed Di III", ["Bo Jr., Ada", "Di III, Ed"]),
        ("{The ATLAS Collaboration} and Bo, A.", ["The ATLAS Collaboration", "Bo, A."]),
        ("{{Barnes and Noble, Inc.}}", ["Barnes and Noble, Inc."]),
        ("Collaboration, Planck", ["Planck Collaboration"]),
        ("张三 and {王}, {小明}", ["张三", "王, 小明"]),
        ("García Márquez, Gabriel", ["García Márquez, Gabriel"]),
        ("José María de la Cruz", ["de la Cruz, José María"]),
        ("bell hooks", ["hooks, bell"]),
        ("J.~R.~R. Tolkien", ["Tolkien, J. R. R."]),
        ("M. {van der Veen}", ["van der Veen, M."]),
        ("D'Angelo, Marc'Aurelio", ["D'Angelo, Marc'Aurelio"]),
        ("Bo, Ada AND\n Di, Ed and", ["Bo, Ada", "Di, Ed"]),
        ("family=Hasselt, given=Hado, prefix=van", ["van Hasselt, Hado"]),
        ("Weinan E and E, Weinan", ["E, Weinan", "E, Weinan"]),
    ],
)
def test_reads_names(field, names):
    assert read(field) == (names, False)
    assert bibtex_names.read(latex.decode(field))[2] == []


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("A. Bo; C. Di", ["Bo, A.", "Di, C."]),
        ("Bo, A. & Di, C.", ["Bo, A.", "Di, C."]),
        ("Ada Bo, Ed Di, Al Fo and Gus Ho", ["Bo, Ada", "Di, Ed", "Fo, Al", "Ho, Gus"]),
        ("{Bo, Ada and Di, Ed}", ["Bo, Ada", "Di, Ed"]),
    ],
)
def test_reads_what_is_not_bibtex_and_says_so(field, names):
    found, has_more, doubtful = bibtex_names.read(latex.decode(field))
    assert ([str(name) for name in found], has_more) == (names, False)
    assert doubtful


@pytest.mark.parametrize(
    "field", ["Bo, Ada and others", "Bo, Ada et al.", "Ada Bo and et~al.", "Bo, Ada, …"]
)
def test_others_are_no_person(field):
    assert read(field) == (["Bo, Ada"], True)


@pytest.mark.parametrize("field", ["", "{}", "and", " , ", "{{}}"])
def test_reads_no_name_from_nothing(field):
    assert read(field) == ([], False)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("van der Vaart, Aad", Name("Vaart", "Aad", "van der")),
        ("King Jr., Martin", Name("King", "Martin", suffix="Jr.")),
        ("García Márquez, Gabriel", Name("García Márquez", "Gabriel")),
        ("DELPHI Collaboration", Name(literal="DELPHI Collaboration")),
        ("Aristotle", Name("Aristotle")),
    ],
)
def test_takes_a_name_of_a_work_apart(text, name):
    assert bibtex_names.of_string(text) == name
    assert str(name) == text


WORD = st.text(st.characters(categories="LMPS", exclude_characters=","), min_size=1)
NAME = st.builds(
    "{}{}".format, st.characters(categories=["Lu"]), st.lists(WORD).map(" ".join)
)


@given(
    people=st.lists(st.builds("{}, {}".format, NAME, NAME) | NAME),
    has_more=st.booleans(),
)
def test_reads_what_it_wrote_property(people, has_more):
    written = bibtex_names.write(map(bibtex_names.of_string, people), has_more)
    found, more, _doubtful = bibtex_names.read(written)
    assert ([str(name) for name in found], more) == (people, has_more)
