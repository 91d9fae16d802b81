// The row of figures on top.

import { el, mark, note, svg, write } from "./dom.js";
import * as format from "./format.js";

const ROUND = 2 * Math.PI * 20;

/** Builds the tiles in *place*. */
export class Tiles {
  constructor(place) {
    this.compliance = new Share();
    this.running = new Tile("Running", "running");
    this.paused = new Tile("Paused", "paused");
    this.risk = new Tile("At risk", "risk");
    this.overdue = new Tile("Overdue", "overdue");
    this.breached = new Tile("Breached today", "breached");
    this.all = [this.compliance, this.running, this.paused, this.risk, this.overdue, this.breached];
    place.append(...this.all.map((tile) => tile.node));
  }

  /** Show open clocks; *now* is the server's. */
  show(overview, now) {
    const next = overview.next_due_at;
    this.running.show(overview.running, next ? `next due ${format.instant(next, now)}` : "nothing due");
    if (next) note(this.running.about, format.utc(next));
    this.paused.show(overview.paused, "their time stands still");
    this.risk.show(overview.at_risk, "the deadline is near");
    this.overdue.show(overview.overdue, "past due and still open");
    this.breached.show(overview.breached_since.clocks, "since midnight");
    note(this.breached.about, format.utc(overview.breached_since.since));
  }

  /** Show met of all judged. */
  judge(groups) {
    this.compliance.show(groups);
  }

  /** As before the first answer. */
  clear() {
    for (const tile of this.all) tile.clear();
  }
}

class Tile {
  constructor(name, kind) {
    this.figure = el("dd", { class: "figure" });
    this.about = el("dd", { class: "muted aside" });
    const list = el("dl", {}, el("dt", {}, name), this.figure, this.about);
    this.node = el("div", { class: "card tile", "data-kind": kind }, list);
    this.clear();
  }

  show(number, about) {
    write(this.figure, format.count(number));
    write(this.about, about);
    mark(this.node, "none", number === 0);
    mark(this.node, "loading", null);
  }

  clear() {
    write(this.figure, "–");
    write(this.about, "\u00a0");
    mark(this.node, "loading", true);
  }
}

class Share extends Tile {
  constructor() {
    super("Compliance", "compliance");
    this.arc = svg("circle", { class: "arc", cx: 24, cy: 24, r: 20, "stroke-dasharray": `0 ${ROUND}` });
    const ring = svg("circle", { class: "ring", cx: 24, cy: 24, r: 20 });
    this.node.append(svg("svg", { class: "donut", viewBox: "0 0 48 48", "aria-hidden": "true" }, ring, this.arc));
  }

  show(groups) {
    const met = groups.reduce((sum, group) => sum + group.met, 0);
    const judged = groups.reduce((sum, group) => sum + group.met + group.breached, 0);
    const share = judged ? met / judged : null;
    write(this.figure, format.percent(share));
    write(this.about, judged ? `${format.count(met)} of ${format.count(judged)} met` : "nothing judged yet");
    this.arc.setAttribute("stroke-dasharray", `${(share ?? 0) * ROUND} ${ROUND}`);
    mark(this.node, "none", share === null);
    mark(this.node, "loading", null);
  }

  clear() {
    super.clear();
    this.arc?.setAttribute("stroke-dasharray", `0 ${ROUND}`);
  }
}
