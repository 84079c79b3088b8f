"""What public pages and answers show of what students do: rows of the table in
courses/revisions.py, which knows no models of this app."""

from courses.revisions import SHOWN, UNSHOWN, Shown

SHOWN |= {
    "projects.Slot": Shown("assignment__course", "assignment"),
    "projects.Gallery": Shown(
        "course", under="course session", column="state", values=("public",)
    ),
    "projects.Publication": Shown(
        "gallery__course",
        under="gallery",
        column="state",
        values=("published",),
        from_at="embargo_until",
    ),
    "projects.PublishedLink": Shown("publication__gallery__course", "publication"),
    "projects.Presentation": Shown("session__course", "session"),
    # Of teams only those that are shown with what they made or present.
    "projects.Team": Shown(
        "publications__gallery__course presentations__session__course",
        "publications presentations__session",
    ),
    "projects.Membership": Shown(
        "team__publications__gallery__course", "team__publications"
    ),
    "courses.StoredFile": Shown(
        "materials__course published_links__publication__gallery__course",
        "materials published_links__publication",
    ),
}
UNSHOWN |= {
    "projects.Choice",
    "projects.Delivery",
    "projects.Extension",
    "projects.Grade",
    "projects.GradingSet",
    "projects.GradingSet_submissions",
    "projects.Refusal",
    "projects.RosterEntry",
    "projects.Submission",
    "projects.TeamInvitation",
}
