"""What the bridge relies on when it writes comments: held on the loopback blog and on a real WordPress alike.

Does not look at listings, feeds or markup; test_wordpress_listing.py and test_wordpress_html.py do.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.support.wordpress import Answer, RefusedError, WordPress

JUMP = "https://discord.com/channels/1/2/"


def unique() -> str:
    """A word that nothing else on a shared blog contains."""
    return uuid.uuid4().hex[:12]


async def a_post(blog: WordPress, **fields: Any) -> int:
    """A post of the test's own."""
    post = await blog.post(f"Rules {unique()}", "<p>Text.</p>", **fields)
    return int(post["id"])


async def write(blog: WordPress, post: int, *, by: str | None = "bridge", **body: Any) -> Answer:
    """POST a comment with exactly these fields, content made up when left out."""
    return await blog.exchange("POST", "wp/v2/comments", by=by, body={"post": post, "content": unique(), **body})


def guest(**more: Any) -> dict[str, Any]:
    """A guest that the blog has never seen."""
    return {"author_name": "Ann Discord", "author_email": f"{unique()}@discord.invalid", **more}


# Who a comment is from


@pytest.mark.parametrize("by", ["bridge", "editor"])
async def test_a_guest_is_held_even_when_a_moderator_posts(any_wordpress: WordPress, by: str) -> None:
    post = await a_post(any_wordpress)
    answer = await write(any_wordpress, post, by=by, **guest())
    assert (answer.status, answer.data["author"], answer.data["status"]) == (201, 0, "hold")


async def test_a_guest_is_approved_when_the_request_says_so(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    answer = await write(any_wordpress, post, **guest(status="approved"))
    assert (answer.status, answer.data["author"], answer.data["status"]) == (201, 0, "approved")


async def test_a_guest_once_approved_is_approved_again(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    ann = guest()
    await write(any_wordpress, post, **ann, status="approved")
    again = await write(any_wordpress, post, **ann)
    other_name = await write(any_wordpress, post, **{**ann, "author_name": "Bob"})
    assert (again.data["status"], other_name.data["status"]) == ("approved", "hold")


async def test_nothing_about_the_author_means_the_account_itself(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    answer = await write(any_wordpress, post)
    assert answer.data["author"] > 0
    assert (answer.data["author_name"], answer.data["status"]) == ("Bridge", "approved")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"author_name": "Ann"}, 400, "rest_comment_author_data_required"),
        ({"author_url": JUMP}, 400, "rest_comment_author_data_required"),
        (guest(author_name="0", author_email="zero@discord.invalid"), 400, "rest_comment_author_data_required"),
        ({"author": 0}, 400, "rest_comment_author_invalid"),
        ({"author": 9999}, 400, "rest_comment_author_invalid"),
        (guest(author_name="<i></i>"), 400, "rest_comment_author_data_required"),
        (guest(author_email="no address"), 400, "rest_invalid_param"),
        (guest(author_name="x" * 246), 400, "comment_author_column_length"),
        (guest(author_url="https://a.example/" + "x" * 200), 400, "comment_author_url_column_length"),
        (guest(content="é" * 40000), 400, "comment_content_column_length"),
        (guest(content=" \n"), 400, "rest_comment_content_invalid"),
        (guest(id=1), 400, "rest_comment_exists"),
        (guest(type="pingback"), 400, "rest_invalid_comment_type"),
        (guest(parent="abc"), 400, "rest_invalid_param"),
        (guest(date_gmt="yesterday"), 400, "rest_invalid_param"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_refusals_of_a_new_comment(
    any_wordpress: WordPress, fields: dict[str, Any], status: int, code: str
) -> None:
    answer = await write(any_wordpress, await a_post(any_wordpress), **fields)
    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize("fields", [{"status": "approved"}, {"author_ip": "203.0.113.9"}, {"author": 1}])
async def test_only_a_moderator_sets_status_address_or_author(any_wordpress: WordPress, fields: dict[str, Any]) -> None:
    answer = await write(any_wordpress, await a_post(any_wordpress), by="author", **fields)
    assert (answer.status, answer.code) == (403, f"rest_comment_invalid_{next(iter(fields))}")


async def test_nobody_may_comment(any_wordpress: WordPress) -> None:
    answer = await write(any_wordpress, await a_post(any_wordpress), by=None, **guest())
    assert (answer.status, answer.code) == (401, "rest_comment_login_required")


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("Ann & Bob", "Ann &amp; Bob"),
        ('Zoë 🦊 “x” "q" O\'Brien', 'Zoë 🦊 “x” "q" O\'Brien'),
        ("a <b>bold</b>  name", "a bold name"),
        ("a < b", "a &lt; b"),
        ("100%20", "100"),
    ],
)
async def test_names_as_they_are_stored(any_wordpress: WordPress, sent: str, stored: str) -> None:
    answer = await write(any_wordpress, await a_post(any_wordpress), **guest(author_name=sent, status="approved"))
    assert answer.data["author_name"] == stored


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (JUMP + "3", JUMP + "3"),
        ("https://a.example/?x=1&y=2", "https://a.example/?x=1&amp;y=2"),
        ("discord://channels/1", ""),
        ("javascript:alert(1)", ""),
        ("a.example", "http://a.example"),
    ],
)
async def test_author_addresses_as_they_are_stored(any_wordpress: WordPress, sent: str, stored: str) -> None:
    answer = await write(any_wordpress, await a_post(any_wordpress), **guest(author_url=sent))
    assert (answer.status, answer.data["author_url"]) == (201, stored)


async def test_the_author_address_is_public_and_the_rest_is_not(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    made = await write(any_wordpress, post, **guest(author_url=JUMP + "3", status="approved"))
    assert {"author_email", "author_ip", "author_user_agent"} <= made.data.keys()
    seen = await any_wordpress.exchange("GET", f"wp/v2/comments/{made.data['id']}", by=None)
    assert seen.data["author_url"] == JUMP + "3"
    assert not {"author_email", "author_ip", "author_user_agent"} & seen.data.keys()
    assert "raw" not in seen.data["content"]


# The key by which a half-sent comment is found again


async def find(blog: WordPress, search: str, *, by: str, status: str = "any") -> tuple[list[str], str]:
    """The author addresses that a search finds, and X-WP-Total."""
    params: dict[str, str | int] = {"search": search, "status": status, "_fields": "id,author_url"}
    answer = await blog.exchange("GET", "wp/v2/comments", by=by, params=params)
    return [comment["author_url"] for comment in answer.data], answer.headers["X-WP-Total"]


async def test_the_key_is_searched_as_a_part_and_must_be_compared_whole(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    key = f"{JUMP}{uuid.uuid4().int % 10**15}"
    for url in (key, key + "5"):
        await write(any_wordpress, post, **guest(author_url=url, status="approved"))
    assert sorted((await find(any_wordpress, key, by="bridge"))[0]) == [key, key + "5"]
    assert (await find(any_wordpress, key + "5", by="bridge"))[0] == [key + "5"]


async def test_held_and_trashed_are_found_by_an_editor_with_status_any_only(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    key = f"{JUMP}{uuid.uuid4().int % 10**15}"
    await write(any_wordpress, post, **guest(author_url=key))
    trashed = await write(any_wordpress, post, **guest(author_url=key))
    await any_wordpress.trash(trashed.data["id"])
    assert await find(any_wordpress, key, by="editor") == ([key, key], "2")
    assert await find(any_wordpress, key, by="editor", status="approve") == ([], "0")


async def test_the_bridge_learns_of_held_ones_by_the_total_alone(any_wordpress: WordPress) -> None:
    """Reading a held comment takes the right to edit its post, which the bridge's role has not."""
    post = await a_post(any_wordpress)
    key = f"{JUMP}{uuid.uuid4().int % 10**15}"
    held = await write(any_wordpress, post, **guest(author_url=key))
    assert await find(any_wordpress, key, by="bridge") == ([], "1")
    single = await any_wordpress.exchange("GET", f"wp/v2/comments/{held.data['id']}", by="bridge")
    assert (single.status, single.code) == (403, "rest_cannot_read")
    approved = await any_wordpress.edit_comment(held.data["id"], by="bridge", status="approved")
    assert (approved["id"], approved["status"]) == (held.data["id"], "approved")


# Duplicates


async def test_what_makes_a_duplicate(any_wordpress: WordPress) -> None:
    post, other_post = await a_post(any_wordpress), await a_post(any_wordpress)
    ann = guest(status="approved", content="+1", author_url=JUMP + "1")
    first = await write(any_wordpress, post, **ann)
    assert first.status == 201

    async def status(post_id: int = post, **change: Any) -> int:
        return (await write(any_wordpress, post_id, **{**ann, **change})).status

    again = await write(any_wordpress, post, **ann)
    assert (again.status, again.code) == (409, "comment_duplicate")
    assert await status(author_url=JUMP + "2") == 409
    assert await status(content=" +1 ") == 409
    assert await status(by="editor") == 409
    assert await status(parent=first.data["id"]) == 201
    assert await status(other_post) == 201
    assert await status(author_name="Bob") == 201
    assert await status(author_email=f"{unique()}@discord.invalid") == 201
    assert await status(content="+1\u200b") == 201


async def test_letter_case_does_not_part_duplicates(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    ann = guest(status="approved")
    await write(any_wordpress, post, **{**ann, "content": "lol"})
    assert (await write(any_wordpress, post, **{**ann, "content": "LOL"})).status == 409


@pytest.mark.parametrize("gone", ["edited", "trashed", "deleted"])
async def test_a_first_one_that_is_gone_no_longer_stops_a_second(any_wordpress: WordPress, gone: str) -> None:
    post = await a_post(any_wordpress)
    ann = guest(status="approved", content="once")
    first = (await write(any_wordpress, post, **ann)).data["id"]
    match gone:
        case "edited":
            await any_wordpress.edit_comment(first, content="changed")
        case "trashed":
            await any_wordpress.trash(first)
        case "deleted":
            await any_wordpress.delete(first)
    assert (await write(any_wordpress, post, **ann)).status == 201


async def test_a_text_that_filtering_changes_is_never_a_duplicate(any_wordpress: WordPress) -> None:
    """What is sent is compared with what was stored, and a link is stored with a rel."""
    post = await a_post(any_wordpress)
    ann = guest(status="approved", content='<a href="https://a.example/">here</a>')
    assert [(await write(any_wordpress, post, **ann)).status for _ in range(2)] == [201, 201]


async def test_moderators_are_never_too_quick_and_authors_are(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    assert {(await write(any_wordpress, post, **guest())).status for _ in range(5)} == {201}
    await write(any_wordpress, post, by="author")
    quick = await write(any_wordpress, post, by="author")
    assert (quick.status, quick.code) == (400, "comment_flood")


# Nesting


async def test_parents_are_stored_however_deep(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    chain = [0]
    for _ in range(13):
        chain.append((await write(any_wordpress, post, **guest(parent=chain[-1], status="approved"))).data["id"])
    seen = await any_wordpress.comments(post)
    assert {c["id"]: c["parent"] for c in seen} == dict(zip(chain[1:], chain[:-1], strict=True))


async def test_a_parent_is_hardly_checked(any_wordpress: WordPress) -> None:
    post, other = await a_post(any_wordpress), await a_post(any_wordpress)
    elsewhere = (await any_wordpress.comment(other, "elsewhere"))["id"]
    trashed = (await any_wordpress.comment(post, "trashed"))["id"]
    await any_wordpress.trash(trashed)
    for parent in (elsewhere, 999_999, trashed):
        answer = await write(any_wordpress, post, **guest(parent=parent, status="approved"))
        assert (answer.status, answer.data["parent"]) == (201, parent)


async def page_of(blog: WordPress, post: int) -> str:
    """The HTML page of a post, as a visitor gets it."""
    link = (await blog.request("GET", f"wp/v2/posts/{post}"))["link"]
    return (await blog.exchange("GET", link.removeprefix(blog.url), by=None)).text


async def test_a_circle_of_parents_is_taken_and_hides_the_thread(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    top = (await any_wordpress.comment(post, "top"))["id"]
    reply = (await any_wordpress.comment(post, "reply", top))["id"]
    assert f"comment-{reply}" in await page_of(any_wordpress, post)
    moved = await any_wordpress.edit_comment(top, by="bridge", parent=reply)
    assert moved["parent"] == reply
    page = await page_of(any_wordpress, post)
    assert f'id="comment-{top}"' not in page
    assert f'id="comment-{reply}"' not in page
    await any_wordpress.edit_comment(top, parent=0)
    assert f'id="comment-{reply}"' in await page_of(any_wordpress, post)


@pytest.mark.parametrize("status", ["hold", "spam", "trash"])
async def test_children_of_an_invisible_comment_stay_approved_but_hidden(any_wordpress: WordPress, status: str) -> None:
    post = await a_post(any_wordpress)
    top = (await any_wordpress.comment(post, "top"))["id"]
    child = (await any_wordpress.comment(post, "child", top))["id"]
    await any_wordpress.set_status(top, status)
    assert [(c["id"], c["parent"], c["status"]) for c in await any_wordpress.comments(post)] == [
        (child, top, "approved")
    ]
    assert f'id="comment-{child}"' not in await page_of(any_wordpress, post)


# Edits, the trash, deletion


async def test_an_edit_changes_no_date_and_there_is_no_date_of_edits(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    made = await any_wordpress.comment(post, "before", date_gmt="2024-05-06T07:08:09")
    assert made["date_gmt"] == "2024-05-06T07:08:09"
    after = await any_wordpress.edit_comment(made["id"], by="bridge", content="after")
    assert after["content"]["raw"] == "after"
    assert after["date_gmt"] == made["date_gmt"]
    assert not [key for key in after if "modified" in key]


async def test_an_edit_to_nothing_is_refused(any_wordpress: WordPress) -> None:
    made = await any_wordpress.comment(await a_post(any_wordpress), "words")
    with pytest.raises(RefusedError) as refused:
        await any_wordpress.edit_comment(made["id"], content=" ")
    assert (refused.value.status, refused.value.code) == (400, "rest_comment_content_invalid")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("approved", "approved"),
        ("approve", "approved"),
        ("1", "approved"),
        ("hold", "hold"),
        ("0", "hold"),
        ("spam", "spam"),
        ("trash", "trash"),
        ("banana", "hold"),
    ],
)
async def test_status_words_of_a_write(any_wordpress: WordPress, word: str, status: str) -> None:
    answer = await write(any_wordpress, await a_post(any_wordpress), **guest(status=word))
    assert (answer.status, answer.data["status"]) == (201, status)


async def test_approval_comes_late_with_the_old_id_and_date(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    held = await any_wordpress.comment(post, "late", status="hold", date_gmt="2024-01-02T03:04:05")
    later = await any_wordpress.comment(post, "early")
    await any_wordpress.set_status(held["id"], "approved")
    newest = await any_wordpress.request(
        "GET", "wp/v2/comments", by=None, params={"post": post, "after": "2024-01-03T00:00:00"}
    )
    assert [c["id"] for c in newest] == [later["id"]]
    first = (await any_wordpress.comments(post))[0]
    assert (first["id"], first["date_gmt"]) == (held["id"], held["date_gmt"])


async def test_the_trash_takes_once_and_gives_back(any_wordpress: WordPress) -> None:
    made = await any_wordpress.comment(await a_post(any_wordpress), "bin me")
    route = f"wp/v2/comments/{made['id']}"
    first = await any_wordpress.exchange("DELETE", route, by="bridge")
    assert (first.status, first.data["status"]) == (200, "trash")
    second = await any_wordpress.exchange("DELETE", route, by="bridge")
    assert (second.status, second.code) == (410, "rest_already_trashed")
    edited = await any_wordpress.edit_comment(made["id"], by="bridge", content="in the bin")
    assert (edited["status"], edited["content"]["raw"]) == ("trash", "in the bin")
    assert (await any_wordpress.edit_comment(made["id"], by="bridge", status="approved"))["status"] == "approved"


async def test_the_trash_leaves_children_and_deletion_gives_them_to_the_grandparent(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    top = (await any_wordpress.comment(post, "x"))["id"]
    middle = (await any_wordpress.comment(post, "y", top))["id"]
    leaf = (await any_wordpress.comment(post, "z", middle))["id"]
    await any_wordpress.trash(middle)
    assert (await any_wordpress.get_comment(leaf))["parent"] == middle
    gone = await any_wordpress.exchange("DELETE", f"wp/v2/comments/{middle}", by="bridge", params={"force": "true"})
    assert (gone.data["deleted"], gone.data["previous"]["id"]) == (True, middle)
    assert (await any_wordpress.get_comment(leaf))["parent"] == top
    await any_wordpress.delete(top)
    assert (await any_wordpress.get_comment(leaf))["parent"] == 0
    again = await any_wordpress.exchange("DELETE", f"wp/v2/comments/{middle}", params={"force": "true"})
    assert (again.status, again.code) == (404, "rest_comment_invalid_id")


async def test_an_author_may_not_touch_his_own_comment_on_anothers_post(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    own = await any_wordpress.comment(post, "mine", author_name="Author", author_email="author@example.test")
    for method, code in (("POST", "rest_cannot_edit"), ("DELETE", "rest_cannot_delete")):
        answer = await any_wordpress.exchange(
            method, f"wp/v2/comments/{own['id']}", by="author", body={"content": "changed"}
        )
        assert (answer.status, answer.code) == (403, code)


# The post's own state


async def test_where_no_comment_may_be_made(any_wordpress: WordPress) -> None:
    closed = await a_post(any_wordpress, comment_status="closed")
    draft = await a_post(any_wordpress, status="draft")
    trashed = await a_post(any_wordpress)
    await any_wordpress.trash_post(trashed)
    expected = [
        (closed, "rest_comment_closed"),
        (draft, "rest_comment_draft_post"),
        (trashed, "rest_comment_trash_post"),
        (999_999, "rest_comment_invalid_post_id"),
    ]
    for post, code in expected:
        for by in ("bridge", "editor"):
            answer = await write(any_wordpress, post, by=by, **guest())
            assert (answer.status, answer.code) == (403, code)


async def test_a_closed_post_still_lets_its_comments_be_edited(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    made = await any_wordpress.comment(post, "before")
    await any_wordpress.edit_post(post, comment_status="closed")
    assert (await any_wordpress.edit_comment(made["id"], by="bridge", content="after"))["content"]["raw"] == "after"


async def test_comments_go_to_the_trash_with_their_post_and_stay_there(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    made = await any_wordpress.comment(post, "along")
    await any_wordpress.trash_post(post)
    assert (await any_wordpress.get_comment(made["id"]))["status"] == "post-trashed"
    assert await any_wordpress.comments(post) == []
    anonymous = await any_wordpress.exchange("GET", "wp/v2/comments", by=None, params={"post": post})
    assert (anonymous.status, anonymous.code) == (401, "rest_cannot_read_post")
    await any_wordpress.edit_post(post, status="publish")
    assert (await any_wordpress.get_comment(made["id"]))["status"] == "post-trashed"


async def test_the_bridge_neither_publishes_nor_uploads(any_wordpress: WordPress) -> None:
    post = await any_wordpress.exchange(
        "POST", "wp/v2/posts", by="bridge", body={"title": "no", "content": "no", "status": "publish"}
    )
    assert (post.status, post.code) == (403, "rest_cannot_publish")
    others = await any_wordpress.exchange(
        "POST", f"wp/v2/posts/{await a_post(any_wordpress)}", by="bridge", body={"title": "mine"}
    )
    assert (others.status, others.code) == (403, "rest_cannot_edit")
    picture = await any_wordpress.exchange("POST", "wp/v2/media", by="bridge", body={"title": "no"})
    assert (picture.status, picture.code) == (403, "rest_cannot_create")


async def test_moderation_settings_are_overruled_by_the_request(any_wordpress: WordPress) -> None:
    post = await a_post(any_wordpress)
    bad = unique()
    former = {
        name: await any_wordpress.option(name, value)
        for name, value in (("comment_moderation", 1), ("disallowed_keys", bad))
    }
    try:
        own = await write(any_wordpress, post)
        held = await write(any_wordpress, post, **guest())
        binned = await write(any_wordpress, post, **guest(content=bad))
        approved = await write(any_wordpress, post, **guest(content=f"{bad}!", status="approved"))
    finally:
        for name, value in former.items():
            await any_wordpress.option(name, value)
    assert [answer.data["status"] for answer in (own, held, binned, approved)] == [
        "approved",
        "hold",
        "trash",
        "approved",
    ]
