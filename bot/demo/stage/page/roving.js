// One tab stop for a long list: arrow keys move between its nodes, Tab goes on to the current node's buttons.
// Does not know what the nodes are; they carry `data-node`, their actions `data-act`.

const CONTROLS = 'button[data-act], .reactions button';

/** Give `container` the behaviour. `onKey(node, key)` sees the remaining single keys and returns true when it used one. */
export function roving(container, onKey) {
  let current = null;

  const own = (node, selector) => [...node.querySelectorAll(selector)].filter((part) => part.closest('[data-node]') === node);

  function choose(node) {
    if (current === node) return;
    if (current) settle(current, -1);
    current = node;
    if (current) settle(current, 0);
  }

  function settle(node, tabindex) {
    node.tabIndex = tabindex;
    for (const button of own(node, CONTROLS)) button.tabIndex = tabindex;
  }

  const shown = () => [...container.querySelectorAll('[data-node]')].filter((node) => node.offsetParent !== null);

  function move(step) {
    const nodes = shown();
    const at = nodes.indexOf(current);
    const next = nodes[Math.max(0, Math.min(nodes.length - 1, at + step))];
    if (next) {
      choose(next);
      next.focus();
      next.scrollIntoView({ block: 'nearest' });
    }
  }

  container.addEventListener('focusin', (event) => {
    const node = event.target.closest('[data-node]');
    if (node && container.contains(node)) choose(node);
  });
  container.addEventListener('keydown', (event) => {
    if (event.target.closest('textarea, input, select') || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, Home: -Infinity, End: Infinity };
    if (event.key in steps && event.target.matches('[data-node]')) move(steps[event.key]);
    else if (!(event.target.matches('[data-node]') && onKey(event.target, event.key))) return;
    event.preventDefault();
  });

  /** After a redraw: every node out of the tab order but one. */
  return function refresh() {
    const nodes = [...container.querySelectorAll('[data-node]')];
    if (!current || !container.contains(current)) current = nodes[0] ?? null;
    for (const node of nodes) settle(node, node === current ? 0 : -1);
  };
}
