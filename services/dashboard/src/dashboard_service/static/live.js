// Keeps the board up with the server: a look every two seconds, everything anew when something
// changed, longer and longer waits while nobody answers, and none while nobody watches.

import { Refused, ask } from "./api.js";

const EVERY_MS = 2_000;
const ANYWAY_MS = 10_000; // time passes also where nothing changes
const WAITS_MS = [2_000, 3_000, 5_000, 8_000, 15_000];

/**
 * Polls until stopped.
 *
 * *question()* answers what to ask for (see app.js), *heard(answers)* takes `{overview, …}` of one
 * round, *said(phase, more)* follows `loading`, `live`, `waiting` (with `{error, at}`) and `asleep`;
 * *unknown(error)* is called when the key is not accepted, and ends it.
 */
export class Live {
  constructor({ question, heard, said, unknown }) {
    Object.assign(this, { question, heard, said, unknown });
    this.key = null;
    this.running = null;
    document.addEventListener("visibilitychange", () => this.wake());
    window.addEventListener("online", () => this.wake());
  }

  /** Begin with *key*. */
  start(key) {
    this.key = key;
    this.said("loading");
    this.again();
  }

  /** End; nothing that is still on its way will be heard. */
  stop() {
    this.key = null;
    this.running?.abort();
  }

  /** Ask at once, for everything: the question changed, or the viewer is impatient. */
  again() {
    if (this.key === null) return;
    this.running?.abort();
    this.running = new AbortController();
    void this.rounds(this.running.signal);
  }

  wake() {
    if (document.hidden) {
      this.running?.abort();
      if (this.key) this.said("asleep");
    } else {
      this.again();
    }
  }

  async rounds(signal) {
    let known = { changes: null, at: -Infinity };
    let failures = 0;
    while (!signal.aborted && !document.hidden) {
      let pause = EVERY_MS;
      try {
        known = await this.round(known, signal);
        failures = 0;
        if (!signal.aborted) this.said("live");
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof Refused && (error.status === 401 || error.status === 403)) {
          this.stop();
          this.unknown(error);
          return;
        }
        pause = WAITS_MS[Math.min(failures, WAITS_MS.length - 1)];
        failures += 1;
        this.said("waiting", { error, at: Date.now() + pause });
      }
      await sleep(pause, signal);
    }
  }

  async round(known, signal) {
    const { metric, by, kpi, since, from, to } = this.question();
    const get = (path, more) => ask(path, { metric, ...more }, this.key, signal);
    const overview = await get("overview", { since });
    const soon = performance.now() - known.at < ANYWAY_MS;
    if (soon && overview.change_count === known.changes) {
      if (!signal.aborted) this.heard({ overview });
      return known;
    }
    const [compliance, trend, risk, breaches, escalations, kpis] = await Promise.all([
      get("compliance", { ...(by === "ola" ? { agreement_type: "ola" } : { by }), from, to }),
      get("trend", { from, to }),
      get("at-risk", { limit: 50 }),
      get("breaches", { limit: 50 }),
      ask("escalations", { limit: 50 }, this.key, signal),
      get("kpis", { by: kpi, limit: 100 }),
    ]);
    if (!signal.aborted) this.heard({ overview, compliance, trend, risk, breaches, escalations, kpis });
    return { changes: overview.change_count, at: performance.now() };
  }
}

function sleep(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
