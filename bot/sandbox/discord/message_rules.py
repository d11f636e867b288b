"""The stateless rules of a message body: sizes, embeds, mentions, components, emptiness.

It does not look at permissions, threads or the sender; the verbs do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.sandbox.discord.errors import Refused
from bot.sandbox.discord.forms import Form, Path, trimmed
from bot.sandbox.discord.vocabulary import COMPONENTS_V2, Json

HTTP = ("http", "https")
PICTURE = ("http", "https", "attachment")
# Discord: Message resource, Embed Limits.
EMBED_SIZES = {"title": 256, "description": 4096}
EMBED_TOTAL = 6000


def check(body: Any, *, creating: bool, files: int = 0, path: Path = ()) -> Json:
    """The body when every rule holds; else 50035 with the tree, or 50006 for an empty message.

    Discord: Create Message, Edit Message, Execute Webhook. Length is counted in code points.
    """
    form = Form(body, path)
    content = form.text("content", 0, 2000)
    embeds = form.items("embeds", 10)
    _embeds(form, embeds)
    components = form.items("components", 40)
    stickers = form.ids("sticker_ids", 3)
    form.items("attachments", 10)
    form.length(("attachments",), files, 0, 10)
    flags = form.number("flags", 0, (1 << 31) - 1) or 0
    _nonce(form)
    _allowed(form)
    _components(form, components, flags)
    form.done()
    if creating and not _has_something(form.body, content, files):
        raise Refused(50006)
    form.body["sticker_ids"] = stickers
    return form.body


def _has_something(body: Json, content: str | None, files: int) -> bool:
    reference = body.get("message_reference")
    forward = isinstance(reference, dict) and reference.get("type") == 1
    given = body.get("embeds") or body.get("components") or body.get("sticker_ids") or body.get("poll")
    return bool(trimmed(content or "") or given or files or forward)


def _embeds(form: Form, embeds: list[Any]) -> None:
    total = 0
    for index, embed in enumerate(embeds):
        part = Form(embed, (*form.path, "embeds", index))
        for key, size in EMBED_SIZES.items():
            total += len(trimmed(part.text(key, 0, size) or ""))
        part.number("color", 0, 0xFFFFFF)
        part.url(part.body.get("url"), ("url",), HTTP)
        total += _embed_part(part, "author", "name", 256) + _embed_part(part, "footer", "text", 2048)
        for picture in ("image", "thumbnail"):
            if isinstance(part.body.get(picture), dict):
                part.url(part.body[picture].get("url"), (picture, "url"), PICTURE)
        total += _fields(part)
        form.problems += part.problems
    if total > EMBED_TOTAL:
        form.add(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBED_TOTAL}")


def _embed_part(embed: Form, key: str, text: str, size: int) -> int:
    value = embed.body.get(key)
    if value is None:
        return 0
    part = Form(value, (*embed.path, key))
    found = part.text(text, 0, size, required=key == "author") or ""
    part.url(part.body.get("url"), ("url",), HTTP)
    part.url(part.body.get("icon_url"), ("icon_url",), PICTURE)
    embed.problems += part.problems
    return len(trimmed(found))


def _fields(embed: Form) -> int:
    total = 0
    for index, value in enumerate(embed.items("fields", 25)):
        part = Form(value, (*embed.path, "fields", index))
        for key, size in (("name", 256), ("value", 1024)):
            found = trimmed(part.text(key, 0, size, required=True) or "")
            if not found and isinstance(part.body.get(key), str):
                part.add((key,), "BASE_TYPE_REQUIRED", "This field is required")
            total += len(found)
        embed.problems += part.problems
    return total


def _nonce(form: Form) -> None:
    nonce = form.body.get("nonce")
    if nonce is not None and (isinstance(nonce, bool) or not isinstance(nonce, int | str)):
        form.add(("nonce",), "STRING_TYPE_CONVERT", "Could not interpret value as string.")
    elif nonce is not None:
        form.length(("nonce",), len(str(nonce)), 0, 25)


def _allowed(form: Form) -> None:
    """Discord: Allowed Mentions Object; ``parse`` excludes a list of the same kind."""
    value = form.body.get("allowed_mentions")
    if value is None:
        return
    part = Form(value, (*form.path, "allowed_mentions"))
    parse = part.items("parse", 3)
    for index, kind in enumerate(parse):
        if kind not in ("users", "roles", "everyone"):
            part.add(("parse", index), "BASE_TYPE_CHOICES", "Value must be one of ('users', 'roles', 'everyone').")
    for kind in ("users", "roles"):
        if part.ids(kind, 100) and kind in parse:
            text = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            part.add((), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", text)
    form.problems += part.problems


def walk(components: list[Any], path: Path = ("components",)) -> Iterator[tuple[Path, Json]]:
    """Every component with its place, nested ones and accessories included."""
    for index, component in enumerate(components):
        if isinstance(component, dict):
            here = (*path, index)
            yield here, component
            inside = component.get("components")
            yield from walk(inside if isinstance(inside, list) else [], (*here, "components"))
            if isinstance(component.get("accessory"), dict):
                yield (*here, "accessory"), component["accessory"]


def _components(form: Form, components: list[Any], flags: int) -> None:
    """Discord: Component Reference: 40 in all, custom_id 1-100 and unique, labels 80, links 512, 25 options."""
    seen: set[str] = set()
    count = text = 0
    for place, component in walk(components):
        count += 1
        part = Form(component, (*form.path, *place))
        custom = part.text("custom_id", 1, 100)
        if custom is not None and custom in seen:
            part.add((), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
        seen.add(custom or "")
        part.text("label", 0, 80)
        part.items("options", 25)
        if isinstance(component.get("url"), str):
            part.length(("url",), len(component["url"]), 0, 512)
        part.items("components", 40)
        shown = component.get("content") if component.get("type") == 10 else None
        text += len(shown) if isinstance(shown, str) else 0
        form.problems += part.problems
    form.length(("components",), count, 0, 40)
    if flags & COMPONENTS_V2:
        if text > 4000:
            message = "Displayable text must be 4000 or fewer in length."
            form.add(("components",), "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", message)
        for key in ("content", "embeds", "sticker_ids", "poll"):
            if form.body.get(key):
                message = f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
                form.add((key,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)
