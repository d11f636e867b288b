"""Makes wrong answers out of right ones, one way for each kind of fault.

Does not decide when, and does not touch connections.
"""

from __future__ import annotations

import json
import re

from aiohttp import web

RETRY_AFTER = "1"
_PROXY_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center><hr></body></html>"
_TITLES = {
    "403": "403 Forbidden",
    "429": "429 Too Many Requests",
    "500": "500 Internal Server Error",
    "502": "502 Bad Gateway",
    "503": "503 Service Temporarily Unavailable",
    "504": "504 Gateway Time-out",
}
_NOTICE = "<br />\n<b>Warning</b>:  Undefined array key 0 in <b>/srv/plugin.php</b> on line <b>7</b><br />\n"


def spoilt(kind: str, right: web.Response | None, *, wants_json: bool) -> web.Response:
    """The answer that a fault sends; `right` is what would have gone out, None when nothing was done."""
    if kind in _TITLES:
        headers = {"Retry-After": RETRY_AFTER} if kind == "429" else {}
        return _html(_PROXY_PAGE.format(_TITLES[kind]), int(kind), headers)
    if kind == "401":
        body = {"code": "incorrect_password", "message": "The provided password is invalid.", "data": {"status": 401}}
        return web.json_response(body, status=401)
    if kind == "maintenance":
        return _maintenance(wants_json=wants_json)
    if kind == "not-json" or right is None:
        return _html("<html><body>Please enable cookies to continue.</body></html>", 200, {})
    if kind == "notice-before-json":
        right.text = _NOTICE + (right.text or "")
    elif kind in {"empty-list", "short-list"}:
        _shorten(right, keep_half=kind == "short-list")
    return right


def _html(text: str, status: int, headers: dict[str, str]) -> web.Response:
    return web.Response(text=text, status=status, headers=headers, content_type="text/html", charset="UTF-8")


def _maintenance(*, wants_json: bool) -> web.Response:
    """WordPress: wp_maintenance(). JSON only for those who say that they accept it."""
    headers = {"Retry-After": "600"}
    message = "Briefly unavailable for scheduled maintenance. Check back in a minute."
    if not wants_json:
        return _html(f"<html><body>{message}</body></html>", 503, headers)
    body = {"code": "wp_die", "message": message, "data": {"status": 503}}
    return web.json_response(body, status=503, headers=headers)


def _shorten(right: web.Response, *, keep_half: bool) -> None:
    """Leave half of a listing's items, or none, and totals to match; a feed loses its items likewise."""
    text = right.text or ""
    if right.content_type.endswith("json"):
        items = json.loads(text)
        if not isinstance(items, list):
            return
        kept = items[: len(items) // 2] if keep_half else []
        right.text = json.dumps(kept)
        right.headers["X-WP-Total"] = str(len(kept))
        right.headers["X-WP-TotalPages"] = str(min(1, len(kept)))
        right.headers.popall("Link", None)
    elif right.content_type.endswith("xml"):
        items = re.findall(r"\s*<(?:item|entry)>.*?</(?:item|entry)>", text, flags=re.DOTALL)
        for item in items[len(items) // 2 :] if keep_half else items:
            text = text.replace(item, "", 1)
        right.text = text
