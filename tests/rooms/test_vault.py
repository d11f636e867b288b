"""Accounts at rest: sealed with the newest key, opened by each, and nothing of them shown to anybody else."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.accounts import Account
from bot.core.errors import StartupError
from bot.store.private import make_private
from bot.store.vault import Vault

OLD, NEW = "old-" + "o" * 44, "new-" + "n" * 44
ANN = Account("ann", "abcd EFGH ijkl")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "bot.key"


# ------------------------------------------------------------------ keys of the setting


@given(st.text(st.characters(codec=None)), st.text(st.characters(codec=None)))
def test_what_is_sealed_opens_again(username: str, password: str) -> None:
    vault = Vault.open(OLD, Path("/nowhere/bot.key"))
    assert vault.unseal(vault.seal(Account(username, password))) == Account(username, password)


def test_no_two_seals_are_alike_and_none_shows_the_account(key_file: Path) -> None:
    vault = Vault.open(OLD, key_file)
    first, second = vault.seal(ANN), vault.seal(ANN)
    assert first != second
    assert "ann" not in first
    assert not key_file.exists()


def test_another_key_opens_nothing(key_file: Path) -> None:
    sealed = Vault.open(OLD, key_file).seal(ANN)
    stranger = Vault.open(NEW, key_file)
    assert stranger.unseal(sealed) is None
    assert stranger.reseal(sealed) is None


def test_what_another_key_sealed_is_old(key_file: Path) -> None:
    sealed = Vault.open(OLD, key_file).seal(ANN)
    assert not Vault.open(OLD, key_file).is_old(sealed)
    assert not Vault.open(f"{OLD},{NEW}", key_file).is_old(sealed)
    both = Vault.open(f"{NEW},{OLD}", key_file)
    assert both.is_old(sealed)
    assert not both.is_old(both.seal(ANN))


@pytest.mark.parametrize("damaged", ["", "gAAAAA", "…", "a" * 200, "\ud800"])
def test_what_is_no_seal_opens_to_nothing(damaged: str, key_file: Path) -> None:
    assert Vault.open(OLD, key_file).unseal(damaged) is None


def test_a_cut_or_changed_seal_opens_to_nothing(key_file: Path) -> None:
    vault = Vault.open(OLD, key_file)
    sealed = vault.seal(ANN)
    assert vault.unseal(sealed[:-4]) is None
    assert vault.unseal(sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]) is None


def test_a_key_is_exchanged_in_two_steps(key_file: Path) -> None:
    sealed = Vault.open(OLD, key_file).seal(ANN)
    both = Vault.open(f"{NEW}, {OLD}", key_file)
    assert both.unseal(sealed) == ANN
    resealed = both.reseal(sealed)
    assert resealed is not None
    assert Vault.open(NEW, key_file).unseal(resealed) == ANN
    assert Vault.open(OLD, key_file).unseal(resealed) is None


def test_secrets_of_other_purposes_have_nothing_in_common(key_file: Path) -> None:
    vault = Vault.open(NEW, key_file)
    found = {vault.derive("buttons"), vault.derive("accounts"), Vault.open(OLD, key_file).derive("buttons")}
    assert len(found) == 3
    assert {len(one) for one in found} == {32}
    assert vault.derive("buttons") == Vault.open(f"{NEW},{OLD}", key_file).derive("buttons")


@pytest.mark.parametrize("setting", ["secret", f"{NEW},", f"{NEW},secret", f"{NEW[:20]} {NEW[20:]}", "," * 40])
def test_keys_that_are_none(setting: str, key_file: Path) -> None:
    with pytest.raises(StartupError, match="SECRET_KEY") as raised:
        Vault.open(setting, key_file)
    told = "".join(traceback.format_exception(raised.value)).partition("StartupError")[2]
    assert "secret" not in told
    assert NEW[:20] not in told


# ------------------------------------------------------------------ the key file


def test_the_key_file_is_made_at_first_need_and_for_its_owner_alone(tmp_path: Path) -> None:
    key_file = tmp_path / "data" / "bot.key"
    vault = Vault.open("", key_file)
    assert vault.unseal("gAAAAA") is None
    assert not key_file.parent.exists()
    sealed = vault.seal(ANN)
    assert mode(key_file) == 0o600
    assert mode(key_file.parent) == 0o700
    assert os.listdir(key_file.parent) == ["bot.key"]
    assert Vault.open("", key_file).unseal(sealed) == ANN


def test_what_the_file_holds_may_become_the_setting(key_file: Path) -> None:
    sealed = Vault.open("", key_file).seal(ANN)
    setting = key_file.read_text("ascii").strip()
    assert Vault.open(f"{NEW},{setting}", key_file.with_name("none")).unseal(sealed) == ANN


def test_a_derived_secret_outlives_a_restart(key_file: Path) -> None:
    derived = Vault.open("", key_file).derive("buttons")
    assert mode(key_file) == 0o600
    assert Vault.open("", key_file).derive("buttons") == derived


def test_a_file_that_comes_later_is_used(key_file: Path) -> None:
    early = Vault.open("", key_file)
    sealed = Vault.open("", key_file).seal(ANN)
    assert early.unseal(sealed) == ANN
    key_file.unlink()
    assert early.unseal(early.seal(ANN)) == ANN
    assert not key_file.exists()


def test_a_file_that_others_may_read_is_tightened_with_one_word(
    key_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sealed = Vault.open("", key_file).seal(ANN)
    key_file.chmod(0o640)
    assert Vault.open("", key_file).unseal(sealed) == ANN
    assert mode(key_file) == 0o600
    Vault.open("", key_file)
    (warning,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert str(key_file) in warning.getMessage()


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64, b"a" * 5000, f"{NEW},{OLD}".encode()])
def test_a_file_without_a_key(key_file: Path, content: bytes) -> None:
    key_file.write_bytes(content)
    key_file.chmod(0o600)
    with pytest.raises(StartupError, match="does not hold one key") as raised:
        Vault.open("", key_file)
    assert NEW not in "".join(traceback.format_exception(raised.value))
    assert key_file.read_bytes() == content


def test_no_link_is_followed(tmp_path: Path, key_file: Path) -> None:
    target = tmp_path / "elsewhere"
    target.write_text(NEW)
    key_file.symlink_to(target)
    with pytest.raises(StartupError, match="a link is not followed"):
        Vault.open("", key_file)
    target.unlink()
    with pytest.raises(StartupError, match="a link is not followed"):
        Vault.open("", key_file)
    assert not target.exists()


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_file_is_not_waited_for(key_file: Path, kind: str) -> None:
    if kind == "pipe":
        os.mkfifo(key_file)
    else:
        key_file.mkdir()
    with pytest.raises(StartupError, match="not a regular file"):
        Vault.open("", key_file)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    vault = Vault.open(NEW, tmp_path / "data" / "bot.key")
    assert vault.unseal(vault.seal(ANN)) == ANN  # the setting needs no file
    with pytest.raises(StartupError, match="key file"):
        Vault.open("", tmp_path / "data" / "bot.key").seal(ANN)


SEALS = """
import sys
from pathlib import Path
from bot.core.accounts import Account
from bot.store.vault import Vault
vault = Vault.open("", Path(sys.argv[1]))
sys.stdin.read(1)
print(vault.seal(Account("ann", "pw")))
"""


def test_processes_that_race_for_the_first_need_end_with_one_key(key_file: Path) -> None:
    command = [sys.executable, "-c", SEALS, str(key_file)]
    racers = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("g")
        racer.stdin.close()
    sealed = []
    for racer in racers:
        assert racer.stdout is not None
        sealed.append(racer.stdout.read().strip())
        racer.stdout.close()
        assert racer.wait(30) == 0
    vault = Vault.open("", key_file)
    assert {vault.unseal(one) for one in sealed} == {Account("ann", "pw")}
    assert os.listdir(key_file.parent) == ["bot.key"]


# ------------------------------------------------------------------ what others see


def test_nothing_secret_in_a_repr_or_the_log(key_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    kept, set_by_hand = Vault.open("", key_file), Vault.open(NEW, key_file)
    for vault in (kept, set_by_hand):
        vault.unseal(vault.seal(ANN))
        vault.unseal("gAAAAA")
    shown = caplog.text + repr(kept) + str(set_by_hand) + repr(ANN)
    for secret in (key_file.read_text("ascii").strip(), NEW, ANN.password):
        assert secret not in shown


def test_only_what_is_to_be_made_is_made(tmp_path: Path) -> None:
    make_private(tmp_path / "none", make=False)
    assert not (tmp_path / "none").exists()
    with pytest.raises(FileNotFoundError):
        make_private(tmp_path / "folder" / "none", make=True)


def test_each_key_makes_a_secret_of_its_own_the_newest_first(key_file: Path) -> None:
    both, new, old = (Vault.open(keys, key_file) for keys in (f"{NEW},{OLD}", NEW, OLD))
    assert both.derive_each("a") == (new.derive("a"), old.derive("a"))
    assert len({*both.derive_each("a"), *both.derive_each("b")}) == 4
    assert not key_file.exists()
