// Puts the page together: state in, panes drawn, what crossed made visible, the visitor's choices passed on.
// Does not draw any pane itself.

import * as blog from './blog.js';
import * as chat from './chat.js';
import { crossed, watch } from './crossings.js';
import { render } from './dialect.js';
import { announce, calm, seconds } from './dom.js';
import { revealSpoilers } from './inline.js';
import { learn, mirrorsOf, nodeOf, postOf, threadOf } from './links.js';
import { setupTabs, setupTheme } from './look.js';
import { drawMap } from './map_pane.js';
import { cross, follow, glow, hold } from './thread_line.js';
import { reveal } from './tree.js';
import { listen, state } from './wire.js';

// The dialect's renderer, for whoever wants to compare what a reader sees.
window.commonthread = { render };

const $ = (id) => document.getElementById(id);
let tabs = null;
let quiet = true; // the next drawing shows what was there already
let wanted = null; // a node to show as soon as it is drawn
let takesFocus = false;
let seenMap = new Set();

function redraw() {
  learn(state.map ?? []);
  keepTogether();
  const touched = [...blog.draw(), ...chat.draw()];
  const arrivals = watch(touched, { quiet });
  drawMap(state.map ?? [], blog.chosenPost(), crossed);
  if (!quiet) for (const key of touched) if (nodeOf(key)) glow(nodeOf(key));
  for (const { from, to, ms } of arrivals) arrive(from, to, ms);
  growMap();
  if (wanted && nodeOf(wanted)) {
    show(wanted, { focus: takesFocus });
    wanted = null;
  }
  quiet = false;
  follow();
}

// The thread beside the post, as soon as the map knows it.
let paired = null;
function keepTogether() {
  const thread = threadOf(blog.chosenPost());
  if (thread && paired !== blog.chosenPost()) {
    paired = blog.chosenPost();
    chat.choose(thread);
  }
}

function growMap() {
  const now = new Set((state.map ?? []).map((row) => row.message_id));
  if (seenMap.size) for (const id of now) if (!seenMap.has(id)) document.querySelector(`tr[data-message="m:${id}"]`)?.classList.add('arrived');
  seenMap = now;
}

function arrive(from, to, ms) {
  const toDiscord = to.startsWith('m:');
  const side = toDiscord ? 'Discord' : 'the blog';
  const target = nodeOf(to);
  if (target) {
    reveal(target);
    if (!typing(target)) bring(target);
    requestAnimationFrame(() => cross(nodeOf(from), target));
  }
  if (tabs.narrow()) tabs.news(toDiscord ? 'discord' : 'blog');
  const who = target?.getAttribute('aria-label')?.split(',')[0];
  const what = from.startsWith('p:') ? 'The post' : who ? `${who}’s words` : 'A change';
  say(`${what} reached ${side} in ${seconds(ms)}`);
}

// Whoever is writing in a pane keeps the view of it.
function typing(target) {
  const area = document.activeElement;
  return area?.tagName === 'TEXTAREA' && area.value !== '' && target.closest('.pane').contains(area);
}

function bring(node) {
  const scroller = node.closest('.scroller');
  const pane = scroller.getBoundingClientRect();
  const box = node.getBoundingClientRect();
  if (box.top >= pane.top && box.bottom <= pane.bottom) return;
  // Not scrollIntoView: of two smooth ones a browser gives up the first, and here both panes may have to move.
  const room = Math.max(16, (pane.height - box.height) / 2);
  const way = box.top - pane.top - room;
  // A long way is jumped: the thread that is drawn should find its end where the reader looks.
  const smooth = !calm() && Math.abs(way) < pane.height;
  scroller.scrollTo({ top: scroller.scrollTop + way, behavior: smooth ? 'smooth' : 'auto' });
}

/** Bring a node into view, whichever post or thread it is in. */
function show(key, { focus = true } = {}) {
  const node = nodeOf(key);
  if (!node) return false;
  if (tabs.narrow()) tabs.select(node.closest('.pane').dataset.pane);
  reveal(node);
  bring(node);
  glow(node);
  if (focus) node.focus({ preventScroll: true });
  return true;
}

function find(key) {
  const there = mirrorsOf(key);
  if (there.some((other) => show(other))) return;
  say(there.length ? 'Its other side is in a thread that is not open.' : key.startsWith('m:') ? 'It is in Discord alone: what crosses is a reply to the post or to a comment.' : 'It has not crossed yet.');
}

function selectPost(post) {
  quiet = true;
  if (blog.choose(post)) redraw();
  quiet = false;
}

function selectPlace(place) {
  quiet = true;
  if (chat.choose(place)) {
    const post = postOf(place);
    if (post && blog.choose(post)) paired = post;
    redraw();
  }
  quiet = false;
}

function say(text) {
  $('status').textContent = text;
  announce(text);
}

// --- hover and focus: a node, its mirror, their row in the map ----------------------------------------------------

let lit = [];
function light(key) {
  for (const node of lit) node.classList.remove('lit', 'mirror');
  lit = [];
  const node = key && nodeOf(key);
  if (!node) {
    hold([]);
    return;
  }
  const mirrors = mirrorsOf(key).map(nodeOf).filter(Boolean);
  node.classList.add('lit');
  for (const mirror of mirrors) mirror.classList.add('mirror');
  const message = key.startsWith('m:') ? key : mirrorsOf(key)[0];
  const row = message && document.querySelector(`tr[data-message="${CSS.escape(message)}"]`);
  row?.classList.add('lit');
  lit = [node, ...mirrors, row].filter(Boolean);
  hold(tabs.narrow() ? [] : mirrors.map((mirror) => [node, mirror]));
}

function keyAt(target) {
  const row = target.closest?.('tr[data-message]');
  return row ? row.dataset.message : target.closest?.('[data-node]')?.dataset.node ?? null;
}

function jump(event) {
  const link = event.target.closest('a[href]');
  if (!link) return;
  if (show(link.dataset.jump ?? nodeBehind(link.href)) || link.dataset.jump) event.preventDefault();
}

// The node that one of this guild's jump links or this blog's comment links points at.
function nodeBehind(href) {
  const [, guild, message] = /\/channels\/(\d+)\/\d+\/(\d+)$/.exec(href) ?? [];
  if (guild && guild === state.discord?.guild_id) return `m:${message}`;
  const [, page, comment] = /^(.*)#comment-(\w+)$/.exec(href) ?? [];
  return page && Object.values(state.posts).some(({ url }) => url === page) ? `c:${comment}` : '';
}

function setup() {
  setupTheme($('theme'));
  tabs = setupTabs($('tabs'), () => { chat.settle(); follow(); });
  const mine = (key, { focus = false } = {}) => {
    wanted = key;
    takesFocus = focus;
    redraw();
  };
  blog.setup({ select: selectPost, find, mine, say, published: (id) => { wanted = `p:${id}`; takesFocus = true; pickNew(id); } });
  chat.setup({ select: selectPlace, find, mine, say, redraw });
  revealSpoilers(document.body);
  document.addEventListener('click', jump);
  document.addEventListener('pointerover', (event) => light(keyAt(event.target)));
  document.addEventListener('pointerleave', () => light(null));
  document.addEventListener('focusin', (event) => light(keyAt(event.target)));
  document.addEventListener('scroll', follow, true);
  addEventListener('resize', follow);
  listen(({ first }) => {
    quiet ||= first;
    if (pending && state.posts[pending]) selectPending();
    redraw();
  }, (connected) => {
    document.body.classList.toggle('offline', !connected);
    $('line').textContent = connected ? 'live' : 'not connected';
  });
}

// A post just published becomes the chosen one as soon as it is there.
let pending = null;
function pickNew(id) {
  pending = id;
  if (state.posts[id]) {
    selectPending();
    redraw();
  }
}

function selectPending() {
  blog.choose(pending);
  pending = null;
}

setup();
