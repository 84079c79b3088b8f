"""How the administration prints instants: by the clock of the site, which it names."""

DATETIME_FORMAT = "j M Y, H:i T"
