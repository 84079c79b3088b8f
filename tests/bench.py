"""Figures for `make bench`: the import and the course page, on this machine."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench_bibtex import bibtex_figures

SHARED = Path("../shared/data/pages/deeplearning-2020-fall.html")
SAMPLE = Path("courses/sample/index.html")
BIBTEX = Path("../shared/data/bib")


def manage(*arguments):
    subprocess.run([sys.executable, "manage.py", *map(str, arguments)], check=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/bench.sqlite3"
        os.environ["DJANGO_MEDIA_ROOT"] = f"{folder}/media"
        manage("migrate", "--verbosity", "0")
        page = SHARED if SHARED.exists() else SAMPLE
        started = time.perf_counter()
        manage("import_page", page, "--course", "bench")
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"import of {page.name}: {seconds:.2f} s, at most {peak:.0f} MB")
        hostile(Path(folder))
        bibtex_figures()
        print(f"course page: {course_page():.0f} ms (median of 20)")
        import_figures(Path(folder))


def hostile(folder):
    """Seconds and memory to refuse or read the worst files thought of."""
    files = {
        "30 MB of nested tables": b"<table><tr><td>" * 2_000_000,
        "5 MB of nested bold": b"<table><tr><td>1/2</td><td>" + b"<b>" * 1_600_000,
        "5 MB of open brackets": b"<table><tr><td>1/2</td><td>" + b"[" * 4_900_000,
    }
    for name, content in files.items():
        file = folder / "hostile.html"
        file.write_bytes(content)
        started = time.perf_counter()
        command = [sys.executable, "manage.py", "import_page", file, "--dry-run"]
        subprocess.run(command, capture_output=True, check=False)
        print(f"{name}: {time.perf_counter() - started:.2f} s")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"the largest of these took {peak:.0f} MB")


def import_figures(folder):
    """Entries per second from the bytes of a file to rows, in an empty database."""
    for name in ("nime2014.bib", "d2l.bib"):
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/{name}.sqlite3"
        manage("migrate", "--verbosity", "0")
        script = (
            "import time; from pathlib import Path; "
            "from references import bibtex, citing; "
            "began = time.perf_counter(); "
            f"works, _ = bibtex.read(Path('{BIBTEX / name}').read_bytes()); "
            "citing.add(works); "
            "seconds = time.perf_counter() - began; "
            f"print(f'import of {name}: {{len(works) / seconds:.0f}} entries/s')"
        )
        manage("shell", "--verbosity", "0", "--command", script)


def course_page():
    """Milliseconds to answer the course page without a server, median of 20."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    import django

    django.setup()
    from django.test import Client

    client, times = Client(headers={"host": "127.0.0.1"}), []
    for _ in range(20):
        started = time.perf_counter()
        response = client.get("/courses/bench/")
        times.append(time.perf_counter() - started)
        assert response.status_code == 200
    return sorted(times)[10] * 1000


if __name__ == "__main__":
    main()
