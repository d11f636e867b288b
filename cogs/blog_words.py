"""The words of ``/blog`` about what is connected: the list, the settings, accounts, and the end. Looks at nothing."""

from __future__ import annotations

from bot.core.policy import RelayMode
from bot.core.texts import inert
from bot.ports.blogs import Connected, Serving
from bot.ports.prospects import Rights
from bot.sync.desk import Status
from bot.sync.tending import AccountState, Condition
from cogs.answers import shown
from cogs.connect_words import excess_words, relay_words, where_words

NOTHING = "No blog is mirrored on this server. `/blog connect` begins: it needs the blog's address."

ACCOUNTS = {
    AccountState.NONE: "no account that works: it only mirrors",
    AccountState.WORKS: "with an account",
    AccountState.TURNED_AWAY: "**the blog turns its account away**: give it anew with `/blog account`",
    AccountState.SEALED: "**its account was sealed with a key that is gone**: give it anew with `/blog account`; "
    "it is mirrored meanwhile",
}

STAYS = "Its threads stay as they are, and nothing is deleted on either side."


def list_words(found: list[tuple[Condition, Status | None]]) -> str:
    """Each blog with where it is mirrored, whether it is served, and how it stands with its account."""
    return "\n".join(_line(*one) for one in found) or NOTHING


def _line(condition: Condition, status: Status | None) -> str:
    one = condition.connected
    where = f"**{shown(one.blog.name)}** {where_words(one.blog.home, one.blog.url)} in <#{one.channel_id}>"
    facts = []
    if one.serving is Serving.RESTING:
        facts.append(f"**rests**: {inert(one.why)}")
    elif one.paused:
        facts.append("paused")
    if not one.announces:
        facts.append("only its old threads are served")
    if status is not None and status.last_poll is not None and status.last_poll.error:
        facts.append(f"last look in trouble: {inert(status.last_poll.error)}")
    if one.serving is Serving.ACTIVE:
        facts.append(ACCOUNTS[condition.account])
    if one.from_settings:
        facts.append("named by the operator's settings")
    return f"- {where}: {'; '.join(facts)}"


def settings_words(one: Connected, *, changed: bool) -> str:
    """The settings as they are, by the names of the options that change them."""
    settings = one.settings
    head = f"**{shown(one.blog.name)}**" + (": changed, and in force from now on." if changed else "")
    lines = [
        head,
        f"`channel` <#{one.channel_id}>: new posts open there",
        f"`style` {settings.style}: comments appear "
        + ("under their authors' names" if settings.style == "persona" else "as cards by the bot"),
        f"`relay` {settings.relay.value}: {relay_words(settings.relay, approve=settings.approve)}",
        "`relay-status` "
        + ("approved: shown at once" if settings.approve else "blog: shown as the blog's own moderation rules decide"),
        f"`uploads` {'on' if settings.uploads else 'off'}"
        + ("" if settings.approve or not settings.uploads else ", but only with `relay-status` approved"),
        f"`hints` {'on' if settings.hints else 'off'}"
        + (": who writes what answers nothing is told once how to answer" if settings.hints else ""),
        f"`first-posts` {settings.first_posts}: announced when the blog is first met",
        "`moderators` "
        + (
            f"<#{settings.moderators}>: told of trouble, once"
            if settings.moderators
            else "no channel: trouble is shown by `/sync status` alone"
        ),
    ]
    if one.from_settings:
        lines.append("All this is named by the operator's settings, and changed there.")
    return "\n".join(lines)


def account_words(one: Connected, rights: Rights) -> str:
    """What a new account does."""
    lines = [
        f"The blog accepts the account; **{shown(one.blog.name)}** uses it from now on. "
        f"{relay_words(one.settings.relay, approve=one.settings.approve)} What was written while there was none stays "
        "in Discord.",
    ]
    if one.settings.relay is not RelayMode.OFF:
        lines.append("The newest threads tell members so at once, older ones when their post changes.")
    lines += excess_words(rights)
    return "\n".join(lines)


def dropped_words(one: Connected, *, dropped: bool) -> str:
    """What forgetting an account does."""
    if not dropped:
        return f"There is no account of **{shown(one.blog.name)}** to forget."
    return (
        f"The account is forgotten; **{shown(one.blog.name)}** is only mirrored from now on. On the blog the "
        "application password still works until somebody revokes it there."
    )


def disconnect_words(one: Connected) -> str:
    """The question before the end."""
    return (
        f"Stop mirroring **{shown(one.blog.name)}** into <#{one.channel_id}>? {STAYS} `/blog connect` with the same "
        "address and channel goes on where it was."
    )


def disconnected_words(one: Connected) -> str:
    """The end."""
    return (
        f"**{shown(one.blog.name)}** is no longer mirrored into <#{one.channel_id}>. {STAYS} Its account is forgotten, "
        "unless another channel here uses it."
    )
