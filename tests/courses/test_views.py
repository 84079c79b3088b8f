from contextlib import closing
from datetime import UTC, date, datetime
from unittest import mock

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import TestCase
from django.urls import reverse

from courses.access import Status, Visibility
from courses.models import Enrolment
from tests.factories import (
    PNG,
    make_announcement,
    make_appearance,
    make_assignment,
    make_author,
    make_course,
    make_course_role,
    make_file,
    make_gallery,
    make_holiday,
    make_instructor,
    make_material,
    make_meeting,
    make_paper,
    make_paper_link,
    make_person,
    make_presentation,
    make_reading,
    make_section,
    make_session,
    make_session_role,
    make_student,
    make_superuser,
    make_talk,
    make_user,
)
from tests.pages import links, words


class Readers:
    """Users by what they are to ``self.course``; None is anonymous."""

    @classmethod
    def make_readers(cls):
        dropped = Enrolment.Status.DROPPED
        cls.anonymous = None
        cls.stranger = make_user("stranger@example.org")
        cls.staff_elsewhere = make_instructor(make_course(), email="other@example.org")
        cls.dropped = make_student(cls.course, dropped, email="dropped@example.org")
        cls.student = make_student(cls.course, email="student@example.org")
        cls.instructor = make_instructor(cls.course, email="teacher@example.org")
        cls.superuser = make_superuser("root@example.org")

    outsiders = ("anonymous", "stranger", "staff_elsewhere", "dropped")
    everyone = (*outsiders, "student", "instructor", "superuser")
    staff = ("instructor", "superuser")

    def get_as(self, reader, url):
        self.client.logout()
        if user := getattr(self, reader):
            self.client.force_login(user)
        return self.client.get(url)

    def assert_not_found(self, response, url):
        """``response`` is what an address without anything behind it answers."""
        nothing = self.client.get("/nothing/here/")
        self.assertEqual(
            (response.status_code, response.content, response.headers),
            (404, nothing.content, nothing.headers),
            url,
        )


class WhoSeesWhatTests(Readers, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course()
        cls.make_readers()
        cls.by_visibility = {}
        for visibility in Visibility:
            session = make_session(
                cls.course, title=f"S-{visibility}", visibility=visibility
            )
            owner = make_session(cls.course, title="owner")
            talk = make_talk(owner, title=f"T-{visibility}", visibility=visibility)
            file = make_material(
                owner,
                label=f"M-{visibility}",
                visibility=visibility,
                file=make_file(),
            )
            make_section(cls.course, heading=f"H-{visibility}", visibility=visibility)
            make_reading(session, text=f"R-{visibility}")
            cls.by_visibility[visibility.value] = [
                row.get_absolute_url() for row in (session, talk, file)
            ]
        cls.seen = {
            **{outsider: ["public"] for outsider in cls.outsiders},
            "student": ["public", "members"],
            "instructor": ["public", "members", "staff"],
            "superuser": ["public", "members", "staff"],
        }

    def test_addresses_open_for_whom_they_should(self):
        for reader in self.everyone:
            for visibility, urls in self.by_visibility.items():
                for url in urls:
                    with self.subTest(reader, url=url, visibility=visibility):
                        response = self.get_as(reader, url)
                        if visibility in self.seen[reader]:
                            self.assertEqual(response.status_code, 200)
                        else:
                            self.assert_not_found(response, url)
                        response.close()

    def test_course_page_names_what_may_be_seen(self):
        self.assert_names(self.course.get_absolute_url(), "STMHR")

    def test_reading_list_names_what_may_be_seen(self):
        url = reverse("courses:reading_list", args=[self.course.slug])
        self.assert_names(url, "SR")

    def assert_names(self, url, initials):
        every_name = {f"{i}-{v.value}" for i in initials for v in Visibility}
        for reader in self.everyone:
            with self.subTest(reader):
                text = self.get_as(reader, url).content.decode()
                self.assertEqual(
                    {name for name in every_name if name in text},
                    {f"{i}-{v}" for i in initials for v in self.seen[reader]},
                )


class CourseStatusTests(Readers, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(status=Status.DRAFT)
        cls.make_readers()
        session = make_session(cls.course)
        speaker = make_person()
        talk = make_talk(session, speaker)
        material = make_material(session, file=make_file())
        slug = cls.course.slug
        cls.urls = [
            cls.course.get_absolute_url(),
            session.get_absolute_url(),
            talk.get_absolute_url(),
            material.get_absolute_url(),
            speaker.get_absolute_url(),
            reverse("courses:reading_list", args=[slug]),
            reverse("projects:gallery_list", args=[slug]),
        ]

    def test_draft_is_open_to_its_staff_only(self):
        for reader in self.everyone:
            for url in self.urls:
                with self.subTest(reader, url=url):
                    response = self.get_as(reader, url)
                    if reader in self.staff:
                        self.assertEqual(response.status_code, 200)
                    else:
                        self.assert_not_found(response, url)
                    response.close()

    def test_unlisted_and_archived_are_open_to_whoever_has_the_address(self):
        for status in (Status.UNLISTED, Status.ARCHIVED):
            self.course.status = status
            self.course.save()
            for url in self.urls:
                with self.subTest(status, url=url):
                    response = self.get_as("anonymous", url)
                    self.assertEqual(response.status_code, 200)
                    response.close()

    def test_what_does_not_exist_answers_like_what_is_hidden(self):
        slug = self.course.slug
        for url in (
            "/courses/none/",
            f"/courses/{slug}/sessions/99/",
            f"/courses/{slug}/sessions/%00/",
            f"/courses/{slug}/talks/99999999999999999999/",
            "/people/nobody/",
            "/materials/99999999999999999999/slides.pdf",
        ):
            with self.subTest(url):
                self.assert_not_found(self.get_as("anonymous", url), url)


class CourseDetailTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(
            code="MATH 6380P",
            other_codes="CSIC 5011",
            title="Advanced Topics in Deep Learning",
            term="Fall 2020",
            institution="HKUST",
            time_zone="Asia/Hong_Kong",
            contact="Y. Yao, yao@example.org",
        )
        make_meeting(cls.course, place="Zoom", stream_url="https://zoom.example/j/1")
        cls.yao = make_person(
            "Yuan Yao", affiliation="HKUST", homepage="https://yao.example"
        )
        make_course_role(cls.course, cls.yao, name_as_printed="Y.Y.")
        cls.url = cls.course.get_absolute_url()

    def row(self):
        """The cells of the rows of the schedule, without the lines of weeks."""
        response = self.client.get(self.url)
        return words(response, ".schedule tbody tr:not(.week) > *")

    def at(self, *moment):
        """The page as it is at a moment given in UTC."""
        now = datetime(*moment, tzinfo=UTC)
        with mock.patch("courses.schedule.timezone.now", return_value=now):
            return self.client.get(self.url)

    def test_head_says_what_who_when_and_where(self):
        response = self.client.get(self.url)
        self.assertEqual(
            [
                *words(response, "title"),
                *words(response, "h1"),
                *words(response, ".over-title > span"),
                *words(response, ".course-facts li"),
                *words(response, ".site-footer p")[:1],
            ],
            [
                "MATH 6380P Advanced Topics in Deep Learning, Fall 2020 · Proseminar",
                "Advanced Topics in Deep Learning",
                "MATH 6380P, CSIC 5011",
                "Fall 2020",
                "HKUST",
                "Yuan Yao (HKUST) home page of Yuan Yao",
                "Wednesdays 15:00–17:50, Zoom",
                "All times are Hong Kong time.",
                "Questions about this course: Y. Yao, yao@example.org",
            ],
        )
        self.assertIn(
            ("home page of Yuan Yao", "https://yao.example"),
            links(response, ".course-facts a"),
        )

    def test_session_row(self):
        session = make_session(
            self.course,
            number="03",
            title="Margins of $k$-NN",
            date=date(2020, 9, 23),
            stream_url="https://zoom.example/j/2",
        )
        make_session_role(session, self.yao)
        make_session_role(session, make_person("GU, Hanlin"), role="scribe")
        make_material(session, kind="video", label="Part I", url="https://v.example/1")
        make_material(session, kind="slides", url="https://s.example/3.pdf")
        talk = make_talk(session, title="Double descent")
        make_appearance(talk, make_person("MEI, Song"), affiliation="UC Berkeley")
        make_presentation(session, members=["FAN, Ganghua", "A. Bee"], title="Nets")
        make_reading(talk, text="Read [this](https://r.example).")
        gallery = make_gallery(self.course, session=session)
        self.assertEqual(
            self.row(),
            [
                "Wed 23 Sep 15:00–17:50",
                "Lecture 03 Margins of k-NN slides Video Part I Double descent "
                "MEI, Song (UC Berkeley) Nets FAN, Ganghua; A. Bee "
                f"Projects: {gallery.name} 1 reading Read this.",
                "Led by Y.Y. Scribe: GU, Hanlin",
            ],
        )
        response = self.client.get(self.url)
        self.assertEqual(
            [url for _, url in links(response, ".schedule td a")],
            [
                session.get_absolute_url(),
                "https://s.example/3.pdf",
                "https://v.example/1",
                talk.get_absolute_url(),
                talk.speakers.get().get_absolute_url(),
                gallery.get_absolute_url(),
                "https://r.example",
                self.yao.get_absolute_url(),
                "/people/person-2/",
            ],
        )
        self.assertNotContains(response, "zoom.example")

    def test_unknown_date_is_as_printed(self):
        make_session(self.course, date_as_printed="10/14/2019, Wednesday")
        self.assertEqual(self.row()[0], "10/14/2019, Wednesday")

    def test_moved_and_cancelled_are_said_in_words(self):
        for status, word in (("moved", "Moved"), ("cancelled", "Cancelled")):
            session = make_session(self.course, title="Topic", status=status)
            with self.subTest(status):
                self.assertEqual(self.row()[1], f"Lecture {word} Topic")
            session.delete()

    def test_what_is_missing_is_no_link(self):
        session = make_session(self.course, title="Topic")
        nowhere = {"printed_address": "./slides/?", "url": "https://dead.example"}
        make_material(
            session, kind="slides", state="expected", expected_on=date(2020, 9, 24)
        )
        make_material(session, kind="video", state="missing", missing_reason="failed")
        make_material(session, kind="notes", state="missing", **nowhere)
        self.assertEqual(
            self.row()[1],
            "Lecture Topic slides expected Thu 24 Sep 2020 no video: failed no notes",
        )
        response = self.client.get(self.url)
        self.assertEqual(
            links(response, ".schedule td a"), [("Topic", session.get_absolute_url())]
        )

    def test_staff_see_where_the_old_page_pointed(self):
        session = make_session(self.course)
        make_material(session, state="missing", printed_address="./slides/?")
        for user, seen in (
            (None, 0),
            (make_student(self.course), 0),
            (make_instructor(make_course(), email="other@example.org"), 0),
            (make_instructor(self.course, email="own@example.org"), 1),
            (make_superuser(), 1),
        ):
            with self.subTest(user):
                self.client.logout()
                if user:
                    self.client.force_login(user)
                response = self.client.get(self.url)
                self.assertContains(response, "./slides/?", count=seen)

    def test_holiday_and_deadline_are_rows(self):
        make_holiday(
            self.course,
            name="National Day",
            starts_on=date(2020, 10, 1),
            ends_on=date(2020, 10, 2),
        )
        assignment = make_assignment(
            self.course,
            title="Project 1",
            brief="Choose *one*.",
            opens_at=datetime(2020, 9, 16, 7, 0, tzinfo=UTC),
            due_at=datetime(2020, 10, 14, 15, 59, tzinfo=UTC),
            accepted_until=datetime(2020, 10, 16, 15, 59, tzinfo=UTC),
            grace_minutes=15,
        )
        make_material(assignment, kind="description", url="https://p.example/1.pdf")
        self.assertEqual(
            self.row(),
            [
                "Wed 16 Sep 15:00",
                "Out Project 1 due Wed 14 Oct 2020 23:59",
                "Thu 1 Oct – Fri 2 Oct",
                "Holiday National Day",
                "Wed 14 Oct 23:59",
                "Due Project 1 out Wed 16 Sep 2020 15:00 15 minutes of grace "
                "taken late until Fri 16 Oct 2020 23:59 description "
                "What is asked Choose one.",
            ],
        )
        self.assertContains(
            self.client.get(self.url), f'id="assignment-{assignment.pk}"'
        )

    def test_session_tells_of_what_is_due_near_it(self):
        make_session(self.course, title="Nets", date=date(2020, 10, 14))
        due_at = datetime(2020, 10, 14, 15, 59, tzinfo=UTC)
        assignment = make_assignment(self.course, due_at=due_at)
        response = self.client.get(self.url)
        self.assertEqual(
            words(response, ".events") + links(response, ".events a"),
            [
                "Due: Project 1 Wed 14 Oct 23:59",
                ("Due: Project 1", f"#assignment-{assignment.pk}"),
            ],
        )

    def make_term(self):
        """Lectures on Wednesdays 15:00 (7:00 UTC) of three weeks."""
        self.course.starts_on, self.course.ends_on = date(2020, 9, 1), date(2020, 9, 30)
        self.course.save()
        for number, day in enumerate([9, 16, 23], 1):
            make_session(
                self.course,
                number=f"{number:02}",
                title=f"Nets {number}",
                date=date(2020, 9, day),
            )

    def test_weeks_have_a_line_each_and_past_ones_fold(self):
        self.make_term()
        response = self.at(2020, 9, 13, 16, 0)  # Monday the 14th in Hong Kong
        self.assertEqual(
            [
                *words(response, ".past-weeks > summary"),
                *words(response, ".past-weeks .week"),
                *words(response, ".past-weeks ~ table .week"),
                *words(response, "#this-week .week"),
            ],
            [
                "1 past week",
                "Week of Mon 7 Sep 2020",
                "Week of Mon 14 Sep 2020 this week",
                "Week of Mon 21 Sep 2020",
                "Week of Mon 14 Sep 2020 this week",
            ],
        )

    def test_says_how_far_the_course_has_come(self):
        self.make_term()
        for moment, standing in (
            ((2020, 8, 31, 15, 0), "Starts Tue 1 Sep 2020"),
            (
                (2020, 9, 1, 16, 0),
                "Next: Lecture 01 Nets 1, Wed 9 Sep 2020, 15:00–17:50",
            ),
            (
                (2020, 9, 16, 9, 49),
                "Now: Lecture 02 Nets 2, Wed 16 Sep 2020, 15:00–17:50 "
                "Jump to this week",
            ),
            (
                (2020, 9, 16, 9, 50),
                "Next: Lecture 03 Nets 3, Wed 23 Sep 2020, 15:00–17:50 "
                "Jump to this week",
            ),
            ((2020, 9, 29, 0, 0), "Nothing more is scheduled yet"),
            ((2020, 10, 1, 0, 0), "Ended Wed 30 Sep 2020"),
        ):
            with self.subTest(moment):
                self.assertEqual(words(self.at(*moment), ".standing"), [standing])

    def test_what_is_next_or_on_says_so_in_its_row(self):
        self.make_term()
        for moment, row, word in (
            ((2020, 9, 16, 6, 59), "#session-02", "next"),
            ((2020, 9, 16, 7, 0), "#session-02", "now"),
            ((2020, 9, 16, 9, 50), "#session-03", "next"),
        ):
            with self.subTest(moment):
                response = self.at(*moment)
                self.assertEqual(words(response, "tr .over-title .tag-now"), [word])
                self.assertEqual(words(response, f"{row} .tag-now"), [word])

    def test_course_of_the_past_is_all_unfolded(self):
        self.make_term()
        response = self.at(2021, 1, 1, 0, 0)
        self.assertEqual(words(response, ".past-weeks"), [])
        self.assertEqual(len(words(response, ".schedule .week")), 3)

    def test_without_any_date_there_are_no_weeks(self):
        make_session(self.course, title="Nets")
        self.assertEqual(words(self.client.get(self.url), ".week"), [])
        self.assertEqual(self.row()[0], "date not known")

    def test_announcements_and_sections(self):
        make_announcement(
            self.course,
            title="Room",
            body="See *Canvas*.",
            is_pinned=True,
            published_at=datetime(2020, 9, 1, 20, 0, tzinfo=UTC),
        )
        make_section(
            self.course, heading="Synopsis", text="About [nets](https://n.example)."
        )
        response = self.client.get(self.url)
        self.assertEqual(
            words(response, ".announcement") + words(response, ".sections section"),
            ["Room Wed 2 Sep 2020 pinned See Canvas.", "Synopsis About nets."],
        )

    def test_hostile_titles_stay_titles(self):
        title = "<script>alert(1)</script> & $<b>$"
        self.course.title = title
        self.course.save()
        session = make_session(self.course, title=title)
        make_material(session, label=title)
        make_person_named = make_person(title)
        make_session_role(session, make_person_named)
        for url in (
            "/",
            self.url,
            session.get_absolute_url(),
            make_person_named.get_absolute_url(),
        ):
            with self.subTest(url):
                self.assertNotContains(self.client.get(url), "<script>")

    def test_says_so_where_nothing_is_scheduled(self):
        self.assertEqual(self.row(), ["Nothing is scheduled yet."])


class SessionDetailTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(code="DL", time_zone="Asia/Hong_Kong")
        make_meeting(cls.course, place="Zoom", stream_url="https://zoom.example/j/1")
        cls.before = make_session(cls.course, title="Before")
        cls.session = make_session(
            cls.course,
            key="margins",
            number="03",
            title="Margins",
            date=date(2020, 9, 23),
            abstract="About $x^2$.",
            notes="[odd link](https://odd.example)",
            stream_url="https://zoom.example/j/2",
        )
        cls.after = make_session(cls.course, title="After")
        cls.url = cls.session.get_absolute_url()

    def test_shows_everything_of_the_session(self):
        make_session_role(self.session, make_person("Yuan Yao"))
        make_material(self.session, kind="slides", file=make_file(name="03.pdf"))
        response = self.client.get(self.url)
        stored = self.session.materials.get().file.stored_at
        added = stored.astimezone(self.course.zone)
        self.assertEqual(
            [
                *words(response, "title"),
                *words(response, "h1"),
                *words(response, ".when"),
                *words(response, ".page-head .byline"),
                *words(response, ".materials"),
                *words(response, ".prose"),
                *words(response, ".neighbours a"),
            ],
            [
                "03 Margins · DL · Proseminar",
                "Margins",
                "Wednesday 23 September 2020, 15:00–17:50 (Hong Kong time) · Zoom",
                "Led by Yuan Yao",
                f"slides PDF 50 bytes added {added:%a} {added.day} {added:%b %Y}",
                "About x2.",
                "odd link",
                "Previous Before",
                "Schedule DL",
                "Next After",
            ],
        )
        self.assertIn(("odd link", "https://odd.example"), links(response))
        self.assertNotContains(response, "zoom.example")

    def test_replaced_files_say_so(self):
        material = make_material(self.session, file=make_file(name="old.pdf"))
        material.put_file(ContentFile(b"new"), "new.txt")
        material.save()
        (facts,) = words(self.client.get(self.url), ".facts")
        self.assertTrue(facts.startswith("TXT 3 bytes replaced "), facts)

    def test_talks_are_anchors_with_abstract_and_biography(self):
        talk = make_talk(
            self.session,
            title="Descent",
            abstract="Two $x$.",
            biography="She is a *professor*.",
            series="CBMM",
            place="Rm 1",
            start_time="16:00",
            end_time="17:00",
        )
        talk.refresh_from_db()
        make_appearance(
            talk,
            make_person("Song Mei"),
            affiliation="UCB",
            homepage="https://mei.example",
        )
        make_material(talk, kind="video", label="Zoom", url="https://v.example")
        paper = make_paper(
            [make_author("Belkin", given_name="Mikhail")],
            title="On $k$",
            year=2019,
            venue="PNAS",
            arxiv_id="1812.11118",
        )
        make_paper_link(paper, kind="code", url="https://code.example")
        make_reading(talk, paper=paper, role="required", remark="Only section 2.")
        response = self.client.get(self.url)
        self.assertEqual(
            words(response, f"#talk-{talk.pk}"),
            [
                "Descent Song Mei (UCB) home page of Song Mei "
                "16:00–17:00 (Hong Kong time) Rm 1 CBMM Video Zoom "
                "Abstract Two x. Biography She is a professor. "
                "Required Mikhail Belkin. On k, PNAS, 2019. "
                "Details of paper-1 arXiv:1812.11118 code Only section 2."
            ],
        )
        self.assertEqual(
            [url for _, url in links(response, f"#talk-{talk.pk} a")],
            [
                talk.get_absolute_url(),
                "/people/person-1/",
                "https://mei.example",
                "https://v.example",
                "/papers/paper-1/",
                "/papers/paper-1/",
                "https://arxiv.org/abs/1812.11118",
                "https://code.example",
            ],
        )

    def test_reading_is_shown_as_printed_with_the_link_of_its_paper(self):
        paper = make_paper(key="papyan2020prevalence", doi="10.1/x")
        make_reading(
            self.session, paper=paper, text="Papyan, [PNAS](https://p.example)."
        )
        response = self.client.get(self.url)
        self.assertEqual(
            links(response, ".readings a"),
            [
                ("PNAS", "https://p.example"),
                ("Details of papyan2020prevalence", "/papers/papyan2020prevalence/"),
                ("doi:10.1/x", "https://doi.org/10.1/x"),
            ],
        )

    def test_page_of_a_talk_has_the_talk_alone(self):
        make_talk(self.session, title="Another")
        talk = make_talk(self.session, title="Descent", abstract="Two.")
        make_appearance(talk, make_person("Song Mei"))
        response = self.client.get(talk.get_absolute_url())
        self.assertEqual(
            words(response, "title") + words(response, "main"),
            [
                "Descent · DL · Proseminar",
                "Talk Descent "
                "Wednesday 23 September 2020, 15:00–17:50 (Hong Kong time) · Zoom "
                "Song Mei Abstract Two. All of this session: 03 Margins",
            ],
        )

    def test_page_of_a_talk_says_its_own_time_and_place_once(self):
        talk = make_talk(
            self.session, start_time="16:00", end_time="17:00", place="Rm 1"
        )
        self.assertEqual(
            words(self.client.get(talk.get_absolute_url()), ".when, .byline"),
            ["Wednesday 23 September 2020, 16:00–17:00 (Hong Kong time) · Rm 1"],
        )

    def test_talk_of_another_course_is_not_found_here(self):
        talk = make_talk()
        url = reverse("courses:talk_detail", args=[self.course.slug, talk.pk])
        self.assertEqual(self.client.get(url).status_code, 404)


class ReadingListTests(TestCase):
    def test_every_reading_has_an_anchor_under_its_session(self):
        course = make_course()
        session = make_session(course, number="02", title="Nets", date=date(2025, 9, 3))
        required = make_reading(session, role="required", text="First.")
        other = make_reading(session, text="Second.")
        response = self.client.get(reverse("courses:reading_list", args=[course.slug]))
        self.assertEqual(
            [
                *words(response, ".reading-group"),
                *words(response, f"#r{required.pk}"),
                *words(response, f"#r{other.pk}"),
            ],
            [
                "02 Nets Wed 3 Sep 2025 Required First. Recommended Second.",
                "First.",
                "Second.",
            ],
        )

    def test_query_count_does_not_grow(self):
        course = make_course()
        url = reverse("courses:reading_list", args=[course.slug])
        for readings in (1, 3, 26):
            while course.readings.count() < readings:
                paper = make_paper([make_author()])
                make_paper_link(paper)
                make_reading(make_talk(make_session(course)), paper=paper)
            with self.subTest(readings=readings), self.assertNumQueries(8):
                self.client.get(url)


class PersonDetailTests(Readers, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.course = make_course(title="Shown")
        cls.make_readers()
        cls.author = make_author("Belkin")
        cls.person = make_person(
            "Mikhail Belkin",
            affiliation="UCSD",
            homepage="https://b.example",
            biography="He *works*.",
            email="private@example.org",
            author=cls.author,
        )
        cls.url = cls.person.get_absolute_url()

    def test_shows_teaching_talks_and_papers(self):
        make_course_role(self.course, self.person)
        session = make_session(self.course, title="Nets", date=date(2025, 9, 3))
        make_session_role(session, self.person, role="chair")
        make_appearance(
            make_talk(session, title="Descent"),
            self.person,
            name="BELKIN",
            affiliation="OSU",
            homepage="https://old.example",
        )
        make_paper([self.author], title="Fit", year=2019)
        response = self.client.get(self.url)
        self.assertEqual(
            words(response, "main > *"),
            [
                "Mikhail Belkin UCSD home page in the bibliography",
                "He works.",
                "Teaching Shown instructor 1 session Nets chair",
                "Talks Descent Wed 3 Sep 2025 Shown as BELKIN OSU home page then",
                "Papers Fit Belkin 2019",
            ],
        )
        self.assertNotContains(response, "private@example.org")

    def test_lists_nothing_of_hidden_rows_and_unlisted_courses(self):
        make_course_role(make_course(title="Open course"), self.person)
        for status in (Status.DRAFT, Status.UNLISTED):
            course = make_course(title=f"Hidden {status}", status=status)
            make_course_role(course, self.person)
            make_talk(
                make_session(course, title="Hidden s"), self.person, title="Hidden"
            )
        hidden = make_session(
            self.course, title="Hidden session", visibility=Visibility.STAFF
        )
        make_session_role(hidden, self.person)
        make_talk(hidden, self.person, title="Hidden talk")
        for reader in (*self.outsiders, "student"):
            with self.subTest(reader):
                response = self.get_as(reader, self.url)
                self.assertEqual(
                    words(response, "#teaching ~ ul") + words(response, "#talks"),
                    ["Open course instructor"],
                )
                self.assertNotContains(response, "Hidden")
        self.assertContains(self.get_as("superuser", self.url), "Hidden session")

    def test_students_and_strangers_have_no_page(self):
        student = self.student.person
        for reader in self.everyone:
            with self.subTest(reader):
                for person in (student, make_person()):
                    url = person.get_absolute_url()
                    self.assert_not_found(self.get_as(reader, url), url)

    def test_query_count_does_not_grow(self):
        for courses in (1, 3, 26):
            while self.person.roles.count() < courses:
                course = make_course()
                make_course_role(course, self.person)
                session = make_session(course)
                make_session_role(session, self.person)
                make_talk(session, self.person)
                make_paper([self.author])
            with self.subTest(courses=courses), self.assertNumQueries(7):
                self.client.get(self.url)


class MaterialFileTests(TestCase):
    policy = {
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
    }

    def get(self, content, name):
        """(type, disposition, bytes) of a material's file; checks the policy."""
        material = make_material(file=make_file(content, name))
        with closing(self.client.get(material.get_absolute_url())) as response:
            self.assertTrue(response.streaming)
            self.assertEqual(
                {header: response[header] for header in self.policy}, self.policy
            )
            return (
                response["Content-Type"],
                response["Content-Disposition"],
                response.getvalue(),
            )

    def test_pdf_and_plain_images_are_shown(self):
        gif, jpeg, webp = (
            b"GIF89a" + bytes(9),
            b"\xff\xd8\xff\xe0",
            b"RIFF\0\0\0\0WEBPVP8 ",
        )
        for content, kind, name in (
            (b"%PDF-1.7\n", "application/pdf", "a.pdf"),
            (PNG, "image/png", "a.png"),
            (gif, "image/gif", "a.gif"),
            (jpeg, "image/jpeg", "a.jpg"),
            (webp, "image/webp", "a.webp"),
        ):
            with self.subTest(kind):
                self.assertEqual(
                    self.get(content, name),
                    (kind, f'inline; filename="{name}"', content),
                )

    def test_all_else_is_saved_to_disk_whatever_its_name_says(self):
        html = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
        svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>x</script></svg>'
        for content, kind, name in (
            (html, "text/html", "slides.pdf"),
            (svg, "image/svg+xml", "a.svg"),
            (svg, "image/svg+xml", "a.png"),
            (b"just words", "text/plain", "a.pdf"),
            (b"PK\x03\x04...", "application/zip", "a.pptx"),
            (b"", "text/plain", "empty.pdf"),
            (b"\x00\xff\x00", "application/octet-stream", "a.pdf"),
        ):
            with self.subTest(kind, name=name):
                self.assertEqual(
                    self.get(content, name),
                    (kind, f'attachment; filename="{name}"', content),
                )

    def test_hostile_names_lead_nowhere_else(self):
        for given, name in (
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ('a"b\r\nSet-Cookie: x=1\0.pdf', "abSet-Cookie_x1.pdf"),
            ("....", "file"),
            ("/", "file"),
            ("学习.pdf", "学习.pdf"),
        ):
            with self.subTest(given):
                material = make_material(file=make_file(name=given))
                url = reverse("courses:material_file", args=[material.pk, name])
                self.assertEqual(material.get_absolute_url(), url)
                with closing(self.client.get(url)) as response:
                    self.assertEqual(response.status_code, 200)
                    self.assertNotIn("Set-Cookie", response.headers)

    def test_any_other_name_leads_to_the_right_one(self):
        material = make_material(file=make_file(name="new.pdf"))
        response = self.client.get(
            reverse("courses:material_file", args=[material.pk, "old.pdf"])
        )
        self.assertRedirects(
            response,
            material.get_absolute_url(),
            status_code=301,
            fetch_redirect_response=False,
        )
        self.assertEqual(response["Cache-Control"], "private, no-cache")

    def test_right_name_of_a_hidden_file_is_not_given_away(self):
        material = make_material(file=make_file(), visibility=Visibility.STAFF)
        hidden = self.client.get(
            reverse("courses:material_file", args=[material.pk, "old.pdf"])
        )
        missing = self.client.get("/materials/999/old.pdf")
        self.assertEqual((hidden.status_code, hidden.content), (404, missing.content))

    def test_link_and_promise_have_no_file(self):
        for material in (make_material(), make_material(state="missing")):
            url = reverse("courses:material_file", args=[material.pk, "a.pdf"])
            self.assertEqual(self.client.get(url).status_code, 404)

    def test_lost_bytes_are_not_found_and_logged(self):
        material = make_material(file=make_file())
        default_storage.delete(material.file.key)
        with self.assertLogs("courses.files", "ERROR") as log:
            response = self.client.get(material.get_absolute_url())
        missing = self.client.get("/materials/999/slides.pdf")
        self.assertEqual(
            (response.status_code, response.content), (404, missing.content)
        )
        self.assertEqual(
            log.records[0].getMessage(),
            f"Stored file {material.file.pk} has lost its bytes.",
        )

    def test_deciding_takes_one_query(self):
        material = make_material(make_session(), file=make_file())
        with self.assertNumQueries(1):
            self.client.get(material.get_absolute_url()).close()
