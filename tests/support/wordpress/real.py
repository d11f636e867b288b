"""Starts and stops one WordPress on loopback: unpack, install, serve, and leave nothing behind.

Does not talk to the blog once it runs (that is `client`), and never touches a process it did not start.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.wordpress.client import WordPress
from tests.support.wordpress.files import unpack_site

HERE = Path(__file__).parent
WORKERS = 3  # requests PHP's server answers side by side

CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', ''); define('DB_PASSWORD', ''); define('DB_HOST', '');
define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('DB_ENGINE', 'sqlite'); define('DB_DIR', __DIR__ . '/wp-content/database/'); define('DB_FILE', '.ht.sqlite');
define('WP_HOME', '{url}'); define('WP_SITEURL', '{url}');
define('WP_ENVIRONMENT_TYPE', 'local');      // application passwords without TLS
define('WP_HTTP_BLOCK_EXTERNAL', true);      // never wait for a host that a test machine cannot reach
define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_DEBUG', false);
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {{
    define($name . '_KEY', '{secret}' . $name);
    define($name . '_SALT', $name . '{secret}');
}}
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""


OUR_PLUGIN = HERE.parents[2] / "docs" / "wordpress" / "commonthread.php"


@contextlib.contextmanager
def start(*, title: str = "Loopback blog", version: str = "nightly", port: int = 0) -> Iterator[WordPress]:
    """A fresh blog with pretty permalinks and WordPress's default discussion settings, gone when the block ends.

    `port` 0 picks a free one. Raises RuntimeError with the tail of PHP's log when the blog does not come up.
    """
    folder = Path(tempfile.mkdtemp(prefix="commonthread-wordpress-"))
    try:
        site = folder / "site"
        unpack_site(site, version)
        port = port or _free_port()
        url = f"http://127.0.0.1:{port}"
        (site / "wp-config.php").write_text(CONFIG.format(url=url, secret=os.urandom(24).hex()))
        installed = _install(site, url, title)
        extras = site / "wp-content" / "mu-plugins"
        extras.mkdir(exist_ok=True)
        shutil.copy(OUR_PLUGIN, extras)
        with _serving(folder, port):
            _wait_for_rest(url, folder / "php.log")
            yield WordPress(url=url, site=site, version=installed["version"], logins=installed["logins"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _install(site: Path, url: str, title: str) -> dict[str, Any]:
    run = subprocess.run(
        ["php", "-d", "display_errors=stderr", str(HERE / "setup.php"), str(site), url, title],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    try:
        answer: dict[str, Any] = json.loads(run.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        raise RuntimeError(f"WordPress did not install: {(run.stderr or run.stdout)[-800:]}") from None
    return answer


# The shell leads the server's process group and ends it when its standard input closes: that is, when it is told to,
# or when the process that holds the other end dies, however it dies. "php -S" alone would leave its workers behind.
WARDEN = 'folder=$1; shift; "$@" </dev/null & trap "" TERM; read _; kill 0; wait; rm -rf -- "$folder"'


def _server_command(folder: Path, port: int) -> list[str]:
    settings = ["-d", "opcache.enable_cli=1", "-d", "display_errors=0"]
    php = ["php", *settings, "-S", f"127.0.0.1:{port}", "-t", str(folder / "site"), str(HERE / "router.php")]
    return ["sh", "-c", WARDEN, "warden", str(folder), *php]


@contextlib.contextmanager
def _serving(folder: Path, port: int) -> Iterator[None]:
    with (folder / "php.log").open("wb") as sink:
        warden = subprocess.Popen(
            _server_command(folder, port),
            stdin=subprocess.PIPE,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PHP_CLI_SERVER_WORKERS": str(WORKERS)},
            start_new_session=True,
        )
    assert warden.stdin is not None
    try:
        yield
    finally:
        warden.stdin.close()
        try:
            warden.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(warden.pid, signal.SIGKILL)
            warden.wait()


def _wait_for_rest(url: str, log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"{url}/wp-json/", timeout=20) as answer:
                json.load(answer)["namespaces"]
            return
        except (OSError, ValueError, KeyError) as error:
            if time.monotonic() > deadline:
                raise RuntimeError(f"WordPress does not answer: {error}; {log.read_text()[-800:]}") from None
            time.sleep(0.05)
