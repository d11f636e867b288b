// A box to write in: grows with its text, sends on Ctrl+Enter (or Enter where asked), gives up on Esc.
// Does not know what is sent or where to.

import { el } from './dom.js';

/**
 * A box that can be cancelled goes when its words are sent; one that stays is empty at once and takes the next words
 * while the last are on their way. Words that are refused come back into it.
 *
 * `{label, text, send, cancel, button, enterSends, extra}`; `send(text)` may reject with a sentence, which is shown.
 * Returns {form, area}.
 */
export function composer({ label, text = '', placeholder, send, cancel, button = 'Send', enterSends = false, extra = [] }) {
  const area = el('textarea', { 'aria-label': label, placeholder, rows: '1', spellcheck: 'true' });
  area.value = text;
  const problem = el('p', { class: 'problem', role: 'alert' });
  const submit = el('button', { type: 'submit', class: 'send', text: button });
  const verb = { Save: 'saves', Publish: 'publishes' }[button] ?? 'sends';
  const buttons = el('div', { class: 'buttons' },
    ...extra,
    el('span', { class: 'hint', text: enterSends ? `Enter ${verb}` : `Ctrl+Enter ${verb}` }),
    cancel && el('button', { type: 'button', class: 'quiet', text: 'Cancel', on: { click: () => cancel() } }),
    submit);
  const form = el('form', { class: 'composer' }, area, problem, buttons);
  let busy = false;
  let again = false; // the visitor sent more while words were on their way

  async function go() {
    const words = area.value.trim();
    if (busy) {
      again = words !== '';
      return;
    }
    if (!words) {
      problem.textContent = 'There is nothing to send yet.';
      area.focus();
      return;
    }
    busy = true;
    form.setAttribute('aria-busy', 'true');
    problem.textContent = '';
    if (!cancel) area.value = '';
    grow();
    try {
      await send(words);
    } catch (error) {
      problem.textContent = error.message;
      if (!cancel) area.value = [words, area.value].filter(Boolean).join('\n');
      again = false;
      grow();
    } finally {
      busy = false;
      form.removeAttribute('aria-busy');
    }
    if (again) {
      again = false;
      go();
    }
  }

  function grow() {
    area.style.height = 'auto';
    area.style.height = `${Math.min(area.scrollHeight + 2, 320)}px`;
    // One among messages or comments grows out of sight otherwise, its buttons first.
    if (cancel && form.contains(document.activeElement)) form.scrollIntoView({ block: 'nearest' });
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    go();
  });
  area.addEventListener('input', grow);
  form.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    const sends = event.key === 'Enter' && event.target === area
      && (event.ctrlKey || event.metaKey || (enterSends && !event.shiftKey));
    if (sends) {
      event.preventDefault();
      go();
    } else if (event.key === 'Escape' && cancel) {
      event.preventDefault();
      event.stopPropagation();
      cancel();
    }
  });
  requestAnimationFrame(grow);
  return { form, area };
}

/** A button that asks once more before it does something that cannot be undone. */
export function sureButton(text, ask, go) {
  const button = el('button', { type: 'button', text, data: { act: 'delete' } });
  let timer = 0;
  const calmDown = () => {
    clearTimeout(timer);
    timer = 0;
    button.textContent = text;
    button.classList.remove('sure');
  };
  button.addEventListener('click', () => {
    if (timer) {
      calmDown();
      go();
      return;
    }
    button.textContent = ask;
    button.classList.add('sure');
    timer = setTimeout(calmDown, 4000);
  });
  button.addEventListener('blur', calmDown);
  return button;
}

/** Remembered between visits; private windows may refuse. */
export const memory = {
  get(key, fallback) {
    try {
      return localStorage.getItem(`commonthread.${key}`) ?? fallback;
    } catch {
      return fallback;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(`commonthread.${key}`, value);
    } catch { /* not remembered, then */ }
  },
};
