"""Who logs in and how: what django-allauth does here, and what it may not."""
