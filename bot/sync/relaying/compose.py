"""Compose what the blog shows of Discord: the comment that carries a member's message, and what is left of one.

Pure. Does not translate (:mod:`bot.translate`), and does not compose what Discord shows of the blog
(:mod:`bot.sync.mirroring.compose`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.core.domain import AttachmentId, CommentId, Message, Place
from bot.core.lookalikes import on_blog
from bot.core.signing import Signer
from bot.ports import Draft, Signed
from bot.translate.to_blog import ParsedMessage, Profile, plain_name

REFUSAL = "This reply is not on the blog: "
"""How a member is told that the blog refused a message; what was said is found again by this."""

NOT_EDITED = "Your edit has not reached the blog: "
"""How a member is told that the blog refused the new words of a message that is there; found again by this, too."""

TOMBSTONE_HTML = "<em>This comment was removed.</em>"
"""What is left on the blog of a relay that has replies, once its message is deleted; Discord does not tell by whom."""

OLD_TOMBSTONES = ("<em>This comment was removed by its author.</em>",)
"""What earlier versions left there."""


def is_tombstone(html: str) -> bool:
    """Whether a comment says that it was removed, by the words of this version or of an earlier one."""
    return any(one in html for one in (TOMBSTONE_HTML, *OLD_TOMBSTONES))


def signed(signer: Signer, message: Message) -> Signed:
    """By what the comment that carries a message is known to be ours; its sender's address is its author's on each."""
    return Signed(signer.link(message.jump_url), signer.address(message.author_id))


class Relay:
    """A member's message on its way to the blog: its text parsed once, then rendered as often as the blog needs it."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self._parsed = ParsedMessage.of_message(message)

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to post."""
        return self._parsed.is_blank

    def html(self, files: Mapping[AttachmentId, str], *, rich: bool) -> str:
        """The message as the blog gets it. ``rich``: for a blog that keeps more than a commenter's HTML.

        ``files``: addresses of the attachments that the blog has; for others there is a link to the message.
        """
        urls = [files.get(one.id) for one in self.message.attachments]
        return self._parsed.with_urls(urls).html(Profile.RICH if rich else Profile.COMMENT)

    def draft(
        self,
        place: Place,
        parent: CommentId | None,
        files: Mapping[AttachmentId, str],
        signer: Signer,
        *,
        rich: bool,
        approve: bool,
        taken: Iterable[str] = (),
    ) -> Draft:
        """The comment that carries the message. Its e-mail is constant for a member: the blog shows one avatar.

        ``taken``: names that are the blog's own.
        """
        message = self.message
        proof = signed(signer, message)
        plain = self.html(files, rich=False)
        return Draft(
            post_id=place.post_id,
            parent_id=parent,
            author=on_blog(plain_name(message.author_name), taken),
            email=proof.email,
            key=proof.key,
            html=self.html(files, rich=True) if rich else plain,
            approve=approve,
            plain_html=plain,
        )
