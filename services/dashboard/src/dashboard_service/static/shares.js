// Compliance, one bar a group.

import { el, mark, note, write, writeClipped } from "./dom.js";
import * as format from "./format.js";

const NOBODY = {
  priority: "No priority",
  group: "No group",
  assignee: "Nobody",
  customer: "No customer",
  ola: "No group",
};

/** Groups in the order of reading: priorities by name, others by how much was judged. */
export function ordered(groups, by) {
  const judged = (group) => group.met + group.breached;
  const byName = (a, b) => (a.key ?? "\uffff").localeCompare(b.key ?? "\uffff", undefined, { numeric: true });
  return [...groups]
    .filter((group) => judged(group) + group.pending > 0)
    .sort(by === "priority" ? byName : (a, b) => judged(b) - judged(a) || byName(a, b));
}

/** One group. */
export class ShareRow {
  constructor() {
    this.name = el("span", { class: "name clip" });
    this.share = el("b", { class: "share" });
    this.met = el("span", { class: "met" });
    this.breached = el("span", { class: "breached" });
    this.counts = el("span", { class: "muted counts" });
    const track = el("span", { class: "track", "aria-hidden": "true" }, this.met, this.breached);
    this.node = el("li", { class: "bar-row" }, this.name, this.counts, this.share, track);
  }

  show(group) {
    const judged = group.met + group.breached;
    writeClipped(this.name, group.key ?? NOBODY[group.by]);
    mark(this.name, "none", group.key === null);
    write(this.share, format.percent(group.compliance));
    this.met.style.inlineSize = `${judged ? (group.met / judged) * 100 : 0}%`;
    this.breached.style.inlineSize = `${judged ? (group.breached / judged) * 100 : 0}%`;
    const pending = group.pending ? ` · ${format.count(group.pending)} pending` : "";
    write(this.counts, `${format.count(group.met)} met · ${format.count(group.breached)} breached${pending}`);
    note(this.node, group.cancelled ? `${format.count(group.cancelled)} cancelled` : "");
  }
}
