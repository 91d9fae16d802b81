// KPIs of roles: what was done in time of what a role answers for, against its target.

import { el, mark, note, write, writeClipped } from "./dom.js";
import * as format from "./format.js";

const VERDICTS = { kept: "Kept", missed: "Missed", no_data: "No data" };
const STANDINGS = {
  met: "met", breached: "breached", pending: "pending", cancelled: "cancelled", unattributed: "nobody had it",
};
const MOST_TICKETS = 50;

export const kpiKey = (kpi) => JSON.stringify([kpi.sla_id, kpi.kpi_id, kpi.target, kpi.technician, kpi.by]);

/** One KPI, or one person's part of it. *tickets(path)* answers a page of the cycles behind it. */
export class KpiRow {
  constructor(tickets) {
    this.tickets = tickets;
    this.name = el("b", { class: "name clip" });
    this.what = el("span", { class: "what clip" });
    this.verdict = el("span", { class: "state" });
    this.share = el("b", { class: "share" });
    this.goal = el("span", { class: "muted goal" });
    this.met = el("span", { class: "met" });
    this.breached = el("span", { class: "breached" });
    this.mark = el("span", { class: "goal-mark" });
    this.counts = el("span", { class: "muted counts" });
    this.button = el("button", { type: "button", class: "behind", "aria-expanded": "false" }, "Tickets");
    this.list = el("ul", { class: "cycles" });
    this.list.hidden = true;
    this.button.addEventListener("click", () => this.toggle());
    const track = el("span", { class: "track", "aria-hidden": "true" }, this.met, this.breached, this.mark);
    this.node = el(
      "li",
      { class: "kpi" },
      el("div", { class: "about" }, this.name, this.what),
      el("div", { class: "measure" }, track, this.counts),
      el("div", { class: "time" }, this.share, this.goal),
      this.verdict,
      this.button,
      this.list,
    );
  }

  show(kpi) {
    this.kpi = kpi;
    const judged = kpi.met + kpi.breached;
    const priority = kpi.priority === null ? "" : ` ${kpi.priority}`;
    const figure = `${format.metric(kpi.metric)}${priority}`;
    writeClipped(this.name, kpi.by === "role" ? kpi.role : kpi.technician ?? "Nobody known");
    mark(this.name, "none", kpi.by === "technician" && kpi.technician === null);
    writeClipped(this.what, [kpi.by === "role" ? "" : kpi.role, figure, kpi.sla, period(kpi)].filter(Boolean).join(" · "));
    note(this.what, kpi.definition);
    write(this.share, judged ? hundredths(kpi.met, judged) : "–");
    write(this.goal, `target ${Number(kpi.target).toLocaleString()} %`);
    this.met.style.inlineSize = `${judged ? (kpi.met / judged) * 100 : 0}%`;
    this.breached.style.inlineSize = `${judged ? (kpi.breached / judged) * 100 : 0}%`;
    this.mark.style.insetInlineStart = `min(${kpi.target}%, 100% - 2px)`;
    write(this.counts, counted(kpi));
    mark(this.verdict, "state", kpi.verdict);
    write(this.verdict, VERDICTS[kpi.verdict] ?? kpi.verdict);
    const all = judged + kpi.pending + kpi.cancelled + kpi.unattributed;
    this.button.hidden = all === 0;
    this.button.setAttribute("aria-label", `Tickets behind ${figure} of ${this.name.textContent}`);
    if (!this.list.hidden && JSON.stringify(kpi) !== this.shown) void this.look();
  }

  toggle() {
    const open = this.list.hidden;
    this.list.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (open) void this.look();
  }

  async look() {
    this.shown = JSON.stringify(this.kpi);
    try {
      const page = await this.tickets(this.kpi.tickets, MOST_TICKETS);
      const rows = page.items.map(cycle);
      if (page.next !== null) rows.push(el("li", { class: "muted" }, `the latest ${MOST_TICKETS} of more`));
      this.list.replaceChildren(...rows);
    } catch (error) {
      this.shown = null;
      if (error.name !== "AbortError") this.list.replaceChildren(el("li", { class: "fault" }, error.message));
    }
  }
}

function cycle(one) {
  const who = one.attributed_to === null ? one.assignee ?? one.group : one.attributed_to.assignee ?? one.attributed_to.group;
  const ticket = el("b", { class: "clip" });
  writeClipped(ticket, one.ticket_id);
  const row = el("li", {}, ticket, el("span", { class: "standing" }, STANDINGS[one.standing] ?? one.standing));
  mark(row, "standing", one.standing);
  if (who) row.append(el("span", { class: "muted clip" }, who));
  row.append(el("span", { class: "muted day" }, format.shortDay(one.due_on)));
  return row;
}

function counted(kpi) {
  const beside = [
    [kpi.pending, "pending"],
    [kpi.cancelled, "cancelled"],
    [kpi.unattributed, "unattributed"],
  ].filter(([number]) => number > 0).map(([number, word]) => `${format.count(number)} ${word}`);
  const judged = `${format.count(kpi.met)} met · ${format.count(kpi.breached)} breached`;
  return beside.length ? `${judged} · beside them ${beside.join(", ")}` : judged;
}

/** The period of a KPI in words, such as `Nov 2026` or `Oct 2026 – Dec 2026`. */
function period({ from, to }) {
  if (from === null || to === null) return "";
  const [first, last] = [format.month(from), format.month(to)];
  return first === last ? first : `${first} – ${last}`;
}

/** A share with two decimals, cut and not rounded: what misses its target never looks as if it kept it. */
function hundredths(part, whole) {
  const cut = Math.floor((part * 10_000) / whole) / 100;
  return `${cut.toLocaleString(undefined, { minimumFractionDigits: cut < 100 ? 2 : 0 })} %`;
}
