// Talks to the stage's server: parts of the state come in as events, acts go out as JSON.
// Does not draw anything.

/** The newest state, by part. `posts` and `places` are keyed by id. */
export const state = { blog: null, posts: {}, discord: null, places: {}, map: [] };

function put(key, value) {
  const colon = key.indexOf(':');
  if (colon < 0) {
    state[key] = value;
    return;
  }
  const group = key.slice(0, colon) === 'post' ? state.posts : state.places;
  if (value === null) delete group[key.slice(colon + 1)];
  else group[key.slice(colon + 1)] = value;
}

/** Open the stream. `onParts({first})` after each message, `onLine(connected)` when the connection comes or goes. */
export function listen(onParts, onLine) {
  const source = new EventSource('events');
  let first = true;
  const take = (event) => {
    for (const [key, value] of Object.entries(JSON.parse(event.data))) put(key, value);
    onParts({ first });
    first = false;
  };
  source.addEventListener('whole', (event) => {
    Object.assign(state, { posts: {}, places: {} });
    take(event);
  });
  source.addEventListener('parts', take);
  source.addEventListener('open', () => onLine(true));
  source.addEventListener('error', () => onLine(false));
}

/** Do something on one side. Resolves to what came of it; rejects with a sentence for the visitor. */
export async function act(side, kind, details) {
  let response;
  try {
    response = await fetch('act', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ side, kind, ...details }),
    });
  } catch {
    throw new Error('The demo does not answer. Is it still running?');
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || `That did not work (${response.status}).`);
  return answer;
}
