from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from courses import ordering
from courses.access import Status, Visibility
from courses.models import (
    Announcement,
    Appearance,
    Course,
    CourseRole,
    Material,
    Person,
    Reading,
    Section,
    Session,
    SessionRole,
    Talk,
)
from references.models import Paper
from tests.admin_pages import (
    MANY_ROWS,
    count_queries,
    errors,
    form_data,
    make_staff,
    page,
)
from tests.factories import (
    PDF,
    make_appearance,
    make_author,
    make_course,
    make_course_role,
    make_enrolment,
    make_file,
    make_instructor,
    make_invitation,
    make_material,
    make_paper,
    make_paper_alias,
    make_person,
    make_reading,
    make_session,
    make_talk,
    make_user,
)
from tests.logins import log_in


def upload(name="slides.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


def rows(prefix, *forms, start=0):
    """The posted values of ``forms``, dictionaries, as rows of a formset."""
    data = {f"{prefix}-TOTAL_FORMS": str(start + len(forms))}
    for index, form in enumerate(forms, start=start):
        data |= {f"{prefix}-{index}-{name}": value for name, value in form.items()}
    return data


TALK = {"visibility": "public"}
MATERIAL = {"kind": "link", "state": "available", "visibility": "public"}
READING = {"role": "recommended"}


class SessionFormTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.staff = make_staff()
        cls.course = make_course(slug="dl-2025", title="Deep Learning")

    def setUp(self):
        self.client.force_login(self.staff)

    def add(self, **values):
        data = form_data(self.client.get(page(Session, "add")))
        values = {"course": str(self.course.pk), "title": "Kernels"} | values
        return self.client.post(page(Session, "add"), data | values, follow=True)

    def change(self, session, **values):
        url = page(Session, "change", session.pk)
        data = form_data(self.client.get(url)) | values
        return self.client.post(url, data, follow=True)

    def messages(self, response):
        return [str(message) for message in response.context["messages"]]


class OneFormTests(SessionFormTestCase):
    def test_a_class_is_entered_in_one_form(self):
        known = make_person("Ada Lovelace")
        make_course_role(self.course, known)
        entered = make_person("Grace Hopper")
        paper = make_paper(title="Attention", key="vaswani2017attention")
        self.add(
            **rows(
                "talks",
                TALK
                | {
                    "title": "On kernels",
                    "speakers_line": "Lovelace, Ada (London); Grace Hopper (Yale)",
                },
                TALK | {"title": "On trees", "speakers_line": "Emmy Noether"},
            ),
            **rows(
                "materials",
                MATERIAL
                | {"kind": "slides", "upload": upload(), "belongs_to": "new-0"},
                MATERIAL
                | {
                    "kind": "video",
                    "url": "https://example.org/v",
                    "belongs_to": "new-1",
                },
            ),
            **rows(
                "readings",
                READING | {"paper": str(paper.pk), "belongs_to": "new-1"},
                READING | {"citation": "arXiv:1806.07572"},
            ),
        )
        session = Session.objects.get(title="Kernels")
        first, second = session.talks.all()
        self.assertEqual((session.key, session.position), ("01", 1))
        self.assertEqual(
            [(a.person, a.name, a.affiliation) for a in first.appearances.all()],
            [
                (known, "Lovelace, Ada", "London"),
                (entered, "Grace Hopper", "Yale"),
            ],
        )
        noether = Person.objects.get(name="Emmy Noether")
        self.assertEqual(
            ([*second.speakers.all()], noether.family_name), ([noether], "Noether")
        )
        self.assertEqual(
            [(m.kind, m.talk, m.session, m.course) for m in Material.objects.all()],
            [
                ("slides", first, None, self.course),
                ("video", second, None, self.course),
            ],
        )
        new = Paper.objects.get(arxiv_id="1806.07572")
        self.assertEqual(
            [(r.paper, r.talk, r.session) for r in Reading.objects.all()],
            [(paper, second, None), (new, None, session)],
        )

    def test_says_whom_and_what_it_made(self):
        response = self.add(
            **rows("talks", TALK | {"speakers_line": "Emmy Noether"}),
            **rows("readings", READING | {"citation": "1806.07572v2"}),
            new_files=[upload("slides.pdf")],
        )
        self.assertEqual(
            self.messages(response)[:3],
            [
                "New people: Emmy Noether.",
                "New paper “arXiv:1806.07572”: its title and authors are not known "
                "yet.",
                f"Stored “slides.pdf”: {len(PDF)} bytes, application/pdf, shown in "
                "the browser.",
            ],
        )

    def test_shows_again_what_is_stored(self):
        talk = make_talk(make_session(self.course))
        make_appearance(talk, make_person("Ada Lovelace"), affiliation="UCL (London)")
        make_appearance(talk, make_person("Grace"), name="G. Hopper")
        material = make_material(talk)
        response = self.client.get(page(Session, "change", talk.session.pk))
        data = form_data(response)
        self.assertEqual(
            (
                data["talks-0-speakers_line"],
                data["materials-0-id"],
                data["materials-0-belongs_to"],
            ),
            (
                "Ada Lovelace (UCL (London)); G. Hopper",
                str(material.pk),
                [f"talk-{talk.pk}"],
            ),
        )

    def test_a_material_moves_between_talks_and_session(self):
        session = make_session(self.course, talks=2)
        first, second = session.talks.all()
        material, reading = make_material(first), make_reading(session)
        self.change(
            session,
            **{
                "materials-0-belongs_to": f"talk-{second.pk}",
                "readings-0-belongs_to": f"talk-{first.pk}",
            },
        )
        material.refresh_from_db()
        reading.refresh_from_db()
        self.assertEqual((material.owner, reading.talk), (second, first))
        self.change(session, **{"materials-0-belongs_to": ""})
        material.refresh_from_db()
        self.assertEqual((material.owner, material.talk), (session, None))

    def test_refuses_a_talk_that_is_not_there(self):
        elsewhere = make_talk()
        for choice in ("new-7", f"talk-{elsewhere.pk}", "talk-x", "new-0"):
            response = self.add(
                **rows("materials", MATERIAL | {"url": "https://example.org/"}),
                **{"materials-0-belongs_to": choice},
            )
            with self.subTest(choice):
                self.assertEqual(len(errors(response)), 1)
        self.assertFalse(Material.objects.exists())

    def test_refuses_to_lose_what_belongs_to_a_deleted_talk(self):
        material = make_material(make_talk(make_session(self.course)))
        session = material.talk.session
        response = self.change(session, **{"talks-0-DELETE": "on"})
        self.assertEqual(
            errors(response),
            ["This talk is to be deleted; choose where this goes."],
        )
        self.change(session, **{"talks-0-DELETE": "on", "materials-0-belongs_to": ""})
        material.refresh_from_db()
        self.assertEqual((material.session, session.talks.count()), (session, 0))

    def test_keys_and_places_are_given_out(self):
        make_session(self.course, key="02", position=7)
        self.add()
        self.add(number="1.2")
        self.add(number="1.2", key="x", position="3")
        self.assertEqual(
            [*self.course.sessions.values_list("key", "position").order_by("pk")],
            [("02", 7), ("03", 8), ("1.2", 9), ("x", 3)],
        )

    def test_rows_without_position_go_to_the_end(self):
        session = make_session(self.course)
        make_material(session, position=5, label="first")
        self.change(
            session,
            **rows(
                "materials",
                MATERIAL | {"url": "https://example.org/1", "label": "second"},
                MATERIAL | {"url": "https://example.org/2", "label": "third"},
                start=1,
            ),
        )
        self.assertEqual(
            [*session.materials.values_list("label", "position")],
            [("first", 5), ("second", 6), ("third", 7)],
        )

    def test_several_files_become_materials(self):
        session = make_session(self.course)
        make_material(session, position=3)
        names = ["HW1_problem set.pdf", "03.pdf", "demo.ipynb", "data.csv"]
        contents = [PDF, PDF, b"{}", b"a,b"]
        self.change(session, new_files=[*map(upload, names, contents)])
        self.assertEqual(
            [
                *session.materials.exclude(file=None).values_list(
                    "kind", "label", "format", "position"
                )
            ],
            [
                ("homework", "HW1 problem set", "pdf", 4),
                ("slides", "03", "pdf", 5),
                ("code", "demo", "ipynb", 6),
                ("data", "data", "csv", 7),
            ],
        )

    def test_refuses_bad_files_among_several(self):
        session = make_session(self.course)
        response = self.change(
            session, new_files=[upload(), upload("empty.pdf", b""), upload()]
        )
        self.assertEqual(
            errors(response),
            ["“empty.pdf” is empty (0 bytes). Export or download it again."],
        )
        self.assertFalse(session.materials.exists())

    def test_replacing_the_slides_keeps_address_and_older_file(self):
        session = make_session(self.course)
        material = make_material(session, file=make_file(b"old", "slides.pdf"))
        address, old = material.get_absolute_url(), material.file
        self.change(session, **{"materials-0-upload": upload()})
        response = self.client.get(address)
        self.assertEqual(b"".join(response), PDF)
        material.refresh_from_db()
        self.assertEqual(material.file.replaces, old)

    def test_has_empty_rows_without_javascript(self):
        url = page(Session, "change", make_session(self.course).pk)
        for query, count in (("", "0"), ("?rows=3", "3"), ("?rows=x", "0")):
            data = form_data(self.client.get(url + query))
            with self.subTest(query):
                self.assertEqual(data["talks-TOTAL_FORMS"], count)


class SaveAsNewTests(SessionFormTestCase):
    def test_copies_all_but_key_and_place(self):
        session = make_session(self.course, key="01", title="Kernels")
        talk = make_talk(session, speaker=make_person("Ada Lovelace"))
        material = make_material(talk, file=make_file())
        make_reading(session, paper=make_paper())
        self.change(session, _saveasnew="1", title="Kernels again", course="")
        new = Session.objects.get(title="Kernels again")
        self.assertEqual((new.course, new.key, new.position), (self.course, "02", 2))
        copied = new.talks.get()
        self.assertEqual(copied.speakers.get(), talk.speakers.get())
        self.assertEqual(copied.materials.get().file, material.file)
        self.assertEqual(new.readings.count(), 1)
        self.assertEqual((session.talks.count(), talk.materials.count()), (1, 1))

    def test_takes_no_file_of_another_session(self):
        secret = make_material(make_session(), file=make_file())
        session = make_session(self.course)
        make_material(session, file=make_file(name="own.pdf"))
        response = self.change(
            session, _saveasnew="1", **{"materials-0-id": str(secret.pk)}
        )
        self.assertEqual(
            errors(response), ["What is available needs a file or an address."]
        )


class SpeakersLineTests(SessionFormTestCase):
    def setUp(self):
        super().setUp()
        self.talk = make_talk(make_session(self.course))
        self.ada = make_person("Ada Lovelace")
        make_appearance(self.talk, self.ada, homepage="https://example.org/ada")

    def put(self, line):
        return self.change(self.talk.session, **{"talks-0-speakers_line": line})

    def stored(self):
        return [(a.person, str(a), a.affiliation) for a in self.talk.appearances.all()]

    def test_keeps_who_was_there_with_their_page(self):
        self.put("Emmy Noether; Ada LOVELACE (London)")
        noether = Person.objects.get(name="Emmy Noether")
        self.assertEqual(
            self.stored(),
            [(noether, "Emmy Noether", ""), (self.ada, "Ada LOVELACE", "London")],
        )
        appearance = self.ada.appearances.get()
        self.assertEqual(appearance.homepage, "https://example.org/ada")

    def test_an_empty_line_takes_all_away(self):
        self.put("")
        self.assertEqual(self.stored(), [])
        self.assertTrue(Person.objects.filter(pk=self.ada.pk).exists())

    def test_never_finds_a_student(self):
        student = make_person("Stu Dent")
        make_enrolment(self.course, student)
        self.put("Stu Dent")
        self.assertNotEqual(self.talk.speakers.get(), student)

    def test_takes_nobody_of_another_course_by_name_alone(self):
        elsewhere = make_person("Wei Wang")
        make_course_role(make_course(), elsewhere)
        response = self.put("Wei Wang")
        self.assertNotEqual(self.talk.speakers.get(), elsewhere)
        self.assertEqual(
            self.messages(response)[:2],
            [
                "New people: Wei Wang.",
                "Wei Wang is known from another course. If it is the same person, "
                "choose them on the page of the talk.",
            ],
        )

    def test_does_not_tell_who_is_in_the_draft_of_others(self):
        make_course_role(make_course(status="draft"), make_person("Wei Wang"))
        log_in(self.client, make_instructor(self.course))
        said = self.messages(self.put("Wei Wang"))
        self.assertEqual(said[0], "New people: Wei Wang.")
        self.assertNotIn("known from another course", " ".join(said))

    def test_takes_neither_who_is_invited_elsewhere_nor_an_account(self):
        make_invitation(make_course(), make_person("Wei Wang"))
        make_person("Emmy Noether", user=make_user())
        response = self.put("Wei Wang; Emmy Noether")
        self.assertIn("New people: Wei Wang; Emmy Noether.", self.messages(response))

    def test_takes_neither_of_two_people_of_one_name(self):
        for _ in range(2):
            make_person("Wei Wang")
        self.put("Wei Wang")
        self.assertEqual(Person.objects.filter(name="Wei Wang").count(), 3)

    def test_finds_who_spoke_in_the_course_under_another_spelling(self):
        known = make_person("Song Mei", other_names=["S. Mei"])
        make_appearance(make_talk(make_session(self.course)), known)
        for line in ("MEI, Song", "S. Mei (Stanford)", "Prof. Song Mei"):
            self.put(line)
            with self.subTest(line):
                self.assertEqual(self.talk.speakers.get(), known)

    def test_one_person_is_made_once_in_a_form(self):
        make_talk(self.talk.session)
        line = "Emmy Noether"
        self.change(
            self.talk.session,
            **{"talks-0-speakers_line": line, "talks-1-speakers_line": line},
        )
        self.assertEqual(Person.objects.filter(name=line).count(), 1)

    def test_says_what_cannot_be_read(self):
        example = "Write: Ada Lovelace (University of London); Grace Hopper"
        for line, message in (
            (
                "Ada Lovelace (London",
                "A parenthesis is open or closed too often in “Ada Lovelace (London”.",
            ),
            ("(London)", f"“(London)” has no name. {example}"),
            (
                "Ada Lovelace, Grace Hopper",
                f"“Ada Lovelace, Grace Hopper” cannot be read as one name. {example}",
            ),
            (
                "Ada Lovelace, MIT",
                f"“Ada Lovelace, MIT” cannot be read as one name. {example}",
            ),
            (
                "ada@example.org",
                f"“ada@example.org” cannot be read as one name. {example}",
            ),
            ("Emmy Noether; NOETHER, Emmy", "“Emmy Noether” stands here twice."),
        ):
            response = self.put(line)
            with self.subTest(line):
                self.assertEqual(errors(response), [message])
        self.assertEqual(self.stored(), [(self.ada, "Ada Lovelace", "")])

    def test_reads_what_keyboards_and_pages_give(self):
        for line, stored in (
            ("（London）", None),
            ("Chen Change (Cavan) Loy (CUHK)", ("Chen Change (Cavan) Loy", "CUHK")),
            ("Ada Lovelace （London）；", ("Ada Lovelace", "London")),
            ("Madonna", ("Madonna", "")),
            ("O'Neil, Cathy (a; b)", ("O'Neil, Cathy", "a; b")),
        ):
            self.put(line)
            with self.subTest(line):
                if stored:
                    self.assertEqual(self.stored()[0][1:], stored)

    def test_a_line_that_cannot_be_read_may_stay(self):
        self.talk.appearances.update(name="A; B (C")
        response = self.change(self.talk.session, title="New")
        self.assertEqual(errors(response), [])
        self.assertEqual(str(self.talk.appearances.get()), "A; B (C")


class PastedPaperTests(SessionFormTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.paper = make_paper(
            [make_author("Jacot", given_name="Arthur")],
            title="Neural Tangent Kernel: Convergence and Generalization",
            key="jacot2018neural",
            arxiv_id="1806.07572",
            doi="10.1000/xyz",
        )
        make_paper_alias(cls.paper, key="NTK18")

    def paste(self, line, **values):
        session = make_session(self.course)
        values = READING | {"citation": line} | values
        return session, self.change(session, **rows("readings", values))

    def test_finds_a_paper(self):
        for line in (
            "1806.07572",
            "https://arxiv.org/abs/1806.07572v3",
            "https://doi.org/10.1000/XYZ",
            "jacot2018neural",
            "NTK18",
            "neural tangent kernel: convergence and generalization",
            "A. Jacot, F. Gabriel, and C. Hongler. Neural Tangent Kernel: Convergence "
            "and Generalization. NeurIPS, 2018. arXiv:1806.07572",
        ):
            session, _response = self.paste(line)
            with self.subTest(line):
                self.assertEqual(session.readings.get().paper, self.paper)
        self.assertEqual(Paper.objects.count(), 1)

    def test_makes_a_paper_of_a_citation(self):
        line = (
            "S. Mei, A. Montanari, and P.-M. Nguyen. A mean field view of the "
            "landscape of two-layer neural networks. PNAS, 2018."
        )
        session, response = self.paste(line)
        reading = session.readings.get()
        paper = reading.paper
        self.assertEqual(
            (paper.key, paper.year, [str(author) for author in paper.authors.all()]),
            ("mei2018mean", 2018, ["S. Mei", "A. Montanari", "P.-M. Nguyen"]),
        )
        self.assertIn("landscape", reading.text)
        self.assertEqual(
            self.messages(response)[0],
            "New paper “A mean field view of the landscape of two-layer neural "
            "networks” by S. Mei, A. Montanari, P.-M. Nguyen: look it over.",
        )

    def test_refuses_what_it_cannot_read(self):
        _session, response = self.paste("see the course page")
        self.assertEqual(
            errors(response),
            [
                "This cannot be read as a paper. Write “Authors. Title. Venue, year.”, "
                "an arXiv id or a DOI; what is no paper goes into “text”."
            ],
        )

    def test_refuses_two_papers_in_a_row(self):
        _session, response = self.paste("1806.07572", paper=str(make_paper().pk))
        self.assertEqual(errors(response), ["Choose a paper or paste one, not both."])


class OrderTests(SessionFormTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        for title in "abcd":
            make_session(cls.course, title=title, position=0, key=title)
        make_session(title="other", position=0)

    def order(self):
        return "".join(self.course.sessions.values_list("title", flat=True))

    def move(self, titles, step):
        chosen = self.course.sessions.filter(title__in=titles)
        return ordering.move(self.course, {each.pk for each in chosen}, step)

    def test_moves_by_one_place(self):
        for titles, step, order, moved in (
            ("c", -1, "acbd", 1),
            ("a", 1, "cabd", 1),
            ("c", -1, "cabd", 0),
            ("bd", -1, "cbda", 2),
            ("cb", -1, "cbda", 0),
            ("cb", 1, "dcba", 2),
        ):
            with self.subTest(titles=titles, step=step):
                self.assertEqual(
                    (self.move(titles, step), self.order()), (moved, order)
                )
        positions = self.course.sessions.values_list("position", flat=True)
        self.assertEqual([*positions], [1, 2, 3, 4])

    def button(self, title, direction, **headers):
        session = self.course.sessions.get(title=title)
        url = reverse("admin:courses_session_move", args=[session.pk, direction])
        return self.client.post(url, headers=headers)

    def test_a_button_of_the_list_moves_a_session(self):
        listed = self.client.get(page(Session, "changelist"))
        buttons = LexborHTMLParser(listed.text).css("#changelist-form button")
        actions = [each.attributes.get("formaction") for each in buttons]
        session = self.course.sessions.get(title="b")
        url = reverse("admin:courses_session_move", args=[session.pk, "up"])
        self.assertIn(url, actions)
        response = self.client.post(url)
        self.assertRedirects(
            response,
            page(Session, "changelist") + f"?course__id__exact={self.course.pk}",
        )
        self.assertEqual(self.order(), "bacd")

    def test_comes_back_to_the_list_as_it_was(self):
        back = f"http://testserver{page(Session, 'changelist')}?q=deep"
        self.assertRedirects(self.button("b", "up", referer=back), back)
        elsewhere = "https://evil.example/admin/courses/session/"
        response = self.button("b", "down", referer=elsewhere)
        self.assertNotIn("evil", response.url)

    def test_moves_only_by_posting_and_only_staff(self):
        session = self.course.sessions.get(title="b")
        url = reverse("admin:courses_session_move", args=[session.pk, "up"])
        self.assertEqual(self.client.get(url).status_code, 405)
        self.client.logout()
        self.assertEqual(self.client.post(url).status_code, 302)
        self.assertEqual(self.order(), "abcd")

    def test_actions_move_the_selected(self):
        chosen = self.course.sessions.filter(title__in="cd")
        data = {"_selected_action": [each.pk for each in chosen]}
        for action, order in (("move_up", "acdb"), ("move_down", "abcd")):
            url = page(Session, "changelist")
            self.client.post(url, data | {"action": action})
            with self.subTest(action):
                self.assertEqual(self.order(), order)


class PreviewTests(SessionFormTestCase):
    def preview(self, session):
        return self.client.get(
            reverse("admin:courses_session_preview", args=[session.pk])
        )

    def test_shows_what_a_visitor_sees(self):
        session = make_session(self.course, title="Kernels")
        make_talk(session, title="Secret talk", visibility=Visibility.STAFF)
        make_talk(session, title="Open talk")
        text = self.preview(session).text
        own = self.client.get(session.get_absolute_url()).text
        self.assertIn("Secret talk", own)
        self.assertEqual(
            ["Secret talk" in text, "Open talk" in text, "Kernels" in text],
            [False, True, True],
        )

    def test_says_why_there_is_nothing_to_see(self):
        course = make_course(status=Status.DRAFT)
        session = make_session(course, visibility=Visibility.STAFF)
        items = LexborHTMLParser(self.preview(session).text).css("#content li")
        self.assertEqual(
            [" ".join(item.text().split()) for item in items],
            [
                "The course is a draft. Make it unlisted or public.",
                "The session is shown to: staff. Choose “everyone”.",
            ],
        )

    def test_is_for_staff(self):
        session = make_session(self.course)
        self.client.logout()
        self.assertEqual(self.preview(session).status_code, 302)

    def test_is_linked_from_the_form(self):
        session = make_session(self.course)
        response = self.client.get(page(Session, "change", session.pk))
        url = reverse("admin:courses_session_preview", args=[session.pk])
        self.assertContains(response, f'href="{url}"')


class QueryCountTests(SessionFormTestCase):
    def people(self, count):
        return Person.objects.bulk_create(
            Person(name=f"Ada {n}", slug=f"ada-{Person.objects.count() + n}")
            for n in range(count)
        )

    def fill(self, talk, count):
        """Give ``talk``, its session and course ``count`` more rows of each kind."""
        people, course, session = self.people(count), self.course, talk.session
        Section.objects.bulk_create(Section(course=course) for _ in people)
        Announcement.objects.bulk_create(
            Announcement(course=course, title="News") for _ in people
        )
        CourseRole.objects.bulk_create(
            CourseRole(course=course, person=person) for person in people
        )
        SessionRole.objects.bulk_create(
            SessionRole(session=session, person=person) for person in people
        )
        Appearance.objects.bulk_create(
            Appearance(talk=talk, person=person) for person in people
        )
        file, known = make_file(), Paper.objects.count()
        papers = Paper.objects.bulk_create(
            Paper(key=f"paper-{known + n}") for n in range(count)
        )
        for owner in ({"session": session}, {"talk": talk}):
            Material.objects.bulk_create(
                Material(course=course, file=file, **owner) for _ in papers
            )
            Reading.objects.bulk_create(
                Reading(course=course, paper=paper, **owner) for paper in papers
            )

    def test_forms_ask_the_same_for_many_rows(self):
        # Two sessions: many rows that each offer many talks would only take time.
        talk = make_talk(make_session(self.course))
        several, counts = make_session(self.course), []
        for more in (3, MANY_ROWS - 3):
            self.fill(talk, more)
            for person in self.people(more):
                make_talk(several, speaker=person)
            urls = [
                page(Course, "change", self.course.pk),
                page(Session, "change", several.pk),
                page(Session, "change", talk.session.pk),
                page(Talk, "change", talk.pk),
                page(Material, "change", Material.objects.first().pk),
                page(Reading, "change", Reading.objects.first().pk),
            ]
            counts.append(
                [count_queries(self.client, url, warm=more == 3) for url in urls]
            )
        self.assertEqual(counts[0], counts[1])
        self.assertLess(max(counts[0]), 20)

    def test_lists_ask_the_same_for_three_rows_and_three_hundred(self):
        session = make_session(self.course)
        models = [Session, Talk, Material, Reading, Person, Paper]
        counts = []
        for size, keys in ((3, range(3)), (297, range(3, 300))):
            Session.objects.bulk_create(
                Session(course=self.course, key=f"k{n}", title="") for n in keys
            )
            Talk.objects.bulk_create(Talk(session=session) for _ in range(size))
            talks = [*Talk.objects.order_by("-pk")[:size]]
            papers = Paper.objects.bulk_create(
                Paper(key=f"paper-{n}", title="A paper") for n in keys
            )
            Material.objects.bulk_create(
                Material(course=self.course, talk=talk, url="https://example.org/")
                for talk in talks
            )
            Reading.objects.bulk_create(
                Reading(course=self.course, talk=talk, paper=paper)
                for talk, paper in zip(talks, papers, strict=True)
            )
            Person.objects.bulk_create(
                Person(name="Ada", slug=f"ada-{n}") for n in keys
            )
            counts.append(
                [
                    count_queries(self.client, page(each, "changelist"))
                    for each in models
                ]
            )
        self.assertEqual(counts[0], counts[1])

    def test_choices_say_the_course(self):
        session = make_session(self.course, title="Kernels")
        response = self.client.get(
            reverse("admin:autocomplete"),
            {
                "term": "kern",
                "app_label": "courses",
                "model_name": "material",
                "field_name": "session",
            },
        )
        self.assertEqual(
            response.json()["results"],
            [{"id": str(session.pk), "text": "Kernels · Deep Learning"}],
        )
