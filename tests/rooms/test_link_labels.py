"""A commenter's link says where it leads, whatever its words pretend; and which words pretend."""

from __future__ import annotations

import html as entities

import pytest

from bot.translate.markdown.address import deceives, host_of
from bot.translate.to_discord import excerpt, to_discord

BASE = "https://blog.example/2026/03/essay/"

DECEIVING = [
    "bank.example",
    "BANK.EXAMPLE",
    "https://bank.example/",
    "https:bank",
    "www.bank",
    "log in at bank.example now",
    "→ bank.example",
    "(bank.example)",
    "“bank.example”",
    "my bank.example/login",
    "bank.shop/login",
    "bank.example:8443",
    "bank.example?next=1",
    "a.b.c.bank.museum",
    "clerk@bank.example",
    "mailto:clerk@bank.example",
    "bank．example",
    "bank。example",
    "bank｡example",
    "bank․example",
    "ｂａｎｋ.ｅｘａｍｐｌｅ",
    "𝐛𝐚𝐧𝐤.𝐞𝐱𝐚𝐦𝐩𝐥𝐞",
    "bank\u200b.example",
    "bank.\u200dexample",
    "bank\u2060.\ufeffexample",
    "ba\u00adnk.exam\u00adple",
    "bank.\u0301example",
    "\u202eelpmaxe.knab",
    "\u2067bank.example\u2069",
    "bаnk.ехаmple",
    "bαnk.εxample",
    "bank.рф",
    "банк.рф",
    "xn--bnk-5cd.example",
    "bank.xn--p1ai",
    "https∶⁄⁄bank",
    "bank.md/login",
    "bank.example\u3164",
]
"""Each looks like another address than the one to which it leads."""

HONEST = [
    "the page",
    "page 7",
    "e.g. this",
    "version 3.14",
    "at 10.30",
    "1.000,50",
    "read on...",
    "and so on…",
    "Mr. Reed",
    "main.py",
    "README.md",
    "map.png",
    "the file notes.txt",
    "U.S.",
    "a: b",
    "x/y",
    "@ann",
]


@pytest.mark.parametrize("label", DECEIVING)
def test_a_label_that_looks_like_another_address_is_shown_with_the_whole_address(label: str) -> None:
    assert len(DECEIVING) > 34
    assert deceives(label)
    shown = to_discord(f'<a href="https://trap.example/x">{entities.escape(label)}</a>', base_url=BASE)
    assert shown.endswith(" (<https://trap.example/x>)")
    assert "](" not in shown


@pytest.mark.parametrize("label", HONEST)
def test_a_label_of_words_is_masked_and_tells_its_host(label: str) -> None:
    assert not deceives(label)
    shown = to_discord(f'<a href="https://l.example/x">{entities.escape(label)}</a>', base_url=BASE)
    assert shown.endswith("](https://l.example/x) (l.example)")


HOSTS = {
    "https://l.example/x": "l.example",
    "HTTPS://WWW.L.Example./x": "l.example",
    "https://l.example:8443/": "l.example",
    "https://bank.example@trap.example/": "trap.example",
    "https://bank.example%40trap.example/": "bank.example@trap.example",
    "https://bank.example\\@trap.example/": "trap.example",
    "https://%74rap.example/": "trap.example",
    "https://trap。example/": "trap.example",
    "https://ｔｒａｐ．example/": "trap.example",
    "https://bаnk.example/": "xn--bnk-6cd.example",
    "https://bücher.example/": "xn--bcher-kva.example",
    "https://банк.рф/": "xn--80ab2al.xn--p1ai",
    "https://l\u200b.example/": "l.example",
    "https://192.0.2.7/": "192.0.2.7",
    "https://[2001:db8::1]/": "2001:db8::1",
}


@pytest.mark.parametrize("url", HOSTS)
def test_a_host_is_the_one_to_which_a_client_goes_in_its_own_letters(url: str) -> None:
    assert host_of(url) == HOSTS[url]


SAID = {
    '<a href="https://l.example/x">here\u202e</a>\u202d': "[here](https://l.example/x) (l.example)",
    '<a href="https://l.example/x">here</a>': "[here](https://l.example/x) (l.example)",
    '<a href="https://l.example/x">here</a>, please': "[here](https://l.example/x) (l.example), please",
    '<a href="https://l.example/x">here</a>after': "[here](https://l.example/x) (l.example) after",
    '<a href="https://l.example/x">l.example/x</a>': "https://l.example/x",
    '<a href="https://l.example/">l.example</a>': "https://l.example/",
    '<a href="https://l.example/x">here</a> (l.example)': "[here](https://l.example/x) (l.example)",
    '<a href="https://l.example/x">here</a> (bank.example)': "[here](https://l.example/x) (l.example) (bank.example)",
    '<a href="https://bücher.example/">books</a>': "[books](https://bücher.example/) (xn--bcher-kva.example)",
    '<a href="https://a_b.example/">here</a>': "[here](https://a_b.example/) (a_b.example)",
    '<a href="/about">about</a>': "[about](https://blog.example/about)",
    '<a href="https://www.blog.example/about">about</a>': "[about](https://www.blog.example/about)",
    '<a href="https://blog.example.trap.example/">us</a>': (
        "[us](https://blog.example.trap.example/) (blog.example.trap.example)"
    ),
    '<a href="https://l.example/x"><span class="spoiler">here</span></a>': (
        "[||here||](https://l.example/x) ||(l.example)||"
    ),
    '<span class="spoiler"><a href="https://l.example/x">here</a></span>': (
        "||[here](https://l.example/x) (l.example)||"
    ),
    '<a href="https://l.example/x">here</a> <span class="spoiler">(l.example)</span>': (
        "[here](https://l.example/x) (l.example) ||(l.example)||"
    ),
}


@pytest.mark.parametrize("html", SAID)
def test_a_link_that_leads_away_says_where(html: str) -> None:
    assert to_discord(html, base_url=BASE) == SAID[html]


def test_a_post_is_the_blogs_own_word_and_tells_no_host() -> None:
    html = '<p>See <a href="https://l.example/x">here</a>.</p>'
    assert excerpt(html, base_url=BASE, limit=200) == "See [here](https://l.example/x)."
