"""Finds the tools and fetches WordPress's files into a cache, once per machine.

Does not start anything, and downloads nothing but two pinned npm packages through npm itself.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from pathlib import Path

CLI_PACKAGE = "@wp-playground/cli@3.1.56"
BUILDS_PACKAGE = "@wp-playground/wordpress-builds@0.9.19"
SQLITE_ZIP = "sqlite-database-integration.zip"

# The releases that the builds package carries; "nightly" is WordPress 6.7-alpha.
VERSIONS = ("nightly", "beta", "6.5", "6.4", "6.3", "6.2")

PHP_MODULES = ("sqlite3", "SimpleXML", "mbstring")

SHA256 = {
    "wp-6.2.zip": "d4512a2374e3ec9191b08d68f1474724a61596469dd9dc53ef02b1e01ca8a23a",
    "wp-6.3.zip": "cad7e42ece26fb462d40b2b249bf80a2f791c1fca3f9b986ff9bce277ed89a50",
    "wp-6.4.zip": "f4f06f3b0c3480d2c01576f20abfbe662e72c8f38012d119b04e702489d02785",
    "wp-6.5.zip": "264f163157658da2a4df8f9979f527fc806fd963039b4a14062ab99e8f44ecd9",
    "wp-beta.zip": "a15b7f491acb6f0bb3ed5668ef3bf4ffb54aafa2dac80d94c58a7a902a3ab390",
    SQLITE_ZIP: "519abfab608e6b70e88d8731192eae51da3eadf3981ee2be043f0b01c214a9ee",
    "wp-nightly.zip": "bbe7265363155a5b48d0db614f5cddec3f3721ea85d51ab687ef9ae39a5ef28b",
}


def cache_dir() -> Path:
    """`COMMONTHREAD_CACHE`, else `XDG_CACHE_HOME`/commonthread, else ~/.cache/commonthread."""
    if own := os.environ.get("COMMONTHREAD_CACHE"):
        return Path(own) / "wordpress"
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "commonthread" / "wordpress"


def zip_name(version: str) -> str:
    """The name of a WordPress release's zip, in the package and in the cache. Raises ValueError for an unknown one."""
    if version not in VERSIONS:
        raise ValueError(f"no WordPress {version!r} in {BUILDS_PACKAGE}; there are {', '.join(VERSIONS)}")
    return f"wp-{version}.zip"


def missing_tools(version: str = "nightly") -> str | None:
    """One sentence saying what a real WordPress lacks on this machine, or None when nothing is missing."""
    php = shutil.which("php")
    if php is None:
        return "a real WordPress needs php (Debian: php-cli php-sqlite3 php-xml php-mbstring)"
    listed = subprocess.run([php, "-m"], capture_output=True, text=True, check=False).stdout
    have = {line.strip().lower() for line in listed.splitlines()}
    if lacking := [module for module in PHP_MODULES if module.lower() not in have]:
        return f"a real WordPress needs the PHP modules {', '.join(lacking)} (Debian: php-sqlite3 php-xml php-mbstring)"
    cached = all((cache_dir() / name).is_file() for name in (SQLITE_ZIP, zip_name(version)))
    if not cached and shutil.which("npm") is None:
        return "a real WordPress needs npm to fetch its files (Debian: npm)"
    return None


def unpack_site(site: Path, version: str = "nightly") -> None:
    """Put a WordPress that has never been installed, with the SQLite drop-in, into the folder `site`."""
    wordpress = _fetched(BUILDS_PACKAGE, f"src/wordpress/{zip_name(version)}")
    sqlite = _fetched(CLI_PACKAGE, SQLITE_ZIP)
    site.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wordpress) as archive:
        archive.extractall(site)
    # The build brings a database and a configuration of its own; ours is written by `real`.
    (site / "wp-content/database/.ht.sqlite").unlink(missing_ok=True)
    (site / "wp-config.php").unlink(missing_ok=True)
    plugins = site / "wp-content/plugins"
    for folder in (plugins, site / "wp-content/database", site / "wp-content/themes"):
        folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(sqlite) as archive:
        archive.extractall(plugins)
    drop_in = plugins / "sqlite-database-integration"
    (plugins / "plugin-sqlite-database-integration").rename(drop_in)
    shutil.copyfile(drop_in / "db.copy", site / "wp-content/db.php")


def _fetched(package: str, member: str) -> Path:
    """The cached copy of one file of an npm package; several test runs may race to fetch it."""
    target = cache_dir() / Path(member).name
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as scratch:
        packed = subprocess.run(
            ["npm", "pack", "--silent", package], cwd=scratch, capture_output=True, text=True, check=False, timeout=300
        )
        if packed.returncode:
            raise RuntimeError(f"npm could not fetch {package}: {packed.stderr.strip()[-500:]}")
        (archive,) = Path(scratch).glob("*.tgz")
        with tarfile.open(archive) as tar:
            stream = tar.extractfile(f"package/{member}")
            assert stream is not None, f"{package} holds no {member}"
            data = stream.read()
        if hashlib.sha256(data).hexdigest() != SHA256[target.name]:
            raise RuntimeError(f"{member} of {package} is not the file that was pinned")
        part = Path(scratch) / target.name
        part.write_bytes(data)
        part.replace(target)
    return target
