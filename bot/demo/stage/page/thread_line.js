// Makes the crossing visible: a thread drawn from a node to its mirror, and a glow on what has just arrived.
// Does not know why two nodes belong together; `pairs` are given.

import { calm, svg } from './dom.js';

const overlay = () => document.getElementById('overlay');
let held = []; // lines that stay while something is hovered or focused: [from, to, path]
const running = new Set(); // lines of a crossing under way, the same shape

const paneOf = (node) => node.closest('.scroller');

/** Where the line leaves a node: its edge towards the other pane, kept inside the visible part of its own pane. */
function anchor(node, towards) {
  const box = node.getBoundingClientRect();
  const pane = paneOf(node)?.getBoundingClientRect();
  if (!pane || !pane.width) return null;
  const y = Math.min(Math.max(box.top + Math.min(22, box.height / 2), pane.top + 2), pane.bottom - 2);
  return { x: towards > 0 ? Math.min(box.right, pane.right) : Math.max(box.left, pane.left), y };
}

function shape(from, to) {
  const direction = from.getBoundingClientRect().left <= to.getBoundingClientRect().left ? 1 : -1;
  const a = anchor(from, direction);
  const b = anchor(to, -direction);
  if (!a || !b) return null;
  const bend = Math.max(24, Math.abs(b.x - a.x) / 2) * direction;
  return `M${a.x},${a.y} C${a.x + bend},${a.y} ${b.x - bend},${b.y} ${b.x},${b.y}`;
}

function path(from, to, className) {
  const d = shape(from, to);
  if (!d) return null;
  const line = svg('path', { d, class: className, pathLength: 1 });
  overlay().append(line);
  return line;
}

/** Hold lines between pairs of nodes until called again. */
export function hold(pairs) {
  for (const [, , line] of held) line.remove();
  held = pairs.map(([from, to]) => [from, to, path(from, to, 'held')]).filter(([, , line]) => line);
}

/** Follow the scrolling panes. */
export function follow() {
  for (const [from, to, line] of [...held, ...running]) {
    const d = shape(from, to);
    if (d) line.setAttribute('d', d);
  }
}

/** Something crossed: run a line from one node to the other, then let the arrival glow. */
export function cross(from, to) {
  glow(to);
  if (!from || calm()) return;
  const line = path(from, to, 'crossing');
  if (!line) return;
  const run = [from, to, line];
  running.add(run);
  line.addEventListener('animationend', () => {
    running.delete(run);
    line.remove();
  });
}

/** A soft highlight that fades by itself. */
export function glow(node) {
  node.classList.remove('arrived');
  void node.offsetWidth; // restart the animation when the same node is touched twice
  node.classList.add('arrived');
  setTimeout(() => node.classList.remove('arrived'), 2600);
}
