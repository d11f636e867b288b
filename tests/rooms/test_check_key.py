"""What ``check`` says of the key that seals accounts and signs members' comments; it makes none."""

from __future__ import annotations

from pathlib import Path

from bot.check import _of_key
from bot.config import Config
from bot.core.signing import SIGNATURE, Signer
from bot.store.vault import Vault

TOKEN = "the-token-of-a-bot-that-does-not-exist-0123456789"
JUMP = "https://discord.com/channels/1/2/3"


def config(folder: Path, key: str = "") -> Config:
    return Config.from_env(
        {
            "DISCORD_TOKEN": "the-token-of-a-bot-that-does-not-exist-0123456789",
            "DATABASE": str(folder / "bot.sqlite3"),
            "SECRET_KEY": key,
        }
    )


def test_where_the_key_comes_from(tmp_path: Path) -> None:
    kept = config(tmp_path)
    lacks, signer = _of_key(kept)
    assert (lacks.ok, signer.made(Signer((b"x",)).address(1))) == (True, False)
    assert "first start" in lacks.mend
    assert not kept.key_file.exists()
    link = Signer(Vault.open("", kept.key_file).derive_each(SIGNATURE)).link(JUMP)
    found, signer = _of_key(kept)
    assert str(kept.key_file) in found.mend
    assert signer.signed(link)
    named, signer = _of_key(config(tmp_path, "k" * 40))
    assert "SECRET_KEY" in named.mend
    assert not signer.signed(link)
    kept.key_file.write_text("spoilt")
    spoilt, _ = _of_key(kept)
    assert not spoilt.ok
