"""Papers looked up at arXiv and Crossref: what they lack is filled, and what differs
is told. What a person wrote is never replaced, unless a person takes the other.

Off unless PAPER_LOOKUP is set. Answers are kept, and asked for again only expressly,
or some days after nothing was found.
"""

import hashlib
from dataclasses import asdict, dataclass, field

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import citing, filing, identifiers, latex, matching, names
from .catalogues import Arxiv, Crossref, Unanswered
from .models import Answer, Authorship, Duplicate, Paper
from .work import Work

OFF = gettext_lazy(
    "Look-up is off: with DJANGO_PAPER_LOOKUP=1 this site may ask arXiv and Crossref."
)
COMPARED = (
    *("title", "authors", "year", "kind", "venue", "volume", "number", "pages"),
    *("publisher", "arxiv_id", "doi", "abstract", "other_fields"),
)
IDENTIFIERS = {"arxiv_id": "arXiv", "doi": "doi"}
NOT_KEPT = ("key", "line")  # of a Work, in an Answer
SAYS_LITTLE = {Paper.Kind.MISC: 0, Paper.Kind.PREPRINT: 1}  # all other kinds: 2
AT_ONCE = 50  # papers whose answers are fetched before they are filled


@dataclass(frozen=True)
class Difference:
    """What ``source`` says of the field ``name`` and we do not. ``is_gain``: we say
    nothing of it."""

    source: str
    name: str
    ours: object
    theirs: object
    is_gain: bool

    def __str__(self):
        return _("%(field)s is “%(ours)s”, %(source)s has “%(theirs)s”") % {
            "field": self.label,
            "ours": Truncator(self.our_words).chars(80),
            "source": Answer.Source(self.source).label,
            "theirs": Truncator(self.their_words).chars(80),
        }

    @property
    def label(self):
        return Paper._meta.get_field(self.name).verbose_name

    @property
    def our_words(self):
        return _words(self.name, self.ours)

    @property
    def their_words(self):
        return _words(self.name, self.theirs)

    @property
    def mark(self):
        """What stands for it in a form: another if either side changes."""
        said = repr((self.source, self.name, self.ours, self.theirs))
        return hashlib.blake2b(said.encode(), digest_size=12).hexdigest()


@dataclass
class Outcome:
    """What became of looking up ``paper``: what it gained, what differs, and what
    went wrong or is to be known, in words."""

    paper: Paper
    gained: list[Difference] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def __bool__(self):
        return bool(self.gained or self.differences or self.problems)

    def __str__(self):
        said = [*map(str, self.differences), *self.problems]
        if self.gained:
            labels = dict.fromkeys(str(each.label) for each in self.gained)
            said.insert(0, _("filled %s") % ", ".join(labels))
        return "; ".join(said)


def look_up(papers, again=False, is_dry_run=False, catalogues=None):
    """Yield an Outcome for each of the list ``papers``, in order.

    Raises Unanswered if look-up is off. ``again``: ask even where an answer is kept.
    A dry run keeps answers and changes no paper. Not to be called in a transaction.
    """
    if not settings.PAPER_LOOKUP:
        raise Unanswered(OFF)
    # What was published before the preprint of it.
    catalogues = catalogues or [Crossref(), Arxiv()]
    return _looked_up(papers, again, is_dry_run, catalogues)


def _looked_up(papers, again, is_dry_run, catalogues):
    for start in range(0, len(papers), AT_ONCE):
        some = papers[start : start + AT_ONCE]
        said = [_ask(catalogue, some, again) for catalogue in catalogues]
        for paper in some:
            outcome = Outcome(paper, problems=_without_identifier(paper))
            for answers in said:
                if answer := answers.get(paper.pk):
                    _hear(outcome, answer, is_dry_run)
            yield outcome


def incomplete():
    """Papers with an identifier that lack title, authors or year."""
    placeholder = Q(title=Concat(Value("arXiv:"), F("arxiv_id"))) | Q(
        title=Concat(Value("doi:"), F("doi"))
    )
    lacking = Q(authorships=None) | Q(year=None) | placeholder
    return identified().filter(lacking)


def identified():
    """Papers that have an identifier to look up."""
    return Paper.objects.exclude(arxiv_id="", doi="")


def identifier_at(source, paper):
    """What ``source`` knows ``paper`` by, normalised, or ""."""
    if source == Answer.Source.ARXIV:
        return identifiers.arxiv_id(f"arXiv:{paper.arxiv_id}")
    return identifiers.doi(paper.doi)


def _without_identifier(paper):
    if not paper.arxiv_id and not paper.doi:
        return [_("it has neither arXiv id nor DOI")]
    sources = {"arxiv_id": Answer.Source.ARXIV, "doi": Answer.Source.CROSSREF}
    return [
        _("“%(value)s” cannot be looked up at %(source)s")
        % {"value": getattr(paper, name), "source": source.label}
        for name, source in sources.items()
        if getattr(paper, name) and not identifier_at(source, paper)
    ]


# Answers


def kept_answers(paper):
    """What was said of the identifiers of ``paper``, by Crossref before arXiv."""
    wanted = Q()
    for source in Answer.Source.values:
        if identifier := identifier_at(source, paper):
            wanted |= Q(source=source, identifier=identifier)
    return Answer.objects.filter(wanted).order_by("-source") if wanted else []


def _ask(catalogue, papers, again):
    """By pk of those of ``papers`` that ``catalogue`` can know: an Answer, or in words
    why there is none."""
    source = catalogue.source
    known_by = {paper.pk: identifier_at(source, paper) for paper in papers}
    wanted = list(dict.fromkeys(filter(None, known_by.values())))
    kept = Answer.objects.current(source, wanted, timezone.now())
    said = {} if again else {answer.identifier: answer for answer in kept}
    missing = [each for each in wanted if each not in said]
    for start in range(0, len(missing), catalogue.at_once):
        some = missing[start : start + catalogue.at_once]
        try:
            said |= _keep(source, some, catalogue.works(some))
        except Unanswered as problem:
            words = {"source": catalogue.name, "problem": problem}
            said |= dict.fromkeys(some, _("%(source)s: %(problem)s") % words)
    return {pk: said[each] for pk, each in known_by.items() if each}


def _keep(source, asked, works):
    said = {}
    for each in asked:
        work = works.get(each)
        said[each], _made = Answer.objects.update_or_create(
            source=source,
            identifier=each,
            defaults={
                "is_found": work is not None,
                "fields": _kept_fields(work) if work else {},
                "asked_at": timezone.now(),
            },
        )
    return said


def _kept_fields(work):
    nothing = asdict(Work())
    return {
        name: value
        for name, value in asdict(work).items()
        if name not in NOT_KEPT and value != nothing[name]
    }


# Filling


def _hear(outcome, answer, is_dry_run):
    """Let ``outcome`` have what ``answer``, or the reason for none, does to it."""
    if isinstance(answer, str):
        outcome.problems.append(answer)
    elif not answer.is_found:
        words = {
            "source": answer.get_source_display(),
            "identifier": answer.identifier,
        }
        outcome.problems.append(_("%(source)s does not know %(identifier)s") % words)
    else:
        try:
            _fill(outcome, answer, is_dry_run)
        except Paper.DoesNotExist:
            outcome.problems.append(_("it was deleted meanwhile"))
        except IntegrityError:  # an identifier was given to another paper just now
            outcome.problems.append(_("it could not be saved; try again"))


@transaction.atomic
def _fill(outcome, answer, is_dry_run):
    paper, work = _locked(outcome.paper.pk), answer.work
    found = differences(paper, answer)
    differing = [each for each in found if not each.is_gain]
    if is_of_another(paper, work):
        outcome.problems.append(_another(answer))
        outcome.differences += differing
        return
    doubts = _doubts(paper, work)
    gains = [each for each in found if each.is_gain and each.name not in doubts]
    if not is_dry_run:
        reason = _("looked up at %s") % answer.get_source_display()
        _save(paper, work, gains, doubts, reason)
    outcome.gained += gains
    outcome.differences += [each for each in differing if each.name not in doubts]
    outcome.problems += map(_claimed, doubts.values())


@transaction.atomic
def take(paper, marks):
    """Give ``paper`` the Differences of these ``marks``, whatever it says now.

    They are taken from the answers kept; returns an Outcome. What changed since the
    marks were given is left as it is, and told.
    """
    outcome, left = Outcome(paper), set(marks)
    for answer in kept_answers(paper):
        paper, work = _locked(paper.pk), answer.work
        chosen = [each for each in differences(paper, answer) if each.mark in left]
        left -= {each.mark for each in chosen}
        wanted = {each.name for each in chosen}
        doubts = _doubts(paper, work)
        doubts = {name: doubts[name] for name in doubts if name in wanted}
        chosen = [each for each in chosen if each.name not in doubts]
        reason = _("taken from %s") % answer.get_source_display()
        _save(paper, work, chosen, doubts, reason)
        outcome.gained += chosen
        outcome.problems += map(_claimed, doubts.values())
    if left:
        outcome.problems.append(_("some of it was changed meanwhile; look again"))
    return outcome


def _locked(pk):
    filing.wait_for_others()
    return Paper.objects.select_for_update(no_key=True).with_authors().get(pk=pk)


def _save(paper, work, taken, doubts, reason):
    if not taken and not doubts:
        return
    gained = {each.name for each in taken}
    for each in taken:
        if each.name != "authors":
            setattr(paper, each.name, each.theirs)
    cited = citing.Cited(work, paper, False, list(doubts.values()), gained=gained)
    if "authors" in gained:
        Authorship.objects.filter(paper=paper).delete()
        paper.has_more_authors = work.has_more_authors
        cited.authors = work.authors
    filing.save([cited], reason)


# Comparing


def is_of_another(paper, work):
    """Whether the titles disagree: ``paper`` has a wrong identifier."""
    return not matching.compatible(paper, work)


def differences(paper, answer):
    """The Differences of what was found, in the order of ``COMPARED``."""
    if not answer.is_found:
        return []
    work, found = answer.work, []
    for name in COMPARED:
        ours, theirs = getattr(paper.work, name), getattr(work, name)
        if name == "other_fields":
            theirs = theirs | ours
        if theirs and not _agree(name, ours, theirs, work):
            is_gain = _is_lacking(name, ours, theirs, paper)
            found.append(Difference(answer.source, name, ours, theirs, is_gain))
    return found


def _is_lacking(name, ours, theirs, paper):
    if name == "title":
        return paper.has_placeholder_title
    if name == "kind":
        return SAYS_LITTLE.get(ours, 2) < 2
    return not ours or name == "other_fields"


def _agree(name, ours, theirs, work):
    """Whether nothing but case, spaces, punctuation or LaTeX differ.

    A kind that says less does not differ, nor the year of a preprint before that of
    publication.
    """
    if name == "kind":
        says_less = SAYS_LITTLE.get(theirs, 2) < SAYS_LITTLE.get(ours, 2)
        return ours == theirs or says_less
    if name == "year" and ours and work.kind == Paper.Kind.PREPRINT:
        return 0 <= ours - theirs <= matching.YEARS_APART
    if name in IDENTIFIERS:
        return ours.casefold() == theirs.casefold()
    return _folded(ours) == _folded(theirs)


def _folded(value):
    if isinstance(value, list):
        return [_folded(each) for each in value]
    if isinstance(value, str):
        return names.fold(latex.plain(latex.decode(value)))
    return value


def _doubts(paper, work):
    """By field, a Doubt for each identifier of ``work`` that another paper has."""
    doubts = {}
    for name, label in IDENTIFIERS.items():
        value = getattr(work, name)
        holders = Paper.objects.filter(**{name: value}).exclude(pk=paper.pk)
        if value and (other := holders.first()):
            is_conflict = is_of_another(other, work)
            doubts[name] = matching.Doubt(
                other,
                Duplicate.Reason.CONFLICT if is_conflict else Duplicate.Reason.SIMILAR,
                matching.title_likeness(other.title, paper.title),
                f"{label}:{value}",
            )
    return doubts


# Words


def _words(name, value):
    if name == "kind":
        return str(Paper.Kind(value).label)
    if isinstance(value, list):
        return "; ".join(value)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {each}" for key, each in value.items())
    return "" if value is None else str(value)


def _another(answer):
    words = {"identifier": str(answer), "title": answer.work.title}
    return _("%(identifier)s is “%(title)s”: nothing was taken of it") % words


def _claimed(doubt):
    words = {"identifier": doubt.identifier, "title": doubt.paper.title}
    return (
        _("%(identifier)s is that of “%(title)s”: see the review of duplicates") % words
    )
