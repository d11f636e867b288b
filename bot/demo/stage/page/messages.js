// Draws messages: avatar, name, reply line, words in Discord's dialect, embeds, reactions, what may be done with them.
// Does not decide which messages are shown nor what its buttons lead to (the Discord pane says).

import { sureButton } from './composer.js';
import { render } from './dialect.js';
import { arrange, avatar, el, when } from './dom.js';
import { drawEmbed } from './embeds.js';

const cards = new Map(); // message id -> {item, signature}
const GROUP_MS = 7 * 60 * 1000;
const QUICK = '👍';

/** Draw `messages` (oldest first) into `root`. Returns the keys whose words are new or changed since the last time. */
export function drawMessages(root, messages, options) {
  const touched = [];
  const byId = new Map(messages.map((message) => [message.id, message]));
  let before = null;
  const items = messages.map((message) => {
    const grouped = joins(before, message);
    before = message;
    return card(message, byId, grouped, options, touched);
  });
  arrange(root, items);
  return touched;
}

function joins(before, message) {
  return Boolean(before) && !message.reply_to && !before.system && !message.system
    && before.author === message.author && before.author_id === message.author_id
    && !message.content.startsWith('-# ')
    && new Date(message.date) - new Date(before.date) < GROUP_MS;
}

function card(message, byId, grouped, options, touched) {
  const words = JSON.stringify([message.author, message.content, message.embeds, message.edited]);
  const answered = byId.get(message.reply_to);
  const { speaking, members } = options;
  const rest = JSON.stringify([grouped, message.reactions, answered?.author, answered?.content, speaking, options.names]);
  let known = cards.get(message.id);
  if (!known) {
    // The slot stays: a reaction must not take away the box in which somebody edits.
    const slot = el('div', { class: 'slot' });
    known = { slot, item: el('li', { class: 'message', tabindex: '-1', data: { node: `m:${message.id}` } }, slot) };
    cards.set(message.id, known);
  }
  if (known.words !== words) touched.push(`m:${message.id}`);
  if (known.words !== words || known.rest !== rest) {
    Object.assign(known, { words, rest });
    fill(known, message, { ...options, answered, grouped, members });
  }
  return known.item;
}

function fill({ item, slot }, message, options) {
  const { grouped, answered, names, on } = options;
  item.className = `message${grouped ? ' grouped' : ''}${message.system ? ' system' : ''}`;
  item.setAttribute('aria-label', `${message.author}${answered ? `, reply to ${answered.author}` : ''}`);
  const words = el('div', { class: 'said', dir: 'auto' });
  words.append(render(message.content, names));
  if (message.edited) words.append(el('span', { class: 'edited', text: ' (edited)' }));
  arrange(item, [
    message.reply_to && replyLine(message, answered, names),
    grouped ? null : avatar(message.author),
    grouped ? null : el('header', {},
      el('b', { class: 'who', text: message.author, style: null }),
      message.bot && el('span', { class: 'bot', text: message.author_id ? 'bot' : 'blog', title: message.author_id ? 'A bot' : 'Shown by a webhook for a reader of the blog' }),
      when(message.date)),
    message.content || message.edited ? words : null,
    ...message.embeds.map((embed) => drawEmbed(embed, names)),
    reactions(message, options),
    acts(message, slot, options, on),
    slot,
  ].filter(Boolean));
}

function replyLine(message, answered, names) {
  const line = el('div', { class: 'reply-line' });
  if (!answered) {
    line.append(el('i', { text: 'Original message was deleted' }));
    return line;
  }
  const excerpt = el('span', { class: 'excerpt' });
  // What a bridge adds in small print is not what was said.
  const said = answered.content.split('\n').filter((line) => !line.startsWith('-# ')).join(' ');
  const words = said || answered.embeds[0]?.title || answered.embeds[0]?.description || '';
  excerpt.append(render(words, names).textContent.slice(0, 140));
  const jump = el('a', { href: `#m:${answered.id}`, data: { jump: `m:${answered.id}` }, tabindex: '-1' },
    avatar(answered.author, 'avatar tiny'), el('b', { text: answered.author }), excerpt);
  line.append(jump);
  return line;
}

function reactions(message, { speaking, on }) {
  if (!message.reactions.length) return null;
  return el('div', { class: 'reactions' }, ...message.reactions.map(({ emoji, count, members }) => {
    const mine = members.includes(speaking?.id);
    return el('button', {
      type: 'button', class: mine ? 'mine' : '', 'aria-pressed': String(mine), 'aria-label': `${emoji}, ${count}`,
      on: { click: () => on.react(message, emoji) },
    }, el('span', { text: emoji }), el('span', { class: 'tally', text: String(count) }));
  }));
}

function acts(message, slot, { speaking }, on) {
  if (message.system) return null;
  const own = message.author_id !== '' && message.author_id === speaking?.id;
  const button = (text, name, handler, label) =>
    el('button', { type: 'button', text, 'aria-label': label, data: { act: name }, on: { click: handler } });
  const done = () => {
    const back = slot.contains(document.activeElement);
    slot.replaceChildren();
    if (back) slot.closest('[data-node]').focus();
  };
  return el('footer', { class: 'acts' },
    button('Reply', 'reply', () => on.reply(message)),
    button(QUICK, 'react', () => on.react(message, QUICK), 'React with thumbs up'),
    own && button('Edit', 'edit', () => on.edit(message, slot, done)),
    (own || speaking?.moderator) && sureButton('Delete', 'Really?', () => on.remove(message)),
    button('See on blog', 'find', () => on.find(message)));
}
