// Rebuilds a blog's rendered HTML from a short list of harmless elements.
// Does not trust the blog to have cleaned anything, and loads no picture but those of a blog on this machine.

import { el } from './dom.js';
import { webAddress } from './inline.js';
import { state } from './wire.js';

const KEPT = new Set(
  `P BR B STRONG I EM CITE Q S STRIKE DEL INS U SUB SUP SMALL CODE PRE KBD BLOCKQUOTE UL OL LI H1 H2 H3 H4 H5 H6 HR A IMG
   FIGURE FIGCAPTION ABBR TIME TABLE THEAD TBODY TR TH TD DL DT DD SPAN DIV MARK`.split(/\s+/));
const DROPPED = new Set('SCRIPT STYLE TEMPLATE IFRAME OBJECT EMBED SVG MATH NOSCRIPT TITLE HEAD FORM INPUT BUTTON TEXTAREA SELECT'.split(' '));
// The page has its own headings; those of a post start below its title.
const RENAMED = { H1: 'h3', H2: 'h3', H3: 'h4', H4: 'h5', H5: 'h6', H6: 'h6' };
const MAX_DEPTH = 80;

/** Fill a fragment with what `html` shows. Parsed in an inert document: no script runs, no picture loads on the way. */
export function safeHtml(html, baseUrl) {
  const fragment = document.createDocumentFragment();
  const inert = new DOMParser().parseFromString(html, 'text/html');
  copy(inert.body, fragment, baseUrl, 0);
  return fragment;
}

function copy(from, to, baseUrl, depth) {
  for (const child of from.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) to.append(child.data);
    else if (child.nodeType === Node.ELEMENT_NODE) copyElement(child, to, baseUrl, depth);
  }
}

function copyElement(source, to, baseUrl, depth) {
  const name = source.nodeName.toUpperCase();
  if (DROPPED.has(name)) return;
  if (depth > MAX_DEPTH) {
    to.append(source.textContent);
    return;
  }
  const node = KEPT.has(name) ? rebuilt(source, name, baseUrl) : null;
  if (node) to.append(node);
  copy(source, node ?? to, baseUrl, depth + 1);
}

function rebuilt(source, name, baseUrl) {
  if (name === 'A') return link(source, baseUrl);
  if (name === 'IMG') return picture(source, baseUrl);
  const node = el((RENAMED[name] ?? name).toLowerCase());
  const title = source.getAttribute('title');
  if (title) node.title = title;
  if (name === 'OL' && /^\d{1,6}$/.test(source.getAttribute('start') ?? '')) node.start = Number(source.getAttribute('start'));
  return node;
}

function absolute(address, baseUrl) {
  try {
    return webAddress(new URL(address, baseUrl || location.href).href);
  } catch {
    return null;
  }
}

function link(source, baseUrl) {
  const href = source.hasAttribute('href') && absolute(source.getAttribute('href'), baseUrl);
  return href ? el('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }) : el('span');
}

function picture(source, baseUrl) {
  const address = absolute(source.getAttribute('src') ?? '', baseUrl);
  const alt = source.getAttribute('alt') ?? '';
  // An emoji drawn as a picture reads as the character it stands for.
  if (/\bemoji\b/.test(source.className)) return el('span', { text: alt });
  if (address && isOwn(address)) return el('img', { src: address, alt, loading: 'lazy' });
  return address ? el('a', { href: address, target: '_blank', rel: 'noopener noreferrer', text: `Picture: ${alt || 'untitled'}` }) : null;
}

/** Whether a picture is of the blog that is shown here and lives on this machine; the page asks nobody else for anything. */
export function isOwn(address) {
  const [url, blog] = [webAddress(address), webAddress(state.blog?.url ?? '')];
  if (url === null || blog === null) return false;
  const { hostname, origin } = new URL(url);
  return ['127.0.0.1', 'localhost'].includes(hostname) && origin === new URL(blog).origin;
}
