// The blog pane: masthead, list of posts, the chosen post and its discussion, and the boxes to write in.
// Does not fetch or know the other side; `setup` is given what to call.

import { composer, memory } from './composer.js';
import { arrange, avatar, el, kept, when } from './dom.js';
import { roving } from './roving.js';
import { safeHtml } from './safe_html.js';
import { drawTree, fold } from './tree.js';
import { act, state } from './wire.js';

const $ = (id) => document.getElementById(id);
let hooks = {};
let chosen = null;
let refreshRoving = () => {};
let open = null; // the one open inline box: {slot, close}
const shownPosts = new Map(); // post id -> signature of what the article shows

export const chosenPost = () => chosen;

/** `{select(post), find(key), mine(key)}`: what the pane calls when the visitor chooses, looks across, or wrote. */
export function setup(given) {
  hooks = given;
  refreshRoving = roving($('tree'), (node, key) => {
    const id = node.dataset.node.slice(2);
    const press = (name) => node.querySelector(`[data-act="${name}"]`)?.click();
    switch (key) {
      case 'r': press('reply'); return true;
      case 'e': press('edit'); return true;
      case 'm': press('find'); return true;
      case 'ArrowLeft': fold(id, true); return true;
      case 'ArrowRight': fold(id, false); return true;
      default: return false;
    }
  });
  $('write').addEventListener('click', () => writePost());
  $('comment-here').append(nameField(), composer({
    label: 'Your comment',
    placeholder: 'Join in…',
    button: 'Comment',
    send: (text) => sent(act('blog', 'comment', { post: chosen, text, author: reader() })),
  }).form);
}

/** The name the visitor writes under on the blog. */
export const reader = () => $('reader').value.trim() || 'A reader';

function nameField() {
  const input = el('input', { id: 'reader', maxlength: '60', autocomplete: 'off', value: memory.get('reader', 'Robin') });
  input.addEventListener('input', () => memory.set('reader', input.value));
  return el('label', { class: 'name' }, 'You write as ', input);
}

async function sent(request, options) {
  const answer = await request;
  if (answer.id) hooks.mine(`c:${answer.id}`, options);
}

/** Show another post. */
export function choose(post) {
  if (!post || post === chosen || !state.posts[post]) return false;
  closeBox();
  chosen = post;
  $('blog-scroller').scrollTop = 0;
  return true;
}

/** Draw what `state` says. Returns the keys of nodes whose words are new or changed. */
export function draw() {
  const blog = state.blog;
  if (!blog) return [];
  if (!state.posts[chosen]) chosen = blog.posts.find((id) => state.posts[id]) ?? null;
  $('blog').classList.toggle('read-only', !blog.writable);
  $('blog-title').textContent = blog.title;
  $('tagline').textContent = blog.tagline ?? '';
  $('notice').hidden = blog.writable;
  $('notice').textContent = blog.notice
    ?? 'This blog is a real one and is only read here: comments can be written on its own site, or on the Discord side.';
  $('write').hidden = !blog.writable;
  $('comment-here').hidden = !blog.writable || !chosen;
  drawPosts(blog);
  const post = state.posts[chosen];
  if (!post) return [];
  const touched = drawArticle(post, blog.writable);
  const on = { reply, edit, remove, status, find: (comment) => hooks.find(`c:${comment.id}`) };
  touched.push(...drawTree($('tree'), post, { writable: blog.writable, on }));
  const count = post.comments.length;
  $('count').textContent = count === 0 ? 'No responses yet' : count === 1 ? 'One response' : `${count} responses`;
  refreshRoving();
  return touched;
}

function drawPosts(blog) {
  const posts = blog.posts.map((id) => state.posts[id]).filter(Boolean);
  const focused = $('posts').contains(document.activeElement);
  arrange($('posts'), posts.map((post) => {
    const signature = JSON.stringify([post.title, post.comments.length, post.id === chosen]);
    return kept(postRows, post.id, signature, () => postRow(post));
  }));
  if (focused && !$('posts').contains(document.activeElement)) {
    $('posts').querySelector('[aria-current]')?.focus({ preventScroll: true });
  }
}

const postRows = new Map(); // post id -> {signature, node}

function postRow(post) {
  const button = el('button', { type: 'button', on: { click: () => hooks.select(post.id) }, data: { post: post.id } },
    el('span', { class: 'post-name', text: post.title }),
    el('span', { class: 'post-count', text: String(post.comments.length), title: `${post.comments.length} responses` }));
  if (post.id === chosen) button.setAttribute('aria-current', 'page');
  return el('li', {}, button);
}

function drawArticle(post, writable) {
  const signature = JSON.stringify([post.title, post.html, post.author, writable]);
  if ($('post').dataset.node === `p:${post.id}` && shownPosts.get(post.id) === signature) return [];
  shownPosts.set(post.id, signature);
  const body = el('div', { class: 'prose', dir: 'auto' });
  body.append(safeHtml(post.html, post.url));
  $('post').dataset.node = `p:${post.id}`;
  $('post').replaceChildren(
    el('h2', { text: post.title, dir: 'auto' }),
    el('p', { class: 'byline' }, avatar(post.author), el('span', {}, el('b', { text: post.author }), when(post.date, { long: true }))),
    body,
    el('footer', { class: 'acts' },
      writable && el('button', { type: 'button', text: 'Edit this post', data: { act: 'edit' }, on: { click: () => writePost(post) } }),
      el('button', { type: 'button', text: 'See on Discord', data: { act: 'find' }, on: { click: () => hooks.find(`p:${post.id}`) } })));
  return [`p:${post.id}`];
}

// --- inline boxes: one open at a time -----------------------------------------------------------------------------

function closeBox() {
  open?.close();
}

function openBox(comment, options) {
  closeBox();
  const article = document.querySelector(`#tree [data-node="c:${CSS.escape(comment.id)}"]`);
  const slot = article.querySelector('.slot');
  const close = () => {
    const back = slot.contains(document.activeElement);
    slot.replaceChildren();
    open = null;
    // Where the visitor's own reply has just appeared, the focus goes there instead (app.js).
    if (back) article.focus({ preventScroll: true });
  };
  const { form, area } = composer({
    ...options,
    cancel: close,
    send: async (text) => {
      await options.send(text);
      close();
    },
  });
  slot.replaceChildren(form);
  open = { slot, close };
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
}

function reply(comment) {
  openBox(comment, {
    label: `Reply to ${comment.author}`,
    placeholder: `Reply to ${comment.author}…`,
    button: 'Reply',
    send: (text) => sent(act('blog', 'reply', { post: chosen, parent: comment.id, text, author: reader() }), { focus: true }),
  });
}

function edit(comment) {
  openBox(comment, {
    label: `Edit the comment of ${comment.author}`,
    text: comment.source ?? safeHtml(comment.html).textContent.trim(),
    button: 'Save',
    send: (text) => act('blog', 'edit', { comment: comment.id, text }),
  });
}

const tell = (error) => hooks.say(error.message);

function remove(comment) {
  act('blog', 'delete', { comment: comment.id }).catch(tell);
}

function status(comment, to) {
  act('blog', 'status', { comment: comment.id, status: to }).catch(tell);
}

/** A dialog to publish a post, or to change one. */
function writePost(post) {
  const dialog = $('post-dialog');
  const title = el('input', { 'aria-label': 'Title', placeholder: 'Title', maxlength: '200', class: 'title', value: post?.title ?? '' });
  const close = () => dialog.close();
  const { form, area } = composer({
    label: 'Text',
    placeholder: 'Paragraphs, separated by blank lines. Simple HTML works.',
    text: post ? post.source ?? safeHtml(post.html).textContent.trim() : '',
    button: post ? 'Save' : 'Publish',
    cancel: close,
    send: async (text) => {
      if (!title.value.trim()) {
        title.focus();
        throw new Error('A post needs a title.');
      }
      const details = { title: title.value.trim(), text, author: reader() };
      const answer = post
        ? await act('blog', 'edit_post', { post: post.id, ...details })
        : await act('blog', 'publish', details);
      close();
      if (!post && answer.id) hooks.published(answer.id);
    },
  });
  form.prepend(title);
  dialog.replaceChildren(el('h2', { id: 'dialog-title', text: post ? 'Edit the post' : 'A new post' }), form);
  dialog.showModal();
  area.rows = 8;
  title.focus();
}
