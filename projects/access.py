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
    "projects.Slot": Right("assignment__course", ALL, ALL),
    # What was received is looked at, by superusers as well.
    "projects.Delivery": Right("team__course", "v", "v"),
    "projects.Submission": Right("team__course", "v", "v"),
    "projects.RosterEntry": Right("delivery__team__course", "v", "v"),
    "projects.Refusal": Right("assignment__course", "v", "v"),
    "projects.Choice": Right("team__course", "v", "v"),
    "projects.Extension": Right("assignment__course", "vac", "vac"),  # c: take back
    "projects.GradingSet": Right("assignment__course", "va", "va"),
    "projects.Grade": Right("team__course", ALL, "vac"),
}
