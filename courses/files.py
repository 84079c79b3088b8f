"""Stored files as answers. Whoever calls this has decided that they may go out."""

import logging

from django.conf import settings
from django.http import (
    FileResponse,
    Http404,
    HttpResponse,
    HttpResponseGone,
    HttpResponsePermanentRedirect,
)
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)

# What browsers show without running anything of it; all else is saved to disk.
INLINE = frozenset(
    ["application/pdf", "image/gif", "image/jpeg", "image/png", "image/webp"]
)


def serve(stored_file, name, address):
    """The bytes of ``stored_file`` as a response that cannot do harm: streamed, or
    left to the web server with the same headers (deploy/nginx.conf.template).

    ``name`` is what the request asked for. Under any but the file's own it is
    sent on to ``address``. Bytes that are lost are logged and answered with 404, those
    that were erased with 410.
    """
    if stored_file.erased_at:
        response = HttpResponseGone(
            _("This file was erased, as the law or its author asked."),
            content_type="text/plain; charset=utf-8",
        )
    elif name != stored_file.name:
        response = HttpResponsePermanentRedirect(address)
    else:
        try:
            content = stored_file.open()
        except FileNotFoundError:
            logger.error("Stored file %s has lost its bytes.", stored_file.pk)
            raise Http404 from None
        response = FileResponse(
            content,
            as_attachment=stored_file.content_type not in INLINE,
            filename=stored_file.name,
            content_type=stored_file.content_type,
        )
        if settings.ACCEL_REDIRECT:
            content.close()
            same = ("Content-Type", "Content-Disposition")
            response = HttpResponse(headers={name: response[name] for name in same})
            response["X-Accel-Redirect"] = f"{settings.ACCEL_REDIRECT}{stored_file.key}"
        response["Content-Security-Policy"] = "sandbox; default-src 'none'"
        response["X-Content-Type-Options"] = "nosniff"
    # The way to the file may be closed, and the file replaced, at any time.
    response["Cache-Control"] = "private, no-cache"
    return response
