// Light and dark, and the panes as tabs on a narrow screen.
// Does not know what the panes show.

import { memory } from './composer.js';

const ORDER = ['auto', 'light', 'dark'];
const NAMES = { auto: 'Colours: as the system', light: 'Colours: light', dark: 'Colours: dark' };
const SIGNS = { auto: '◐', light: '☀', dark: '☾' };

export function setupTheme(button) {
  let theme = memory.get('theme', 'auto');
  const show = () => {
    document.documentElement.dataset.theme = theme;
    button.setAttribute('aria-label', NAMES[theme]);
    button.title = NAMES[theme];
    button.firstElementChild.textContent = SIGNS[theme] ?? SIGNS.auto;
  };
  button.addEventListener('click', () => {
    theme = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
    memory.set('theme', theme);
    show();
  });
  show();
}

/** Tabs show one pane on a narrow screen; on a wide one they are hidden and all panes stand side by side. */
export function setupTabs(list, onChange) {
  const tabs = [...list.querySelectorAll('[role=tab]')];
  const select = (name, { focus = false } = {}) => {
    document.body.dataset.pane = name;
    for (const tab of tabs) {
      const chosen = tab.dataset.pane === name;
      tab.setAttribute('aria-selected', String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen) {
        tab.querySelector('.news').textContent = '';
        if (focus) tab.focus();
      }
    }
    onChange();
  };
  for (const tab of tabs) tab.addEventListener('click', () => select(tab.dataset.pane));
  list.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = tabs.findIndex((tab) => tab.dataset.pane === document.body.dataset.pane);
    select(tabs[(at + step + tabs.length) % tabs.length].dataset.pane, { focus: true });
    event.preventDefault();
  });
  select('blog');
  return {
    select,
    narrow: () => list.offsetParent !== null,
    /** Count an arrival on the tab of a pane that is not shown. */
    news(name) {
      if (document.body.dataset.pane === name) return;
      const badge = tabs.find((tab) => tab.dataset.pane === name).querySelector('.news');
      badge.textContent = String(Number(badge.textContent || 0) + 1);
    },
  };
}
