// Counts what the server said is left. The page knows no calendar and computes no deadline: it only
// lets business time pass while the server says that it passes.

const JITTER_S = 1.5;

/** The server's clock, as its answers tell it; the viewer's own may be wrong. */
export class ServerClock {
  constructor() {
    this.offset = 0;
  }

  /** Hear an answer's `now`. */
  hear(now) {
    this.offset = Date.parse(now) - Date.now();
  }

  /** Milliseconds since the epoch, by the server. */
  now() {
    return Date.now() + this.offset;
  }
}

/** The time that a clock has left, between two answers. */
export class Countdown {
  /** Hear `remaining_seconds` and `pace`, valid at *at* (ms, server's clock). */
  hear(seconds, pace, at) {
    const turnsAt = pace.turns_at === null ? null : Date.parse(pace.turns_at);
    const agrees = this.pace !== undefined && Math.abs(this.left(at) - seconds) < JITTER_S;
    const same = agrees && this.pace.running === pace.running && this.pace.turnsAt === turnsAt;
    if (same) return; // whole seconds from the server would make the display stutter
    Object.assign(this, { seconds, at, pace: { running: pace.running, turnsAt } });
  }

  /** Seconds of business time left at *now* (ms); negative once overdue. */
  left(now) {
    return this.seconds - this.passed(now) / 1000;
  }

  /** Whether business time passes at *now*. */
  running(now) {
    const { running, turnsAt } = this.pace;
    return turnsAt !== null && now >= turnsAt ? !running : running;
  }

  passed(now) {
    const { running, turnsAt } = this.pace;
    const since = Math.max(now - this.at, 0);
    if (turnsAt === null) return running ? since : 0;
    const untilTurn = Math.max(turnsAt - this.at, 0);
    return running ? Math.min(since, untilTurn) : Math.max(since - untilTurn, 0);
  }
}
