// Rows of clocks: those whose end is near, and those that missed it.

import { Countdown } from "./countdown.js";
import { el, mark, note, write, writeClipped } from "./dom.js";
import * as format from "./format.js";

export const clockKey = (clock) => JSON.stringify([clock.ticket_id, clock.metric, clock.cycle]);

/** One clock in a list; *now* is the server's instant, in ms. */
class ClockRow {
  constructor() {
    this.priority = el("span", { class: "pill clip" });
    this.ticket = el("b", { class: "ticket clip" });
    this.what = el("span", { class: "what clip" });
    this.who = el("span", { class: "clip" });
    this.customer = el("span", { class: "customer muted clip" });
    this.left = el("span", { class: "left" });
    this.when = el("span", { class: "when muted clip" });
    this.count = new Countdown();
    const about = el("div", { class: "about" }, this.ticket, this.what);
    const who = el("div", { class: "who" }, this.who, this.customer);
    const time = el("div", { class: "time" }, this.left, this.when);
    this.node = el("li", { class: "row clock" }, this.priority, about, who, time);
  }

  hear(clock, at) {
    this.clock = clock;
    this.count.hear(clock.remaining_seconds, clock.pace, at);
    writeClipped(this.priority, clock.priority ?? "–");
    writeClipped(this.ticket, clock.ticket_id);
    writeClipped(this.what, [format.metric(clock.metric), clock.sla].filter(Boolean).join(" · "));
    if (clock.sla_version) note(this.what, `${this.what.textContent}, version ${clock.sla_version}`);
    writeClipped(this.who, [clock.assignee, clock.group].filter(Boolean).join(" · ") || "nobody yet");
    writeClipped(this.customer, clock.customer_id ?? "");
  }
}

/** A clock that will be due; shows how much of its target is left. */
export class RiskRow extends ClockRow {
  constructor(server) {
    super();
    this.server = server;
    this.used = el("span", { class: "used" });
    this.node.insertBefore(el("span", { class: "gauge", "aria-hidden": "true" }, this.used), this.node.lastChild);
  }

  show(clock) {
    this.hear(clock, this.server.heardAt);
    this.tick(this.server.now());
  }

  tick(now) {
    const left = this.count.left(now);
    const share = this.clock.target_minutes ? left / 60 / this.clock.target_minutes : 0;
    const running = this.count.running(now);
    write(this.left, format.countdown(left));
    note(this.left, `${format.span(left)} of business time ${left < 0 ? "over" : "left"}`);
    mark(this.node, "urgency", left < 60 || share <= 0.02 ? "now" : share <= 0.15 ? "soon" : "later");
    mark(this.node, "still", !running);
    this.used.style.inlineSize = `${Math.min(Math.max(1 - share, 0), 1) * 100}%`;
    const due = `due ${format.instant(this.clock.due_at, now)}`;
    write(this.when, running ? due : `closed · ${due}`);
    note(this.when, this.reason(running));
  }

  reason(running) {
    const due = `due ${format.utc(this.clock.due_at)}`;
    const turn = this.clock.pace.turns_at;
    if (running || turn === null) return due;
    return `${due}; business time goes on at ${format.utc(turn)} (${this.clock.timezone})`;
  }
}

/** A clock that missed its target; goes on counting while the ticket is open. */
export class BreachRow extends ClockRow {
  constructor(server) {
    super();
    this.server = server;
    this.state = el("span", { class: "state" });
    this.node.insertBefore(this.state, this.node.lastChild);
  }

  show(clock) {
    this.hear(clock, this.server.heardAt);
    mark(this.node, "open", clock.state !== "closed");
    mark(this.state, "state", clock.state === "closed" ? "closed" : "open");
    write(this.state, clock.state === "closed" ? "Closed" : clock.state === "paused" ? "Paused" : "Open");
    this.tick(this.server.now());
  }

  tick(now) {
    const over = Math.max(-this.count.left(now), 0);
    write(this.left, `+${this.clock.state === "active" ? format.countdown(over) : format.span(over)}`);
    note(this.left, `${format.span(over)} of business time over the target`);
    if (this.clock.breached_at === null) return;
    write(this.when, format.ago(this.clock.breached_at, now));
    note(this.when, format.utc(this.clock.breached_at));
  }
}
