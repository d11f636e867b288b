// The quiet pane: each row one link, message id ↔ comment ↔ parent, newest first.
// Does not hold the links themselves (links.js does).

import { arrange, el, seconds } from './dom.js';

const rows = new Map(); // message id -> {row, signature}

/** Draw the rows of the chosen post; `crossed` maps a message's key to the ms its crossing took. */
export function drawMap(all, post, crossed) {
  const mine = all.filter((row) => row.post_id === post);
  document.getElementById('map-count').textContent = String(all.length);
  const others = all.length - mine.length;
  document.getElementById('map-more').textContent = others ? `and ${others} of other posts` : '';
  const newest = mine.toSorted((a, b) => (BigInt(b.message_id ?? 0) > BigInt(a.message_id ?? 0) ? 1 : -1));
  arrange(document.getElementById('map-rows'), newest.map((row) => drawRow(row, crossed)));
}

function drawRow(row, crossed) {
  const key = row.comment_id === null ? `p:${row.post_id}` : `c:${row.comment_id}`;
  const took = crossed.get(`m:${row.message_id}`);
  const signature = JSON.stringify([row, took]);
  let known = rows.get(row.message_id);
  if (known?.signature === signature) return known.node;
  const fromBlog = row.origin !== 'discord';
  const part = row.part ? ` part ${row.part + 1}` : '';
  const node = el('tr', { data: { link: key, message: `m:${row.message_id}` }, class: fromBlog ? 'from-blog' : 'from-discord' },
    el('td', { class: 'comment-id', text: row.comment_id === null ? `post ${row.post_id}` : row.comment_id }),
    el('td', { class: 'parent-id', text: row.parent_id === null ? '·' : `↳ ${row.parent_id}`, title: row.parent_id === null ? 'no parent' : `reply to ${row.parent_id}` }),
    el('td', { class: 'way', title: fromBlog ? 'written on the blog' : 'written on Discord' },
      el('span', { 'aria-hidden': 'true', text: fromBlog ? '→' : '←' }),
      el('span', { class: 'unseen', text: fromBlog ? 'blog to Discord' : 'Discord to blog' })),
    el('td', { class: 'message-id', title: `message ${row.message_id}${part}` },
      el('span', { class: 'early', text: String(row.message_id ?? '').slice(0, -6) }),
      el('span', { text: String(row.message_id ?? '').slice(-6) })),
    el('td', { class: 'took', text: took === undefined ? '' : seconds(took).replace('under ', '<') }));
  if (known) known.node.replaceWith(node);
  rows.set(row.message_id, { node, signature });
  return node;
}
