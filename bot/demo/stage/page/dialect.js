// Block half of Discord's markdown dialect: a message's text in, a DOM fragment out.
// Does not render inside lines (inline.js does) and does not know messages, embeds or the page.

import { el } from './dom.js';
import { inline } from './inline.js';

const HEADING = /^(#{1,3})[ \t]+(\S.*)$/;
const SUBTEXT = /^-#[ \t]+(\S.*)$/;
const QUOTE = /^>(?: (.*)|[ \t]*)$/;
const QUOTE_REST = /^>>>(?: |$)/;
const ITEM = /^([ \t]*)([-*]|\d{1,9}\.)[ \t]+(\S.*)$/;
const MAX_LIST_DEPTH = 11;
const ONLY_EMOJI = /^(?:\s|<a?:\w{2,32}:\d{15,20}>|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u200d|\ufe0f|[\u{1f1e6}-\u{1f1ff}])+$/u;

/**
 * Render `text` as a reader of Discord would see it. `context`: {users, roles, channels} map ids to names, `now` in ms.
 * Returns a DocumentFragment; nothing of the text ever becomes markup other than the dialect's own.
 */
export function render(text, context = {}) {
  const fragment = document.createDocumentFragment();
  const clean = normalised(text);
  if (ONLY_EMOJI.test(clean) && /\S/.test(clean)) {
    const jumbo = el('span', { class: 'jumbo' });
    inline(jumbo, clean, context);
    fragment.append(jumbo);
    return fragment;
  }
  blocks(fragment, clean.split('\n'), context, { quoted: false });
  return fragment;
}

// Discord trims a message and drops control characters.
const normalised = (text) =>
  String(text).replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '').trim();

function blocks(parent, lines, context, { quoted }) {
  let row = 0;
  while (row < lines.length) {
    row = (!quoted && quote(parent, lines, row, context))
      || heading(parent, lines, row, context)
      || list(parent, lines, row, context)
      || paragraph(parent, lines, row, context, quoted);
  }
}

function startsBlock(line, quoted) {
  return HEADING.test(line) || SUBTEXT.test(line) || ITEM.test(line)
    || (!quoted && (QUOTE.test(line) || QUOTE_REST.test(line)));
}

function quote(parent, lines, row, context) {
  const inner = [];
  let end = row;
  if (QUOTE_REST.test(lines[row])) {
    inner.push(lines[row].replace(QUOTE_REST, ''), ...lines.slice(row + 1));
    end = lines.length;
  } else {
    for (let match; end < lines.length && (match = QUOTE.exec(lines[end])); end += 1) inner.push(match[1] ?? '');
  }
  if (end === row) return 0;
  const node = el('blockquote');
  blocks(node, inner, context, { quoted: true });
  parent.append(node);
  return end;
}

function heading(parent, lines, row, context) {
  const big = HEADING.exec(lines[row]);
  const small = big ? null : SUBTEXT.exec(lines[row]);
  if (!big && !small) return 0;
  // The page's own outline has the real headings; a message's are shown as such without joining it.
  const node = big
    ? el('div', { class: `h h${big[1].length}`, role: 'heading', 'aria-level': String(big[1].length + 3) })
    : el('small', { class: 'subtext' });
  inline(node, big ? big[2].replace(/[ \t]+#+[ \t]*$/, '') : small[1], context);
  parent.append(node);
  return row + 1;
}

function list(parent, lines, row, context) {
  if (!ITEM.test(lines[row])) return 0;
  const stack = []; // {indent, list, item, text}: the open lists, outermost first
  let end = row;
  for (; end < lines.length; end += 1) {
    const match = ITEM.exec(lines[end]);
    if (match) {
      openItem(parent, stack, match, context);
    } else {
      const top = stack.at(-1);
      if (!lines[end].trim() || !/^[ \t]{2,}/.test(lines[end])) break;
      top.text.push(lines[end].trim());
    }
  }
  while (stack.length) closeItem(stack.pop(), context);
  return end;
}

function openItem(parent, stack, [, blank, mark, text], context) {
  const indent = blank.replace(/\t/g, '  ').length;
  const ordered = mark.length > 1;
  while (stack.length > 1 && indent < stack.at(-1).indent) closeItem(stack.pop(), context);
  let top = stack.at(-1);
  if (!top || (indent >= top.indent + 2 && stack.length < MAX_LIST_DEPTH)) {
    top = { indent, list: newList(ordered, mark), item: null, text: [] };
    (stack.at(-1)?.item ?? parent).append(top.list);
    if (stack.length) flushText(stack.at(-1), context);
    stack.push(top);
  } else {
    flushText(top, context);
    const sameKind = (top.list.tagName === 'OL') === ordered;
    if (!sameKind) {
      const next = newList(ordered, mark);
      top.list.after(next);
      top.list = next;
    }
  }
  top.item = el('li');
  top.list.append(top.item);
  top.text = [text];
}

function newList(ordered, mark) {
  const node = el(ordered ? 'ol' : 'ul');
  const start = Number.parseInt(mark, 10);
  if (ordered && start !== 1) node.start = start;
  return node;
}

// An item's own lines go before the lists nested in it.
function flushText(open, context) {
  if (!open.item || !open.text.length) return;
  const own = document.createDocumentFragment();
  inline(own, open.text.join('\n'), context);
  open.item.prepend(own);
  open.text = [];
}

const closeItem = flushText;

function paragraph(parent, lines, row, context, quoted) {
  const own = [];
  let end = row;
  let open = false;
  for (; end < lines.length; end += 1) {
    if (end > row && !open && startsBlock(lines[end], quoted)) break;
    own.push(lines[end]);
    open = fenceOpen(own, lines, end);
  }
  inline(parent, own.join('\n'), context);
  // The newline before a block is the block's own edge; a blank line before it is still a blank line.
  if (end < lines.length && !own.at(-1).trim()) parent.append(el('br'));
  return end;
}

// Inside a fence that does close further on, no line starts a block.
function fenceOpen(own, lines, end) {
  const ticks = own.join('\n').split('```').length - 1;
  return ticks % 2 === 1 && lines.slice(end + 1).some((line) => line.includes('```'));
}
