"""Which addresses Telegram accepts in links and buttons."""

from __future__ import annotations

import re

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_WEB = re.compile(
    r"(?P<login>[^@/?#\s]*@)?(?P<host>[^@/?#:\s]+)(?P<port>:[0-9]{1,5})?"
    r"(?P<path>/[^?#\s]*)?(?P<rest>[?#]\S*)?"
)
_HOST = re.compile(r"(?:[\w-]+\.)+[\w-]{2,}|[0-9]{1,3}(?:\.[0-9]{1,3}){3}")


class LinkError(ValueError):
    """The address would be refused, for this reason, in Telegram's words."""


def checked_link(url: str) -> str:
    """The address as Telegram stores it; raises LinkError for one it would refuse."""
    if url.lower().startswith(("tg:", "ton:")):
        return url
    scheme = _SCHEME.match(url)
    protocol = scheme.group(1).lower() if scheme else "http"
    if protocol not in ("http", "https"):
        raise LinkError("Unsupported URL protocol")
    web = _WEB.fullmatch(url[scheme.end() :] if scheme else url)
    # A name without a dot, such as localhost, means nothing on the customer's telephone.
    if web is None or not _HOST.fullmatch(web["host"]):
        raise LinkError("Wrong HTTP URL")
    login, host, port = web["login"] or "", web["host"].lower(), web["port"] or ""
    return f"{protocol}://{login}{host}{port}{web['path'] or '/'}{web['rest'] or ''}"
