// Asks the service that this page belongs to, with the key that the viewer gave for this tab.

const BASE = new URL("../v1/", import.meta.url);
const STORED = "slaclock.key";
const PATIENCE_MS = 10_000;

/** The service answered, and refused. `status` and `code` are those of problem+json. */
export class Refused extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/** Nothing came back: no network, no server, or too late. */
export class Unreachable extends Error {}

let kept = null; // where session storage is forbidden, the key lives as long as the page

/** The key of this tab, or null. A key in the address (`#key=…`) is taken out of it first. */
export function currentKey() {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given !== null) {
    history.replaceState(history.state, "", location.pathname + location.search);
    if (isKey(given)) keepKey(given);
  }
  try {
    return sessionStorage.getItem(STORED) ?? kept;
  } catch {
    return kept;
  }
}

/** Whether *text* could be sent as a credential at all. */
export function isKey(text) {
  return /^[\x21-\x7e]{8,4096}$/.test(text);
}

/** Remember *key* until the tab is closed; null forgets it. */
export function keepKey(key) {
  kept = key;
  try {
    if (key === null) sessionStorage.removeItem(STORED);
    else sessionStorage.setItem(STORED, key);
  } catch {
    // storage is forbidden: `kept` has it
  }
}

/**
 * The JSON at *path*. Parameters that are null or empty are left out.
 *
 * Throws Refused (any answer but 2xx), Unreachable, or an AbortError once *signal* is aborted.
 */
export async function ask(path, parameters, key, signal) {
  const url = new URL(path, BASE);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== "") url.searchParams.set(name, value);
  }
  const late = AbortSignal.timeout(PATIENCE_MS);
  let answer;
  try {
    answer = await fetch(url, {
      headers: { Authorization: `Bearer ${key}`, Accept: "application/json" },
      credentials: "omit",
      cache: "no-store",
      signal: eitherOf(signal, late),
    });
    if (answer.ok) return await answer.json();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Unreachable(late.aborted ? "the server took too long" : "the server did not answer", {
      cause: error,
    });
  }
  const problem = await answer.json().catch(() => ({}));
  throw new Refused(answer.status, String(problem.code ?? ""), String(problem.detail ?? answer.statusText));
}

function eitherOf(...signals) {
  const both = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) both.abort(signal.reason);
    else signal.addEventListener("abort", () => both.abort(signal.reason), { once: true, signal: both.signal });
  }
  return both.signal;
}
