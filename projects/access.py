"""What staff may do in the administration with what students do: rows of the table in
courses/access.py, which knows no models of this app."""

from courses.access import ALL, RIGHTS, Right

RIGHTS |= {
    # model                        path to its course   instructor  assistant
    "projects.Team": Right("course", ALL, ALL),
    "projects.Membership": Right("team__course", ALL, ALL),
    "projects.Presentation": Right("session__course", ALL, ALL),
    "projects.Gallery": Right("course", ALL, "vc"),
    "projects.Publication": Right("gallery__course", ALL, "vac"),
    "projects.PublishedLink": Right("publication__gallery__course", ALL, ALL),
}
