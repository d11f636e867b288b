"""The mutants that ``tests/long/mutants.py`` plants: each breaks one rule, and names the few tests that are to notice.

Plants nothing by itself, and imports nothing of the project: its files are changed as text.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """In ``file`` the ``text``, which stands there once, becomes ``instead``; then it ``breaks`` what it says.

    ``tests``: what pytest is given, words parted by spaces; it may take a minute.
    """

    breaks: str
    file: str
    text: str
    instead: str
    tests: str


_WRITING = "bot/blog/wordpress/writing.py"
_AMEND = "bot/sync/relaying/amend.py"
_TABLE = "bot/sync/mirroring/table.py"
_PUT_BACK = "tests/rooms/test_put_back.py"
_ANOTHER = "tests/contract/test_blog_contract.py -k another_comment_of_the_number_is_not_touched\\ and\\ loopback"
_CLOCKS = "tests/rooms/test_clocks.py"
_LOST = "tests/rooms/test_lost_database.py"
_PROXIED = "tests/rooms/test_proxied.py"
_ONCE = "tests/rooms/test_once.py"
_HOSTILE = "tests/rooms/test_hostile_answers.py"
_PERMITTED = "tests/whole/test_permitted.py"
_BY_SENDER = "tests/contract/test_blog_contract.py -k known_by_its_sender\\ and\\ loopback"

_PRIVATE = (
    Mutant(
        "the map keeps the name of who took their words back",
        "bot/store/sqlite/map_write.py",
        "UPDATE comments SET author = '' WHERE post_id = ?1",
        "UPDATE comments SET author = author WHERE post_id = ?1",
        "tests/rooms/test_consent.py -k no_name",
    ),
    Mutant(
        "a word of off goes with the database",
        "bot/store/sqlite/members.py",
        "            await self._consent.keep(word)\n            async with",
        "            async with",
        "tests/rooms/test_consent_file.py",
    ),
    Mutant(
        "the older of two words of a member holds",
        "bot/store/consent.py",
        "max(both, key=lambda one: one.weight)",
        "min(both, key=lambda one: one.weight)",
        "tests/rooms/test_consent_file.py",
    ),
    Mutant(
        "a damaged file of members' words is replaced",
        "bot/store/consent.py",
        "    path.rename(aside)\n",
        "",
        "tests/rooms/test_consent_file.py -k damaged",
    ),
    Mutant(
        "a word of on is taken from a damaged file",
        "bot/store/consent.py",
        "[one for one in words if one.is_off]",
        "list(words)",
        "tests/rooms/test_consent_file.py -k damaged",
    ),
    Mutant(
        "what waited in a backup of who said off since goes on",
        "bot/store/sqlite/members.py",
        "                await self._drop_waiting(tx, word)\n        await",
        "        await",
        "tests/rooms/test_consent_file.py -k waited",
    ),
    Mutant(
        "moderators hear nothing of words that went with their file",
        "bot/sync/adopting.py",
        "words_kept=kept",
        "words_kept=True",
        "tests/rooms/test_consent_file.py -k moderators",
    ),
    Mutant(
        "all that a camera noted goes with which side is up",
        "bot/chat/pictures.py",
        "kept, noted = Image.Exif(), ",
        "kept, noted = picture.getexif(), ",
        "tests/rooms/test_pictures.py -k noted",
    ),
    Mutant(
        "a file goes to the blog as it is",
        "bot/chat/files.py",
        "        picture = await self._cleaning.of(content)\n",
        '        picture = Picture("jpg", content)\n',
        "tests/rooms/test_chat_files.py tests/contract/test_chat_contract.py -k comes_without",
    ),
    Mutant(
        "a picture's size is not looked at before it is opened",
        "bot/chat/pictures.py",
        "        _measure(picture)\n",
        "",
        "tests/rooms/test_pictures.py -k would_grow",
    ),
    Mutant(
        "a channel is named that @everyone does not see",
        "bot/chat/openly_named.py",
        " if one is not None and is_open(one)}",
        " if one is not None}",
        "tests/rooms/test_chat_reading.py -k not_named",
    ),
    Mutant(
        "a role is named that nobody meets",
        "bot/chat/openly_named.py",
        " if one is not None and _is_met(one)}",
        " if one is not None}",
        "tests/rooms/test_chat_reading.py -k nobody_meets",
    ),
    Mutant(
        "a forward counts as words of who forwards it",
        "bot/sync/relaying/decide.py",
        "message.stickers or message.poll\n",
        "message.stickers or message.poll or message.forwards\n",
        "tests/rooms/test_hints.py -k forwarded",
    ),
)

_BOUNDS = (
    Mutant(
        "every address that a page names is asked",
        "bot/blog/wordpress/discovery.py",
        "    return found[:CANDIDATES]",
        "    return found",
        f"{_HOSTILE} -k candidates",
    ),
    Mutant(
        "a listing is read however long it is",
        "bot/blog/wordpress/listing.py",
        "self.page >= _MOST_PAGES or self.size >= _MOST_BYTES",
        "self.page >= _MOST_PAGES",
        f"{_HOSTILE} -k so_many_bytes",
    ),
    Mutant(
        "what was cut of a listing's page counts as never listed",
        "bot/blog/wordpress/listing.py",
        "not self.moved and not self.cut and",
        "not self.moved and",
        f"{_HOSTILE} -k five_times",
    ),
    Mutant(
        "true is a number",
        "bot/blog/web/text.py",
        "type(value) is int and",
        "isinstance(value, int) and",
        f"{_HOSTILE} -k no_database_counts",
    ),
    Mutant(
        "a number of 5,000 digits is read for what it says",
        "bot/core/markup.py",
        'html.unescape(_ENDLESS.sub("\\ufffd", text))',
        "html.unescape(text)",
        f"{_HOSTILE} -k odd_character",
    ),
    Mutant(
        "a feed may say in which codec it is read",
        "bot/blog/web/feed_worker.py",
        "if _ENCODINGS.fullmatch(encoding):",
        "if encoding:",
        f"{_HOSTILE} -k tags_can_hide",
    ),
    Mutant(
        "the reader of a feed works on when nobody waits for it",
        "bot/core/apart.py",
        "            process.kill()\n            await process.wait()",
        "            pass",
        f"{_HOSTILE} -k leaves_no_process",
    ),
)

_IDENTITY = (
    Mutant(
        "what the bot put away comes back to readers whatever it was before",
        _WRITING,
        '{"status": "untrash" if passes else "hold"}',
        '{"status": "approved"}',
        "tests/contract/test_blog_contract.py -k out_of_the_trash\\ and\\ loopback",
    ),
    Mutant(
        "an approved comment gets new words without a review",
        _WRITING,
        '{"status": "hold"} if held else {}',
        "{}",
        "tests/contract/test_blog_contract.py -k wait_for_a_moderator\\ and\\ loopback",
    ),
    Mutant(
        "a known member's listed words are released on a blog that lets comments in",
        "bot/core/letting.py",
        "return not (known and lets_in)",
        "return True",
        "tests/rooms/test_letting.py",
    ),
    Mutant(
        "what a blog has let in is forgotten with the process",
        "bot/sync/relaying/write.py",
        "        if self._habit != before:",
        "        if False:",
        "tests/rooms/test_letting.py",
    ),
    Mutant(
        "one member's listed words pass for another rule of the blog",
        "bot/core/letting.py",
        "if self.lets_in and sender not in self.held",
        "if self.lets_in",
        "tests/rooms/test_letting.py",
    ),
    Mutant(
        "a blog that holds everything since is taken for one that lets comments in",
        "bot/core/letting.py",
        "if len(held) < IN_A_ROW else Habit()",
        "",
        "tests/rooms/test_letting.py",
    ),
    Mutant(
        "what the blog says of its lists counts for nothing",
        "bot/core/letting.py",
        "    if passes is not None:\n        return passes\n",
        "",
        "tests/rooms/test_letting.py",
    ),
    Mutant(
        "an edit waits where the blog does not tell what its lists say",
        "bot/blog/wordpress/words.py",
        "key=key) is not False",
        "key=key) is True",
        "tests/whole/test_approved_wordpress.py -k an_edit",
    ),
    Mutant(
        "spam goes through the trash, and is spam no longer",
        _WRITING,
        '    if there.status not in ("approved", "hold"):\n        return Standing.GONE',
        '    if there.status not in ("approved", "hold", "spam"):\n        return Standing.GONE',
        "tests/contract/test_blog_contract.py -k stays_held\\ and\\ loopback",
    ),
    Mutant(
        "what somebody else threw away counts as put away by the bot",
        _AMEND,
        "        if was is Standing.GONE and not claim.found_half_done:",
        "        if False:",
        "tests/rooms/test_last_word.py",
    ),
    Mutant(
        "a comment is rewritten without a look at its key",
        _WRITING,
        "    there = await _make_sure(connection, comment_id, key)\n    held =",
        '    there = _There("approved")\n    held =',
        _ANOTHER,
    ),
    Mutant(
        "a comment is thrown away without a look at its key",
        _WRITING,
        "        there = await _make_sure(connection, comment_id, key)\n    except Vanished:",
        '        there = _There("approved")\n    except Vanished:',
        _ANOTHER,
    ),
    Mutant(
        "a comment is taken out of the trash without a look at its key",
        _WRITING,
        "    there = await _make_sure(connection, comment_id, key)\n    if there.status ==",
        '    there = _There("trash")\n    if there.status ==',
        _ANOTHER,
    ),
    Mutant(
        "a comment is put under another without a look at its key",
        _WRITING,
        '    await _make_sure(connection, comment_id, key)\n    try:\n        await send(connection, "POST"',
        '    try:\n        await send(connection, "POST"',
        "tests/contract/test_blog_contract.py -k is_put_under_another\\ and\\ loopback",
    ),
    Mutant(
        "a comment that was written at another moment counts as the same",
        "bot/core/identity.py",
        "    return bool(then and now) and _second(then or Millis(0)) != _second(now or Millis(0))",
        "    return False",
        "tests/rooms/test_put_back.py::test_another_reader_with_the_number_of_a_lost_comment_speaks_under_their_own_name",
    ),
    Mutant(
        "a comment that carries another message counts as the same",
        "bot/core/identity.py",
        '        return not carries(key or "", "", seen.key)',
        "        return False",
        "tests/rooms/test_identity.py::test_a_comment_is_known_by_its_key_or_else_by_its_moment",
    ),
    Mutant(
        "another post of the same number counts as the same",
        "bot/core/identity.py",
        '    return _slug(before.url) == _slug(now.url) != ""',
        "    return True",
        "tests/rooms/test_put_back.py::test_another_post_with_the_number_of_a_lost_one_gets_its_own_thread",
    ),
    Mutant(
        "a post that is published anew under its title counts as another",
        "bot/core/identity.py",
        " or before.title == now.title:",
        ":",
        "tests/rooms/test_identity.py::test_a_post_is_known_by_its_moment_its_title_or_its_address",
    ),
    Mutant(
        "what was done about a comment stands in the way of who has its number now",
        "bot/store/sqlite/map_write.py",
        "    await change(tx, _FORGET_DONE, place.row, about_comment(comment))\n",
        "",
        "tests/rooms/test_put_back.py::test_another_reader_with_the_number_of_a_lost_comment_speaks_under_their_own_name",
    ),
    Mutant(
        "answers of a displaced comment go over to who has its number now",
        "bot/store/sqlite/map_write.py",
        "    await change(tx, _DISPLACED_ABOVE, name, place.row, comment)\n",
        "",
        "tests/rooms/test_put_back.py::test_what_a_member_answered_keeps_its_place_when_another_has_its_number",
    ),
    Mutant(
        "what is to be kept overwrites another comment of its number",
        "bot/store/sqlite/map_write.py",
        "        await _displace(tx, place, mapped.comment_id, now)\n    await change(",
        "        pass\n    await change(",
        "tests/rooms/test_put_back.py::test_a_reply_that_gets_the_number_of_a_lost_comment_is_its_members",
    ),
    Mutant(
        "a second copy of a member's comment is shown in the thread",
        _TABLE,
        '(UNDER_WAY, COPY, otherwise(Then.SEND, "it is new on the blog"))',
        '(UNDER_WAY, otherwise(Then.SEND, "it is new on the blog"))',
        "tests/rooms/test_put_back.py::test_a_second_copy_of_a_relay_is_taken_away_and_never_shown",
    ),
    Mutant(
        "a second copy is taken away from under its answers",
        _AMEND,
        "            if await self._blog.children(claim.place.post_id, action.comment_id):",
        "            if False:",
        "tests/rooms/test_put_back.py::test_a_second_copy_that_is_answered_stays_and_moderators_are_told",
    ),
    Mutant(
        "a relay is known again by its sender under whatever parent",
        "bot/blog/wordpress/by_sender.py",
        " or parent_of(item) != sent.parent_id",
        "",
        _BY_SENDER,
    ),
    Mutant(
        "a relay is known again by its sender whatever it says",
        "bot/blog/wordpress/by_sender.py",
        "    return not sent.html or _letters(_raw(item)) in (",
        "    return True or _letters(_raw(item)) in (",
        _BY_SENDER,
    ),
    Mutant(
        "a relay that carries another message is taken for the one whose answer was lost",
        "bot/blog/wordpress/by_sender.py",
        'CommentId(str(item.get("id"))) not in besides and ',
        "",
        _BY_SENDER,
    ),
)

_BLOG = (
    Mutant(
        "a tombstone goes though not all of the tree is seen",
        "bot/sync/mirroring/sight.py",
        "        return not self.look.tree.complete\n",
        "        return False\n",
        "tests/rooms/test_plan.py::test_each_row_plans_what_it_says_for_the_reason_it_gives",
    ),
    Mutant(
        "what a listing lacks is taken away without the blog's word",
        "bot/sync/mirroring/sight.py",
        "        return self._said is None",
        "        return False",
        "tests/rooms/test_plan.py::test_each_row_plans_what_it_says_for_the_reason_it_gives",
    ),
    Mutant(
        "a listing that leaves out what it cannot read counts as all of it",
        "bot/blog/wordpress/items.py",
        "            complete = False",
        "            pass",
        "tests/rooms/test_odd_items.py::test_an_odd_comment_is_left_out_and_the_listing_is_not_all",
    ),
    Mutant(
        "one thing that is denied switches all reading to the account's eyes",
        "bot/blog/wordpress/doors.py",
        "closed = closed and await self._denies(rest, route)",
        "await self._denies(rest, route)",
        "tests/rooms/test_blog_faults.py::test_one_refused_thing_closes_no_blog",
    ),
    Mutant(
        "a blog that is slow to create a comment is asked a second time meanwhile",
        "bot/blog/wordpress/creations.py",
        "        if known is None:\n",
        "        if True:\n",
        "tests/rooms/test_slow_creation.py",
    ),
    Mutant(
        "a creation is over as soon as the connection breaks",
        "bot/blog/wordpress/creations.py",
        "known.lost = _may_go_on(error)",
        "known.lost = False",
        "tests/rooms/test_slow_creation.py",
    ),
    Mutant(
        "what is written under a post that is hidden for a moment is refused at once",
        "bot/sync/relaying/write.py",
        "if action.hidden_since and now - action.hidden_since >= PATIENCE and not claim.found_half_done:",
        "if not claim.found_half_done:",
        "tests/rooms/test_relay_in_passing.py::test_a_reply_to_a_post_that_is_hidden_for_a_while_arrives",
    ),
    Mutant(
        "an edit under a post that is hidden for a moment is given up at once",
        _AMEND,
        "if self._now() - claim.claimed_at < PATIENCE:",
        "if False:",
        "tests/rooms/test_relay_in_passing.py::test_an_edit_that_is_turned_away_because_its_post_is_hidden_is_tried_again",
    ),
    Mutant(
        "what something before the blog turns away is tried for ever",
        "bot/sync/relaying/rebuffs.py",
        "        if times < TRIED_AT_MOST:",
        "        if True:",
        "tests/rooms/test_one_message.py",
    ),
    Mutant(
        "a comment that moderators moved is moved back under what it answered",
        "bot/sync/mirroring/sight.py",
        "return where is not None and stays and where in",
        "return where is not None and where in",
        "tests/rooms/test_relay_waits.py",
    ),
    Mutant(
        "what a blog was said to show a moment ago is asked for at every look",
        "bot/sync/mirroring/poll.py",
        "        return frozenset(self._public[place.row])",
        "        return frozenset()",
        "tests/rooms/test_unlisted.py",
    ),
    Mutant(
        "many posts with old dates open their threads at once",
        "bot/sync/mirroring/imports.py",
        "        return old if len(self._appeared) > self._most else ()",
        "        return ()",
        "tests/rooms/test_imports.py",
    ),
    Mutant(
        "posts from before the first contact are announced as new",
        "bot/sync/mirroring/poll.py",
        "    return highest is not None and by_number(post.id) > by_number(highest)",
        "    return True",
        "tests/rooms/test_mirroring.py::test_an_old_post_that_comes_to_sight_because_newer_ones_go_gets_no_thread",
    ),
    Mutant(
        "a blog that is back is written to only when each message's wait is over",
        "bot/sync/mirroring/poll.py",
        "        if not answered or (self._blog.can_write and not could_write):",
        "        if False:",
        "tests/rooms/test_goes_on.py",
    ),
)

_DISCORD = (
    Mutant(
        "words that Discord hides take a comment off the blog",
        _AMEND,
        "        if message is not None and await self._blindness.hides(message):",
        "        if False:",
        "tests/rooms/test_blindness.py",
    ),
    Mutant(
        "words that Discord hides before they leave are taken as they look",
        "bot/sync/relaying/write.py",
        "        if await self._blindness.hides(found):",
        "        if False:",
        "tests/rooms/test_blindness.py",
    ),
    Mutant(
        "a thread counts as read though its words were hidden",
        "bot/sync/relaying/catch_up.py",
        "newest if hidden is None else MessageId(hidden - 1)",
        "newest",
        "tests/rooms/test_blindness.py",
    ),
    Mutant(
        "words from before a rule cross when they are heard of",
        "bot/sync/relaying/listen.py",
        "return written.id <= self._past.until or await",
        "return await",
        "tests/rooms/test_relay.py::test_words_of_the_past_do_not_cross_because_somebody_answers_them",
    ),
    Mutant(
        "words from before a rule cross when they are answered",
        "bot/sync/relaying/parentage.py",
        "stays = message.id <= self._past.until or await",
        "stays = await",
        "tests/rooms/test_relay.py::test_words_of_the_past_do_not_cross_because_somebody_answers_them",
    ),
    Mutant(
        "a proxied message crosses though nobody knows whose words it has",
        "bot/sync/relaying/decide.py",
        "    if message.proxied and message.on_behalf_of is None:",
        "    if False:",
        _PROXIED,
    ),
    Mutant(
        "where two members' deleted words fit, the first one's count",
        "bot/sync/relaying/proxied.py",
        "        return gone if len(authors) == 1 else []",
        "        return gone",
        _PROXIED,
    ),
    Mutant(
        "an original that stands is taken for the words that were said again",
        "bot/sync/relaying/proxied.py",
        "gone = [one for one in fitting if one.gone_at is not None and said_at - one.gone_at <= DELETED_BEFORE]",
        "gone = fitting",
        _PROXIED,
    ),
    Mutant(
        "a message that cannot be read counts as deleted",
        "bot/sync/relaying/catch_up.py",
        "            except NotUnderstood:  # it stands there, whatever it says\n                continue",
        "            except NotUnderstood:\n                found = None",
        "tests/rooms/test_relay.py::test_a_message_that_cannot_be_read_stands_and_keeps_its_comment",
    ),
    Mutant(
        "what keeps a message from being read is what it answers",
        "bot/chat/piecemeal.py",
        '        if raw.get("referenced_message") is not None:',
        "        if False:",
        "tests/rooms/test_unreadable.py",
    ),
    Mutant(
        "an author who was renamed stays under the old name",
        "bot/sync/mirroring/show.py",
        "renamed = claim.found_half_done or seen is None or seen.author != _author(claim)",
        "renamed = False",
        "tests/rooms/test_speaker.py",
    ),
    Mutant(
        "an answer is refused for the words that it quotes",
        "bot/sync/mirroring/show.py",
        "            mirror.without_quotation()\n",
        "",
        "tests/rooms/test_one_refused.py::test_an_answer_is_not_refused_for_the_words_that_it_quotes",
    ),
    Mutant(
        "an edit that waits holds up the comments of its thread",
        "bot/core/actions.py",
        '"edit", Queue.CHAT, level_triggered=True, makes_mirrors=True, gives_way=True)',
        '"edit", Queue.CHAT, level_triggered=True, makes_mirrors=True)',
        "tests/rooms/test_one_refused.py::test_a_removal_and_an_edit_that_are_not_permitted_hold_up_no_comment",
    ),
    Mutant(
        "a full house is asked ever more seldom",
        "bot/sync/outbox/retry.py",
        "    if isinstance(error, Crowded):",
        "    if False:",
        "tests/rooms/test_retry.py",
    ),
    Mutant(
        "a full house is parked",
        "bot/sync/outbox/dispatch.py",
        "        except (Transient, NotAllowed, NotUnderstood) as error:\n",
        "        except Crowded as error:\n            await self._park(claim, Permanent(error.reason), begun)\n"
        "        except (Transient, NotAllowed, NotUnderstood) as error:\n",
        "tests/rooms/test_one_refused.py::test_a_full_house_passes",
    ),
    Mutant(
        "what else was put back goes on waiting when one has worked",
        "bot/sync/outbox/dispatch.py",
        "            await self._let_go(claim.action.traits.queue)",
        "            pass",
        "tests/rooms/test_goes_on.py",
    ),
    Mutant(
        "what lasts is told of again and again",
        "bot/sync/trouble.py",
        "        if state and phase == _OPEN:",
        "        if False:",
        _ONCE,
    ),
    Mutant(
        "what lasts is told of again when a number in it changes",
        "bot/sync/trouble.py",
        "_NUMBER.sub('#', reason)",
        "reason",
        _ONCE,
    ),
    Mutant(
        "what was said of a refused edit stands after a later one has reached the blog",
        "bot/sync/relaying/rebuffs.py",
        '        return (Unsay(action.message_id, "", action.revision),)',
        "        return ()",
        "tests/rooms/test_relay_in_passing.py::test_what_was_said_of_an_edit_is_taken_back_when_a_later_one_arrives",
    ),
    Mutant(
        "an answer beside the thread is looked for in it",
        "bot/sync/beside.py",
        "return place.beside if await self._store.is_aside(place, message) else place",
        "return place",
        "tests/rooms/test_beside_the_thread.py",
    ),
)

_AGAIN = (
    Mutant(
        "what stands in a thread is not taken over before the first plan",
        "bot/sync/adopting.py",
        "        await self._adopt(place, found.adopted)\n        if self._past",
        "        if self._past",
        "tests/rooms/test_lost_database.py::test_a_lost_database_is_made_anew_from_both_sides",
    ),
    Mutant(
        "a mirror that was known again is sent again",
        "bot/store/sqlite/adopt.py",
        "                    await change(tx, _DROP_SENDS, place.row, about_comment(mapped.comment_id))",
        "                    pass",
        "tests/contract/test_store.py::test_what_is_adopted_is_mapped_and_what_waits_for_it_is_done_with",
    ),
    Mutant(
        "of a comment that is shown twice the second stays as well",
        "bot/sync/adopting.py",
        "found.doubles if deleting else ()",
        "()",
        "tests/rooms/test_lost_database.py::test_doubled_mirrors_go_and_none_becomes_a_comment",
    ),
    Mutant(
        "words from before a new database cross when it is made",
        "bot/sync/adopting.py",
        "            await self._reach(self._began)  # and not later",
        "            pass  #",
        "tests/rooms/test_lost_database.py::test_words_from_before_a_new_database_stay_but_those_that_were_on_their_way_cross",
    ),
    Mutant(
        "a comment is a relay of whoever's message its link names",
        "bot/sync/finder.py",
        "mine = [one for one in those if self._is_of(one, posted)]",
        "mine = list(those)",
        "tests/rooms/test_forged.py -k lost_database",
    ),
    Mutant(
        "trees are planned before their threads were read",
        "bot/sync/mirroring/poll.py",
        " and self._gate.is_read(one)]",
        "]",
        "tests/rooms/test_lost_database.py::test_nothing_is_planned_for_what_was_not_read_in_this_process",
    ),
    Mutant(
        "threads are opened before it is known which stand",
        "bot/sync/mirroring/poll.py",
        "recent.posts is None or not may_open",
        "recent.posts is None",
        "tests/rooms/test_lost_database.py::test_nothing_is_planned_for_what_was_not_read_in_this_process",
    ),
    Mutant(
        "a nonce does not name its database",
        "bot/core/actions.py",
        "digest(self.database, str(self.id),",
        "digest(str(self.id),",
        "tests/contract/test_store.py::test_no_other_database_repeats_a_nonce_and_a_restart_does",
    ),
    Mutant(
        "a nonce is the same whenever its action was first tried",
        "bot/core/actions.py",
        "str(self.id), str(self.claimed_at), ",
        "str(self.id), ",
        "tests/rooms/test_actions.py",
    ),
    Mutant(
        "a thread of which an event was missed is read once, whether that works or not",
        "bot/sync/missed.py",
        "                pause = min(2 * pause, LONGEST_PAUSE)\n",
        "                return\n",
        "tests/rooms/test_missed.py",
    ),
    Mutant(
        "what is missed while a thread is read is not read for again",
        "bot/sync/missed.py",
        "                if self._noted[thread] == noted:",
        "                if True:",
        "tests/rooms/test_missed.py",
    ),
    Mutant(
        "the audit asks for all that it misses at once",
        "bot/sync/audit.py",
        "asked, gone = missing[:ASKED_AT_ONCE], list",
        "asked, gone = missing, list",
        "tests/rooms/test_audit.py",
    ),
    Mutant(
        "the audit begins a thread anew at its end, and comes to no other",
        "bot/sync/audit.py",
        "        return audited, None if at_end else last",
        "        return audited, last",
        "tests/rooms/test_audit.py",
    ),
    Mutant(
        "a thread that cannot be read is the audit's next one again",
        "bot/sync/audit.py",
        "        await self._store.note_audit(place, None)\n        return Audited()",
        "        return Audited()",
        "tests/rooms/test_audit.py",
    ),
    Mutant(
        "a page of the audit takes what it does not reach for gone",
        "bot/sync/audit.py",
        "if one not in seen and (at_end or one < last)]",
        "if one not in seen]",
        "tests/rooms/test_audit.py",
    ),
    Mutant(
        "a stamp of a clock that was ahead counts as later than now",
        "bot/core/clocks.py",
        "    return 0 <= stamp - moment < LONGEST_LOOK",
        "    return stamp >= moment",
        _CLOCKS,
    ),
    Mutant(
        "what a clock that was ahead has put off waits until then",
        "bot/core/clocks.py",
        "    return not 0 <= now - since < milliseconds",
        "    return now - since >= milliseconds",
        _CLOCKS,
    ),
    Mutant(
        "what a clock that was ahead has put back waits in the outbox until then",
        "bot/store/sqlite/claims.py",
        " WHERE (not_before <= ?2 OR postponed_at > ?2)",
        " WHERE (not_before <= ?2)",
        _CLOCKS,
    ),
    Mutant(
        "a thread is dated by our own clock, however far ahead that is",
        "bot/sync/mirroring/show.py",
        "    return min(claim.claimed_at, chat.moment_of(chat.newest_id()))",
        "    return claim.claimed_at",
        _CLOCKS,
    ),
    Mutant(
        "the second that a date leaves out counts as past at Discord",
        "bot/chat/discord_time.py",
        "_Told(moment + WHOLE_SECOND + MACHINES_DIFFER, begun",
        "_Told(moment, begun",
        "tests/rooms/test_discord_time.py",
    ),
    Mutant(
        "a page of something before Discord tells what time it is there",
        "bot/chat/discord_time.py",
        '        if is_discords and headers.get("Content-Type", "").startswith("application/json"):',
        "        if True:",
        "tests/rooms/test_discord_time.py",
    ),
    Mutant(
        "nobody watches whether the database has failed",
        "bot/store/sqlite/failing.py",
        "            self._failed.set_exception(error)",
        "            pass",
        "tests/whole/test_store_fails.py -k vanish",
    ),
    Mutant(
        "two migrations of one number pass, and one of them is lost",
        "bot/store/sqlite/migrate.py",
        "range(1, len(scripts) + 1)",
        "range(1, len(found) + 1)",
        "tests/rooms/test_migrate.py",
    ),
)

_AT_REST = (
    Mutant(
        "libraries tell the log all they see",
        "bot/watch/log.py",
        "level=max(wanted, logging.INFO)",
        "level=wanted",
        "tests/rooms/test_log_of_errors.py",
    ),
    Mutant(
        "the log quotes an error",
        "bot/watch/ways.py",
        "if told else name\n",
        'if told else f"{name}: {error}"\n',
        "tests/rooms/test_log_of_errors.py",
    ),
    Mutant(
        "what a blog says to a refused write goes into the log",
        "bot/blog/wordpress/rejections.py",
        """do this ({_coded(rejected)}).")\n    if code == "rest_no_route\"""",
        """do this ({_told(rejected)}).")\n    if code == "rest_no_route\"""",
        "tests/rooms/test_log_of_errors.py",
    ),
    Mutant(
        "a password goes out where others on the way can read it",
        "bot/blog/web/http.py",
        "        if not self.may_be_told(url):",
        "        if False:",
        "tests/rooms/test_plain_http.py",
    ),
    Mutant(
        "a name that begins like loopback's is taken for it",
        "bot/core/accounts.py",
        'host == "localhost" or host.endswith(".localhost")',
        'host.startswith("localhost")',
        "tests/rooms/test_plain_http.py",
    ),
    Mutant(
        "a gateway without encryption is told the token",
        "bot/chat/client.py",
        "            if goes_openly(url, self._openly_to):",
        "            if False:",
        "tests/rooms/test_plain_http.py -k gateway",
    ),
)

_FILES = (
    Mutant(
        "whoever takes the lock file away lets a second bot in",
        "bot/store/sqlite/db.py",
        "                stack.callback(os.close, hold(path))",
        "                pass",
        "tests/rooms/test_private_files.py -k second_bot",
    ),
    Mutant(
        "the lock on the database ends when SQLite closes a connection",
        "bot/store/sqlite/lock.py",
        'getattr(fcntl, "F_OFD_SETLK", None)',
        "fcntl.F_SETLK",
        "tests/rooms/test_private_files.py -k stays_locked",
    ),
    Mutant(
        "another program's file is made a lock for before it is refused",
        "bot/store/sqlite/store.py",
        "        await asyncio.to_thread(refuse_foreign, path)\n",
        "",
        "tests/rooms/test_store_examine.py",
    ),
    Mutant(
        "a database that others may read is no finding",
        "bot/store/private.py",
        "        if mode & (_OTHERS if own else _NOT_EVEN_A_GROUP):",
        "        if mode & _NOT_EVEN_A_GROUP:",
        "tests/rooms/test_private_files.py -k others_may_read",
    ),
)

_WHO = (
    Mutant(
        "a command goes to whomever Discord shows it",
        "cogs/permitted.py",
        "            permit(interaction, COMMANDS.get(command.qualified_name))",
        "            pass",
        _PERMITTED,
    ),
    Mutant(
        "a button does what it says for whoever presses it",
        "cogs/permitted.py",
        "    permit(asked, PRESSES.get(deed))\n",
        "",
        _PERMITTED,
    ),
    Mutant(
        "a moderator of one channel is one of all",
        "cogs/permitted.py",
        "    return allowed.manage_messages\n",
        "    return asked.permissions.manage_messages\n",
        _PERMITTED,
    ),
    Mutant(
        "a command from outside of the bot's servers is answered",
        "cogs/permitted.py",
        "    if asked.guild_id is None or asked.client.get_guild(asked.guild_id) is None:",
        "    if asked.guild_id is None:",
        _PERMITTED,
    ),
)

_DECEIT = (
    Mutant(
        "a bracket that begins a typed link bears no backslash",
        "bot/translate/markdown/escape.py",
        '    r"|[\\[\\]]"\n',
        '    r"|\\](?=\\(|$)"\n',
        "tests/rooms/test_typed_links.py",
    ),
    Mutant(
        "a link does not tell where it leads",
        "bot/translate/markdown/page.py",
        'host = "" if self.trusted else host_of(url)',
        'host = ""',
        "tests/rooms/test_link_labels.py",
    ),
    Mutant(
        "a label is judged by its characters and not by what is seen of them",
        "bot/translate/markdown/address.py",
        "    plain = seen(label)\n",
        "    plain = label\n",
        "tests/rooms/test_link_labels.py",
    ),
    Mutant(
        "a link's own word on where it leads is believed",
        "bot/translate/markdown/marks.py",
        "opened).startswith(host)",
        'opened).startswith(" (")',
        "tests/rooms/test_link_labels.py",
    ),
    Mutant(
        "a visitor with the name of a writer of the blog counts as the writer",
        "bot/sync/mirroring/show.py",
        'comment.account != "" and any(',
        "any(",
        "tests/rooms/test_namesakes.py -k marked_in_the_thread",
    ),
    Mutant(
        "a commenter may bear a moderator's name",
        "bot/core/lookalikes.py",
        "return name if is_writer or not _pretends(name, taken) else",
        "return name if True else",
        "tests/rooms/test_namesakes.py",
    ),
    Mutant(
        "a member may bear the name of a writer of the blog",
        "bot/sync/relaying/write.py",
        "approve=approve, taken=taken)",
        "approve=approve, taken=())",
        "tests/rooms/test_namesakes.py",
    ),
    Mutant(
        "a moderator who has written is not known for one",
        "bot/chat/staff.py",
        "            self._heard[key] = _names(author)\n",
        "            pass\n",
        "tests/rooms/test_namesakes.py -k list_of_members",
    ),
    Mutant(
        "a mirror with a mark is not known again",
        "bot/sync/recognition.py",
        "    return replace(one, name=unmarked(one.name))",
        "    return one",
        "tests/rooms/test_namesakes.py -k known_again",
    ),
    Mutant(
        "a blog's words for its error act in the moderators' channel",
        "bot/sync/trouble.py",
        "{inert(reason)}",
        "{reason}",
        "tests/rooms/test_foreign_words.py",
    ),
    Mutant(
        "check prints what a blog says as it is",
        "bot/check.py",
        "{printable(line)}",
        "{line}",
        "tests/rooms/test_foreign_words.py -k check",
    ),
    Mutant(
        "what an earlier version has shown is edited after a lost database",
        "bot/sync/recognition.py",
        "        or frame.shows(\n",
        "        and frame.shows(\n",
        f"{_LOST} -k earlier_version",
    ),
)

_SIGNING = "bot/core/signing.py"
_RULE = "tests/rooms/test_signing.py"
_OF_THE_LOOPBACK = "tests/contract/test_blog_contract.py -k Proof\\ and\\ loopback"

_PROVEN = (
    Mutant(
        "a copied link is believed though the sender's address is a reader's",
        _SIGNING,
        "if not address.endswith(NOWHERE) or self.signed(link):\n            return Proof(sender",
        "if self.signed(link):\n            return Proof(relay_of=link, sender",
        _RULE,
    ),
    Mutant(
        "an address that ends as ours do counts as ours",
        _SIGNING,
        '        if name == address or not name.startswith("ct-"):\n            return False',
        "        if name != address and not name.isdigit():\n            return True",
        _RULE,
    ),
    Mutant(
        "the check of an address is not looked at",
        _SIGNING,
        "return any(_same(check, _check(secret, told)) for secret in self._secrets)",
        "return len(check) == _SHORT",
        _RULE,
    ),
    Mutant(
        "a signature of one message signs another",
        _SIGNING,
        'return _mac(secret, "link", message_of(link), _LONG)',
        'return _mac(secret, "link", "", _LONG)',
        _RULE,
    ),
    Mutant(
        "an unsigned link is believed whenever it was written",
        _SIGNING,
        "written_at and written_at <= self._since)",
        "written_at)",
        _RULE,
    ),
    Mutant(
        "an unsigned link of before is believed of whatever sender",
        _SIGNING,
        "if link and _UNSIGNED_ADDRESS.fullmatch(address) and",
        "if link and",
        _RULE,
    ),
    Mutant(
        "a comment whose link is cleared is ours by the end of its sender's address",
        _SIGNING,
        "return not self.signed(key) and address.startswith",
        "return address.startswith",
        _RULE,
    ),
    Mutant(
        "a relay of before whose link is cleared is believed however young it is",
        _SIGNING,
        "(written_at or 0) <= max(self._since, self._noted_at)",
        "True",
        _RULE,
    ),
    Mutant(
        "only the newest key recognises",
        _SIGNING,
        "_same(found, _of_link(secret, link)) for secret in self._secrets)",
        "_same(found, _of_link(secret, link)) for secret in self._secrets[:1])",
        _RULE,
    ),
    Mutant(
        "a tree is read without the senders of those who claim to be ours",
        "bot/blog/wordpress/comments.py",
        "await ours.told(connection, filter(is_visible, listed.items), trees.senders)",
        "list(filter(is_visible, listed.items))",
        _OF_THE_LOOPBACK,
    ),
    Mutant(
        "the probe takes whichever comment has the link",
        "bot/blog/wordpress/comments.py",
        "if message_of(ours.proof(connection.signer, item).relay_of) == message_of(key)]",
        "if message_of(ours.author_link(item)) == message_of(key)]",
        _OF_THE_LOOPBACK,
    ),
    Mutant(
        "a second comment is a copy though a reader sent it",
        "bot/sync/mirroring/recognise.py",
        "        if one.sender is Sender.OURS\n        and (first",
        "        if (first",
        "tests/rooms/test_forged.py",
    ),
    Mutant(
        "an unsigned comment is adopted whatever it says",
        "bot/sync/finder.py",
        "may_be_old(link, one.email, author, at) and self._says(one, posted)",
        "may_be_old(link, one.email, author, at)",
        "tests/rooms/test_forged.py",
    ),
    Mutant(
        "an unsigned comment that is younger than the database may be old",
        _SIGNING,
        " and (written_at or 0) <= self._noted_at",
        "",
        "tests/rooms/test_forged.py",
    ),
    Mutant(
        "an unsigned comment with a member's words goes before their signed one",
        "bot/sync/finder.py",
        "        mine = [one for one in mine if one.comment.relay_of] or mine\n",
        "",
        "tests/rooms/test_forged.py",
    ),
    Mutant(
        "a relay of before is not signed when it is rewritten",
        "bot/sync/relaying/amend.py",
        "            elif key == anew.key:",
        "            elif key:",
        "tests/rooms/test_forged.py",
    ),
    Mutant(
        "a new database believes what is unsigned",
        "bot/sync/signature.py",
        "{now if connected else 0} {now}",
        "{now} {now}",
        "tests/rooms/test_forged.py",
    ),
)

_MEASURE = "tests/rooms/test_measure.py -k "
_TURNS = "bot/store/sqlite/turns.py"

_OVER_MEASURE = (
    Mutant(
        "a message's relay takes no turn",
        "bot/sync/relaying/listen.py",
        "        asking = self._taker.of_relay(write.message)\n",
        "        asking = None\n",
        _MEASURE + "works_again",
    ),
    Mutant(
        "edits take no turn",
        "bot/sync/relaying/listen.py",
        "        asking = self._taker.of_edit(message, writer)\n",
        "        asking = None\n",
        _MEASURE + "edits_in_a_loop",
    ),
    Mutant(
        "what is worded anew after a refusal takes no turn",
        "bot/store/sqlite/writes.py",
        "            await take_turn(tx, place, write.key, write.message.id, asking, now)\n",
        "",
        _MEASURE + "refuses_are_bounded",
    ),
    Mutant(
        "what a lost database leaves on its way takes no turn",
        "bot/sync/adopting.py",
        "asking = None if one.message.proxied else self._turns.of_relay(one.message)",
        "asking = None",
        _MEASURE + "lost_database",
    ),
    Mutant(
        "a message that is heard of twice takes two turns",
        "bot/store/sqlite/outbox.py",
        "            if is_new and isinstance(action, Write):\n",
        "            if isinstance(action, Write):\n",
        _MEASURE + "heard_of_twice",
    ),
    Mutant(
        "a member's bucket is everybody's",
        _TURNS,
        "act = ? AND member_id = ? AND at > ? ORDER",
        "act = ? AND member_id >= min(?, 0) AND at > ? ORDER",
        _MEASURE + "calm_do_not",
    ),
    Mutant(
        "a server has no measure",
        "bot/sync/relaying/measure.py",
        "        at = earliest(at, taken.server, server)\n",
        "",
        _MEASURE + "servers_measure",
    ),
    Mutant(
        "another server's turns count",
        _TURNS,
        "WHERE guild_id = ? AND act = ? AND at > ? ORDER",
        "WHERE guild_id >= min(?, 0) AND act = ? AND at > ? ORDER",
        _MEASURE + "of_another_server",
    ),
    Mutant(
        "a second blog of the same server has a bucket of its own",
        _TURNS,
        "    since = asking.moment - asking.reach\n",
        '    if (await row(tx, "SELECT 1 FROM turns JOIN outbox ON outbox.id = action"\n'
        '                  " WHERE subscription_id != ?", place.subscription_id)):\n'
        "        return Taken((), ())\n"
        "    since = asking.moment - asking.reach\n",
        _MEASURE + "second_blog",
    ),
    Mutant(
        "a file over the measure of a day goes to the library all the same",
        _TURNS,
        "        return not turn.never\n",
        "        return True\n",
        _MEASURE + "become_links",
    ),
    Mutant(
        "what answers a message that waits does not wait for it",
        "bot/sync/relaying/parentage.py",
        'raise WaitsForAnother(f"Message {target} is on its way to the blog itself.", 1.0, message=target)',
        "return Passed(traces.answers, climbs=True)",
        _MEASURE + "stands_under_it",
    ),
    Mutant(
        "a retry frees what waits for its turn",
        _TURNS,
        "SET goes_at = ?1, not_before = ?1, yields",
        "SET goes_at = 0, not_before = ?1, yields",
        _MEASURE + "works_again",
    ),
    Mutant(
        "what waits for its turn holds up all of its thread",
        _TURNS,
        "not_before = ?1, yields = 1, postponed_at",
        "not_before = ?1, yields = 0, postponed_at",
        _MEASURE + "calm_do_not",
    ),
    Mutant(
        "what was deleted before it left has cost a turn",
        _TURNS,
        "AND key = ? AND attempts = 0)",
        "AND key = ? AND attempts < 0)",
        _MEASURE + "costs_no_turn",
    ),
)

MUTANTS = (
    *_BOUNDS,
    *_PRIVATE,
    *_IDENTITY,
    *_PROVEN,
    *_BLOG,
    *_DISCORD,
    *_AGAIN,
    *_WHO,
    *_DECEIT,
    *_AT_REST,
    *_FILES,
    *_OVER_MEASURE,
)
