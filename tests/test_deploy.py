"""Production: the compose file, the server it starts, the proxy before it."""

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import RequestFactory

from courses.accounts.adapters import AccountAdapter
from tests import deployed
from tests.deployed import FILLED, Compose, ask
from tests.factories import make_course, make_file, make_material, make_user

NAME = "courses.example.org"
HTML = b"<script>alert(1)</script>"


def test_compose_file_is_valid():
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--builtin-schema", "vendor.compose-spec", "docker-compose.yml"),
        ],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", FILLED)
def test_compose_asks_for_what_must_be_chosen(name):
    with pytest.raises(LookupError, match=name):
        Compose(**FILLED | {name: ""})


def test_name_decides_between_https_and_plain_http():
    told = {
        name: (
            compose.environment("web")["DJANGO_SCHEME"],
            compose.environment("web")["DJANGO_ALLOWED_HOSTS"],
            compose.command("https"),
        )
        for name in ("", NAME)
        if (compose := Compose(**FILLED, SITE_NAME=name))
    }
    proxy = ["caddy", "reverse-proxy", "--to", "proxy:8080", "--from"]
    assert {
        name: (scheme, hosts, sorted(command))
        for name, (scheme, hosts, command) in told.items()
    } == {
        "": ("http", "localhost,127.0.0.1", sorted([*proxy, ":80"])),
        NAME: ("https", NAME, sorted([*proxy, NAME])),
    }


@pytest.fixture
def nginx():
    """Where the web server is; in CI a missing one is a failure."""
    if not (program := deployed.nginx()):
        if os.environ.get("CI"):
            pytest.fail("nginx is not installed: apt-get install nginx")
        pytest.skip("needs nginx")
    return program


def test_application_is_told_how_many_proxies_name_the_visitor(
    nginx, tmp_path, settings
):
    """Caddy drops what a visitor writes into X-Forwarded-For and writes the address it
    sees; nginx, run here, adds Caddy's. So the second from the end is the visitor's."""
    compose, port = Compose(**FILLED), deployed.free_port()
    with deployed.serving(deployed.echo()) as upstream:
        configuration = deployed.nginx_configuration(
            *(compose, tmp_path, port, upstream, tmp_path, tmp_path)
        )
        command = [nginx, "-p", tmp_path, "-c", configuration]
        with deployed.running([*command, "-e", tmp_path / "errors"], port):
            _, _, seen = ask(port, "/", X_Forwarded_For="203.0.113.7")
    [forwarded] = re.findall(r"(?im)^x-forwarded-for: (.*?)\r?$", seen.decode())
    assert forwarded == "203.0.113.7, 127.0.0.1"
    count = compose.environment("web")["DJANGO_PROXY_COUNT"]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = int(count)
    request = RequestFactory().get("/", headers={"x-forwarded-for": forwarded})
    assert AccountAdapter().get_client_ip(request) == "203.0.113.7"


def test_accounts_follow_the_environment():
    """Values of .env reach the settings; empty ones are as good as none."""
    names = ["EMAIL_HOST", "DEFAULT_FROM_EMAIL", "STAFF_SECOND_FACTOR"]
    code = (
        "from django.conf import settings as s; import json; "
        f"print(json.dumps([*(getattr(s, name, None) for name in {names}), "
        "s.CACHES['default'].get('LOCATION'), s.SOCIALACCOUNT_PROVIDERS]))"
    )

    def told(**values):
        environment = Compose(**FILLED | values).environment("web")
        environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
        command = [sys.executable, "-c", code]
        return json.loads(
            subprocess.check_output(command, cwd=settings.BASE_DIR, env=environment)
        )

    cache = "redis://cache:6379"
    assert told() == [None, "proseminar@localhost", True, cache, {}]
    *rest, providers = told(
        EMAIL_URL="smtp+tls://me:secret@mail.example.org:587",
        DJANGO_FROM_EMAIL="courses@example.org",
        DJANGO_STAFF_SECOND_FACTOR="0",
        OIDC_SERVER_URL="https://id.example.org",
        OIDC_CLIENT_ID="proseminar",
        OIDC_CLIENT_SECRET="secret",
    )
    assert rest == ["mail.example.org", "courses@example.org", False, cache]
    [app] = providers["openid_connect"]["APPS"]
    assert app == {
        "provider_id": "university",
        "name": "the university",
        "client_id": "proseminar",
        "secret": "secret",
        "settings": {"server_url": "https://id.example.org"},
    }


def test_image_has_what_runs_and_nothing_else():
    root = Path(settings.BASE_DIR)
    lines = (root / ".dockerignore").read_text().splitlines()
    taken = {line[1:].rstrip("/") for line in lines if line.startswith("!")}
    packages = {path.parent.name for path in root.glob("*/__init__.py")} - {"tests"}
    assert taken == packages | {
        *("templates", "locale", "deploy"),
        *("manage.py", "requirements.lock"),
    }


@pytest.fixture(scope="session")
def static_root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("static")
    deployed.collect_static(folder)
    return folder


@pytest.fixture
def web(transactional_db, static_root):
    """A function: a service of the compose file, as deployed.web() starts it."""
    return partial(deployed.web, static=static_root)


def test_serves_pages_and_static_files(web):
    make_course(title="Deep Learning")
    port, server = web(Compose(**FILLED))
    with server:
        assert ask(port, "/healthz")[::2] == (200, b"ok")
        status, headers, page = ask(port, "/")
        assert (status, b"Deep Learning" in page) == (200, True)
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "Strict-Transport-Security" not in headers
        [stylesheet] = re.findall(rb'href="(/static/site\.[0-9a-f]{12}\.css)"', page)
        status, headers, _ = ask(port, stylesheet.decode())
        assert (status, headers["Content-Type"]) == (200, 'text/css; charset="utf-8"')
        _, headers, _ = ask(port, "/accounts/login/")
        assert "Secure" not in headers["Set-Cookie"]  # or nobody could log in
        status, _, page = ask(port, "/nothing/")
        assert (status, b"Page not found" in page) == (404, True)
        assert ask(port, "/", Host="elsewhere.example.org")[0] == 400


def ask_for_code(port, email):
    """The status of a visitor's wish for a code, in a window of its own."""
    _, headers, page = ask(port, "/accounts/login/")
    [token] = re.findall(rb'name="csrfmiddlewaretoken" value="(\w+)"', page)
    body = urlencode({"email": email, "csrfmiddlewaretoken": token.decode()})
    cookie = headers["Set-Cookie"].partition(";")[0]
    form = "application/x-www-form-urlencoded"
    return ask(
        port, "/accounts/login/", "POST", body, Cookie=cookie, Content_Type=form
    )[0]


def test_processes_share_the_limits_of_log_ins(web):
    make_user("ada@example.org")
    with deployed.serving(deployed.valkey()) as cache:
        port, server = web(Compose(**FILLED), CACHE_URL=f"redis://127.0.0.1:{cache}")
        with server:
            for email in ("ada@example.org", "nobody@example.org"):
                statuses = [ask_for_code(port, email) for _ in range(8)]
                assert sorted(statuses) == [302] * 3 + [429] * 5


def test_with_a_name_insists_on_https(web):
    port, server = web(Compose(**FILLED, SITE_NAME=NAME))
    with server:
        status, headers, _ = ask(port, "/papers/", Host=NAME)
        assert (status, headers["Location"]) == (301, f"https://{NAME}/papers/")
        assert ask(port, "/healthz")[::2] == (200, b"ok")
        https = {"Host": NAME, "X_Forwarded_Proto": "https"}
        status, headers, _ = ask(port, "/accounts/login/", **https)
        assert (status, "Secure" in headers["Set-Cookie"]) == (200, True)
        assert "max-age=31536000" in headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"DJANGO_SECRET_KEY": ""}, "DJANGO_SECRET_KEY is not set"),
        ({"DJANGO_SCHEME": "htps"}, "DJANGO_SCHEME is http or https"),
    ],
)
def test_wrong_settings_stop_the_start(change, word):
    compose = Compose(**FILLED)
    refused = subprocess.run(
        [*compose.command("web"), "--bind", "127.0.0.1:0"],  # the last one counts
        cwd=settings.BASE_DIR,
        env=compose.environment("web") | change,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert refused.returncode != 0
    assert word in refused.stderr


def test_database_that_is_gone_is_told(web):
    port, server = web(
        Compose(**FILLED), DATABASE_URL="postgres://nobody@127.0.0.1:1/none"
    )
    with server:
        assert ask(port, "/healthz")[::2] == (503, b"database")


@pytest.fixture
def behind_nginx(web, nginx, static_root, tmp_path):
    """A function: the application behind nginx as in production, for as long as a
    with statement lasts; ``port`` leads to nginx, ``application`` past it."""

    @contextmanager
    def start(**values):
        limits = {"DJANGO_MAX_UPLOAD_MB": "1", "DJANGO_MAX_SUBMISSION_MB": "2"}
        compose = Compose(**FILLED, **limits, **values)
        application, server = web(compose)
        port = deployed.free_port()
        configuration = deployed.nginx_configuration(
            *(compose, tmp_path, port, application, settings.MEDIA_ROOT, static_root)
        )
        command = [nginx, "-p", tmp_path, "-c", configuration]
        with server, deployed.running([*command, "-e", tmp_path / "errors"], port):
            yield SimpleNamespace(port=port, application=application, folder=tmp_path)

    return start


@pytest.fixture
def site(behind_nginx):
    with behind_nginx() as site:
        yield site


SAME = (
    "Cache-Control",
    "Content-Disposition",
    "Content-Length",
    "Content-Security-Policy",
    "Content-Type",
    "Cross-Origin-Opener-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
)


def test_proxy_sends_files_with_all_their_headers(site, web):
    course = make_course()
    files = [
        make_file(b"%PDF-1.7\n" + bytes(range(256)), "slides.pdf"),
        make_file(HTML, "slides.pdf"),
        make_file(b'<svg xmlns="http://www.w3.org/2000/svg"/>', "学习.svg"),
    ]
    addresses = [make_material(course, file=file).get_absolute_url() for file in files]
    port, streaming = web(Compose(**FILLED), DJANGO_ACCEL_REDIRECT="")
    with streaming:
        for address, file in zip(addresses, files, strict=True):
            status, headers, body = ask(site.port, address)
            _, streamed, sent = ask(port, address)
            assert (status, len(body), body) == (200, file.size_bytes, sent)
            assert {name: headers[name] for name in SAME} == {
                name: streamed[name] for name in SAME
            }
            assert "Cookie" in headers.get_all("Vary")
            assert headers["X-Accel-Redirect"] is None
            assert ask(site.application, address)[2] == b""  # it was nginx that sent
            tag = headers["ETag"]
            status, headers, _ = ask(site.port, address, If_None_Match=tag)
            policy = headers["Content-Security-Policy"]
            assert (status, policy) == (304, "sandbox; default-src 'none'")
            assert ask(site.port, address, Range="bytes=1-3")[0] == 206
            assert ask(site.port, f"/protected/{file.key}")[0] == 404


def test_proxy_serves_pages_and_static_files(site):
    make_course(title="Deep Learning")
    status, headers, page = ask(site.port, "/")
    assert (status, b"Deep Learning" in page) == (200, True)
    [stylesheet] = re.findall(rb'href="(/static/site\.[0-9a-f]{12}\.css)"', page)
    for address, lifetime in (
        (stylesheet.decode(), "public, max-age=31536000, immutable"),
        ("/static/site.css", "public, max-age=60"),
    ):
        status, headers, sent = ask(site.port, address, Accept_Encoding="gzip")
        assert (status, headers["Content-Type"]) == (200, "text/css")
        assert (headers["Cache-Control"], sent[:2]) == (lifetime, b"\x1f\x8b")
        assert headers["X-Content-Type-Options"] == "nosniff"
    for address in ("/static/../nginx.conf", "/static../manage.py", "/protected/"):
        assert ask(site.port, address)[0] in (400, 404)
    assert "127.0.0.1" not in (site.folder / "visits").read_text()


def test_proxy_refuses_what_is_too_large_in_the_words_of_the_site(site):
    for size, taken in ((9_000_000, True), (12_000_000, False)):
        status, headers, page = ask(
            site.port, "/accounts/login/?x=1", "POST", bytes(size), Cookie="sessionid=x"
        )
        assert status == (403 if taken else 413)  # 403: the form has no token
        if not taken:
            assert b"What you sent has 12.0 MB and was not taken." in page
            assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert ask(site.port, "/errors/413/")[0] == 404


def test_proxy_takes_larger_work_of_students(site):
    for address in ("/submit/1/", "/api/v1/assignments/1/deliveries/"):
        form = {"Content_Type": "multipart/form-data; boundary=x"}
        status, _, _ = ask(site.port, address, "POST", bytes(12_000_000), **form)
        assert status != 413
    status, _, page = ask(site.port, "/submit/1/", "POST", bytes(22_000_000))
    assert (status, b"Each file may have at most 2 MB" in page) == (413, True)


def test_worker_does_what_the_application_puts_off():
    compose = Compose(**FILLED)
    assert compose.command("worker") == ["python", "manage.py", "db_worker"]
    assert compose.environment("worker") == compose.environment("web")
    assert compose.environment("web")["DJANGO_TASKS"] == "database"


def test_an_error_is_told_in_the_log(web):
    port, server = web(
        Compose(**FILLED), DATABASE_URL="postgres://nobody@127.0.0.1:1/none"
    )
    with server as process:
        assert ask(port, "/")[0] == 500
        process.said.seek(0)
        assert b"Internal Server Error: /\nTraceback" in process.said.read()


def test_proxy_hands_on_what_it_heard_of_https(behind_nginx):
    with behind_nginx(SITE_NAME=NAME) as site:
        assert ask(site.port, "/", Host=NAME)[0] == 301
        assert ask(site.port, "/", Host=NAME, X_Forwarded_Proto="https")[0] == 200
