"""By what a comment proves to be ours: the rule itself, from values to values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.signing import NOWHERE, Proof, Sender, Signer, message_of
from tests.support.signer import ANN, SECRET, SIGNER

JUMP = "https://discord.com/channels/1/2/3"
LINK = SIGNER.link(JUMP)
OTHER = Signer((b"another installation's secret",))
READERS = "eve@mail.example"
BEFORE = "42@discord.invalid"
snowflakes = st.integers(1, 2**64 - 1)


@given(snowflakes, snowflakes, snowflakes, snowflakes)
def test_a_link_and_an_address_stay_short_and_keep_their_shape(guild: int, channel: int, one: int, member: int) -> None:
    jump = f"https://discord.com/channels/{guild}/{channel}/{one}"
    link, address = SIGNER.link(jump), SIGNER.address(member)
    assert len(link) <= 200
    assert link.startswith(f"{jump}#ct-")
    assert "&" not in link
    assert SIGNER.link(link) == link, "signed twice it is the same"
    assert address == address.lower()
    assert len(address) <= 100, "WordPress takes no longer one"
    assert not address.removesuffix(NOWHERE).isdigit()
    assert SIGNER.made(address)
    assert SIGNER.is_of(address, member)
    assert not SIGNER.is_of(address, member + 1)
    assert not OTHER.made(address)
    assert SIGNER.judge(link, address, 0) == Proof(link, sender=Sender.OURS)
    assert SIGNER.judge(link, None, 0) == Proof(link)
    assert SIGNER.judge(link, OTHER.address(member), 0).relay_of == ""


@pytest.mark.parametrize("at", range(len(ANN.removesuffix(NOWHERE))))
def test_each_letter_of_an_address_counts(at: int) -> None:
    changed = ANN[:at] + ("a" if ANN[at] != "a" else "b") + ANN[at + 1 :]
    assert not SIGNER.made(changed)
    assert not SIGNER.made(ANN[:at] + ANN[at + 1 :])


@pytest.mark.parametrize("address", ["", NOWHERE, f"ct-{NOWHERE}", "ct-", BEFORE, ANN.removesuffix(NOWHERE)])
def test_what_was_not_made_by_us(address: str) -> None:
    assert not SIGNER.made(address)


@pytest.mark.parametrize(
    ("link", "address", "proof"),
    [
        (LINK, READERS, Proof(sender=Sender.READER)),
        (LINK, BEFORE, Proof(sender=Sender.READER)),
        (LINK, "", Proof(sender=Sender.READER)),
        (LINK, OTHER.address(42), Proof(sender=Sender.READER)),
        (JUMP, READERS, Proof(sender=Sender.READER)),
        (JUMP, BEFORE, Proof(unproven=JUMP)),
        (JUMP, None, Proof(unproven=JUMP)),
        (JUMP, ANN, Proof(JUMP, sender=Sender.OURS)),  # the blog has cut the signature off
        (OTHER.link(JUMP), OTHER.address(42), Proof(unproven=OTHER.link(JUMP))),
        (OTHER.link(JUMP), None, Proof(unproven=OTHER.link(JUMP))),
        ("", ANN, Proof(sender=Sender.OURS)),
        ("https://eve.example/", READERS, Proof(sender=Sender.READER)),
        ("https://eve.example/", None, Proof()),
        (f"{LINK}\n", None, Proof()),
        (LINK.replace("/3#", "/4#"), None, Proof(unproven=LINK.replace("/3#", "/4#"))),
    ],
)
def test_what_a_link_and_an_address_prove(link: str, address: str | None, proof: Proof) -> None:
    assert SIGNER.judge(link, address, 1000) == proof


@pytest.mark.parametrize(("written_at", "ours"), [(999, True), (1000, True), (1001, False), (0, False), (None, False)])
def test_an_unsigned_one_is_ours_until_signing_began(written_at: int | None, *, ours: bool) -> None:
    signer = Signer((SECRET,), since=1000)
    assert bool(signer.judge(JUMP, BEFORE, written_at).relay_of) is ours
    assert bool(signer.judge(JUMP, None, written_at).relay_of) is ours
    assert not signer.judge(JUMP, READERS, written_at).relay_of
    assert not signer.judge(JUMP, "ann@discord.invalid", written_at).relay_of
    assert not signer.judge(OTHER.link(JUMP), BEFORE, written_at).relay_of


@pytest.mark.parametrize(
    ("key", "link", "address", "still"),
    [
        (LINK, LINK, ANN, True),
        (LINK, LINK, READERS, False),
        (LINK, LINK, BEFORE, False),
        (LINK, SIGNER.link(f"{JUMP}4"), ANN, False),
        (LINK, "", ANN, True),  # the blog has cleared the link
        (LINK, "", BEFORE, False),
        (LINK, "", READERS, False),
        (LINK, "https://elsewhere.example/", ANN, True),
        (LINK, JUMP, BEFORE, False),
        (JUMP, JUMP, BEFORE, True),  # mapped before we signed
        (JUMP, JUMP, READERS, False),
        (JUMP, LINK, ANN, True),  # signed since, and nobody noted it
        (JUMP, LINK, READERS, False),
        (JUMP, f"{JUMP}4", BEFORE, False),
        (JUMP, "", BEFORE, False),  # younger than the first signature: whoever typed that address
        (JUMP, "", READERS, False),
        (OTHER.link(JUMP), "", BEFORE, False),
        (LINK, "", OTHER.address(42), False),
        (OTHER.link(JUMP), OTHER.link(JUMP), OTHER.address(42), True),  # mapped with a key that is lost
        (OTHER.link(JUMP), OTHER.link(JUMP), READERS, False),
        (OTHER.link(JUMP), JUMP, BEFORE, False),
        (OTHER.link(JUMP), "", OTHER.address(42), True),
        (LINK, LINK, None, True),
        (LINK, "", None, False),
    ],
)
def test_before_a_comment_is_changed_it_has_to_be_the_one_of_the_map(
    key: str, link: str, address: str | None, *, still: bool
) -> None:
    assert SIGNER.is_still(key, link, address, 1000) is still


@pytest.mark.parametrize(("address", "still"), [(BEFORE, True), (OTHER.address(42), False), (READERS, False)])
def test_a_relay_of_before_whose_link_is_cleared_is_known_by_the_address_of_then(address: str, *, still: bool) -> None:
    signer = Signer((SECRET,), since=2000)
    assert signer.is_still(JUMP, "", address, 1000) is still
    assert not signer.is_still(JUMP, "", address, 3000)


def test_the_first_secret_signs_and_each_recognises() -> None:
    rotated = Signer((b"the newest", SECRET))
    assert message_of(rotated.link(LINK)) == JUMP
    assert not SIGNER.signed(rotated.link(JUMP))
    assert rotated.judge(LINK, ANN, 0).relay_of == LINK
    assert rotated.judge(LINK, None, 0).relay_of == LINK
    assert rotated.is_of(ANN, 42)
    assert rotated.address(42) != ANN


def test_without_a_secret_nothing_is_ours() -> None:
    assert Signer().judge(LINK, ANN, 0) == Proof(unproven=LINK)
