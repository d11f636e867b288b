"""The loopback Discord's permission arithmetic: roles, overwrites, what a denial takes along."""

from __future__ import annotations

from bot.sandbox.discord import MEMBER, Member, Permission
from bot.sandbox.discord.permissions import of_channel
from bot.sandbox.discord.things import Channel, Overwrite
from bot.sandbox.discord.vocabulary import ALL_PERMISSIONS
from tests.support.loopback_discord import Rig, furnished


def of(rig: Rig, member: Member, channel: Channel) -> int:
    return of_channel(rig.d.world, member.id, channel)


async def test_owners_and_administrators_may_do_everything_whatever_the_channel_says() -> None:
    async with furnished() as rig:
        owner = rig.guild.members[rig.guild.owner_id]
        rig.d.set_permissions(rig.ann, None, allow=Permission.ADMINISTRATOR)
        for member in (owner, rig.ann):
            rig.d.set_permissions(member, rig.text, deny=Permission.VIEW_CHANNEL)
            assert of(rig, member, rig.text) == ALL_PERMISSIONS


async def test_overwrites_count_from_everyone_to_roles_to_the_member() -> None:
    async with furnished() as rig:
        role = rig.guild.own_roles[rig.ann.id]
        seen = Permission.MENTION_EVERYONE
        rig.text.overwrites[rig.guild.id] = Overwrite(0, allow=seen)
        assert of(rig, rig.ann, rig.text) & seen
        rig.text.overwrites[role] = Overwrite(0, deny=seen)
        assert not of(rig, rig.ann, rig.text) & seen
        rig.text.overwrites[rig.ann.id] = Overwrite(1, allow=seen)
        assert of(rig, rig.ann, rig.text) & seen
        assert of(rig, rig.bob, rig.text) & seen


async def test_without_sight_nothing_is_left() -> None:
    async with furnished() as rig:
        rig.d.set_permissions(rig.ann, rig.text, deny=Permission.VIEW_CHANNEL)
        assert of(rig, rig.ann, rig.text) == 0
        assert of(rig, rig.ann, rig.news) == MEMBER


async def test_without_sending_embeds_files_and_mentions_go_too_in_threads_by_their_own_permission() -> None:
    async with furnished() as rig:
        thread = await rig.thread()
        rig.d.set_permissions(rig.ann, None, deny=Permission.SEND_MESSAGES, allow=Permission.MENTION_EVERYONE)
        along = Permission.EMBED_LINKS | Permission.ATTACH_FILES | Permission.MENTION_EVERYONE
        assert of(rig, rig.ann, rig.text) & along == 0
        assert of(rig, rig.ann, thread) & along == along
        rig.d.set_permissions(rig.ann, None, allow=Permission.SEND_MESSAGES, deny=Permission.SEND_MESSAGES_IN_THREADS)
        assert of(rig, rig.ann, rig.text) & along == along
        assert of(rig, rig.ann, thread) & along == 0


async def test_a_thread_takes_its_parents_overwrites() -> None:
    async with furnished() as rig:
        thread = await rig.thread()
        rig.d.set_permissions(rig.ann, rig.text, deny=Permission.ADD_REACTIONS)
        assert not of(rig, rig.ann, thread) & Permission.ADD_REACTIONS


async def test_a_timed_out_member_keeps_sight_and_history_until_the_end_of_it() -> None:
    async with furnished(turned=True) as rig:
        rig.d.time_out(rig.ann, 60)
        assert of(rig, rig.ann, rig.text) == Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
        rig.clock.forward(61)
        assert of(rig, rig.ann, rig.text) == MEMBER


async def test_a_stranger_may_do_nothing() -> None:
    async with furnished() as rig:
        assert of_channel(rig.d.world, 1, rig.text) == 0
