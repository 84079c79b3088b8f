"""Who is answered what at every address of the app, as truth tables; and that nobody
can tell a mark before its release."""

import re
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest import mock
from urllib.parse import parse_qs

from django.apps import apps
from django.contrib import admin
from django.contrib.messages import get_messages
from django.core import mail
from django.db import connection, transaction
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from courses.access import Status
from courses.models import Assignment
from courses.models.mailed_link import digest
from projects import grading, urls
from projects.models import Grade, Refusal
from tests import factories as make
from tests.admin_pages import form_data
from tests.logins import log_in

DUE, LATER = datetime(2998, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)
NOTHING = 999_999  # the key of no row

# A row is a route and, where it needs saying, what is asked of it. A column is a role:
# "elsewhere" is a student and "foreign" an instructor of another course, "rival" is in
# another team of this one, and "former", who left the team, is invited back. Superusers
# hand nothing in; screens answer them as they do instructors.
#
# A cell is the answer to GET, to GET/POST, or to /POST; one word may stand for both.
#   ok     it opens                    done   something is changed
#   login  to the log-in, then back    moved  to the address with the right name
#   422    not taken, and why
# and, to the letter as what does not exist,
#   404    there is none               gone   the administration says there is none
#   403    refused                     none   nothing of it is listed, or changed
#   blank  it opens, and tells nothing
# but of what is seen
#   no     refused, as 403             kept   nothing is changed, as none
PAGES = """
                         stranger elsewhere rival   former member  foreign staff
me                       login    ok        ok      ok     ok      ok      ok
hand_in                  login    404       ok/done ok/422 ok/done 404     404
hand_in count            login    404       404     404    ok/done 404     404
receipt                  login    404       404     ok     ok      404     ok
receipt later            login    404       404     404    ok      404     ok
submission_file          login    404       404     ok     ok      404     ok
submission_file later    login    404       404     404    ok      404     ok
submission_file misnamed login    404       404     moved  moved   404     moved
submission_file rivals'  login    404       ok      404    404     404     ok
submission_file link     login    404       404     404    404     404     404
team                     login    404       ok      ok     ok      404     404
team rename              /login   /404      /done   /kept  /done   /404    /404
team join                /login   /404      /kept   /done  /kept   /404    /404
team accept              /login   /404      /404    /done  /404    /404    /404
team cancel              /login   /404      /none   /none  /done   /404    /404
team_invitation          blank    blank     blank   ok     blank   blank   blank
team_invitation accept   /login   /none     /none   /done  /none   /none   /none
gallery_list             ok       ok        ok      ok     ok      ok      ok
gallery_list draft       404      404       404     404    404     404     ok
publication_detail       ok       ok        ok      ok     ok      ok      ok
publication_detail draft 404      404       404     404    404     404     ok
published_file           ok       ok        ok      ok     ok      ok      ok
published_file draft     404      404       404     404    404     404     ok
published_file misnamed  moved    moved     moved   moved  moved   moved   moved
published_file another's 404      404       404     404    404     404     404
"""
SCREENS = """
                          others foreign   assistant instructor
assignment_work           login  404       ok        ok
assignment_work count     /login /404      /done     /done
assignment_work freeze    /login /404      /done     /done
assignment_work remind    /login /404      /done     /done
assignment_work release   /login /404      /no       /done
assignment_marks          login  404       ok/done   ok/done
assignment_archive        login  404       ok        ok
assignment_file           login  404       ok        ok
assignment_file misnamed  login  404       moved     moved
assignment_file another's login  404       404       404
assignment_hand_in        login  404       ok/done   ok/done
assignment_hand_in other  login  404       404/404   404
assignment_changelist     login  none      ok/kept   ok/kept
assignment_add            login  ok/none   ok/done   ok/done
assignment_change         login  gone      ok/done   ok/done
assignment_delete         login  gone      ok/kept   ok/kept
assignment_history        login  404       ok        ok

team_members              login  404       ok/done   ok/done
team_changelist           login  none      ok/kept   ok/kept
team_add                  login  ok/none   ok/done   ok/done
team_change               login  gone      ok/done   ok/done
team_delete               login  gone      ok/kept   ok/kept
team_history              login  404       ok        ok

delivery_changelist       login  none      ok/kept   ok/kept
delivery_add              login  403/403   no        no
delivery_change           login  gone/403  ok/no     ok/no
delivery_delete           login  403/403   no        no
delivery_history          login  gone      ok        ok

refusal_changelist        login  none      ok/kept   ok/kept
refusal_add               login  403/403   no        no
refusal_change            login  gone/403  ok/no     ok/no
refusal_delete            login  403/403   no        no
refusal_history           login  gone      ok        ok

extension_changelist      login  none      ok/done   ok/done
extension_add             login  ok/none   ok/done   ok/done
extension_change          login  gone      ok/no     ok/no
extension_delete          login  403/403   no        no
extension_history         login  gone      ok        ok

grade_changelist          login  none      ok/kept   ok/done
grade_add                 login  ok/none   ok/done   ok/done
grade_change              login  gone      ok/done   ok/done
grade_delete              login  gone      no        ok/done
grade_history             login  404       ok        ok

presentation_changelist   login  none      ok/done   ok/done
presentation_add          login  ok/none   ok/done   ok/done
presentation_change       login  gone      ok/done   ok/done
presentation_delete       login  gone      ok/done   ok/done
presentation_history      login  gone      ok        ok

gallery_changelist        login  none      ok/kept   ok/kept
gallery_add               login  ok/none   no        ok/done
gallery_change            login  gone      ok/done   ok/done
gallery_delete            login  gone      no        ok/kept
gallery_history           login  gone      ok        ok

publication_changelist    login  none      ok/kept   ok/done
publication_add           login  ok/none   ok/done   ok/done
publication_change        login  gone      ok/done   ok/done
publication_delete        login  gone      no        ok/done
publication_history       login  gone      ok        ok
"""
GROUPS = {
    "staff": ["assistant", "instructor", "root"],
    "others": ["stranger", "elsewhere", "rival", "former", "member"],
}
AS_NOTHING = {"login", "404", "403", "gone", "none", "blank"}
SAME = {"blank": "ok", "no": "403", "kept": "none"}  # but for what is seen


def read(table):
    """Yield (row, method, {role: answer}) of all that ``table`` tells."""
    head, *lines = filter(None, table.splitlines())
    columns = head.split()
    for line in lines:
        words = line.split()
        row, cells = " ".join(words[: -len(columns)]), words[-len(columns) :]
        has_post = any("/" in cell for cell in cells)
        has_get = not all(cell.startswith("/") for cell in cells)
        for method in ["GET"] * has_get + ["POST"] * has_post:
            chosen = -1 if method == "POST" else 0
            answers = {
                role: cell.strip("/").split("/")[chosen]
                for column, cell in zip(columns, cells, strict=True)
                for role in GROUPS.get(column, [column])
            }
            yield row, method, answers


PAGES, SCREENS = [*read(PAGES)], [*read(SCREENS)]


def routes():
    """{as the tables call it: its pattern} of the addresses of the app, and of all the
    screens that it puts into the administration."""
    found = {each.name: each for each in urls.urlpatterns}
    for screen in admin.site._registry.values():
        if type(screen).__module__.startswith("projects."):
            named = [each for each in screen.get_urls() if each.name]
            found |= {each.name.partition("_")[2]: each for each in named}
    return found


ROUTES = routes()


def address(row, args):
    if row == "my_data":
        return reverse("courses:my_data")
    route = ROUTES[row.split()[0]]
    namespace = "projects" if route in urls.urlpatterns else "admin"
    return reverse(f"{namespace}:{route.name}", args=args)


WRITES = re.compile('(INSERT INTO|UPDATE|DELETE FROM) "(projects|courses_assignment)')


def state():
    """All that is saved of the app and of assignments; but for what is refused."""
    models = {Assignment, *apps.get_app_config("projects").get_models()} - {Refusal}
    return [list(each._base_manager.order_by("pk").values_list()) for each in models]


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class Answer:
    """What comes of a request for ``url``, but for what is new in every answer;
    ``mails`` are those that it sends, ``is_change`` whether it changes anything."""

    def __init__(self, client, method, url, data=None):
        client.cookies.pop("messages", None)
        self.path, self.is_post, self.statements = url, method == "POST", []
        with connection.execute_wrapper(self.note):
            response = getattr(client, method.lower())(url, data)
        self.status = response.status_code
        self.location = response.get("Location", "")
        context = response.context or {}
        self.is_empty = "cl" in context and not context["cl"].result_count
        for volatile in ("Location", "Content-Length", "Expires"):
            del response[volatile]
        body = b"".join(response).decode("latin-1")
        self.told = [
            str(response.headers),
            re.sub(r"%3Fkept.*|(?<=receipts/)\d+", "", self.location),
            re.sub(r'value="[\w-]{20,}"|"at": ".*?"', "", body),
            *map(str, get_messages(response.wsgi_request)),
        ]
        response.close()
        self.query_count = len(self.statements)
        self.is_change = any(map(WRITES.match, self.statements))

    def note(self, execute, statement, *args):
        self.statements.append(statement)
        return execute(statement, *args)

    def as_anywhere(self):
        """What is told, whichever row was asked for."""
        told = [text.replace(self.path, "") for text in self.told]
        return self.status, [re.sub("“.*?”", "", text) for text in told]

    @property
    def word(self):
        """It as the tables call it."""
        if self.is_change or self.mails:
            return "done"
        to, _mark, query = self.location.partition("?")
        if to in ("/accounts/login/", "/admin/login/"):
            is_back = parse_qs(query)["next"][0].startswith(self.path)
            return "login" if is_back else self.location
        if self.status == 301:
            is_right = to == self.path.replace("wrong.pdf", "report.pdf")
            return "moved" if is_right else to
        if self.status == 302:
            return "gone" if to == "/admin/" else "none"
        if self.status == 200:
            return "none" if self.is_post or self.is_empty else "ok"
        return str(self.status)


class World(TestCase):
    """A row of each kind in one course, and somebody of each role."""

    @classmethod
    def setUpTestData(cls):
        cls.course, other = make.make_course(), make.make_course()
        draft = make.make_course(status=Status.DRAFT)
        slot, team, member = make.make_handing_in(cls.course, size=3, due_at=DUE)
        cls.assignment = slot.assignment
        cls.video = make.make_slot(cls.assignment, kind="video", takes="link")
        cls.users = {
            "elsewhere": make.make_student(other),
            "rival": make.make_student(cls.course),
            "former": make.make_student(cls.course),
            "member": member,
            "foreign": make.make_instructor(other),
            "assistant": make.make_assistant(cls.course),
            "instructor": make.make_instructor(cls.course),
            "root": make.make_superuser(),
        }
        for role in ("assistant", "instructor"):
            make.make_course_role(draft, cls.users[role].person, role=role)
        rival, former = cls.users["rival"], cls.users["former"]
        rivals = make.make_team(
            cls.course, [rival.person], assignment=cls.assignment, number=2
        )
        team.memberships.create(person=former.person, left_at=timezone.now())
        team.joining_code = "CODE"
        team.save()
        invited = make.make_team_invitation(team, email=former.email)
        another = make.make_handing_in()[1]
        make.make_team_invitation(another, token_hash=digest("another"))
        cls.other = make.make_handing_in(cls.course)[0].assignment
        gallery = make.make_gallery(cls.course)
        shown = make.make_publication(gallery, ["Bo"])
        hidden = make.make_publication(gallery, ["Bo"], state="draft")
        cls.publication = [cls.course.slug, gallery.slug, shown.number]
        session = make.make_session(cls.course)
        first = cls.receive(slot, team, member, former)
        later = cls.receive(slot, team, member)
        cls.rows = {
            "assignment": cls.assignment.pk,
            "team": team.pk,
            "delivery": first.delivery_id,
            "refusal": make.make_refusal(cls.assignment, member).pk,
            "extension": make.make_extension(team, until=LATER).pk,
            "grade": make.make_grade(team).pk,
            "presentation": make.make_presentation(session).pk,
            "gallery": gallery.pk,
            "publication": hidden.pk,
            # And what else is asked for:
            "course": cls.course.pk,
            "session": session.pk,
            "rivals": rivals.pk,
            "submission": first.pk,
            "later": later.pk,
            "later_delivery": later.delivery_id,
            "rivals_submission": cls.receive(slot, rivals, rival).pk,
            "link": make.make_submission(cls.video, team, member).pk,
            "invitation": invited.pk,
            "token": "token",
            "code": "CODE",
            "slug": cls.course.slug,
            "draft_slug": draft.slug,
            "number": shown.number,
            "draft": hidden.number,
            "file": cls.publish(shown),
            "draft_file": cls.publish(hidden),
        }

    @staticmethod
    def receive(slot, team, *roster):
        file = make.make_file(name="report.pdf")
        made = make.make_submission(slot, team, roster[0], file=file)
        for user in roster:
            make.make_roster_entry(user.person, made.delivery)
        return made

    @staticmethod
    def publish(publication):
        file = make.make_file(name="report.pdf")
        return make.make_published_link(publication, file=file).pk

    def setUp(self):
        self.clients = {"stranger": Client()}
        for role, user in self.users.items():
            self.clients[role] = Client()
            log_in(self.clients[role], user)
        self.before = state()

    def pages(self, its):
        """{row of the table: (arguments of its address, what is sent)}, asked of rows
        whose keys are ``its``."""
        gallery = self.publication[:2]
        draft = [*gallery, its["draft"]]
        sent = {f"slot-{self.video.pk}": "https://example.org/v"}
        sent["request_key"] = "a-key-of-the-form"
        return {
            "me": ([], None),
            "hand_in": ([its["assignment"]], sent),
            "hand_in count": ([self.assignment.pk], {"count": its["submission"]}),
            "receipt": ([its["delivery"]], None),
            "receipt later": ([its["later_delivery"]], None),
            "submission_file": ([its["submission"], "report.pdf"], None),
            "submission_file later": ([its["later"], "report.pdf"], None),
            "submission_file misnamed": ([its["submission"], "wrong.pdf"], None),
            "submission_file rivals'": ([its["rivals_submission"], "report.pdf"], None),
            "submission_file link": ([its["link"], "report.pdf"], None),
            "team": ([its["assignment"]], None),
            "team rename": self.act("rename", "Nets"),
            "team join": self.act("join", its["code"]),
            "team accept": self.act("accept", its["invitation"]),
            "team cancel": self.act("cancel", its["invitation"]),
            "team_invitation": ([its["token"]], None),
            "team_invitation accept": ([its["token"]], {"accept": ""}),
            "gallery_list": ([its["slug"]], None),
            "gallery_list draft": ([its["draft_slug"]], None),
            "publication_detail": ([*gallery, its["number"]], None),
            "publication_detail draft": (draft, None),
            "published_file": ([*self.publication, its["file"], "report.pdf"], None),
            "published_file draft": ([*draft, its["draft_file"], "report.pdf"], None),
            "published_file misnamed": (
                [*self.publication, its["file"], "wrong.pdf"],
                None,
            ),
            "published_file another's": (
                [*self.publication, its["draft_file"], "report.pdf"],
                None,
            ),
        }

    def act(self, act, value):
        return [self.assignment.pk], {"act": act, "value": value}

    def screens(self, its):
        """As ``pages``."""
        assignment, video = its["assignment"], f"slot-{self.video.pk}"
        by_staff = {video: "https://example.org/v", "on_behalf": "By mail."}
        found = {
            "assignment_work": ([assignment], None),
            "assignment_work count": (
                [self.assignment.pk],
                {"count": its["submission"]},
            ),
            "assignment_work freeze": ([assignment], {"freeze": ""}),
            "assignment_work remind": ([assignment], {"remind": "", "words": "Now."}),
            "assignment_work release": ([assignment], {"release": ""}),
            "assignment_marks": ([assignment], self.marks),
            "assignment_archive": ([assignment], None),
            "assignment_file": ([assignment, its["submission"], "report.pdf"], None),
            "assignment_file misnamed": (
                [assignment, its["submission"], "wrong.pdf"],
                None,
            ),
            "assignment_file another's": (
                [self.other.pk, its["submission"], "report.pdf"],
                None,
            ),
            "assignment_hand_in": (
                [assignment, its["team"]],
                by_staff | {"request_key": "key"},
            ),
            "assignment_hand_in other": ([self.other.pk, its["team"]], by_staff),
            "team_members": (
                [its["team"]],
                {"add": "", "add-name": "Bo", "add-reason": "Ill."},
            ),
        }
        made = {
            "assignment": {"course": its["course"], "title": "New"},
            "team": {"course": its["course"], "number": 9},
            "delivery": {},
            "refusal": {},
            "extension": {
                "assignment": assignment,
                "until_0": "2999-01-01",
                "until_1": "12:00",
                "reason": "Ill.",
            },
            "grade": {"team": its["rivals"], "points": 50},
            "presentation": {"session": its["session"], "title": "New"},
            "gallery": {"course": its["course"], "name": "New", "slug": "new"},
            "publication": {
                "gallery": its["gallery"],
                "team": its["team"],
                "number": 9,
            },
        }
        for name, values in made.items():
            action = "revoke" if name == "extension" else "delete_selected"
            chosen = {"action": action, "post": "yes", "_selected_action": its[name]}
            found |= {
                f"{name}_changelist": ([], chosen),
                f"{name}_add": ([], self.forms.get(f"{name}_add", {}) | values),
                f"{name}_change": ([its[name]], self.forms.get(f"{name}_change", {})),
                f"{name}_delete": ([its[name]], {"post": "yes"}),
                f"{name}_history": ([its[name]], None),
            }
        return found

    def fill_in(self):
        """What the forms of the administration send if something is written there."""
        written = {
            "assignment": {"title": "Edited"},
            "team": {"name": "Edited", "reason": "Ill."},
            "extension": {},
            "grade": {"points": "91"},
            "presentation": {"title": "Edited"},
            "gallery": {"name": "Edited"},
            "publication": {"title": "Edited"},
        }
        self.forms = {}
        for name, values in written.items():
            self.forms[f"{name}_add"] = self.opened(f"{name}_add")
            if values:
                form = self.opened(f"{name}_change", self.rows[name])
                self.forms[f"{name}_change"] = form | values
        self.marks = self.opened("assignment_marks", self.assignment.pk)
        self.marks[f"team-{self.rows['team']}-points"] = "50"

    def opened(self, row, *args):
        return form_data(self.clients["root"].get(address(row, args)))

    def ask(self, role, method, row, args, sent):
        """The Answer to ``role``, with the mails that it sends; all is undone again."""
        url, client = address(row, args), self.clients[role]
        is_sent = method == "POST" or row.endswith(" count")
        mail.outbox.clear()
        with undone(), self.captureOnCommitCallbacks(execute=True):
            answer = Answer(client, method, url, sent if is_sent else None)
            answer.is_change = answer.is_change and state() != self.before
        answer.mails = [
            (each.to, each.subject, re.sub(r"number \d+", "", each.body))
            for each in mail.outbox
        ]
        return answer


class RoleTests(World):
    def test_every_address_and_screen_is_in_the_tables(self):
        told = {(row.split()[0], method) for row, method, _cells in PAGES + SCREENS}
        views = {
            name: getattr(pattern.callback, "view_class", None)
            for name, pattern in ROUTES.items()
        }
        taken = {(name, "POST") for name in views if hasattr(views[name], "post")}
        self.assertEqual({name for name, _method in told}, set(ROUTES))
        self.assertEqual(taken - told, set())

    def test_pages(self):
        self.check(PAGES, self.pages)

    def test_screens(self):
        self.fill_in()
        self.check(SCREENS, self.screens)

    def check(self, table, requests):
        asked = requests(self.rows)
        missing = requests(dict.fromkeys(self.rows, NOTHING) | {"token": "another"})
        for row, method, cells in table:
            found = {}
            for role, cell in cells.items():
                answer = self.ask(role, method, row, *asked[row])
                found[role] = cell if answer.word == SAME.get(cell) else answer.word
                if cell in AS_NOTHING:
                    nothing = self.ask(role, method, row, *missing[row])
                    if answer.as_anywhere() != nothing.as_anywhere():
                        found[role] += ", and not as what does not exist"
            with self.subTest(row, method=method):
                self.assertEqual(found, cells)


class MarkTests(World):
    def test_its_team_alone_learns_of_a_mark_and_not_before_its_release(self):
        self.fill_in()
        grade = Grade.objects.get()
        Grade.objects.update(feedback="Sharp.")
        with mock.patch.object(timezone, "now", return_value=timezone.now()):
            held_back = self.all_that_is_told()
            with undone():
                grading.release(self.assignment)
                released = self.all_that_is_told()
            grade.delete()
            without = self.all_that_is_told()
        self.assertEqual(differing(held_back, without), [])
        self.assertEqual(
            differing(released, without),
            [
                ("member", "me", "GET"),
                ("member", "hand_in", "GET"),
                ("member", "hand_in count", "GET"),
                ("member", "my_data", "POST"),
            ],
        )

    def all_that_is_told(self):
        """{(role, row, method): what is told, by how many queries, and by mail} of all
        that opens to who is no staff of the course. The rest is as if nothing were."""
        asked = self.pages(self.rows) | self.screens(self.rows) | {"my_data": ([], {})}
        mine = {role: "done" for role in [*GROUPS["others"], "foreign"]}
        told = {}
        for row, method, cells in [*PAGES, *SCREENS, ("my_data", "POST", mine)]:
            for role in mine:
                if cells[role] not in ("login", "404", "403", "gone"):
                    answer = self.ask(role, method, row, *asked[row])
                    found = answer.told, answer.query_count, answer.mails
                    told[role, row, method] = found
        return told

    def test_giving_one_mails_nobody(self):
        self.fill_in()
        asked = self.screens(self.rows)
        for row in ("assignment_marks", "grade_add", "grade_change"):
            with self.subTest(row):
                answer = self.ask("instructor", "POST", row, *asked[row])
                self.assertEqual((answer.word, answer.mails), ("done", []))


def differing(told, also):
    return [asked for asked in told if told[asked] != also[asked]]
