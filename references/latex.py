r"""LaTeX as bibliographies use it: to Unicode, to plain words, and back.

Between LaTeX and plain words stands *marked* text: Unicode in which braces group
what a style must not change ("{DNA}"), dollar signs enclose a formula as TeX, and
``\{ \} \$ \\`` are these characters themselves. ``decode(encode(text))`` is ``text``
for every marked text that ``decode`` gives.

Of pylatexenc only the table of symbols is used: its converter drops braces, unknown
commands and what follows a ``%``, and calls itself for each brace.
"""

import re
import unicodedata
from functools import cache

from pylatexenc.latex2text import get_default_latex_context_db

from .richtext import FORMULA

MAX_DEPTH = 50  # of braces; deeper ones mean nothing and would cost time

ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304",
    "u": "\u0306", ".": "\u0307", '"': "\u0308", "r": "\u030a", "H": "\u030b",
    "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328", "b": "\u0331",
    "t": "\u0361",
}  # fmt: skip
LIGATURES = {
    "---": "—", "--": "–", "``": "“", "''": "”", "!`": "¡", "?`": "¿", "~": "\xa0",
}  # fmt: skip
# What the table of pylatexenc lacks, or has for another purpose.
SYMBOLS = {
    "S": "§", "copyright": "©", "og": "« ", "fg": " »", "slash": "/", "hyphen": "-",
    "euro": "€", "degree": "°", "TeX": "TeX", "LaTeX": "LaTeX", "BibTeX": "BibTeX",
    "LaTeXe": "LaTeX2e", "textunderscore": "_", "textasciicircum": "^", "cdot": "·",
    "textbraceleft": "{", "textbraceright": "}",
    "quad": " ", "qquad": " ", "newline": " ", "linebreak": " ", "space": " ",
    "newblock": " ", "par": " ", "natexlab": "",
}  # fmt: skip
# Commands of layout, and the old ones of font: what they are given stays.
MARKUP = frozenset(
    "emph textit textbf textsc texttt textrm textsf textsl textup textmd textnormal "
    "text mbox hbox fbox enquote mkbibquote mkbibemph mkbibbold mkbibitalic "
    "textsuperscript textsubscript underline uline uppercase lowercase MakeUppercase "
    "MakeLowercase MakeTextLowercase NoCaseChange em it bf sc tt rm sf sl bfseries "
    "itshape scshape ttfamily rmfamily upshape normalfont relax protect noindent "
    "nobreak small footnotesize large autocap ensuremath mathrm mathbf mathit mathcal "
    "mathbb mathsf".split()
)
# aastex.cls: the journals of records from ADS.
JOURNALS = dict(
    line.split(" ", 1)
    for line in """\
aj AJ
apj ApJ
apjl ApJL
apjlett ApJL
apjs ApJS
apjsupp ApJS
aap A&A
aapr A&A Rev.
aaps A&AS
actaa Acta Astron.
araa ARA&A
ao Appl. Opt.
apss Ap&SS
azh AZh
baas BAAS
caa Chinese Astron. Astrophys.
cjaa Chinese J. Astron. Astrophys.
fcp Fund. Cosmic Phys.
gca Geochim. Cosmochim. Acta
grl Geophys. Res. Lett.
iaucirc IAU Circ.
icarus Icarus
jcap J. Cosmology Astropart. Phys.
jcp J. Chem. Phys.
jgr J. Geophys. Res.
jqsrt J. Quant. Spectrosc. Radiat. Transf.
jrasc JRASC
memras MmRAS
mnras MNRAS
na New A
nar New A Rev.
nat Nature
nphysa Nucl. Phys. A
pasa PASA
pasj PASJ
pasp PASP
physrep Phys. Rep.
physscr Phys. Scr
planss Planet. Space Sci.
pra Phys. Rev. A
prb Phys. Rev. B
prc Phys. Rev. C
prd Phys. Rev. D
pre Phys. Rev. E
prl Phys. Rev. Lett.
procspie Proc. SPIE
qjras QJRAS
skytel S&T
solphys Sol. Phys.
ssr Space Sci. Rev.
zap ZAp""".splitlines()
)

# While ``decode`` works, characters that mean themselves are control characters.
LITERALS = {"\\": "\x01", "{": "\x02", "}": "\x03", "$": "\x04"}
MARKED = {ord(control): f"\\{char}" for char, control in LITERALS.items()}

_GROUP = r"\{[^{}]*+(?:\{[^{}]*+\}[^{}]*+)*+\}"  # with at most one more level inside
_ACCENT = r"\\(?:[`'^\"~=.]|[uvHtcdbkr](?![A-Za-z]))[ ]*"
_ACCENTED = rf"{_ACCENT}(?:\\[ij](?![A-Za-z])[ ]*|(?:{_ACCENT})?(?:{_GROUP}|[^\W\d_]))"
# Not between two prices: "$5 and $6".
_MATH = r"\$\$(?:[^\\$]|\\.)++\$\$|\$(?!\d[^\\$]*\s\$\d)(?:[^\\$]|\\.)++\$"
ADDRESS = re.compile(r"https?://[^\s{}<>\"\\$\x01-\x04]+")
TOKEN = re.compile(
    rf"""
    (?P<formula>{_MATH})
    |\\ensuremath[ ]*(?P<ensured>{_GROUP})
    |\\(?:url|path|nolinkurl)[ ]*(?P<verbatim>{_GROUP})
    |\\href[ ]*\{{(?P<target>[^{{}}]*)\}}[ ]*(?P<label>{_GROUP})?
    |(?P<address>https?://(?:[^\s{{}}<>"\\$]|\\[&%#_~])+)
    |(?P<hidden>\\(?:[A-Za-z]*[nN]oop[sS]ort|[sS]ort[nN]oop|[hv]space|label)[ ]*
        {_GROUP})
    |\{{[ ]*(?P<whole>{_ACCENTED})[ ]*\}}
    |(?P<accented>{_ACCENTED})
    |\{{[ ]*\\(?P<alone>[A-Za-z]+)[ ]*(?:\{{\}})?[ ]*\}}
    |\\(?P<command>[A-Za-z]+)\*?(?P<gap>[ ]*)(?P<argument>\{{\}}|(?=[\[{{]))?
    |\\(?P<sign>.|$)
    |(?P<ligature>---?|``|''|[!?]`|~)
    |(?P<dollar>\$)
    """,
    re.VERBOSE | re.DOTALL,
)
CONTROL = re.compile(r"[\x00-\x20\x7f]+")
PLAIN = re.compile(r"[^\\~$`'\-]*+(?:-(?!-)[^\\~$`'\-]*+|'(?!')[^\\~$`'\-]*+)*+")
WORD = re.compile(rf"(?P<formula>{_MATH})|\\.|\w+")
# With the digits beside a formula, which must be inside it for FORMULA: "10$^{-3}$".
MARKS = re.compile(
    rf"(?P<before>(?<!\d)\d++)?(?P<formula>{_MATH})(?P<after>\d++(?!\$))?"
    r"|\\(?P<literal>[\\{}$])|(?P<brace>[{}])"
)


def decode(latex: str, unknown: set[str] | None = None, addresses: bool = True) -> str:
    r"""Marked text of a value in LaTeX, white space squeezed.

    Of commands that are not known, the argument or else the name stays; their names
    are added to ``unknown``. ``\href`` gives its label, with ``addresses`` followed
    by its address if that is http or https. Braces come out balanced.
    """
    latex = CONTROL.sub(" ", latex).strip(" ").replace(r"\''", r"\"")  # a slip
    if PLAIN.fullmatch(latex):
        return _tidy(latex) if "{" in latex or "}" in latex else latex
    if "\\(" in latex:
        latex = re.sub(r"(?<!\\)\\[()]", "$", latex)
    decoder = _Decoder(set() if unknown is None else unknown, addresses)
    return _tidy(decoder.text(latex))


def encode(marked: str) -> str:
    """LaTeX of marked text: escaped where it must be, else as it is."""
    return balanced(ENCODED.sub(_encoded, marked))


def plain(marked: str) -> str:
    """The words of marked text: no braces but in formulas, spaces that may break."""
    return " ".join(MARKS.sub(_plain, marked).split())


def mark(words: str) -> str:
    """Marked text of plain words: formulas stay, every other mark means itself."""
    parts, end = [], 0
    for match in FORMULA.finditer(words):
        if is_balanced(match[0]):
            parts += [_marked(words[end : match.start()]), match[0]]
            end = match.end()
    return "".join([*parts, _marked(words[end:])])


def protect(marked: str) -> str:
    """``marked``, which has no braces yet, with braces around words like "DNA"."""
    return WORD.sub(
        lambda word: f"{{{word[0]}}}" if _has_inner_capital(word) else word[0], marked
    )


def _has_inner_capital(word):
    return not word["formula"] and any(char.isupper() for char in word[0][1:])


def is_balanced(text: str) -> bool:
    """Whether each brace has its partner, as BibTeX counts: escaped ones too."""
    depth = 0
    for brace in re.findall(r"[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def balanced(text: str) -> str:
    """``text`` without the braces that have no partner; all go beyond MAX_DEPTH.

    A backslash before a brace that goes, goes with it.
    """
    if "{" not in text and "}" not in text:
        return text
    opened, drop, too_deep = [], set(), False
    for match in re.finditer(r"[{}]", text):
        if match[0] == "{":
            opened.append(match.start())
            too_deep = too_deep or len(opened) > MAX_DEPTH
        elif opened:
            opened.pop()
        else:
            drop.add(match.start())
    if too_deep:
        return re.sub(r"\\*[{}]", "", text)
    drop.update(opened)
    if not drop:
        return text
    kept = "".join("\x05" if i in drop else char for i, char in enumerate(text))
    return re.sub(r"\\*\x05", "", kept)


class _Decoder:
    """The replacement of each ``TOKEN`` of one value."""

    def __init__(self, unknown, addresses):
        self.unknown, self.addresses = unknown, addresses

    def text(self, latex):
        return TOKEN.sub(self.token, latex)

    def token(self, match):
        return getattr(self, f"_{match.lastgroup}")(match)

    def _formula(self, match):
        tex = match[0]
        if not is_balanced(tex):
            tex = tex.replace(r"\{", r"\lbrace ").replace(r"\}", r"\rbrace ")
        if is_balanced(tex):
            return tex
        return LITERALS["$"] + self.text(match[0][1:])

    def _ensured(self, match):
        tex = match["ensured"][1:-1].strip().replace("$", "")
        return f"${tex}$" if tex and not tex.endswith("\\") else ""

    def _verbatim(self, match):
        return _literal(re.sub(r"\\([&%#_~{}$])", r"\1", match["verbatim"][1:-1]))

    def _target(self, match):
        return f"{self._shown(match['target'])} " if self.addresses else ""

    def _label(self, match):
        label = self.text(match["label"][1:-1])
        address = self._shown(match["target"])
        return f"{label} ({address})" if self.addresses and address else label

    def _shown(self, target):
        target = re.sub(r"\\([&%#_~])", r"\1", target.strip())
        return target if ADDRESS.fullmatch(target) else ""

    def _address(self, match):
        return re.sub(r"\\(.)", r"\1", match[0])

    def _hidden(self, match):
        return ""

    def _whole(self, match):
        return self._accent(match["whole"])

    def _accented(self, match):
        return self._accent(match["accented"])

    def _accent(self, latex):
        accent, base = latex[1], latex[2:].strip(" ")
        if base.startswith("{"):
            base = base[1:-1].strip(" ")
        base = self.text(base).strip("{} ")
        if not base:
            return "" if accent.isalpha() else accent
        if accent not in "cdbk":
            base = base.replace("ı", "i").replace("ȷ", "j")
        return unicodedata.normalize("NFC", base[0] + ACCENTS[accent]) + base[1:]

    def _alone(self, match):
        shown = self._symbol(match["alone"])
        if shown is None:
            self.unknown.add(f"\\{match['alone']}")
            shown = match["alone"]
        return f"{{{shown}}}" if len(shown) > 1 else shown

    def _gap(self, match):
        name = match["command"]
        shown = self._symbol(name)
        if shown is not None:
            return shown
        self.unknown.add(f"\\{name}")
        return name + match["gap"]

    def _argument(self, match):
        name = match["command"]
        shown = self._symbol(name)
        if shown is None:
            self.unknown.add(f"\\{name}")
            shown = "" if not match["argument"] else name
        return shown

    def _symbol(self, name):
        return "" if name in MARKUP else symbol(name)

    def _sign(self, match):
        sign = match["sign"]
        if sign in LITERALS and sign != "\\":
            return LITERALS[sign]
        if sign in "-/!@*":  # hyphenation, italic correction, negative space
            return "" if sign else LITERALS["\\"]
        return sign if sign in "&%#_" else " " if sign in " \\,;:>~" else sign

    def _ligature(self, match):
        return LIGATURES[match[0]]

    def _dollar(self, match):
        return LITERALS["$"]


@cache
def symbol(name: str) -> str | None:
    r"""What the command ``\name`` without argument prints; None if not known."""
    if name in SYMBOLS or name in JOURNALS:
        return _literal(SYMBOLS.get(name) or JOURNALS.get(name, ""))
    spec = _pylatexenc().get_macro_spec(name)
    shown = spec.simplify_repl if spec else None
    if not isinstance(shown, str) or "%" in shown or shown.startswith("<cit"):
        return None
    return _literal(shown)


@cache
def _pylatexenc():
    return get_default_latex_context_db()


def _literal(text):
    return text.translate({ord(char): mark for char, mark in LITERALS.items()})


def _tidy(text):
    """``text`` balanced, without empty groups, its literals escaped."""
    text = balanced(text)
    while re.search(r"\{ *\}", text):
        emptied = re.sub(
            rf"(?P<formula>{_MATH})|\{{ *\}}", lambda m: m["formula"] or "", text
        )
        if emptied == text:
            break
        text = emptied
    return re.sub(" +", " ", text).strip(" ").translate(MARKED)


def _plain(match):
    formula, before, after = (
        match["formula"],
        match["before"] or "",
        match["after"] or "",
    )
    if not formula:
        return match["literal"] or ""
    if formula.startswith("$$"):
        return f"{before}$${formula[2:-2].strip()}$${after}"
    return f"${before}{formula[1:-1].strip()}{after}$"


ENCODED = re.compile(
    rf"(?P<formula>{_MATH})|\\(?P<literal>[\\{{}}$])"
    r"|(?P<special>[&%#_])|(?P<sign>[\\$~^\xa0])"
    r"|(?P<ligature>-(?=-)|'(?=')|`(?=`)|[!?](?=`))"
)
SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "$": r"\$",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\xa0": "~",
}


def _encoded(match):
    if match["formula"] and is_balanced(match[0]):
        return match[0]
    if match["formula"]:
        return r"\$" + ENCODED.sub(_encoded, match[0][1:])
    if match["special"]:
        return f"\\{match[0]}"
    if match["ligature"]:
        return f"{match[0]}{{}}"
    return SIGNS[match["literal"] or match["sign"]]


def _marked(words):
    return re.sub(r"[\\{}$]", r"\\\g<0>", words)
