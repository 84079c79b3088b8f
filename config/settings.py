"""Settings: safe with nothing set. What differs between deployments is read
from the environment, or from an ignored ``.env`` beside ``manage.py``."""

import secrets
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")  # what the environment already sets wins

DEBUG = env.bool("DJANGO_DEBUG", default=False)

SECRET_KEY = env.str("DJANGO_SECRET_KEY", default="")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "DJANGO_SECRET_KEY is not set. Set it to a long random string, "
            "or DJANGO_DEBUG=1 for a trial on your own machine."
        )
    SECRET_KEY = secrets.token_urlsafe(50)

ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("DJANGO_CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "projects",
    "courses",
    "references",
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "corsheaders",
    "django_tasks",
    "django_filters",
    "drf_spectacular",
    "rest_framework",
    "simple_history",
    "csp",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "config.middleware.health",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "config.throttles.limits",
    "config.kept.answers",  # with what the rest gives them
    "csp.middleware.CSPMiddleware",
    "config.middleware.permissions_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.record_refusals",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.staff_second_factor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.operator",
                "config.context.administration",
            ],
        },
    },
]

DATABASE_URL = env.str("DATABASE_URL", default="")
DATABASES = {
    "default": env.db_url_config(DATABASE_URL or f"sqlite:///{BASE_DIR}/db.sqlite3")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Several processes may write: readers do not block, writers queue.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What processes share: the limits of log-ins and of the API. Without an address each
# has its own. What is kept to be had again is apart: asking for much must not push out
# what limits asking.
CACHE_URL = env.str("CACHE_URL", default="")
IN_PROCESS = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {
    "default": {"BACKEND": IN_PROCESS, "OPTIONS": {"MAX_ENTRIES": 10_000}},
    "kept": {"BACKEND": IN_PROCESS, "LOCATION": "kept"},
}
if CACHE_URL:
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }

AUTH_USER_MODEL = "courses.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "home"

# Log-in by a code that is mailed, or by password; nobody signs up by themselves.
ACCOUNT_ADAPTER = "courses.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "change_password": "courses.accounts.forms.ChangePasswordForm",
    "confirm_email_verification_code": "courses.accounts.forms.AddressCodeForm",
    "confirm_login_code": "courses.accounts.forms.CodeForm",
    "confirm_reauthentication_code": "courses.accounts.forms.CodeForm",
    "login": "courses.accounts.forms.PasswordForm",
    "reauthenticate": "courses.accounts.forms.PasswordAgainForm",
    "request_login_code": "courses.accounts.forms.CodeRequestForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]  # without it no password is asked
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600  # seconds; said in the mail
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = ACCOUNT_LOGIN_BY_CODE_TIMEOUT
ACCOUNT_EMAIL_NOTIFICATIONS = True  # of a changed password or second factor
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Proseminar] "
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    # A whole lecture hall comes from one address.
    "request_login_code": "300/m/ip,3/m/key,30/h/key",
    "login": "300/m/ip",
    "login_failed": "30/m/ip,5/5m/key",
}
MFA_FORMS = {
    "activate_totp": "courses.accounts.forms.SetUpForm",
    "authenticate": "courses.accounts.forms.SecondFactorForm",
    "reauthenticate": "courses.accounts.forms.SecondFactorAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Proseminar"
MFA_TOTP_TOLERANCE = 1  # half a minute, for clocks that are not quite right
STAFF_SECOND_FACTOR = env.bool("DJANGO_STAFF_SECOND_FACTOR", default=False)

# Log-in at a university. It is never tied to an account by comparing addresses: who
# is logged in here ties it.
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", default="")
SOCIALACCOUNT_ADAPTER = "courses.accounts.adapters.UniversityAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_PROVIDERS = {}
if OIDC_SERVER_URL:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "university",
                "name": env.str("OIDC_NAME", default="") or "the university",
                "client_id": env.str("OIDC_CLIENT_ID"),
                "secret": env.str("OIDC_CLIENT_SECRET"),
                "settings": {"server_url": OIDC_SERVER_URL},
            }
        ],
    }

# Mail that may wait is sent at once, or by manage.py db_worker from the database.
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
if env.str("DJANGO_TASKS", default="") == "database":
    INSTALLED_APPS.append("django_tasks_db")
    TASKS["default"]["BACKEND"] = "django_tasks_db.DatabaseBackend"

# What views of the API share. Classes named here import no views.
REST_FRAMEWORK = {
    "DEFAULT_FILTER_BACKENDS": [
        "references.rest.filtering.Filters",
        "references.rest.filtering.Ordering",
    ],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_PAGINATION_CLASS": "references.rest.pages.Pages",
    "DEFAULT_PARSER_CLASSES": ["references.rest.parsing.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "references.rest.schema.Schema",
    # Tokens alone log in: a session would let other sites write.
    "DEFAULT_AUTHENTICATION_CLASSES": ["courses.tokens.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticatedOrReadOnly",
        "courses.tokens.TokenScope",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["config.throttles.Throttle"],
    "EXCEPTION_HANDLER": "references.rest.problems.handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Proseminar",
    "DESCRIPTION": "What the pages of this site show, and what staff and students do "
    "on them. `/api/` begins with examples, and says what stays and what changed.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "ENFORCE_NON_BLANK_FIELDS": True,
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    # Names that stay when another resource has choices of the same name.
    "ENUM_NAME_OVERRIDES": {
        "AssignmentKindEnum": "courses.models.Assignment.Kind",
        "CourseKindEnum": "courses.models.Course.Kind",
        "CourseRoleEnum": "courses.models.CourseRole.Role",
        "CourseStatusEnum": "courses.models.Course.Status",
        "EnrolmentStatusEnum": "courses.models.Enrolment.Status",
        "GalleryStateEnum": "projects.models.Gallery.State",
        "MaterialKindEnum": "courses.models.Material.Kind",
        "MaterialStateEnum": "courses.models.Material.State",
        "PaperKindEnum": "references.models.Paper.Kind",
        "PaperLinkKindEnum": "references.models.PaperLink.Kind",
        "ProjectStateEnum": "projects.models.Publication.State",
        "PublishedLinkKindEnum": "projects.models.PublishedLink.Kind",
        "ReadingRoleEnum": "courses.models.Reading.Role",
        "SessionKindEnum": "courses.models.Session.Kind",
        "SessionStatusEnum": "courses.models.Session.Status",
        "SlotKindEnum": "projects.models.Slot.Kind",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "references.rest.schema.finish",
    ],
}

LANGUAGE_CODE = "en"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = env.str("DJANGO_TIME_ZONE", default="UTC")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = env.path("DJANGO_STATIC_ROOT", default=BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "config" / "static"]
MEDIA_ROOT = env.path("DJANGO_MEDIA_ROOT", default=BASE_DIR / "media")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MAX_UPLOAD_MB = env.int("DJANGO_MAX_UPLOAD_MB", default=100)
MAX_SUBMISSION_MB = env.int("DJANGO_MAX_SUBMISSION_MB", default=500)  # of a student
# 5 MB of papers, pasted or on their way through a form, compressed and signed.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a session with hundreds of readings
# No MEDIA_URL: uploaded files are reached only through a view that decides. It sends
# them itself, or names them to the web server under this prefix.
ACCEL_REDIRECT = env.str("DJANGO_ACCEL_REDIRECT", default="")

# Requests a minute: by address without a token, else reading and writing by token.
API_RATES = {"anonymous": 600, "read": 1200, "write": 300}
API_RATES |= {
    name: int(rate) for name, rate in env.dict("DJANGO_API_RATES", default={}).items()
}
API_MAX_BODY_MB = env.int("DJANGO_API_MAX_BODY_MB", default=5)
# Any site may read what is public from a browser; none may send a token through one.
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS"]
CORS_ALLOW_HEADERS = ["accept", "if-modified-since", "if-none-match"]
CORS_EXPOSE_HEADERS = [
    *("ETag", "Link", "RateLimit", "RateLimit-Policy", "Retry-After"),
]

# For pages, the administration's too. Files have a policy of their own (rule 16).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not DEBUG:
    # Django itself would tell of errors by mail alone; this is docker compose logs web.
    LOGGING = {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
    }
    SCHEME = env.str("DJANGO_SCHEME", default="https")
    if SCHEME not in ("http", "https"):
        raise ImproperlyConfigured(f"DJANGO_SCHEME is http or https, not “{SCHEME}”.")
    if SCHEME == "https":
        SECURE_SSL_REDIRECT = True
        SECURE_HSTS_SECONDS = env.int("DJANGO_HSTS_SECONDS", default=31_536_000)
        SECURE_HSTS_INCLUDE_SUBDOMAINS = True
        SECURE_HSTS_PRELOAD = True
        SESSION_COOKIE_SECURE = True
        CSRF_COOKIE_SECURE = True
    if env.bool("DJANGO_BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# How many proxies each add an address to X-Forwarded-For: so many from its end stands
# the visitor's, and what visitors wrote there themselves comes before it.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("DJANGO_PROXY_COUNT", default=0)

CONTACT = env.str("DJANGO_CONTACT", default="")  # an e-mail or web address
# Whether arXiv and Crossref may be asked for papers; no other host ever is.
PAPER_LOOKUP = env.bool("DJANGO_PAPER_LOOKUP", default=False)
EMAIL_URL = env.str("EMAIL_URL", default="") or "consolemail://"
vars().update(env.email_url_config(EMAIL_URL))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DJANGO_FROM_EMAIL", default="") or "proseminar@localhost"
SERVER_EMAIL = DEFAULT_FROM_EMAIL
