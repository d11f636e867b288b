// Draws Discord's Embed Objects: author, title, description, fields, picture, footer.
// Does not load pictures from outside this machine; those show as a link.

import { render } from './dialect.js';
import { el, when } from './dom.js';
import { inline, webAddress } from './inline.js';
import { isOwn } from './safe_html.js';

const link = (address, text, className) => {
  const href = address && webAddress(address);
  return href
    ? el('a', { href, class: className, target: '_blank', rel: 'noopener noreferrer nofollow', text })
    : el('span', { class: className, text });
};

/** One embed as an element. */
export function drawEmbed(embed, names) {
  const box = el('div', { class: 'embed' });
  if (Number.isInteger(embed.color)) box.style.setProperty('--edge', `#${(embed.color & 0xffffff).toString(16).padStart(6, '0')}`);
  if (embed.author?.name) box.append(el('p', { class: 'embed-author' }, link(embed.author.url, embed.author.name)));
  if (embed.title) {
    const title = link(embed.url, '', 'embed-title');
    inline(title, embed.title, { ...names, inLink: true });
    box.append(title);
  }
  if (embed.description) {
    const words = el('div', { class: 'embed-words', dir: 'auto' });
    words.append(render(embed.description, names));
    box.append(words);
  }
  if (embed.fields?.length) box.append(el('dl', {}, ...embed.fields.map((field) => drawField(field, names))));
  for (const picture of [embed.image, embed.thumbnail]) if (picture?.url) box.append(drawPicture(picture.url));
  if (embed.footer?.text || embed.timestamp) {
    box.append(el('p', { class: 'embed-footer' },
      embed.footer?.text, embed.footer?.text && embed.timestamp ? ' · ' : null, embed.timestamp && when(embed.timestamp)));
  }
  return box;
}

function drawField({ name, value, inline: beside }, names) {
  const words = el('dd');
  words.append(render(value, names));
  return el('div', { class: beside ? 'beside' : '' }, el('dt', { text: name }), words);
}

function drawPicture(address) {
  if (isOwn(address)) return el('img', { src: address, alt: '', loading: 'lazy' });
  return el('p', { class: 'embed-footer' }, link(address, 'Picture'));
}
