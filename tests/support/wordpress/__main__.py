"""`python -m tests.support.wordpress` starts a WordPress and prints its addresses and logins as JSON, until Ctrl-C.

Does not keep anything: the blog and its data are gone with the process.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading

from tests.support.wordpress.files import VERSIONS, missing_tools
from tests.support.wordpress.real import start


def main() -> int:
    """The exit code: 0 after Ctrl-C or SIGTERM, 69 when a tool is missing."""
    options = argparse.ArgumentParser(prog="python -m tests.support.wordpress", description=__doc__.partition("\n")[0])
    options.add_argument("--port", type=int, default=0, help="0 picks a free one")
    options.add_argument("--version", choices=VERSIONS, default="nightly", help="nightly is WordPress 6.7-alpha")
    options.add_argument("--title", default="Loopback blog")
    chosen = options.parse_args()
    if lacking := missing_tools(chosen.version):
        print(lacking, file=sys.stderr)
        return 69
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    with start(title=chosen.title, version=chosen.version, port=chosen.port) as blog:
        facts = {"url": blog.url, "rest": blog.rest, "version": blog.version, "logins": dict(blog.logins)}
        print(json.dumps(facts, indent=2), flush=True)
        ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
