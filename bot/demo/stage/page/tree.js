// Draws one post's comments as nested threads that fold, keeping each comment's element while its words stay the same.
// Does not know where comments come from nor what its buttons lead to (the blog pane says).

import { sureButton } from './composer.js';
import { arrange, avatar, el, when } from './dom.js';
import { safeHtml } from './safe_html.js';

const branches = new Map(); // comment id -> {item, article, slot, list, fold, unfold, signature}
const folded = new Set();

/** Parents before children, oldest first; a comment whose parent is not there (or is its own ancestor) is a root. */
export function treeOf(comments) {
  const byId = new Map(comments.map((comment) => [comment.id, { comment, replies: [] }]));
  const roots = [];
  for (const node of byId.values()) {
    const parent = byId.get(node.comment.parent);
    (parent && !loops(node.comment, byId) ? parent.replies : roots).push(node);
  }
  const byDate = (a, b) => (a.comment.date < b.comment.date ? -1 : a.comment.date > b.comment.date ? 1 : a.comment.id - b.comment.id);
  for (const node of byId.values()) node.replies.sort(byDate);
  return roots.sort(byDate);
}

function loops(comment, byId) {
  const seen = new Set();
  for (let at = comment; at; at = byId.get(at.parent)?.comment) {
    if (seen.has(at.id)) return true;
    seen.add(at.id);
  }
  return false;
}

const sizeOf = (node) => node.replies.reduce((sum, reply) => sum + 1 + sizeOf(reply), 0);

/** Draw `post`'s tree into `root`. Returns the keys whose words are new or changed since the last time. */
export function drawTree(root, post, { writable, on }) {
  const touched = [];
  const draw = (node, parent, depth) => {
    const branch = branchOf(node.comment, parent, post, { writable, on, touched });
    const replies = node.replies.map((reply) => draw(reply, node.comment, depth + 1));
    arrange(branch.list, replies);
    branch.item.dataset.depth = Math.min(depth, 12);
    dressFold(branch, node);
    return branch.item;
  };
  arrange(root, treeOf(post.comments).map((node) => draw(node, null, 0)));
  return touched;
}

function branchOf(comment, parent, post, { writable, on, touched }) {
  const signature = JSON.stringify([comment.author, comment.html, comment.status, comment.by_bot, writable, parent?.author]);
  let branch = branches.get(comment.id);
  if (!branch) {
    branch = newBranch(comment);
    branches.set(comment.id, branch);
  }
  if (branch.signature !== signature) {
    branch.signature = signature;
    arrange(branch.article, [...commentParts(comment, parent, post, { writable, on }), branch.slot]);
    branch.article.classList.toggle('held', comment.status !== 'approved');
    const whom = parent ? `, reply to ${parent.author}` : '';
    branch.article.setAttribute('aria-label', `${comment.author}${whom}`);
    touched.push(`c:${comment.id}`);
  }
  return branch;
}

function newBranch(comment) {
  const slot = el('div', { class: 'slot' });
  const article = el('article', { class: 'comment', tabindex: '-1', data: { node: `c:${comment.id}` } }, slot);
  const list = el('ol', { class: 'replies' });
  const toggle = { click: () => fold(comment.id, !folded.has(comment.id)) };
  const line = el('button', { type: 'button', class: 'fold', tabindex: '-1', on: toggle });
  const unfold = el('button', { type: 'button', class: 'unfold', on: toggle });
  const item = el('li', { class: 'branch' }, article, line, unfold, list);
  return { item, article, slot, list, fold: line, unfold, signature: null };
}

function dressFold(branch, node) {
  const size = sizeOf(node);
  const shut = size > 0 && folded.has(node.comment.id);
  const replies = `${size} ${size === 1 ? 'reply' : 'replies'}`;
  branch.item.classList.toggle('folded', shut);
  branch.fold.hidden = size === 0 || shut;
  branch.fold.setAttribute('aria-expanded', String(!shut));
  branch.fold.setAttribute('aria-label', `Fold ${replies} to ${node.comment.author}`);
  branch.unfold.hidden = !shut;
  branch.unfold.textContent = `Show ${replies}`;
  branch.list.hidden = size === 0 || shut;
}

/** Fold or unfold the replies below a comment. */
export function fold(id, shut) {
  const branch = branches.get(id);
  if (!branch?.list.childElementCount) return;
  if (shut) folded.add(id);
  else folded.delete(id);
  branch.item.classList.toggle('folded', shut);
  branch.fold.hidden = shut;
  branch.unfold.hidden = !shut;
  branch.list.hidden = shut;
  const size = branch.list.querySelectorAll('.branch').length;
  branch.unfold.textContent = `Show ${size} ${size === 1 ? 'reply' : 'replies'}`;
  (shut ? branch.unfold : branch.article).focus({ preventScroll: true });
}

/** Unfold whatever hides a comment. */
export function reveal(article) {
  for (let item = article.closest('.branch'); item; item = item.parentElement.closest('.branch')) {
    const shut = item.parentElement.closest('.branch.folded');
    if (shut) fold(shut.querySelector('[data-node]').dataset.node.slice(2), false);
  }
}

function commentParts(comment, parent, post, { writable, on }) {
  const head = el('header', {},
    el('b', { class: 'who', text: comment.author }),
    comment.by_bot && el('span', { class: 'badge', text: 'from Discord' }),
    comment.status !== 'approved' && el('span', { class: 'badge held', text: 'awaiting moderation' }),
    when(comment.date));
  const words = el('div', { class: 'words', dir: 'auto' });
  words.append(safeHtml(comment.html, comment.url || post.url));
  return [avatar(comment.author), head, words, acts(comment, writable, on)];
}

function acts(comment, writable, on) {
  const button = (text, name, handler) =>
    el('button', { type: 'button', text, data: { act: name }, on: { click: () => handler(comment) } });
  const held = comment.status !== 'approved';
  return el('footer', { class: 'acts' },
    writable && button('Reply', 'reply', on.reply),
    writable && button('Edit', 'edit', on.edit),
    writable && held && button('Approve', 'approve', (it) => on.status(it, 'approved')),
    writable && sureButton('Delete', 'Delete for good?', () => on.remove(comment)),
    button('See on Discord', 'find', on.find));
}
