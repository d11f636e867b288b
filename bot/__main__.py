"""The command line: parse it, load ``.env``, turn a startup error into a sentence and an exit code.

Does no work of its own; ``bot.app``, ``bot.check`` and ``bot.demo.theatre`` do.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Coroutine, Sequence
from typing import Any

from dotenv import load_dotenv

from bot.core.errors import StartupError, StoreFailed
from bot.core.texts import printable
from bot.watch.log import set_up

log = logging.getLogger(__name__)

EX_CONFIG = 78
"""Exit code of a wrong setting (sysexits.h)."""
EX_TEMPFAIL = 75
"""Exit code of a database that cannot be used now (sysexits.h): a restart may find it mended."""
SECONDS_TO_CLOSE = 10.0
"""After a database has failed the process ends, whatever still hangs then."""
SETTINGS = "Settings come from the environment, or from the file .env in this folder; .env.example explains each."
TOLD_BY_CHECK = ("bot.blog.wordpress.blog", "bot.blog.wordpress.connection")
"""Loggers whose warnings ``check`` gives a line of its own."""


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of ``commonthread`` and ``python -m bot``. -> exit code."""
    arguments, ending = _parser().parse_args(argv), Ending()
    try:
        return _dispatch(arguments, ending)
    except StartupError as error:
        print("\n".join(map(printable, error.lines)), file=sys.stderr)
        return EX_CONFIG
    except StoreFailed as error:
        ending.say(error)
        return EX_TEMPFAIL


class Ending:
    """How the process ends when its database has failed: one sentence, and an exit code in any case."""

    def __init__(self) -> None:
        self._said = False

    def say(self, error: StoreFailed) -> None:
        """The sentence, once."""
        if not self._said:
            self._said = True
            print(printable(error.reason), file=sys.stderr, flush=True)

    def begin(self, error: StoreFailed) -> None:
        """Say it, and give what is to be closed a few seconds."""
        self.say(error)
        last = threading.Timer(SECONDS_TO_CLOSE, os._exit, (EX_TEMPFAIL,))
        last.daemon = True
        last.start()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="commonthread",
        usage="%(prog)s [-h] [run | check | rebuild | demo] ...",
        description="Mirrors a blog's posts and comments into Discord threads, and members' replies back as comments.",
        epilog="New here? 'demo' needs no account. To set the bot up, copy .env.example to .env, fill in "
        "DISCORD_TOKEN, let 'check' say what else is needed, and connect a blog in Discord with /blog connect.",
    )
    commands = parser.add_subparsers(dest="command", metavar="command", title="commands", prog="commonthread")
    commands.add_parser(
        "run",
        help="run the bot (the default)",
        description=f"Run the bot until Ctrl-C. {SETTINGS} Exit code {EX_CONFIG}: a setting is wrong, starting it "
        f"over will not help. {EX_TEMPFAIL}: the database cannot be used (a full disk, a lock, a file that is gone); "
        "start it over, and what was missed meanwhile is caught up on.",
    )
    commands.add_parser(
        "check",
        help="say what is well and what to mend before the bot can run",
        description="Look at the database, at Discord (token, intent, channel, each permission) and at the blog (feed, "
        f"comments, password), and print a tick or what to mend for each. Changes nothing. {SETTINGS} "
        f"Exit code 0: all is well, 1: something is not, {EX_CONFIG}: a setting is missing or wrong.",
    )
    _add_rebuild(commands)
    demo = commands.add_parser(
        "demo",
        help="see it work now, without any account",
        description="Start a blog and a Discord server that live on this computer alone, the real bot between them, "
        "and a page that shows both. Reads no settings, keeps nothing. Ctrl-C ends it.",
    )
    demo.add_argument("--blog", metavar="URL", help="show this real blog instead of the built-in one, read-only")
    demo.add_argument("--port", type=int, default=0, help="port of the page (default: any free one)")
    return parser


def _add_rebuild(commands: Any) -> None:
    """``commands`` is argparse's list of subparsers, whose type has no public name."""
    rebuild = commands.add_parser(
        "rebuild",
        help="read all threads as a whole and heal the database's map of them",
        description="Read every thread of every blog that is mirrored, from its first message to its last, and what "
        "the blog says of it; take into the database what it does not know, and print what that was for each thread. "
        "For a database that was lost, put back to a backup, or damaged; a start of the bot by itself reads only what "
        f"is newer than what it knows. The bot must not run meanwhile. {SETTINGS} Exit code 0: all was read, 1: "
        f"not, {EX_CONFIG}: a setting is wrong, the bot runs, or the file is damaged.",
    )
    rebuild.add_argument("--dry-run", action="store_true", help="print what would be done, and change nothing")


def _dispatch(arguments: argparse.Namespace, ending: Ending) -> int:
    if arguments.command == "demo":
        from bot.demo.theatre import demo

        set_up("warning")
        return _run(demo(blog_url=arguments.blog, port=arguments.port))
    load_dotenv(".env")
    from bot.config import Config

    config = Config.from_env(os.environ)
    if arguments.command == "check":
        from bot.check import check

        set_up("error" if config.log_level == "error" else "warning")
        for name in TOLD_BY_CHECK:
            logging.getLogger(name).setLevel(logging.ERROR)
        return 0 if asyncio.run(check(config)) else 1
    if arguments.command == "rebuild":
        from bot.rebuild import rebuild

        set_up("error" if config.log_level == "error" else "warning")
        return 0 if asyncio.run(rebuild(config, dry_run=arguments.dry_run)) else 1
    from bot.app import run
    from bot.check import of_the_operator

    set_up(config.log_level)
    for finding in of_the_operator(config):
        log.warning("%s: %s", finding.subject, finding.mend)
    return _run(run(config, on_failed=ending.begin))


def _run(work: Coroutine[Any, Any, None]) -> int:
    """Run until done, Ctrl-C or SIGTERM; both end it in order."""

    async def watched() -> None:
        task = asyncio.ensure_future(work)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            while not task.done():  # a library may lose one cancellation
                task.cancel()
                await asyncio.wait({task}, timeout=3)
        if not task.cancelled():
            task.result()

    try:
        asyncio.run(watched())
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
