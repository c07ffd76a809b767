"""What keeps a loopback tool to itself: nobody else's page may read it, steer it or frame it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import hdrs, web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_READING = {"GET", "HEAD"}
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types playground",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def guard(app: web.Application) -> None:
    """Make the application, and what is mounted into it, answer its own page alone.

    A Host that is not loopback is 421 (a foreign name may be pointed at 127.0.0.1), a foreign
    Origin 403, and a POST whose body is not JSON 415 (other pages can send forms unasked)."""
    app.middlewares.append(_only_this_page)
    app.on_response_prepare.append(_add_headers)


@web.middleware
async def _only_this_page(request: web.Request, handler: Handler) -> web.StreamResponse:
    if not _is_loopback(request.host):
        return _refusal(421, "Open the playground as http://localhost or http://127.0.0.1.")
    if request.method not in _READING:
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and origin != f"{request.scheme}://{request.host}":
            return _refusal(403, f"The playground takes nothing from {origin}.")
        if request.content_type != "application/json":
            return _refusal(415, "The body must be application/json.")
    return await handler(request)


def _is_loopback(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").hostname in _LOOPBACK
    except ValueError:
        return False


def _refusal(status: int, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status)


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
