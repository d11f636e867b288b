"""What the demo's readers and members say.

Does not publish anything (seed.py does). HTML here is what WordPress lets a guest write.
"""

from __future__ import annotations

from typing import NamedTuple


class Said(NamedTuple):
    """``to`` is the key of the comment answered, empty for the post itself; ``minutes`` count from the post."""

    key: str
    to: str
    name: str
    minutes: float
    html: str


MARGINS = (
    Said(
        "m1",
        "",
        "Håkon Brekke",
        14,
        "First reason it must fail: the two places do not just have different tempers, they have different"
        " <em>forgetfulness</em>. I say things at the table because I trust them to be gone on Friday. Give"
        " my jokes an"
        " address and I will stop making them.",
    ),
    Said(
        "m2",
        "m1",
        "Wilhelmina Achterberg",
        21,
        "<blockquote>I trust them to be gone on Friday</blockquote>\n"
        "Do you, though? Every server I am in has a search box and at least one person with a long memory."
        " What you have"
        " is not forgetting. It is <strong>obscurity</strong>, and you have mistaken it for kindness.",
    ),
    Said(
        "m3",
        "m2",
        "Håkon Brekke",
        26,
        "Obscurity <em>is</em> a kindness. Ask anyone who was seventeen on the internet.",
    ),
    Said(
        "m4",
        "m3",
        "Ελένη Μαυρίδη",
        34,
        "I was seventeen on the internet. What saved me was not that it was hidden but that I could delete it. So the"
        " question for any bridge is a plain one: if I take a word back on one side, is it gone on the other?",
    ),
    Said(
        "m5",
        "m4",
        "Ines Okafor-Lind",
        41,
        "Yes. That is the one promise I would not build it without. Edits travel, and so do deletions; and"
        " where a reply"
        " already hangs below, the place is kept and the words go.",
    ),
    Said(
        "m6",
        "m5",
        "Håkon Brekke",
        47,
        "Then I withdraw reason one and keep only the grumble. (An <q>argument with an address</q> should also have a"
        " <del>letterbox</del> doorbell.)",
    ),
    Said(
        "m7",
        "m6",
        "Wilhelmina Achterberg",
        52,
        "Framing this: Håkon, withdrawing something, in public, with a time stamp.",
    ),
    Said(
        "m8",
        "m4",
        "Dr Oyelaran",
        58,
        "And what of the quotation? If I have quoted you before you delete, your words stand in <em>my</em> comment."
        " Paper has had this problem for four centuries and calls it scholarship.",
    ),
    Said(
        "t1",
        "",
        "Nadia el-Sayed",
        33,
        "Second reason: shape. A comment section is a tree, a chat is a line. You can flatten a tree, but you cannot"
        " unflatten it. Three of us answering at once look, in chat, like one person arguing with herself.",
    ),
    Said(
        "t2",
        "t1",
        "pilcrow",
        39,
        "A line <strong>plus a pointer per message</strong> is a tree. That is all a reply is:\n\n"
        "<code>message → (author, words, parent)</code>\n\n"
        "Chat has had the third field for years. It just draws it badly.",
    ),
    Said(
        "t3",
        "t2",
        "Nadia el-Sayed",
        44,
        "In theory. In practice half of the people type their answer without pressing “reply”, and the pointer is in"
        " their heads.",
    ),
    Said(
        "t4",
        "t3",
        "pilcrow",
        50,
        "So be strict about what crosses. Only a message that <em>says</em> what it answers goes under the"
        " essay; the rest"
        " stays table talk, which is also, Håkon, your privacy policy. See"
        ' <a href="https://www.rfc-editor.org/rfc/rfc5322#section-3.6.4">In-Reply-To</a>, 1982, still undefeated.',
    ),
    Said(
        "t5",
        "t4",
        "Nadia el-Sayed",
        55,
        "I have no answer to that, and have pressed “reply” to say so.",
    ),
    Said(
        "t6",
        "t2",
        "Bruno",
        63,
        "“Draws it badly” is doing a lot of work there. The <em>drawing</em> is the thing. Nobody reads your"
        " third field;"
        " they read indentation.",
    ),
    Said(
        "p1",
        "",
        "Bruno",
        71,
        "Four reasons, since you asked, in order of how much sleep they should cost you:\n\n"
        "1. Moderation: two houses, two sets of rules, one drunk guest.\n"
        "2. Identity: who is “Anna” when there are three of her?\n"
        "3. Time: the margin answers in days, the table in seconds.\n"
        "4. Someone will write <code>*</code> in one place and mean italics in the other.\n\n"
        "The fourth is the one that will actually happen, every day, for ever.",
    ),
    Said(
        "p2",
        "p1",
        "Wilhelmina Achterberg",
        78,
        "Number four is a joke and you have still undersold it. 2 * 3 * 4, snake_case_names, a shrug ¯\\_(ツ)_/¯ and"
        " C:\\new\\folder. All of them must arrive as typed.",
    ),
    Said(
        "p3",
        "p2",
        "pilcrow",
        82,
        "Proposed test suite: this comment thread.",
    ),
    Said(
        "p4",
        "p1",
        "Dr Oyelaran",
        90,
        "On number one: a house may refuse a guest without the other house having to. That is not a flaw of"
        " two houses;"
        " it is the reason for having two.",
    ),
    Said(
        "p5",
        "p4",
        "Bruno",
        97,
        "Until the guest you showed out is quoted at breakfast next door. But fine: “each host keeps the door” is"
        " a rule I could live with, if it is <strong>written down</strong> and not merely felt.",
    ),
    Said(
        "e1",
        "",
        "Ελένη Μαυρίδη",
        118,
        "A small voice from the table: I have read this blog for six years and this is my first comment. I would"
        " have said it in chat within a minute. Ίσως δεν είναι θέμα τόπου, αλλά έντασης. (Perhaps it is less a matter"
        " of place than of how loud a place makes you feel.)",
    ),
    Said(
        "e2",
        "e1",
        "Ines Okafor-Lind",
        126,
        "This is the best reason anyone has given me, for or against. Thank you for writing it here; next"
        " time, do not feel"
        " you have to.",
    ),
)

TEA = (
    Said("a1", "", "pilcrow", 95, "Which tea? I ask as a spelling checker."),
    Said("a2", "a1", "Ines Okafor-Lind", 130, "Assam, second flush. It underlines everything twice."),
    Said(
        "a3",
        "",
        "Bruno",
        400,
        "The third paragraph in a hat is now a technical term at my office. We have found eleven.",
    ),
)

INDEX = (
    Said(
        "b1",
        "",
        "Dr Oyelaran",
        300,
        "From the index of my own thesis, 1988, undetected by four examiners: <q>Supervisor, absence of,"
        " <em>passim</em>.</q>",
    ),
    Said("b2", "b1", "Nadia el-Sayed", 350, "I am going to cite this."),
)

TALK = {"margins": MARGINS, "tea": TEA, "index": INDEX}

# (user name, display name, whether they moderate)
MEMBERS = (("marisol", "Marisol", True), ("tobias", "Tobias Ø", False), ("yulia", "Юлия", False))

# (index of the member, words)
LOUNGE = (
    (1, "Has anyone been arguing about the margins essay? I only came to return a book."),
    (0, "All morning. They are in <#FORUM>, it crosses both ways now, so mind your manners :)"),
    (2, "Тогда я за кофе ☕ Who else?"),
)
