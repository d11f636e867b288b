"""Forms: what a bot may show a member, and what comes back when they send it.

It does not carry either (interactions.py and uses.py do), and knows text fields alone.
"""

from __future__ import annotations

from typing import Any

from bot.sandbox.discord.forms import Form
from bot.sandbox.discord.vocabulary import Json

ROW, TEXT_INPUT, TEXT_DISPLAY, LABEL = 1, 4, 10, 18
FEWEST, MOST = 1, 5
"""Discord: Interaction Response Object, Modal: components between 1 and 5."""


def check(data: Any) -> None:
    """Discord: Modal, Label, Text Input and Text Display structures. Raises 50035."""
    form = Form(data)
    form.text("custom_id", 1, 100, required=True)
    form.text("title", 1, 45, required=True)
    shown = form.items("components", MOST)
    form.length(("components",), len(shown), FEWEST, MOST)
    names: set[str] = set()
    for index, component in enumerate(shown):
        part = Form(component, ("components", index))
        kind = part.choice("type", (ROW, TEXT_DISPLAY, LABEL))
        if kind == TEXT_DISPLAY:
            part.text("content", 1, 4000, required=True)
        elif kind == LABEL:
            part.text("label", 1, 45, required=True)
            part.text("description", 1, 100)
            _field(part, part.body.get("component"), ("component",), names)
        else:
            inside = part.items("components", 1)
            _field(part, inside[0] if inside else None, ("components", 0), names)
        form.problems += part.problems
    form.done()


def _field(form: Form, field: Any, where: tuple[str | int, ...], names: set[str]) -> None:
    part = Form(field, (*form.path, *where))
    part.choice("type", (TEXT_INPUT,))
    part.choice("style", (1, 2))
    name = part.text("custom_id", 1, 100, required=True) or ""
    if name in names:
        part.add(("custom_id",), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
    names.add(name)
    part.text("placeholder", 0, 100)
    part.number("min_length", 0, 4000)
    part.number("max_length", 1, 4000)
    form.problems += part.problems


def fields(form: Json) -> dict[str, Json]:
    """The text fields of a form by custom_id."""
    found: dict[str, Json] = {}
    for component in form["components"]:
        for field in [component.get("component"), *component.get("components", [])]:
            if field and field.get("type") == TEXT_INPUT:
                found[field["custom_id"]] = field
    return found


def filled(form: Json, values: dict[str, str]) -> list[Json]:
    """The components of a form that is sent, in the shape in which it was shown (Discord: Modal Submit).

    Raises ValueError for what a client would not send: an unknown field, an empty required one, a wrong length.
    """
    known = fields(form)
    if set(values) - set(known):
        raise ValueError(f"the form has no field {sorted(set(values) - set(known))}")
    for name, field in known.items():
        size = len(values.get(name, ""))
        if not size and field.get("required") is False:
            continue
        if not (field.get("min_length") or 1) <= size <= (field.get("max_length") or 4000):
            raise ValueError(f"the field {name!r} does not take {size} characters")

    def sent(field: Json, number: int) -> Json:
        return {"type": TEXT_INPUT, "id": number, "custom_id": field["custom_id"], "value": values[field["custom_id"]]}

    shown: list[Json] = []
    for number, component in enumerate(form["components"], start=1):
        here: Json = {"type": component["type"], "id": number}
        if component["type"] == LABEL:
            here["component"] = sent(component["component"], 100 + number)
        elif component["type"] == ROW:
            here["components"] = [sent(one, 100 + number) for one in component["components"]]
        shown.append(here)
    return shown
