"""The papers of the real course page in readers of others, for `make soak`.

CSL-JSON is read by citation-js, which npm installs into a temporary folder.
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

PAGE = Path("../shared/data/pages/deeplearning-2020-fall.html")
READER = """
const Cite = require('citation-js');
const items = new Cite(require('fs').readFileSync(0, 'utf8')).format('data', {
  format: 'object',
});
const names = (item) => (item.author || []).map((name) => name.family || name.literal);
console.log(JSON.stringify(items.map((item) => [item.id, item.title, names(item)])));
"""


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/soak.sqlite3"
        os.environ["DJANGO_MEDIA_ROOT"] = f"{folder}/media"
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        import django

        django.setup()
        from django.core.management import call_command
        from django.test import Client

        call_command("migrate", verbosity=0)
        call_command("import_page", PAGE, course="soak", time_zone="Asia/Hong_Kong")
        client = Client(headers={"host": "127.0.0.1"})
        exported = client.get("/courses/soak/readings.json").text
        theirs = read(exported, folder)
        ours = [
            [
                item["id"],
                item["title"],
                [name.get("family") or name["literal"] for name in item["author"]],
            ]
            for item in json.loads(exported)
        ]
        assert ours == theirs, (ours, theirs)
        print(f"citation-js reads all {len(theirs)} papers of {PAGE.name} as they are")


def read(exported, folder):
    """(id, title, families) of each item, as citation-js reads it."""
    run = {"cwd": folder, "check": True, "capture_output": True, "text": True}
    npm, node = shutil.which("npm"), shutil.which("node")
    subprocess.run([npm, "install", "--no-fund", "citation-js@0.7"], **run)
    done = subprocess.run([node, "--eval", READER], input=exported, **run)
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
