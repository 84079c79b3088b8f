"""How bodies are read: JSON (RFC 8259), in UTF-8, each name once."""

import json
from collections import Counter

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class StrictJSONParser(JSONParser):
    """Raises ParseError with the place of what is no JSON; also for NaN and infinity,
    and for an object that has a name twice, of which others would take the last."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            return json.loads(
                stream.read().decode(),
                object_pairs_hook=_once,
                parse_constant=_refuse,
            )
        except json.JSONDecodeError as error:
            words = _("This is no JSON, at line %(line)d, column %(column)d.")
            place = {"line": error.lineno, "column": error.colno}
            raise ParseError(words % place) from None
        except UnicodeDecodeError:
            raise ParseError(_("This is no text in UTF-8.")) from None
        except ValueError:  # a number of thousands of digits
            raise ParseError(_("It has a number that is too long.")) from None


def _once(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        [(twice, _count)] = Counter(name for name, _value in pairs).most_common(1)
        raise ParseError(_("“%s” stands twice in one object.") % printable(twice))
    return found


def printable(name):
    """The beginning of ``name``, from a body, without what no text can have."""
    return name[:80].encode("utf-8", "replace").decode().replace("\0", "?")


def _refuse(constant):
    raise ParseError(_("%s is no number in JSON.") % constant)
