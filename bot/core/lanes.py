"""Where an action waits: in which queue, behind what, and at which place. One line for each kind of action.

Queues nothing and knows of no other action than the one it is asked about.
"""

from __future__ import annotations

from bot.core.actions import (
    Action,
    Discard,
    Edit,
    Notify,
    OpenThread,
    Report,
    Retract,
    ReviseStarter,
    Rewrite,
    Send,
    SetMark,
    Settle,
    Side,
    Tell,
    Withdraw,
    Write,
)


def side_of(action: Action) -> Side:
    """The queue that an action waits in."""
    match action:
        case Write() | Rewrite() | Withdraw() | Discard() | Settle():
            return Side.BLOG
        case SetMark() | Tell():
            return Side.MARKS
        case Report():
            return Side.PROGRESS
        case Notify():
            return Side.MODERATORS
        case OpenThread() | ReviseStarter() | Send() | Edit() | Retract():
            return Side.CHAT


def subject_of(action: Action) -> str:
    """What an action is about. In one lane an action never overtakes an earlier one about the same; '' for none."""
    match action:
        case Send():
            return f"comment {action.comment.id}"
        case Edit():
            return f"comment {action.comment.id}"
        case Retract() | Settle():
            return f"comment {action.comment_id}"
        case Write():
            return f"message {action.message.id}"
        case Rewrite() | Withdraw() | Discard() | SetMark() | Tell():
            return f"message {action.message_id}"
        case OpenThread() | ReviseStarter() | Report() | Notify():
            return ""


def rank_of(action: Action) -> int:
    """The place in its lane among equally urgent ones: members' messages in the order in which they were written."""
    match action:
        case Write():
            return action.message.id
        case Rewrite() | Withdraw() | Discard() | SetMark() | Tell():
            return action.message_id
        case _:
            return 0
