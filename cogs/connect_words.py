"""The words of ``/blog connect``, from what was found. Looks at nothing itself."""

from __future__ import annotations

from bot.core.identity import same_home
from bot.core.policy import RelayMode, Style
from bot.ports.prospects import FoundPost, Rights, Survey
from bot.sync.connecting import Proposal
from cogs.answers import linked, quoted, shown

WHERE_FROM: dict[Style, str] = {
    "persona": "Discord takes 30 messages a minute from all webhooks of a channel; a backlog gets 25 of them",
    "card": "Discord takes 5 messages in 5 seconds in a thread; a backlog gets 4 of them",
}
"""Where the figure of the first mirroring comes from; a test holds it equal to :mod:`bot.chat.pace`."""

GONE = "Nothing was connected, and nothing was kept."

ONLY_MIRRORS = "No account: it would mirror the blog, and carry nothing from Discord to it."

OVERRIDES = (
    "The account overrides the blog where it holds a comment because its author is new, or holds every comment. "
    "What its lists of words or its limit of links hold stays held."
)
"""Of relays that are shown at once."""

UNTOLD = (
    "This blog does not say what its lists of words let pass: a word of its moderation list can appear, and of either "
    "list by an edit. The plugin `docs/wordpress/commonthread.php` on the blog prevents that."
)

NOTHING_YET = (
    "Its account overrides nothing. With `relay-status` *approved* it would, and this blog does not say what its lists "
    "of words let pass."
)

EXCESS = (
    "**The account may more than the bot needs** ({names}): whoever gets hold of its password may too. An account "
    "that may no more than `read`, `edit_posts` and `moderate_comments` is enough."
)


def proposal_words(found: Proposal, *, trouble: str = "") -> str:
    """All that a moderator should know before they press Connect. ``trouble``: what went wrong just now."""
    identity = found.found.identity
    home = where_words(identity.home, identity.url)
    lines = [f"⚠️ {trouble}", ""] if trouble else []
    lines += [
        f"**{shown(identity.title) or 'Untitled'}**, a {found.found.kind} blog at {home}",
        newest_words(found.found.posts),
        *channel_words(found),
        first_words(found),
        *account_words(found),
    ]
    return "\n".join(lines)


def where_words(home: str, url: str) -> str:
    """Where a blog is asked. What it calls its home is believed where that is the same, and else said apart."""
    if home and same_home(home, url):
        return linked(home)
    return linked(url) + (f" (it calls {linked(home)} its home)" if home else "")


def newest_words(posts: tuple[FoundPost, ...]) -> str:
    """The newest post."""
    if not posts:
        return "It shows no posts yet."
    post = posts[0]
    count = "1 comment" if post.comments == 1 else f"{post.comments} comments"
    day = f"<t:{post.published_at // 1000}:D>"
    return f"Newest post: {quoted(post.title)} of {day}, {count} {linked(post.url)}".rstrip()


def channel_words(found: Proposal) -> list[str]:
    """What the bot may do in the channel, and how to mend what it may not."""
    survey, where = found.survey, f"<#{found.channel}>"
    style = "under their authors' names" if found.settings.style == "persona" else "as cards by the bot"
    lines = [f"It would be mirrored into {where} ({survey.kind}), comments {style}."]
    return lines + mend_words(survey, where)


def mend_words(survey: Survey, where: str) -> list[str]:
    """The permissions that are missing, with the link that gives them."""
    lines = []
    if survey.lacks:
        names = "; ".join(f"**{title}** (to {purpose})" for title, purpose in survey.lacks)
        lines.append(f"✗ In {where} the bot lacks {names}. Allow it there, or use <{survey.invite}>")
    else:
        lines.append("✓ The bot has every permission there that it needs.")
    if not survey.hears:
        lines.append(
            "✗ Discord does not let the bot read messages: its operator has to switch on Message Content Intent."
        )
    return lines


def first_words(found: Proposal) -> str:
    """What the first mirroring makes, and how long that takes."""
    threads, messages = found.first
    if not threads:
        return "First sync: nothing; posts from now on get a thread each."
    if not messages:
        return f"First sync: {_count(threads, 'thread')}."
    made = f"{_count(threads, 'thread')} and {_count(messages, 'message')}"
    return f"First sync: {made}, in {duration(found.seconds)} ({WHERE_FROM[found.settings.style]})."


def account_words(found: Proposal) -> list[str]:
    """Whether members' words can cross, and under which rule."""
    if found.account is None and not found.kept:
        lines = [ONLY_MIRRORS]
        page = linked(found.found.account_page)
        if page:
            lines.append(f"*Add account* asks for an application password, which WordPress makes at {page}")
        return lines
    whose = "the account that was given before" if found.account is None else f"“{shown(found.account.username)}”"
    lines = [f"Account: {whose}. {relay_words(found.settings.relay, approve=found.settings.approve)}"]
    if found.settings.approve:
        lines += [OVERRIDES, *([] if found.found.tells_words else [UNTOLD])]
    elif found.found.tells_words is False:
        lines.append(NOTHING_YET)
    return lines + excess_words(found.found.rights)


def relay_words(relay: RelayMode, *, approve: bool) -> str:
    """Which messages cross, and what the blog makes of them."""
    match relay:
        case RelayMode.OFF:
            return "Nothing that members write crosses."
        case RelayMode.ALL:
            what = "Every message in a mirrored thread becomes a comment"
        case RelayMode.REPLIES:
            what = "Members' replies become comments"
    return f"{what}, shown " + ("at once." if approve else "as the blog's own rules decide.")


def excess_words(rights: Rights | None) -> list[str]:
    """A warning about an account that may too much."""
    if rights is None or not rights.excess:
        return []
    return ["⚠️ " + EXCESS.format(names=", ".join(f"`{one}`" for one in rights.excess[:4]))]


def connected_words(found: Proposal) -> str:
    """What Connect has done."""
    threads, _ = found.first
    what = "Its first thread opens now." if threads == 1 else "Its first threads open now."
    relays = found.account is not None or found.kept
    lines = [
        f"**{shown(found.found.identity.title) or 'The blog'}** is mirrored into <#{found.channel}> from now on. "
        f"{what if threads else 'The next post opens the first thread.'}",
        relay_words(found.settings.relay, approve=found.settings.approve)
        if relays
        else "Nothing crosses to the blog: give it an account with `/blog account` when you want that.",
        "`/blog settings` changes how, `/blog disconnect` ends it.",
    ]
    return "\n".join(lines)


def duration(seconds: float) -> str:
    """Some time in words, rounded up."""
    if seconds <= 90:
        return "about a minute" if seconds > 30 else "less than a minute"
    minutes = -(-seconds // 60)
    return f"about {minutes:.0f} minutes" if minutes < 90 else f"about {seconds / 3600:.1f} hours"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
