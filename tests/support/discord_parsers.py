"""What readers of Discord's markdown that others wrote make of a text: which links, mentions and pictures they see.

Two of npm's: ``simple-markdown``, from which Discord's client grew, and ``discord-markdown-parser``. Shares no code
with the product or with :mod:`tests.support.discord_reader`; fetches two pinned packages by npm, and installs nothing.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.wordpress.files import cache_dir

PACKAGES = {
    "simple-markdown": ("0.7.3", "be733db62438d05bc59dd726ca300fd8faa1a87ef9c0e86c649dd754683b54fe"),
    "discord-markdown-parser": ("1.3.1", "3672d2eaba34b3e088bb5932383d22686087d37b1706282d3de4306b3118bfba"),
}
"""Version, and SHA-256 of the archive."""

READERS = ("older", "newer", "as a page")
"""simple-markdown as a client used it for a line, discord-markdown-parser, simple-markdown with all of its rules."""

_SCRIPT = r"""
const [older, newer] = process.argv.slice(1).map(folder => require(folder));
const rules = older.defaultRules;
const line = older.parserFor({
  escape: rules.escape, autolink: rules.autolink, url: rules.url, link: rules.link, image: rules.image,
  em: rules.em, strong: rules.strong, u: rules.u, del: rules.del, inlineCode: rules.inlineCode, br: rules.br,
  text: rules.text,
});
const parsers = [
  text => line(text, { inline: true }),
  text => newer.parse(text, "extended"),
  text => older.defaultBlockParse(text + "\n\n"),
];
const quiet = new Set(["text", "strong", "em", "u", "del", "underline", "strikethrough", "spoiler", "br", "newline",
  "paragraph", "blockQuote", "heading", "subtext", "list", "twemoji", "emoticon", "lheading", "hr", "table", "def"]);
const words = node => typeof node === "string" ? node : Array.isArray(node) ? node.map(words).join("")
  : node && typeof node === "object" ? words(node.content ?? node.items ?? "") : "";
const walk = (node, out) => {
  if (Array.isArray(node)) for (const one of node) walk(one, out);
  else if (node && typeof node === "object") {
    if (node.type && !quiet.has(node.type))
      out.push({ type: node.type, target: String(node.target ?? ""), label: words(node.content) });
    for (const one of [node.content, node.items, node.cells, node.header]) if (typeof one === "object") walk(one, out);
  }
  return out;
};
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(texts.map(text => parsers.map(parse => walk(parse(text), [])))));
"""


@dataclass(frozen=True, slots=True)
class Found:
    """Something in a text that is more than words and their style. ``target``: where it leads, '' for nowhere."""

    type: str
    target: str
    label: str

    @property
    def is_masked(self) -> bool:
        """A link, or a picture, that says something else than its address."""
        return self.type in ("link", "image") and bool(self.target) and self.label != self.target


def missing_tools() -> str | None:
    """One sentence saying what reading with them lacks on this machine, or None when nothing is missing."""
    if shutil.which("node") is None:
        return "reading as Discord's clients do needs node (Debian: nodejs)"
    if shutil.which("npm") is None and not all(_folder(name).is_dir() for name in PACKAGES):
        return "reading as Discord's clients do needs npm to fetch two packages (Debian: npm)"
    return None


def read(texts: Sequence[str]) -> list[dict[str, list[Found]]]:
    """For each text what each of the ``READERS`` finds in it."""
    for name in PACKAGES:
        _fetch(name)
    told = subprocess.run(
        ["node", "-e", _SCRIPT, *(str(_folder(name)) for name in PACKAGES)],
        input=json.dumps(list(texts)),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return [
        {reader: [Found(**one) for one in found] for reader, found in zip(READERS, every, strict=True)}
        for every in json.loads(told.stdout)
    ]


def _home() -> Path:
    return cache_dir().parent / "markdown"


def _folder(name: str) -> Path:
    return _home() / f"{name}@{PACKAGES[name][0]}"


def _fetch(name: str) -> None:
    """Unpack a package, once per machine. Several test runs may race to do so."""
    version, wanted = PACKAGES[name]
    folder = _folder(name)
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_home(), prefix=".fetch-") as scratch:
        packed = subprocess.run(
            ["npm", "pack", "--silent", f"{name}@{version}"],
            cwd=scratch,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if packed.returncode:
            raise RuntimeError(f"npm could not fetch {name}: {packed.stderr.strip()[-500:]}")
        (archive,) = Path(scratch).glob("*.tgz")
        if hashlib.sha256(archive.read_bytes()).hexdigest() != wanted:
            raise RuntimeError(f"{name} {version} is not the package that was pinned")
        with tarfile.open(archive) as tar:
            tar.extractall(scratch, filter="data")
        try:
            (Path(scratch) / "package").rename(folder)
        except OSError:  # another run was faster
            assert folder.is_dir()
