import pytest

from references import names


@pytest.mark.parametrize(
    ("name", "family", "given"),
    [
        ("Song Mei", "Mei", "Song"),
        ("Mei, Song", "Mei", "Song"),
        ("Wing Hung Wong", "Wong", "Wing Hung"),
        ("Émile Borel", "Borel", "Émile"),
        ("Plato", "Plato", ""),
        ("King Jr.", "King Jr", ""),
        ("R. v. Mises", "v. Mises", "R."),
        ("J-D. Mises", "Mises", "J-D."),
        ("", "", ""),
        # capitals
        ("FANG Linjiajie", "FANG", "Linjiajie"),
        ("Hao HE", "HE", "Hao"),
        ("WANG, Zhong-Qiu", "WANG", "Zhong-Qiu"),
        ("DE LA CRUZ Juan", "DE LA CRUZ", "Juan"),
        ("José Luis GARCÍA MÁRQUEZ", "GARCÍA MÁRQUEZ", "José Luis"),
        ("J. S. MARRON", "MARRON", "J. S."),
        ("SONG MEI", "MEI", "SONG"),
        # particles
        ("Aad van der Vaart", "van der Vaart", "Aad"),
        ("A. W. van der Vaart", "van der Vaart", "A. W."),
        ("van der Vaart, Aad", "van der Vaart", "Aad"),
        ("van der Vaart", "van der Vaart", ""),
        ("Yann Le Cun", "Le Cun", "Yann"),
        ("Da Kuang", "Kuang", "Da"),
        # suffixes
        ("John Smith Jr.", "Smith Jr", "John"),
        ("John Smith III", "Smith III", "John"),
        ("Smith, Jr., John", "Smith Jr.", "John"),
        ("Smith, John, Jr.", "Smith Jr", "John"),
        ("Martin Luther King, Jr.", "King Jr", "Martin Luther"),
        # honorifics
        ("Prof. Yuan YAO", "YAO", "Yuan"),
        ("Assoc. Prof. Dr. Jane Doe", "Doe", "Jane"),
        ("Dr Strange", "Strange", ""),
        ("Drew Barrymore", "Barrymore", "Drew"),
    ],
)
def test_splits_family_from_given_name(name, family, given):
    assert names.split(name) == (family, given)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MEI, Song", "Song Mei"),
        ("FANG Linjiajie", "Linjiajie Fang"),
        ("Prof. Yuan  YAO", "YAO, Yuan"),
        ("Émile Borel", "Emile Borel"),
        ("Jørgen Groß", "Jorgen Gross"),
        ("Zhong-Qiu Wang", "WANG Zhong Qiu"),
        ("Jürgen Jost", "Ju\u0308rgen JOST"),
    ],
)
def test_spellings_of_one_name_share_a_key(one, other):
    assert names.key(one) == names.key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Song Mei", "Song Mai"),
        ("Y. Yao", "Yuan Yao"),
        ("John Smith", "John Smith Jr."),
        ("李明", "李娜"),
    ],
)
def test_other_names_have_another_key(one, other):
    assert names.key(one) != names.key(other)


def test_key_is_words_in_order_without_accents_and_case():
    assert names.key("Dr. José-Luis GARCÍA") == "garcia jose luis"


def test_key_of_nothing_is_empty():
    assert names.key(" . ") == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Yuan Yao", "Yao, Yuan"),
        ("YAO, Yuan", "YAO, Yuan"),
        ("Plato", "Plato"),
        ("Aad van der Vaart", "van der Vaart, Aad"),
    ],
)
def test_family_name_first(name, expected):
    assert names.family_first(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Plato", ["Plato"]),
        ("FAN, Ganghua", ["FAN, Ganghua"]),
        ("Song Mei, Andrea Montanari", ["Song Mei", "Andrea Montanari"]),
        (
            "Song Mei, A. Montanari, and P.-M. Nguyen",
            ["Song Mei", "A. Montanari", "P.-M. Nguyen"],
        ),
        ("A. Smith and B. Jones & C. Doe", ["A. Smith", "B. Jones", "C. Doe"]),
        ("A. Smith; B. Jones", ["A. Smith", "B. Jones"]),
        (
            "DU, Yipai, Yongquan QU and Yue WU",
            ["DU, Yipai", "Yongquan QU", "Yue WU"],
        ),
        ("LI Wei, WANG Fang and CHEN Bo", ["LI Wei", "WANG Fang", "CHEN Bo"]),
        ("HE Hao, LI, Wei", ["HE Hao", "LI, Wei"]),
        ("ZHANG, Wei; LI, Na", ["ZHANG, Wei", "LI, Na"]),
        ("Mei, Montanari, and Nguyen", ["Mei", "Montanari", "Nguyen"]),
        ("John Smith, Jr., Jane Doe", ["John Smith Jr.", "Jane Doe"]),
        ("King, Martin, Jr., Jane Doe", ["King Jr., Martin", "Jane Doe"]),
        ("J. Knetsch,and R. Thaler", ["J. Knetsch", "R. Thaler"]),
        ("Anderson & Sandy", ["Anderson", "Sandy"]),
        ("Song Mei and others", ["Song Mei"]),
        ("Song Mei, Andrea Montanari, et al.", ["Song Mei", "Andrea Montanari"]),
    ],
)
def test_splits_lists_of_names(text, expected):
    assert names.split_list(text) == expected
