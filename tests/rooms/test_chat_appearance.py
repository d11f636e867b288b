"""Names: what Discord refuses never reaches it, and what remains can still be read."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.appearance import NOBODY, author_line, embed_title, shortened, thread_name, webhook_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ann", "Ann"),
        ("  Ann \t\n  Lee ", "Ann Lee"),
        ("Ångström Ünal", "Ångström Ünal"),
        ("王小明", "王小明"),
        ("", NOBODY),
        (" \u200b\u2060\u3164 ", NOBODY),
        ("\u202eevil\u202c", "evil"),
        ("a\x00b\x07c", "a b c"),
        ("x```y", "x'''y"),
        ("\ud800half", "half"),
        ("👩\u200d🚀 Sally", "👩\u200d🚀 Sally"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_a_name_is_cleaned(name: str, shown: str) -> None:
    assert webhook_name(name) == shown


@pytest.mark.parametrize(
    "name",
    ["Discord", "my dIsCoRd friend", "dis\u200bcord", "disc\u200dord", "Clyde", "CLYDE and Bonnie", "discorddiscord"],
)
def test_a_forbidden_word_is_broken_but_readable(name: str) -> None:
    shown = webhook_name(name)
    assert "discord" not in shown.lower()
    assert "clyde" not in shown.lower()
    assert len(shown) == len(name.replace("\u200b", "").replace("\u200d", ""))


@pytest.mark.parametrize("name", ["everyone", "HERE", "Everyone", "here"])
def test_a_reserved_name_is_not_kept(name: str) -> None:
    assert webhook_name(name).lower() not in {"everyone", "here"}
    assert webhook_name(f"{name} we go") == f"{name} we go"


def test_lengths_are_counted_in_utf16_and_no_character_is_halved() -> None:
    shown = webhook_name("😀" * 60)
    assert shown == "😀" * 39 + "…"
    assert len(shown.encode("utf-16-le")) // 2 <= 80
    assert webhook_name("a" * 80) == "a" * 80
    assert webhook_name("a" * 81) == "a" * 79 + "…"
    assert shortened("e\u0301" * 10, 4) == "e\u0301" + "…"[:1] or shortened("e\u0301" * 10, 4).startswith("e")


def test_other_names_have_their_own_lengths() -> None:
    assert thread_name(" \n ") == "Untitled"
    assert thread_name("t" * 101) == "t" * 99 + "…"
    assert author_line("n" * 300) == "n" * 255 + "…"
    assert author_line("Discord") == "Discord"


@given(st.text(max_size=200))
def test_any_text_becomes_a_lawful_name(text: str) -> None:
    shown = webhook_name(text)
    assert 1 <= len(shown.encode("utf-16-le")) // 2 <= 80
    assert shown == " ".join(shown.split())
    assert not any(word in shown.lower() for word in ("discord", "clyde", "```"))
    assert shown.lower() not in {"everyone", "here"}


@pytest.mark.parametrize(
    ("title", "source"),
    [
        ("On bridges: a plain title, 3.5 - 4", "On bridges: a plain title, 3.5 - 4"),
        ("*a* _b_ ~~c~~ <@1> [x](y)", r"\*a\* \_b\_ \~\~c\~\~ \<@1> \[x\](y)"),
        ("||hidden|| `code` \\", r"\|\|hidden\|\| \`code\` \\"),
        ("# One", r"\# One"),
        ("-# small", r"\-\# small"),
        ("> quoted > not", r"\> quoted > not"),
        ("C# and :smile: at https://a.example", r"C# and \:smile: at https\://a.example"),
        (" two\nlines ", "two lines"),
        ("", ""),
    ],
)
def test_an_embeds_title_is_shown_as_typed(title: str, source: str) -> None:
    assert embed_title(title) == source


@given(st.text(st.sampled_from("*_a \\😀"), max_size=600))
def test_a_long_title_is_cut_between_a_mark_and_the_next(title: str) -> None:
    source = embed_title(title)
    assert len(source.encode("utf-16-le")) // 2 <= 256
    shown = re.sub(r"\\(.)", r"\1", source)
    words = " ".join(title.split())
    assert shown == words or (shown.endswith("…") and words.startswith(shown[:-1]) and len(shown) > 60)
