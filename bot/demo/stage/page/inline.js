// Inline half of Discord's markdown dialect: text in, DOM nodes out.
// Does not know lines and blocks (dialect.js does), fetches nothing and never parses HTML.
//
// Written from Discord's published formatting reference and the behaviour of its open-sourced rules; it shares no code
// with the bot's translators, so that what a reader sees here is a second opinion on what they wrote.

import { el } from './dom.js';

const MAX_DEPTH = 24;
const ESCAPE = /\\([^0-9A-Za-z\s])/y;
const CODE = /(`+)([\s\S]*?[^`])\1(?!`)/y;
const URL_BARE = /https?:\/\/[^\s<]+[^<.,:;"'\]\s]/y;
const URL_ANGLE = /<(https?:\/\/[^\s<>]+)>/y;
const SHRUG = /¯\\_\(ツ\)_\/¯/y;
const MENTION = /<(@[!&]?|#)(\d{15,20})>/y;
const EVERYONE = /@(everyone|here)\b/y;
const EMOJI = /<(a?):(\w{2,32}):(\d{15,20})>/y;
const TIMESTAMP = /<t:(-?\d{1,13})(?::([tTdDfFsSR]))?>/y;
const COMMAND = /<\/([-\w\p{L} ]{1,100}):\d{15,20}>/uy;
const GUIDE = /<id:(customize|browse|guide|home|linked-roles)>/y;
const FENCE = /```(?:([\w+\-.#]*)\n)?\n*([\s\S]*?)\n*```/y;

// Longest mark first. A mark without its closer is plain text.
const STYLES = [
  { mark: '**', tag: 'strong', rule: /\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/y },
  { mark: '__', tag: 'u', rule: /__((?:\\[\s\S]|[^\\])+?)__(?!_)/y },
  { mark: '~~', tag: 's', rule: /~~([\s\S]+?)~~(?!_)/y },
  { mark: '||', tag: 'spoiler', rule: /\|\|([\s\S]+?)\|\|/y },
  { mark: '*', tag: 'em', rule: /\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)/y },
  { mark: '_', tag: 'em', rule: /\b_((?:__|\\[\s\S]|[^\\_])+?)_\b/y },
];

const at = (rule, text, index) => {
  rule.lastIndex = index;
  return rule.exec(text);
};

/** Append `text` rendered to `parent`. `context`: {users, roles, channels} by id, `now` in ms, `inLink`, `depth`. */
export function inline(parent, text, context = {}) {
  const depth = context.depth || 0;
  if (depth > MAX_DEPTH) {
    parent.append(text);
    return;
  }
  const inner = { ...context, depth: depth + 1 };
  const dead = new Set(); // marks known to have no closer further on: keeps long runs of marks cheap
  let plain = '';
  let index = 0;
  const flush = () => {
    if (plain) lines(parent, plain);
    plain = '';
  };
  while (index < text.length) {
    const found = token(text, index, inner, dead);
    if (!found) {
      const step = text.codePointAt(index) > 0xffff ? 2 : 1;
      plain += text.slice(index, index + step);
      index += step;
    } else {
      if (found.text !== undefined) plain += found.text;
      if (found.node) {
        flush();
        parent.append(found.node);
      }
      index += found.length;
    }
  }
  flush();
}

function lines(parent, text) {
  text.split('\n').forEach((line, number) => {
    if (number) parent.append(el('br'));
    if (line) parent.append(line);
  });
}

function token(text, index, context, dead) {
  switch (text[index]) {
    case '\\': return escaped(text, index);
    case '¯': return literal(at(SHRUG, text, index));
    case '`': return fence(text, index, dead) || code(text, index, dead);
    case '<': return angle(text, index, context);
    case 'h': return context.inLink ? null : bareLink(text, index);
    case '[': return context.inLink ? null : maskedLink(text, index, context);
    case '@': return everyone(text, index);
    case '*': case '_': case '~': case '|': return style(text, index, context, dead);
    default: return null;
  }
}

const literal = (match) => match && { text: match[0], length: match[0].length };

function escaped(text, index) {
  const match = at(ESCAPE, text, index);
  if (!match) return null;
  const point = String.fromCodePoint(text.codePointAt(index + 1));
  return { text: point, length: 1 + point.length };
}

function fence(text, index, dead) {
  if (!text.startsWith('```', index) || dead.has('```')) return null;
  const match = at(FENCE, text, index);
  if (!match || !match[2].trim()) {
    if (!match) dead.add('```');
    return null;
  }
  const block = el('code', { text: match[2] });
  if (match[1]) block.dataset.language = match[1];
  return { node: el('pre', {}, block), length: match[0].length };
}

function code(text, index, dead) {
  const run = /`+/y;
  const ticks = at(run, text, index)[0];
  if (dead.has(ticks)) return literal([ticks]);
  const match = at(CODE, text, index);
  if (!match || match[1] !== ticks) {
    dead.add(ticks);
    return literal([ticks]);
  }
  let body = match[2];
  if (/^ [\s\S]*[^ ][\s\S]* $/.test(body)) body = body.slice(1, -1);
  return { node: el('code', { text: body }), length: match[0].length };
}

function style(text, index, context, dead) {
  const run = longRun(text, index);
  if (run) return literal([run]);
  for (const { mark, tag, rule } of STYLES) {
    if (!text.startsWith(mark, index) || dead.has(mark)) continue;
    const match = at(rule, text, index);
    if (!match) {
      if (mark.length === 2 && text.indexOf(mark, index + 2) < 0) dead.add(mark);
      continue;
    }
    const node = tag === 'spoiler' ? spoiler() : el(tag);
    inline(node, match[1], context);
    return { node, length: match[0].length };
  }
  return null;
}

// Six or more equal marks in a row style nothing; looking for their closers would be quadratic.
function longRun(text, index) {
  let end = index;
  while (text[end] === text[index]) end += 1;
  return end - index >= 6 ? text.slice(index, end) : null;
}

function spoiler() {
  const node = el('span', { class: 'spoiler', role: 'button', tabindex: '0', 'aria-expanded': 'false' });
  node.setAttribute('aria-label', 'Spoiler, press to reveal');
  return node;
}

/** A press on a spoiler shows it. One listener on a container serves every spoiler in it. */
export function revealSpoilers(container) {
  const reveal = (event) => {
    const node = event.target.closest?.('.spoiler:not(.shown)');
    if (!node || (event.type === 'keydown' && event.key !== 'Enter' && event.key !== ' ')) return;
    event.preventDefault();
    event.stopPropagation();
    node.classList.add('shown');
    node.setAttribute('aria-expanded', 'true');
    node.removeAttribute('aria-label');
  };
  container.addEventListener('click', reveal, true);
  container.addEventListener('keydown', reveal, true);
}

// --- links --------------------------------------------------------------------------------------------------------

/** The URL if it is an http(s) one that parses, else null. */
export function webAddress(text) {
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
  } catch {
    return null;
  }
}

const anchor = (href) => el('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' });

function bareLink(text, index) {
  const match = at(URL_BARE, text, index);
  if (!match) return null;
  const shown = balanced(match[0]);
  const href = webAddress(shown);
  if (!href) return null;
  const node = anchor(href);
  node.append(shown);
  return { node, length: shown.length };
}

// A closing bracket that opened outside the address belongs to the sentence.
function balanced(url) {
  let open = 0;
  let end = url.length;
  for (let i = 0; i < url.length; i += 1) {
    if (url[i] === '(') open += 1;
    else if (url[i] === ')' && (open -= 1) < 0) {
      end = i;
      break;
    }
  }
  return url.slice(0, end);
}

const LOOKS_LIKE_ADDRESS = /^\s*(?:https?:\/\/|www\.)\S/i;

function maskedLink(text, index, context) {
  const close = labelEnd(text, index);
  if (close < 0 || text[close + 1] !== '(') return null;
  const label = text.slice(index + 1, close);
  const target = linkTarget(text, close + 2);
  const href = target && webAddress(target.url);
  // A label that poses as another address is shown as typed, by Discord and here.
  if (!href || !label.trim() || LOOKS_LIKE_ADDRESS.test(label)) return null;
  const node = anchor(href);
  if (target.title) node.title = target.title;
  inline(node, label, { ...context, inLink: true });
  return { node, length: target.end - index };
}

function labelEnd(text, index) {
  let open = 0;
  const limit = Math.min(text.length, index + 1000);
  for (let i = index; i < limit; i += 1) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '[') open += 1;
    else if (text[i] === ']' && (open -= 1) === 0) return i;
    else if (text[i] === '\n' && text[i + 1] === '\n') return -1;
  }
  return -1;
}

const TARGET = /\s*(?:<([^<>\s]{1,2048})>|((?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.){0,512}\)){1,2048}))(?:\s+["']([^"'\n]{0,256})["'])?\s*\)/y;

function linkTarget(text, index) {
  const match = at(TARGET, text, index);
  if (!match) return null;
  return { url: match[1] ?? match[2].replace(/\\([^0-9A-Za-z\s])/g, '$1'), title: match[3], end: TARGET.lastIndex };
}

// --- things in angle brackets -------------------------------------------------------------------------------------

function angle(text, index, context) {
  let match;
  if ((match = at(URL_ANGLE, text, index))) return angleLink(match, context);
  if ((match = at(MENTION, text, index))) return mention(match, context);
  if ((match = at(EMOJI, text, index))) {
    const node = el('span', { class: 'emoji', text: `:${match[2]}:`, title: `:${match[2]}:` });
    return { node, length: match[0].length };
  }
  if ((match = at(TIMESTAMP, text, index))) return timestamp(match, context);
  if ((match = at(COMMAND, text, index))) return pill(`/${match[1]}`, match);
  if ((match = at(GUIDE, text, index))) return pill(GUIDES[match[1]], match);
  return null;
}

const GUIDES = {
  customize: 'Channels & Roles',
  browse: 'Browse Channels',
  guide: 'Server Guide',
  home: 'Server Guide',
  'linked-roles': 'Linked Roles',
};

function angleLink(match, context) {
  const href = webAddress(match[1]);
  if (!href || context.inLink) return literal(match);
  const node = anchor(href);
  node.append(match[1]);
  return { node, length: match[0].length };
}

const pill = (text, match) => ({ node: el('span', { class: 'mention', text }), length: match[0].length });

function mention(match, { users = {}, roles = {}, channels = {} }) {
  const [, kind, id] = match;
  if (kind === '#') return pill(`#${channels[id] ?? 'unknown'}`, match);
  if (kind === '@&') return pill(`@${roles[id] ?? 'unknown-role'}`, match);
  return pill(`@${users[id] ?? 'unknown-user'}`, match);
}

function everyone(text, index) {
  const match = at(EVERYONE, text, index);
  return match && pill(match[0], match);
}

const FORMATS = {
  t: { timeStyle: 'short' },
  T: { timeStyle: 'medium' },
  d: { day: '2-digit', month: '2-digit', year: 'numeric' },
  D: { dateStyle: 'long' },
  f: { dateStyle: 'long', timeStyle: 'short' },
  F: { dateStyle: 'full', timeStyle: 'short' },
  s: { day: '2-digit', month: '2-digit', year: 'numeric', hour: 'numeric', minute: '2-digit' },
  S: { day: '2-digit', month: '2-digit', year: 'numeric', hour: 'numeric', minute: '2-digit', second: '2-digit' },
};

function timestamp(match, context) {
  const date = new Date(Number(match[1]) * 1000);
  if (Number.isNaN(date.getTime())) return literal(match);
  const full = new Intl.DateTimeFormat(undefined, FORMATS.F).format(date);
  const shown = match[2] === 'R'
    ? relative(date.getTime(), context.now ?? Date.now())
    : new Intl.DateTimeFormat(undefined, FORMATS[match[2]] ?? FORMATS.f).format(date);
  const node = el('time', { datetime: date.toISOString(), title: full, text: shown });
  return { node, length: match[0].length };
}

const STEPS = [['year', 31536000], ['month', 2592000], ['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];

/** "3 hours ago", "in 2 days": how far `then` lies from `now`, both in ms. */
export function relative(then, now) {
  const seconds = (then - now) / 1000;
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? STEPS.at(-1);
  return new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' }).format(Math.trunc(seconds / size), unit);
}
