"""The command line as an operator meets it: wrong settings, ``check``, and what is not printed."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from bot.sandbox.discord import LoopbackDiscord
from tests.support.whole_bot import ROOT, scene
from tests.support.wordpress import WordPress


async def commonthread(*arguments: str, folder: Path, **settings: str) -> tuple[int, str, str]:
    """Run it with these settings alone, in an empty folder. -> exit code, output, errors."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), **settings}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_without_settings_the_one_that_must_be_given_is_named(tmp_path: Path) -> None:
    code, out, err = await commonthread(folder=tmp_path)
    assert code == 78
    assert out == ""
    heading, missing = err.splitlines()
    assert heading.endswith(":")
    assert missing.startswith("  - DISCORD_TOKEN is missing")


async def test_settings_come_from_a_dotenv_file_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISCORD_CHANNEL_ID=here\nPOLL_INTERVAL=soon\n")
    code, _, err = await commonthread("run", folder=tmp_path)
    assert code == 78
    assert "DISCORD_CHANNEL_ID is not an id" in err
    assert "POLL_INTERVAL is not a number" in err


async def test_help_names_every_command(tmp_path: Path) -> None:
    code, out, _ = await commonthread("--help", folder=tmp_path)
    assert code == 0
    for command in ("run", "check", "rebuild", "demo"):
        assert command in out
    assert "fill in DISCORD_TOKEN" in " ".join(out.split()), "more than the token is asked for"


@pytest.mark.parametrize("command", ["check", "demo", "run"])
async def test_each_command_says_what_it_does(tmp_path: Path, command: str) -> None:
    code, out, _ = await commonthread(command, "--help", folder=tmp_path)
    assert code == 0
    assert len(out.split("\n\n")[1].split()) > 10, "no description"


async def test_an_impossible_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    code, _, err = await commonthread("demo", "--port", "99999", folder=tmp_path)
    assert code == 78
    assert err == "Port 99999 cannot be used (no such port); name another with --port.\n"


async def test_a_taken_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    async with LoopbackDiscord() as taken:
        port = taken.api_url.split(":")[2].split("/")[0]
        code, _, err = await commonthread("demo", "--port", port, folder=tmp_path)
    assert code == 78
    assert err.count("\n") == 1
    assert port in err


@pytest.mark.parametrize(
    ("blog", "words"),
    [
        ("example.org", "--blog takes a web address"),
        ("http://127.0.0.1:9", "http://127.0.0.1:9 cannot be shown: it refuses the connection"),
    ],
)
async def test_a_demo_of_a_blog_that_cannot_be_shown_ends_with_a_sentence(
    tmp_path: Path, blog: str, words: str
) -> None:
    code, out, err = await commonthread("demo", "--blog", blog, folder=tmp_path)
    assert (code, out) == (78, "")
    assert err.startswith(words)
    assert err.count("\n") == 1, "one sentence"
    assert "BLOG_URL" not in err


@pytest.mark.parametrize("kind", ["forum", "text"])
async def test_check_ticks_everything(any_wordpress: WordPress, tmp_path: Path, kind: str) -> None:
    async with scene(any_wordpress, tmp_path, kind=kind) as stage:
        code, out, err = await commonthread("check", folder=tmp_path, **stage.settings())
    assert code == 0, out + err
    assert "✗" not in out
    assert out.splitlines()[-1] == "All is well."
    assert err == "", "something between the ticks"
    assert f"database {tmp_path / 'bot.sqlite3'} (will be made)" in out
    assert not (tmp_path / "bot.sqlite3").exists()
    assert "RELAY_STATUS is approved: the bot's account releases members' comments that the blog holds" in out
    assert "the blog says what its lists of words let pass" in out
    for subject in ("content intent", "Manage Webhooks", "Send Messages in Threads", "feed", "REST", "password"):
        assert subject.lower() in out.lower(), out


async def test_check_of_a_token_alone_prints_the_invite_link(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    async with scene(loopback_wordpress, tmp_path) as stage:
        settings = {name: value for name, value in stage.settings().items() if name.startswith("DISCORD_")}
        settings |= {"DISCORD_CHANNEL_ID": "", "DATABASE": stage.settings()["DATABASE"]}
        code, out, err = await commonthread("check", folder=tmp_path, **settings)
    assert (code, err) == (0, "")
    assert "https://discord.com/oauth2/authorize?" in out
    assert "/blog connect" in out


async def test_check_names_what_is_missing_and_how_to_mend_it(any_wordpress: WordPress, tmp_path: Path) -> None:
    async with scene(any_wordpress, tmp_path) as stage:
        webhooks = 1 << 29
        stage.discord.set_permissions(stage.app, stage.channel, deny=webhooks)
        code, out, err = await commonthread(
            "check", folder=tmp_path, **stage.settings(BLOG_APP_PASSWORD="abcd efgh ijkl mnop")
        )
        assert code == 1
        assert "✗ Manage Webhooks" in out
        assert f"client_id={stage.app.id}" in out
        (password,) = [line for line in out.splitlines() if line.startswith("✗") and "assword" in line]
        assert "abcd" not in out
        assert "BLOG_APP_PASSWORD" in password
        assert f"{stage.blog.url}/wp-admin/profile.php" in password
        assert err == ""
        assert stage.app.token not in out


async def test_check_says_which_side_cannot_be_reached(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    async with scene(loopback_wordpress, tmp_path) as stage:
        code, out, err = await commonthread(
            "check", folder=tmp_path, **stage.settings(BLOG_URL="http://127.0.0.1:9", DISCORD_TOKEN="x" * 60)
        )
        assert code == 1
        assert err == ""
        assert "refuses the connection" in out
        assert "✗ Discord" in out
        assert "DISCORD_TOKEN" in out
        assert "✗ http://127.0.0.1:9" in out
        assert "Traceback" not in out


async def test_check_says_in_plain_words_why_discord_cannot_be_reached(
    loopback_wordpress: WordPress, tmp_path: Path
) -> None:
    async with scene(loopback_wordpress, tmp_path) as stage:
        code, out, err = await commonthread(
            "check", folder=tmp_path, **stage.settings(DISCORD_API_URL="https://nowhere.invalid/api/v10")
        )
    assert code == 1
    assert err == ""
    (line,) = [line for line in out.splitlines() if line.startswith("✗")]
    assert line.startswith("✗ Discord: It cannot be reached: ")
    assert "name" in line
    assert "Error" not in line


async def test_check_goes_on_past_a_channel_that_is_not_there(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    async with scene(loopback_wordpress, tmp_path) as stage:
        nowhere = "123456789012345678"
        changed = {"DISCORD_CHANNEL_ID": nowhere, "MODERATOR_CHANNEL_ID": nowhere, "DATABASE": str(tmp_path)}
        code, out, err = await commonthread("check", folder=tmp_path, **stage.settings(**changed))
    assert code == 1
    assert err == ""
    lines = out.splitlines()
    assert any(line.startswith("✓ Discord login") for line in lines)
    wrong = [line for line in lines if line.startswith("✗")]
    assert [line.split()[1] for line in wrong] == ["database", "channel", "moderators'"]
    assert "oauth2/authorize" in wrong[1]
    assert "MODERATOR_CHANNEL_ID" in wrong[2]


async def test_an_api_url_that_leads_elsewhere_is_named(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    async with scene(loopback_wordpress, tmp_path) as stage:
        elsewhere = stage.settings(DISCORD_API_URL=f"{loopback_wordpress.url}/wp-json")
        checked, out, _ = await commonthread("check", folder=tmp_path, **elsewhere)
        started, _, err = await commonthread(folder=tmp_path, **elsewhere)
    assert (checked, started) == (1, 78)
    for said in (out, err):
        assert "DISCORD_API_URL" in said
        assert "client_id=0" not in said


async def test_check_without_a_password_says_what_one_is_for(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    async with scene(loopback_wordpress, tmp_path) as stage:
        code, out, _ = await commonthread(
            "check", folder=tmp_path, **stage.settings(BLOG_USERNAME="", BLOG_APP_PASSWORD="")
        )
    assert code == 0
    assert "set BLOG_USERNAME and BLOG_APP_PASSWORD" in out


async def test_a_channel_that_is_not_there_stops_the_start(loopback_wordpress: WordPress, tmp_path: Path) -> None:
    async with scene(loopback_wordpress, tmp_path) as stage:
        code, _, err = await commonthread(
            "run", folder=tmp_path, **stage.settings(DISCORD_CHANNEL_ID="123456789012345678")
        )
        assert code == 78
        assert "cannot see channel 123456789012345678" in err
        assert "oauth2/authorize" in err
        assert stage.app.token not in err


async def test_what_others_may_read_is_told_by_check_and_start_alike(
    loopback_wordpress: WordPress, tmp_path: Path
) -> None:
    async with scene(loopback_wordpress, tmp_path) as stage:
        (tmp_path / ".env").write_text(f"DISCORD_TOKEN={stage.app.token}\n")
        (tmp_path / "data").mkdir()
        for name in ("bot.sqlite3", "bot.sqlite3-wal", "bot.sqlite3.lock", "bot.consent", "bot.key"):
            (tmp_path / "data" / name).touch()
        exposed = [tmp_path / ".env", *(tmp_path / "data").iterdir()]
        for path in exposed:
            path.chmod(0o644)
        (tmp_path / "data").chmod(0o777)
        settings = stage.settings(DATABASE="data/bot.sqlite3", DISCORD_TOKEN="", SECRET_KEY="k" * 40)
        del settings["DISCORD_TOKEN"]
        code, out, err = await commonthread("check", folder=tmp_path, **settings)
        assert (code, err) == (1, "")
        wrong = [line for line in out.splitlines() if line.startswith("✗")]
        assert [line for line in wrong if "others on this computer" not in line] == []
        assert len(wrong) == len(exposed) + 1
        assert "✗ file .env: others on this computer may read it (mode 0644): chmod 600 .env" in wrong
        assert {path.stat().st_mode & 0o777 for path in exposed} == {0o644}, "looking changes nothing"
        _, _, err = await commonthread("run", folder=tmp_path, **{**settings, "DISCORD_CHANNEL_ID": "1" * 18})
        assert "WARNING __main__: file .env: others on this computer may read it" in err
        assert "may put files into it (mode 0777): chmod go-w" in err
        left = {path.name for path in exposed if path.exists() and path.stat().st_mode & 0o077}
        assert left == {".env", "bot.key"}, "its own are mended; the key file is not used while SECRET_KEY is set"
        for line in wrong:
            await asyncio.to_thread(os.system, f"cd {tmp_path} && {line.rpartition('): ')[2]}")
        code, out, _ = await commonthread("check", folder=tmp_path, **settings)
        assert "✓ nobody else on this computer may read the bot's files" in out
        assert code == 0, out
