"""Those of production, with the page of urls.py alone at /submit/."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.hand_in.urls"
