"""The addresses of pages, each put together once in a process: an answer of the API may
have hundreds, and of one page many times the same."""

from functools import lru_cache

from django.urls import reverse


@lru_cache(maxsize=10_000)
def address(name, *args):
    """Where the page called ``name`` is, for ``args`` of its address."""
    return reverse(name, args=args)
