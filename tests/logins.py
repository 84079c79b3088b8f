"""Logging in, in tests."""

import base64
import hmac
import re
import struct
import time

from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail

CODE = re.compile(r"^ +([A-Z]{4}-[A-Z]{4})$", re.MULTILINE)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def log_in(client, user):
    """A session of ``user`` who logged in a moment ago: nothing asks again."""
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "code", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def mailed_code():
    """The code in the last mail."""
    [code] = CODE.findall(mail.outbox[-1].body)
    return code


def prove_address(user):
    user.emailaddress_set.update(verified=True)
    return user


def give_second_factor(user, secret=SECRET):
    prove_address(user)
    return TOTP.activate(user, secret)


def app_code(secret=SECRET, at=None):
    """What an authenticator app shows (RFC 6238: SHA-1, six digits, 30 seconds)."""
    counter = struct.pack(">Q", int(time.time() if at is None else at) // 30)
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"
