// The map as an index: which node on one side is which on the other, and which thread is which post.
// Does not draw; keys are `p:<post>`, `c:<comment>` and `m:<message>`.

const index = { mirrors: new Map(), threads: new Map(), posts: new Map(), members: new Set() };

const push = (key, other) => {
  if (!index.mirrors.has(key)) index.mirrors.set(key, []);
  index.mirrors.get(key).push(other);
};

/** Rebuild from the rows of the map. */
export function learn(rows) {
  index.mirrors.clear();
  index.threads.clear();
  index.posts.clear();
  index.members.clear();
  for (const row of rows) {
    const left = row.comment_id === null ? `p:${row.post_id}` : `c:${row.comment_id}`;
    if (row.message_id !== null) {
      push(left, `m:${row.message_id}`);
      push(`m:${row.message_id}`, left);
      if (row.origin === 'discord') index.members.add(`m:${row.message_id}`);
    }
    if (row.thread_id && row.post_id) {
      index.threads.set(row.post_id, row.thread_id);
      index.posts.set(row.thread_id, row.post_id);
    }
  }
}

export const mirrorsOf = (key) => index.mirrors.get(key) ?? [];
/** Whether a message is a member's own, so that the blog's comment came from it and not it from the comment. */
export const byMember = (message) => index.members.has(message);
export const threadOf = (post) => index.threads.get(post);
export const postOf = (thread) => index.posts.get(thread);

/** The element that shows a node, if it is on the page. */
export const nodeOf = (key) => document.querySelector(`[data-node="${CSS.escape(key)}"]`);
