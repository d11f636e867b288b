"""The posts of the demo's blog.

Does not hold what readers say about them (seed_talk.py does).
"""

from __future__ import annotations

from typing import NamedTuple


class SeededEssay(NamedTuple):
    """``author`` is an account's name on the loopback blog; ``hours_ago`` counts from the demo's start."""

    key: str
    title: str
    author: str
    category: str
    hours_ago: float
    picture: bool
    html: str


MARGINS = """\
<p>Every second-hand book I own has been argued with. There is a pencilled “no!” beside a sentence of Ruskin’s, \
and under it, in another hand and a better pen, “yes, though not for his reason.” The two readers never met. \
They may have been born fifty years apart. But they had a conversation, and the conversation had a \
<em>place</em>: it is still lying open at page 112, exactly where the disagreement began.</p>

<p>For some years blogs had this. The essay stood at the top, the arguments hung below it, and a stranger who \
came by in March could answer a remark made in January, because the remark was still there, with its reasons, \
under the sentence that had caused it. Then we moved the arguing elsewhere. Chat is warmer; it is quick, funny \
and forgiving, and somebody is always in. It also has no page 112. Ask a lively server on Friday what it \
concluded on Tuesday, and you get the silence of a room where everyone was present and nobody took the \
minutes.</p>

<h2>Two tempers</h2>

<p>I do not think one of the two is the serious place and the other the pastime. They are two tempers of the \
same mind:</p>

<ul>
<li><strong>the margin</strong>, where you answer the text, and are willing to be read by someone you will never \
meet;</li>
<li><strong>the table</strong>, where you answer a person, and would be embarrassed to be quoted.</li>
</ul>

<p>What is wrong is only the wall between them. The best objection to an essay is so often made at the table, by \
someone who would never fill in a comment form, and by the next morning it has scrolled away. Meanwhile the \
author sits under the essay, polite and alone, wondering whether anybody minded.</p>

<blockquote><p>A good conversation is a text with the manners of a meal.</p></blockquote>

<h2>A modest proposal</h2>

<p>So: leave people where they like to sit. Let whoever prefers the margin write in the margin, and whoever \
prefers the table stay at it, and let the words travel. A remark at the table should turn up in the margin under \
the sentence it answers, with its author’s name on it; a reply in the margin should be set down at the table \
while the coffee is still hot. Nobody registers anywhere new. Nobody is moved. The only thing that changes is \
that the argument, for once, has an address.</p>

<p>I can think of four reasons why this must fail. I would rather hear yours.</p>
"""

TEA = """\
<p>An experiment without a control group. In October I swapped my editor’s spelling checker for a kettle: \
whenever I would have run the checker, I made tea instead and read the page aloud when I came back.</p>

<p>I caught fewer typing errors and many more <em>sentences</em>. The checker had been telling me that every \
word was a word. Nobody had been telling me that the third paragraph said what the first had said, only in a \
hat.</p>
"""

INDEX = """\
<p>A book’s index is the only part of it written by somebody who has certainly read the whole thing. I have \
begun to read indexes first, and to judge by them. The finest entry I know is in a Victorian book on bees: \
<q>Bees, anger of, <em>see</em> Clergymen, veils for.</q></p>

<p>If you keep a notebook, index it once a year. It takes an evening, it is mildly humiliating, and it will tell \
you what you think about.</p>
"""

POSTS = (
    SeededEssay("margins", "The argument needs an address", "editor", "Essays", 5.2, True, MARGINS),
    SeededEssay("tea", "I replaced my spelling checker with tea", "editor", "Tools", 74, False, TEA),
    SeededEssay("index", "In praise of the index", "author", "Notes", 190, False, INDEX),
)
