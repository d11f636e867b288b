"""Users, members, roles, guilds, channels and threads as Discord's JSON.

It does not show messages (view_message.py) and does not decide who may see what.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bot.sandbox.discord.permissions import of_channel
from bot.sandbox.discord.things import App, Channel, Guild, Member, Persona, Role, User, Webhook
from bot.sandbox.discord.vocabulary import APPLICATION_FLAGS, Json, Kind, MessageType, Permission
from bot.sandbox.discord.world import World

UNUSED_BY_GUILD = (
    "icon",
    "description",
    "home_header",
    "splash",
    "discovery_splash",
    "banner",
    "application_id",
    "afk_channel_id",
    "system_channel_id",
    "widget_channel_id",
    "max_presences",
    "vanity_url_code",
    "rules_channel_id",
    "safety_alerts_channel_id",
    "public_updates_channel_id",
    "incidents_data",
)
ZERO_IN_GUILD = (
    "system_channel_flags",
    "verification_level",
    "default_message_notifications",
    "mfa_level",
    "explicit_content_filter",
    "premium_tier",
    "premium_subscription_count",
    "nsfw_level",
)


def moment(seconds: float) -> str:
    """Discord's ISO 8601 timestamp."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def user(shown: User | Persona) -> Json:
    """A user, or the author of a webhook message: id of the webhook, discriminator "0000"."""
    payload: Json = {
        "id": str(shown.id if isinstance(shown, User) else shown.webhook_id),
        "username": shown.name,
        "avatar": shown.avatar,
        "discriminator": "0" if isinstance(shown, User) and not shown.bot else "0000",
        "public_flags": 0,
        "flags": 0,
        "global_name": shown.display if isinstance(shown, User) else None,
        "primary_guild": None,
    }
    if not isinstance(shown, User) or shown.bot:
        payload["bot"] = True
    return payload


def me(app: App) -> Json:
    return {**user(app.user), "mfa_enabled": True, "verified": True, "email": None, "locale": "en-US"}


def application(app: App, owner: User, guilds: int) -> Json:
    """Discord: Application Object, as its own bot sees it."""
    flags = sum(bit for intent, bit in APPLICATION_FLAGS.items() if app.intents & intent)
    return {
        "id": str(app.id),
        "name": app.name,
        "icon": None,
        "description": "",
        "type": None,
        "verify_key": "0" * 64,
        "flags": flags,
        "flags_new": str(flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user(owner),
        "approximate_guild_count": guilds,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
        "bot_public": True,
        "bot_require_code_grant": False,
        "bot": user(app.user),
    }


def member(shown: Member) -> Json:
    return {"user": user(shown.user), **member_part(shown)}


def member_part(shown: Member) -> Json:
    """The partial member that message events carry: no ``user``."""
    return {
        "nick": shown.nick,
        "avatar": None,
        "banner": None,
        "roles": [str(role) for role in shown.roles],
        "joined_at": moment(shown.joined_at),
        "premium_since": None,
        "communication_disabled_until": moment(shown.timed_out_until) if shown.timed_out_until else None,
        "flags": 0,
        "pending": False,
        "mute": False,
        "deaf": False,
    }


def role(shown: Role) -> Json:
    payload: Json = {
        "id": str(shown.id),
        "name": shown.name,
        "permissions": str(shown.permissions),
        "position": shown.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": shown.managed_by is not None,
        "mentionable": shown.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    if shown.managed_by is not None:
        payload["tags"] = {"bot_id": str(shown.managed_by)}
    return payload


def channel(world: World, shown: Channel, viewer: User | None = None) -> Json:
    """A channel, or a thread with its ``member`` when the viewer has joined it."""
    if shown.thread:
        return thread(shown, viewer)
    payload: Json = {
        "id": str(shown.id),
        "type": int(shown.kind),
        "guild_id": str(shown.guild.id),
        "name": shown.name,
        "position": shown.position,
        "flags": shown.flags,
        "parent_id": str(shown.parent.id) if shown.parent else None,
        "topic": shown.topic,
        "nsfw": False,
        "rate_limit_per_user": shown.slowmode,
        "last_message_id": str(shown.last_message_id) if shown.last_message_id else None,
        "permission_overwrites": [
            {"id": str(target), "type": o.kind, "allow": str(o.allow), "deny": str(o.deny)}
            for target, o in shown.overwrites.items()
        ],
    }
    if shown.kind == Kind.FORUM:
        payload |= {
            "available_tags": [tag(t.id, t.name, moderated=t.moderated) for t in shown.tags],
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_forum_layout": 0,
        }
    if shown.kind == Kind.VOICE:  # nobody speaks here; its chat is a text channel's
        payload |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
    return payload


def tag(tag_id: int, name: str, *, moderated: bool) -> Json:
    return {"id": str(tag_id), "name": name, "moderated": moderated, "emoji_id": None, "emoji_name": None}


def thread(shown: Channel, viewer: User | None = None) -> Json:
    """Discord: Channel Object, the thread fields."""
    state = shown.thread
    assert state is not None
    opening = (m for m in shown.messages.values() if m.id == shown.id or m.kind == MessageType.THREAD_STARTER_MESSAGE)
    count = len(shown.messages) - sum(1 for _ in opening)
    payload: Json = {
        "id": str(shown.id),
        "type": int(shown.kind),
        "guild_id": str(shown.guild.id),
        "parent_id": str(shown.home.id),
        "name": shown.name,
        "owner_id": str(state.owner_id),
        "flags": shown.flags,
        "rate_limit_per_user": shown.slowmode,
        "last_message_id": str(shown.last_message_id) if shown.last_message_id else None,
        "message_count": count,
        "total_message_sent": state.sent,
        "member_count": min(len(state.members), 50),
        "thread_metadata": {
            "archived": state.archived,
            "locked": state.locked,
            "auto_archive_duration": state.auto_archive,
            "archive_timestamp": moment(state.changed_at),
            "create_timestamp": moment(state.created_at),
        },
    }
    if shown.home.kind == Kind.FORUM:
        payload["applied_tags"] = [str(t) for t in state.applied]
    if viewer and viewer.id in state.members:
        payload["member"] = thread_member(shown, viewer.id)
    return payload


def thread_member(shown: Channel, user_id: int) -> Json:
    assert shown.thread is not None
    joined = moment(shown.thread.members[user_id])
    return {"id": str(shown.id), "user_id": str(user_id), "join_timestamp": joined, "flags": 0}


def guild(shown: Guild) -> Json:
    """Discord: Guild Object as REST shows it: no channels, no members."""
    return {
        **dict.fromkeys(UNUSED_BY_GUILD),
        **dict.fromkeys(ZERO_IN_GUILD, 0),
        "id": str(shown.id),
        "name": shown.name,
        "owner_id": str(shown.owner_id),
        "features": ["COMMUNITY"],
        "region": "deprecated",
        "afk_timeout": 300,
        "widget_enabled": False,
        "roles": [role(r) for r in shown.roles.values()],
        "max_members": 500000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "preferred_locale": "en-US",
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "emojis": [],
        "stickers": [],
    }


def guild_create(world: World, shown: Guild, viewer: App) -> Json:
    """Discord: Guild Create: active threads only, and of the members only those the intents allow."""
    mine = shown.members[viewer.user.id]
    return {
        **guild(shown),
        "joined_at": moment(mine.joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(shown.members),
        "members": [member(mine)],
        "channels": [channel(world, c, viewer.user) for c in shown.channels.values()],
        "threads": [
            thread(t, viewer.user)
            for t in shown.threads.values()
            if t.thread and not t.thread.archived and of_channel(world, viewer.user.id, t) & Permission.VIEW_CHANNEL
        ],
        **{key: [] for key in ("voice_states", "presences", "stage_instances", "guild_scheduled_events")},
        "soundboard_sounds": [],
    }


def webhook(shown: Webhook, viewer: App | None, *, with_user: bool = True) -> Json:
    """Discord: Webhook Object; the token is shown only to the application that made it."""
    payload: Json = {
        "id": str(shown.id),
        "type": 1,
        "guild_id": str(shown.channel.guild.id),
        "channel_id": str(shown.channel.id),
        "name": shown.name,
        "avatar": shown.avatar,
        "application_id": str(shown.app.id) if shown.app else None,
    }
    if shown.app is viewer or shown.app is None:
        payload["token"] = shown.token
        payload["url"] = f"https://discord.com/api/webhooks/{shown.id}/{shown.token}"
    if with_user:
        payload["user"] = user(shown.maker)
    return payload
