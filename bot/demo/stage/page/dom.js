// Small helpers to build the page: elements, avatars, dates. Knows neither side; sets text, never HTML.

const SVG = 'http://www.w3.org/2000/svg';

/** Make an element. `props`: `text`, `class`, `on` {event: handler}, `data` {key: value}; the rest are attributes. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === 'text') node.textContent = value;
    else if (key === 'class') node.className = value;
    else if (key === 'on') for (const [name, handler] of Object.entries(value)) node.addEventListener(name, handler);
    else if (key === 'data') Object.assign(node.dataset, value);
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Make an SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// The same name gets the same colour on both sides, so that a reader knows a voice again after it has crossed.
function hue(name) {
  let hash = 858;
  for (const char of name.normalize('NFC').toLowerCase()) hash = Math.imul(hash ^ char.codePointAt(0), 16777619);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  hash ^= hash >>> 12;
  return ((hash >>> 0) % 36) * 10;
}

function initials(name) {
  const words = name.replace(/[^\p{L}\p{N}\s_-]/gu, '').split(/[\s_-]+/u).filter(Boolean);
  if (!words.length) return '·';
  const letters = words.length > 1 ? [words[0], words.at(-1)].map((word) => [...word][0]) : [...words[0]].slice(0, 1);
  return letters.join('').toUpperCase();
}

/** A drawn avatar: initials on the name's own colour. Decorative, the name always stands beside it. */
export function avatar(name, className = 'avatar') {
  const text = svg('text', { x: 16, y: 16, 'text-anchor': 'middle', 'dominant-baseline': 'central' }, initials(name));
  const face = svg('svg', { viewBox: '0 0 32 32', class: className, 'aria-hidden': 'true', focusable: 'false' },
    svg('circle', { cx: 16, cy: 16, r: 16 }), text);
  face.style.setProperty('--hue', hue(name));
  return face;
}

const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });

/** A `<time>`: the clock for today, the day for anything older. `iso` as the server sends it. */
export function when(iso, { long = false } = {}) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return el('span');
  const today = new Date().toDateString() === date.toDateString();
  const text = today && !long ? CLOCK.format(date) : DAY.format(date);
  return el('time', { datetime: date.toISOString(), title: FULL.format(date), text });
}

/** Put `nodes` into `parent` in this order, moving as little as possible; whatever else is in it goes. */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.childNodes[index] !== node) parent.insertBefore(node, parent.childNodes[index] ?? null);
  });
}

/** An element kept from one drawing to the next while `signature` stays: focus and scrolling survive. `make()` draws it. */
export function kept(cache, key, signature, make) {
  if (cache.get(key)?.signature !== signature) cache.set(key, { signature, node: make() });
  return cache.get(key).node;
}

/** Milliseconds as a reader likes them. */
export const seconds = (ms) => (ms < 95 ? 'under 0.1 s' : `${(ms / 1000).toFixed(1)} s`);

export const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Say something to screen readers. */
export function announce(text) {
  const region = document.getElementById('announcer');
  region.append(el('p', { text }));
  while (region.childElementCount > 5) region.firstChild.remove();
}
