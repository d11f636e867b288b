// Watches what appears on either side and says when it has crossed: which node, from where, in how many milliseconds.
// Does not draw; the page draws what `watch` returns.

import { byMember, mirrorsOf } from './links.js';

const PATIENCE_MS = 30_000;
const born = new Map(); // key -> when this page first saw the words it has now
const waiting = new Map(); // key -> when; seen here, not yet matched with the other side
/** Message key -> ms between the two sides' first sight of it. */
export const crossed = new Map();

/**
 * `touched` are keys whose words are new or changed; `quiet` when the page merely shows what was there already.
 * Returns [{from, to, ms}] of what has now arrived; the map knows which side it came from. Both may be seen at once.
 */
export function watch(touched, { quiet }) {
  const now = performance.now();
  for (const key of touched) {
    if (quiet) {
      born.set(key, -Infinity);
    } else {
      born.set(key, now);
      waiting.set(key, now);
    }
  }
  const arrived = [];
  for (const [key, seen] of waiting) {
    const from = mirrorsOf(key).find((other) => waiting.has(other) && leads(other, key));
    if (from) {
      const ms = Math.max(0, seen - born.get(from));
      const message = key.startsWith('m:') ? key : from;
      if (!crossed.has(message)) crossed.set(message, ms);
      arrived.push({ from, to: key, ms });
    } else if (now - seen > PATIENCE_MS) {
      waiting.delete(key);
    }
  }
  for (const { from, to } of arrived) {
    waiting.delete(from);
    waiting.delete(to);
  }
  return arrived;
}

/** Whether words went from `one` to `other`, its counterpart. */
const leads = (one, other) => (one.startsWith('m:') ? byMember(one) : !byMember(other));
