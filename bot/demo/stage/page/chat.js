// The Discord pane: channels and threads at the side, one thread's messages, the box to write in, who speaks.
// Does not fetch or know the blog; `setup` is given what to call.

import { composer, memory } from './composer.js';
import { arrange, avatar, el, kept } from './dom.js';
import { drawMessages } from './messages.js';
import { roving } from './roving.js';
import { act, state } from './wire.js';

const $ = (id) => document.getElementById(id);
let hooks = {};
let place = null; // the thread or channel shown
let replying = null;
let refreshRoving = () => {};
let box = null;

export const chosenPlace = () => place;

/** `{select(place), find(key), mine(key), say(text)}`: what the pane calls when the visitor chooses, looks across, wrote. */
export function setup(given) {
  hooks = given;
  refreshRoving = roving($('messages'), (node, key) => {
    const name = { r: 'reply', e: 'edit', m: 'find', '+': 'react' }[key];
    const button = name && node.querySelector(`[data-act="${name}"]`);
    button?.click();
    return Boolean(button);
  });
  box = composer({
    label: 'Message',
    button: 'Send',
    enterSends: true,
    send: async (text) => {
      if (COMMAND.test(text)) throw new Error('Slash commands are at home in the real Discord; the README lists them.');
      const details = { place, member: speaker(), text };
      const answer = await (replying
        ? act('discord', 'reply', { ...details, reply_to: replying.id })
        : act('discord', 'comment', details));
      stopReplying();
      if (answer.id) hooks.mine(`m:${answer.id}`);
      $('message-scroller').scrollTop = $('message-scroller').scrollHeight;
    },
  });
  $('say').append(box.form);
  $('say').addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && replying) stopReplying();
  });
  $('stop-reply').addEventListener('click', stopReplying);
}

/** The member the visitor speaks as. */
export function speaker() {
  const members = state.discord?.members ?? [];
  const remembered = memory.get('member', '');
  return (members.find((member) => member.id === remembered || member.name === remembered) ?? members[0])?.id;
}

/** Show another thread or channel. */
export function choose(next) {
  if (!next || next === place) return false;
  stopReplying();
  place = next;
  scrollTo = 'end';
  return true;
}

let scrollTo = 'end';

/** Once the pane can be seen: to the newest message, if that is where the reader was. */
export function settle() {
  bringPlace();
  const scroller = $('message-scroller');
  if (!scroller.clientHeight || settled) return;
  settled = true;
  scroller.scrollTop = scroller.scrollHeight;
}

let settled = false;

/** Draw what `state` says. Returns the keys of messages whose words are new or changed. */
export function draw() {
  const guild = state.discord;
  if (!guild) return [];
  const known = [...guild.threads, ...guild.channels];
  if (!known.some(({ id }) => id === place)) place = guild.threads[0]?.id ?? guild.channels[0]?.id ?? null;
  $('guild').textContent = guild.guild;
  drawPlaces(guild);
  drawHead(guild);
  drawSpeakers(guild);
  const scroller = $('message-scroller');
  const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
  const speaking = guild.members.find(({ id }) => id === speaker());
  const touched = drawMessages($('messages'), state.places[place] ?? [], {
    names: guild.names,
    speaking,
    members: new Set(guild.members.map(({ id }) => id)),
    on: { reply, edit, remove, react, find: (message) => hooks.find(`m:${message.id}`) },
  });
  refreshRoving();
  if (scrollTo === 'end' || (touched.length && atEnd)) scroller.scrollTop = scroller.scrollHeight;
  if (scrollTo === 'end') settled = scroller.clientHeight > 0;
  scrollTo = null;
  return touched;
}

const COMMAND = /^\/(relay|sync|blog|post)\b/;
const SIGNS = { forum: '❏', text: '#', announcement: '◈' };

function drawPlaces(guild) {
  const shown = [];
  for (const channel of guild.channels) {
    shown.push(placeRow(channel, SIGNS[channel.kind] ?? '#', channel.kind === 'forum'));
    for (const thread of guild.threads) if (thread.channel === channel.id) shown.push(placeRow(thread, '', false, true));
  }
  const focused = $('places').contains(document.activeElement);
  arrange($('places'), shown);
  if (focused && !$('places').contains(document.activeElement)) {
    $('places').querySelector('[aria-current]')?.focus({ preventScroll: true });
  }
  bringPlace();
}

let brought = null; // the place that was brought into sight when it was chosen

// On a narrow screen the places are one row, of which a part is seen; and the pane may be hidden.
function bringPlace() {
  const current = $('places').querySelector('[aria-current]');
  if (!current?.clientWidth || brought === place) return;
  brought = place;
  current.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

const rows = new Map(); // place id -> {signature, node}

function placeRow(one, sign, inert, isThread = false) {
  const signature = JSON.stringify([one, sign, inert, isThread, one.id === place]);
  return kept(rows, one.id, signature, () => drawPlace(one, sign, inert, isThread));
}

function drawPlace({ id, name, archived, count }, sign, inert, isThread) {
  const label = [
    el('span', { class: 'sign', text: sign, 'aria-hidden': 'true' }),
    el('span', { class: 'place-name', text: name }),
    count ? el('span', { class: 'post-count', text: String(count) }) : null,
  ];
  if (inert) return el('li', { class: 'channel' }, el('span', { class: 'place' }, ...label));
  const button = el('button', { type: 'button', class: 'place', title: name, on: { click: () => hooks.select(id) } }, ...label);
  if (id === place) button.setAttribute('aria-current', 'page');
  return el('li', { class: `${isThread ? 'thread' : 'channel'}${archived ? ' archived' : ''}` }, button);
}

function drawHead(guild) {
  const thread = guild.threads.find(({ id }) => id === place);
  const channel = guild.channels.find(({ id }) => id === (thread?.channel ?? place));
  $('place-title').textContent = thread?.name ?? channel?.name ?? '';
  $('place-channel').textContent = thread && channel ? `${SIGNS[channel.kind] ?? '#'} ${channel.name}` : channel?.topic ?? '';
  arrange($('tags'), (thread?.tags ?? []).map((text) => el('span', { class: 'tag', text })));
  box.area.placeholder = thread ? 'Only replies cross to the blog' : `Message #${channel?.name ?? ''}`;
}

function drawSpeakers(guild) {
  const who = speaker();
  const signature = JSON.stringify([guild.members, who]);
  if ($('speakers').dataset.signature === signature) return;
  const focused = $('speakers').contains(document.activeElement);
  $('speakers').dataset.signature = signature;
  $('speakers').replaceChildren(...guild.members.map((member) => {
    const radio = el('input', { type: 'radio', name: 'speaker', value: member.id, checked: member.id === who });
    radio.addEventListener('change', () => {
      memory.set('member', member.id);
      hooks.redraw();
    });
    const role = member.moderator ? ' (moderator)' : '';
    return el('label', { title: `Speak as ${member.name}${role}` }, radio, avatar(member.name), el('span', { text: member.name }));
  }));
  if (focused) $('speakers').querySelector('input:checked')?.focus();
}

// --- acts ---------------------------------------------------------------------------------------------------------

const tell = (error) => hooks.say(error.message);

function reply(message) {
  replying = message;
  $('replying').hidden = false;
  $('reply-name').textContent = message.author;
  box.area.focus();
}

function stopReplying() {
  replying = null;
  $('replying').hidden = true;
}

function edit(message, slot, done) {
  const { form, area } = composer({
    label: 'Edit your message',
    text: message.content,
    button: 'Save',
    enterSends: true,
    cancel: done,
    send: async (text) => {
      await act('discord', 'edit', { place, member: speaker(), message: message.id, text });
      done();
    },
  });
  slot.replaceChildren(form);
  area.focus();
}

function remove(message) {
  act('discord', 'delete', { place, member: speaker(), message: message.id }).catch(tell);
}

function react(message, emoji) {
  act('discord', 'react', { place, member: speaker(), message: message.id, emoji }).catch(tell);
}
