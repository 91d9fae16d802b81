// Escalations: who was told of which clock, and what became of it.

import { el, mark, note, write, writeClipped } from "./dom.js";
import * as format from "./format.js";

const STATES = {
  raised: ["On its way", "raised_at"],
  failed: ["Failed", "failed_at"],
  delivered: ["Delivered", "delivered_at"],
  acknowledged: ["Acknowledged", "acknowledged_at"],
  withdrawn: ["Withdrawn", "withdrawn_at"],
};

const REASONS = {
  corrected: "nothing had been crossed, as was learnt later",
  deleted: "the ticket was deleted",
  merged: "the ticket was merged",
  cancelled: "the ticket was cancelled",
};

/** One escalation. */
export class EscalationRow {
  constructor(server) {
    this.server = server;
    this.ticket = el("b", { class: "ticket clip" });
    this.what = el("span", { class: "what clip" });
    this.whom = el("span", { class: "whom clip" });
    this.error = el("span", { class: "fault clip", hidden: true });
    this.reason = el("span", { class: "why clip muted", hidden: true });
    this.state = el("span", { class: "state" });
    this.when = el("span", { class: "when muted" });
    this.node = el(
      "li",
      { class: "row told" },
      el("span", { class: "sign", "aria-hidden": "true" }),
      el("div", { class: "about" }, this.ticket, this.what, this.whom, this.error, this.reason),
      el("div", { class: "time" }, this.state, this.when),
    );
  }

  show(effect) {
    this.effect = effect;
    const [word] = STATES[effect.state] ?? [effect.state];
    writeClipped(this.ticket, effect.ticket_id);
    writeClipped(this.what, `${format.metric(effect.metric)} · ${format.threshold(effect.threshold)}`);
    writeClipped(this.whom, `to ${effect.to} by ${effect.channel}`);
    const failing = effect.error !== null && effect.state === "failed";
    this.error.hidden = !failing;
    writeClipped(this.error, failing ? `attempt ${format.count(effect.attempts)}: ${effect.error}` : "");
    const why = effect.state === "withdrawn" ? effect.reason : null;
    this.reason.hidden = why === null;
    writeClipped(this.reason, why === null ? "" : (REASONS[why] ?? why));
    mark(this.node, "state", effect.state);
    mark(this.state, "state", effect.state);
    write(this.state, word);
    note(this.state, effect.attempts > 1 ? `after ${format.count(effect.attempts)} attempts` : word);
    this.tick(this.server.now());
  }

  tick(now) {
    const at = this.effect[STATES[this.effect.state]?.[1]] ?? this.effect.at;
    write(this.when, format.ago(at, now));
    note(this.when, format.utc(at));
  }
}
