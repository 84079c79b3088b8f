"""The folder a page's relative addresses may lead into."""

from pathlib import Path
from urllib.parse import unquote, urlsplit


class Folder:
    """Files under ``root``: never outside it, never through a symbolic link.

    Without ``root`` there are none.
    """

    def __init__(self, root: Path | None = None):
        self._root = root.resolve() if root else None

    def find(self, address: str) -> Path | None:
        """The file that a relative ``address`` names, or None."""
        try:
            parts = urlsplit(address)
        except ValueError:
            return None
        if not self._root or parts.scheme or parts.netloc or not parts.path:
            return None
        path = self._root
        for step in unquote(parts.path).lstrip("/").split("/"):
            if step in ("", "."):
                continue
            if step == ".." or "\0" in step or "\\" in step:
                return None
            path = path / step
            if _is_link(path):
                return None
        return path if path.is_file() else None


def _is_link(path):
    try:
        return path.is_symlink()
    except OSError:  # a name too long for any file
        return True
