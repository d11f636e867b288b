"""The running blog as a test sees it: its addresses, its logins, and one coroutine per act.

Does not start or stop the blog, and does not hide WordPress's answers: what it refuses is raised with its code.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import aiohttp
from multidict import CIMultiDict

Json = dict[str, Any]


class RefusedError(Exception):
    """WordPress answered outside 2xx: `status` is the HTTP status, `code` the REST error code ("" without one)."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; `data` is the decoded JSON where there is some."""

    status: int
    headers: CIMultiDict[str]
    text: str
    data: Any

    @property
    def code(self) -> str:
        """WordPress's error code, "" without one."""
        return str(self.data.get("code", "")) if isinstance(self.data, dict) else ""


@dataclass(frozen=True)
class WordPress:
    """One blog on loopback.

    `url` is the site root without a trailing slash. `logins` maps a role's short name ('admin', 'bridge', 'editor',
    'author', 'subscriber', 'librarian') to {'id', 'username', 'app_password'}; 'bridge' may read, edit_posts and
    moderate_comments and nothing else, 'librarian' upload_files and delete_posts besides.
    """

    url: str
    site: Path
    version: str
    logins: Mapping[str, Mapping[str, Any]] = field(repr=False)

    @property
    def rest(self) -> str:
        """The REST root, with its trailing slash."""
        return f"{self.url}/wp-json/"

    def login(self, role: str) -> tuple[str, str]:
        """(username, application password) of an account; KeyError for a role that has none."""
        entry = self.logins[role]
        return str(entry["username"]), str(entry["app_password"])

    async def exchange(
        self,
        method: str,
        route: str,
        *,
        by: str | None = "admin",
        params: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request and its answer whatever it is; redirects are not followed.

        `route` is relative to the REST root ('wp/v2/posts'), or from the site's root when it begins with a slash.
        `by` is a role of `logins`, None for nobody; `content` is a raw body in place of JSON.
        """
        address = self.url + route if route.startswith("/") else self.rest + route
        sent = dict(headers or {})
        if by:
            sent.setdefault("Authorization", aiohttp.encode_basic_auth(*self.login(by)))
        # A session per call: one blog serves many tests, and each test has an event loop of its own.
        async with (
            aiohttp.ClientSession(headers=sent) as session,
            session.request(method, address, params=params, json=body, data=content, allow_redirects=False) as answer,
        ):
            text = await answer.text()
            data = json.loads(text) if text and answer.content_type == "application/json" else None
            return Answer(answer.status, CIMultiDict(answer.headers), text, data)

    async def request(
        self,
        method: str,
        route: str,
        *,
        by: str | None = "admin",
        params: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """The decoded JSON of one REST call. Raises RefusedError for anything but 2xx."""
        answer = await self.exchange(method, route, by=by, params=params, body=body)
        if answer.status >= 300:
            raise RefusedError(answer.status, answer.code, answer.text[:300])
        return answer.data

    async def post(self, title: str, html: str, *, by: str = "admin", **fields: Any) -> Json:
        """Publish a post; `fields` are those of WordPress's route (status, slug, date_gmt, categories, …)."""
        body = {"title": title, "content": html, "status": "publish", **fields}
        return cast(Json, await self.request("POST", "wp/v2/posts", by=by, body=body))

    async def comment(
        self,
        post_id: int,
        html: str,
        parent: int = 0,
        *,
        author_name: str = "Ada Reader",
        author_email: str = "ada@example.test",
        author_url: str = "",
        status: str = "approved",
        by: str = "admin",
        **fields: Any,
    ) -> Json:
        """Write a guest's comment, approved and unfiltered unless told otherwise; the answer is the edit view."""
        body = {
            "post": post_id,
            "content": html,
            "parent": parent,
            "author_name": author_name,
            "author_email": author_email,
            "author_url": author_url,
            "status": status,
            **fields,
        }
        return cast(Json, await self.request("POST", "wp/v2/comments", by=by, body=body))

    async def edit_comment(self, comment_id: int, *, by: str = "admin", **fields: Any) -> Json:
        """Change fields of a comment (content, parent, author_name, …)."""
        return cast(Json, await self.request("POST", f"wp/v2/comments/{comment_id}", by=by, body=fields))

    async def set_status(self, comment_id: int, status: str) -> Json:
        """'approved', 'hold', 'spam' or 'trash'."""
        return await self.edit_comment(comment_id, status=status)

    async def trash(self, comment_id: int) -> Json:
        """Move a comment to the trash; its children go on pointing at it."""
        return cast(Json, await self.request("DELETE", f"wp/v2/comments/{comment_id}"))

    async def delete(self, comment_id: int) -> Json:
        """Remove a comment for good; its children move up to its parent."""
        return cast(Json, await self.request("DELETE", f"wp/v2/comments/{comment_id}", params={"force": "true"}))

    async def get_comment(self, comment_id: int) -> Json:
        """One comment in the edit view, whatever its status."""
        return cast(Json, await self.request("GET", f"wp/v2/comments/{comment_id}", params={"context": "edit"}))

    async def comments(self, post_id: int, *, status: str = "approve") -> list[Json]:
        """All comments of a post by id ascending, `status` in the listing's words (approve, hold, spam, trash, any)."""
        found: list[Json] = []
        page = 1
        while True:
            params: dict[str, str | int] = {"post": post_id, "status": status, "orderby": "id", "order": "asc"}
            batch = await self.request("GET", "wp/v2/comments", params={**params, "per_page": 100, "page": page})
            if not batch:
                return found
            found += batch
            page += 1

    async def edit_post(self, post_id: int, **fields: Any) -> Json:
        """Change fields of a post (title, content, status, slug, …)."""
        return cast(Json, await self.request("POST", f"wp/v2/posts/{post_id}", body=fields))

    async def trash_post(self, post_id: int) -> Json:
        """Move a post to the trash; its comments become post-trashed."""
        return cast(Json, await self.request("DELETE", f"wp/v2/posts/{post_id}"))

    async def restore_post(self, post_id: int) -> None:
        """Take a post out of the trash and publish it, as the dashboard does: over REST its comments stay behind."""
        await self._control({"do": "restore_post", "id": post_id})

    async def option(self, name: str, value: object) -> Any:
        """Set an option of the blog (None removes it); returns the former value, for putting it back."""
        return await self._control({"do": "option", "name": name, "value": value})

    async def insert_comment(self, **comment: Any) -> int:
        """Store a comment as PHP's wp_insert_comment does (comment_type='pingback', …); returns its id."""
        return int(await self._control({"do": "insert_comment", "comment": comment}))

    async def _control(self, order: Json) -> Any:
        process = await asyncio.create_subprocess_exec(
            "php",
            "-d",
            "display_errors=stderr",
            str(Path(__file__).with_name("control.php")),
            str(self.site),
            self.url,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(json.dumps(order).encode())
        if process.returncode:
            raise RuntimeError(f"WordPress could not {order['do']}: {err.decode()[-500:]}")
        return json.loads(out)
