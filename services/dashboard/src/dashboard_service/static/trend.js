// Compliance day by day above, how many clocks that were below; one axis of days for both.

import { el, svg, write } from "./dom.js";
import * as format from "./format.js";

const DAY_MS = 86_400_000;
const HEIGHT = 244;
const PLOT = { left: 40, right: 8, top: 12, line: 112, gap: 22, bars: 70 };
const FLOOR = PLOT.top + PLOT.line + PLOT.gap + PLOT.bars;

/**
 * The days from the first that holds any (a week at least), with none left out; whole weeks or
 * months where days would be too thin.
 */
export function columnsOf(days, first, last) {
  const week = new Date(Date.parse(last) - 6 * DAY_MS).toISOString().slice(0, 10);
  const start = [first ?? "", days[0].day < week ? days[0].day : week].sort().at(-1);
  const length = (Date.parse(last) - Date.parse(start)) / DAY_MS + 1;
  const unit = length <= 100 ? "day" : length <= 700 ? "week" : "month";
  const columns = new Map();
  const told = new Map(days.map((day) => [day.day, day]));
  for (let at = Date.parse(start); at <= Date.parse(last); at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    const key = beginning(day, unit);
    const column = columns.get(key) ?? { day: key, unit, met: 0, breached: 0, pending: 0 };
    const found = told.get(day);
    if (found) for (const name of ["met", "breached", "pending"]) column[name] += found[name];
    columns.set(key, column);
  }
  return [...columns.values()].map((column) => {
    const judged = column.met + column.breached;
    return { ...column, judged, share: judged ? column.met / judged : null };
  });
}

function beginning(day, unit) {
  if (unit === "day") return day;
  if (unit === "month") return `${day.slice(0, 7)}-01`;
  const at = new Date(day);
  return new Date(at - ((at.getUTCDay() + 6) % 7) * DAY_MS).toISOString().slice(0, 10);
}

/** Draws into *place*, anew when it gets another width. */
export class Trend {
  constructor(place) {
    this.place = place;
    this.tip = el("div", { class: "tip", role: "status", hidden: true });
    this.columns = null;
    this.at = null;
    new ResizeObserver(() => this.draw()).observe(place);
    place.addEventListener("pointermove", (event) => this.point(event));
    place.addEventListener("pointerleave", () => this.choose(null));
    place.addEventListener("blur", () => this.choose(null));
    place.addEventListener("keydown", (event) => this.key(event));
  }

  /** Show the days of an answer, from *first* (null: the first that holds any) to *last*. */
  show(days, first, last) {
    this.columns = days.length ? columnsOf(days, first, last) : null;
    this.place.hidden = this.columns === null;
    this.draw();
  }

  /** As before the first answer. */
  clear() {
    this.columns = null;
    this.place.replaceChildren();
  }

  draw() {
    const width = Math.floor(this.place.clientWidth);
    if (this.columns === null || width < 80) return;
    const step = (width - PLOT.left - PLOT.right) / this.columns.length;
    this.x = (index) => PLOT.left + (index + 0.5) * step;
    this.step = step;
    this.cursor = svg("line", { class: "cursor", y1: PLOT.top, y2: FLOOR, visibility: "hidden" });
    const picture = svg(
      "svg",
      { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" },
      ...this.gridOfShares(width),
      ...this.gridOfCounts(width),
      ...this.dates(width),
      this.cursor,
      ...this.bars(),
      ...this.line(),
    );
    this.place.replaceChildren(picture, this.tip, this.table());
    this.choose(this.at);
  }

  gridOfShares(width) {
    const lowest = Math.min(...this.columns.map((column) => column.share ?? 1));
    this.lowest = Math.min(Math.floor(lowest * 10) / 10, 0.8);
    this.y = (share) => PLOT.top + (1 - (share - this.lowest) / (1 - this.lowest)) * PLOT.line;
    return [1, (1 + this.lowest) / 2, this.lowest].flatMap((share) => rule(width, this.y(share), format.wholePercent(share)));
  }

  gridOfCounts(width) {
    this.most = ceiling(Math.max(...this.columns.map((column) => column.judged + column.pending)));
    this.tall = (number) => (number / this.most) * PLOT.bars;
    return [this.most, 0].flatMap((number) => rule(width, FLOOR - this.tall(number), format.count(number)));
  }

  dates(width) {
    const each = Math.max(1, Math.ceil(64 / this.step));
    const last = this.columns.length - 1;
    return this.columns.flatMap(({ day, unit }, index) => {
      if ((last - index) % each) return [];
      const middle = Math.min(this.x(index), width - 24);
      const text = unit === "month" ? format.month(day) : format.shortDay(day);
      return [svg("text", { class: "tick", x: middle, y: HEIGHT - 6, "text-anchor": "middle" }, text)];
    });
  }

  bars() {
    const wide = Math.max(1, Math.min(this.step * 0.66, 22));
    return this.columns.map((column, index) => {
      let y = FLOOR;
      const parts = ["met", "breached", "pending"].map((name) => {
        const height = this.tall(column[name]);
        y -= height;
        const x = this.x(index) - wide / 2;
        return svg("rect", { class: `bar-${name}`, x, y, width: wide, height: Math.max(height - 0.5, 0) });
      });
      return svg("g", {}, ...parts);
    });
  }

  line() {
    const points = this.columns.map((column, index) => ({ ...column, x: this.x(index) })).filter((point) => point.share !== null);
    if (points.length === 0) return [];
    const path = points.map((point, index) => `${index ? "L" : "M"}${point.x} ${this.y(point.share)}`).join("");
    const floor = PLOT.top + PLOT.line;
    const area = `${path}L${points.at(-1).x} ${floor}L${points[0].x} ${floor}Z`;
    const dots = this.step < 9 ? points.slice(-1) : points;
    return [
      svg("path", { class: "area", d: area }),
      svg("path", { class: "line", d: path }),
      ...dots.map((point) => svg("circle", { class: "point", cx: point.x, cy: this.y(point.share), r: 3 })),
    ];
  }

  /** The same for those who cannot see it. */
  table() {
    const rows = this.columns.map((column) =>
      el("tr", {}, el("th", { scope: "row" }, name(column)), el("td", {}, format.percent(column.share)),
        el("td", {}, format.count(column.met)), el("td", {}, format.count(column.breached))));
    const heads = ["Due", "Compliance", "Met", "Breached"].map((text) => el("th", { scope: "col" }, text));
    const table = el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows));
    return el("div", { class: "unseen" }, table);
  }

  point(event) {
    if (this.columns === null) return;
    const x = event.clientX - this.place.getBoundingClientRect().left - PLOT.left;
    this.choose(Math.min(Math.max(Math.floor(x / this.step), 0), this.columns.length - 1));
  }

  key(event) {
    if (this.columns === null) return;
    const last = this.columns.length - 1;
    const from = this.at ?? last + 1;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last, Escape: null }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.choose(to === null ? null : Math.min(Math.max(to, 0), last));
  }

  choose(index) {
    this.at = index !== null && index < this.columns?.length ? index : null;
    this.tip.hidden = this.at === null;
    this.cursor?.setAttribute("visibility", this.at === null ? "hidden" : "visible");
    if (this.at === null) return;
    const column = this.columns[this.at];
    const x = this.x(this.at);
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    if (this.tip.dataset.day !== column.day || this.tip.childElementCount === 0) {
      this.tip.dataset.day = column.day;
      this.tip.replaceChildren(...story(column));
    }
    const room = this.place.clientWidth - this.tip.offsetWidth;
    const left = x + 14 + this.tip.offsetWidth > this.place.clientWidth ? x - 14 - this.tip.offsetWidth : x + 14;
    this.tip.style.transform = `translate(${Math.max(0, Math.min(left, room))}px, 0)`;
  }
}

function rule(width, y, text) {
  return [
    svg("line", { class: "grid", x1: PLOT.left, x2: width - PLOT.right, y1: Math.round(y) + 0.5, y2: Math.round(y) + 0.5 }),
    svg("text", { class: "tick", x: PLOT.left - 8, y: y + 4, "text-anchor": "end" }, text),
  ];
}

/** The next round number from *number* on. */
function ceiling(number) {
  const size = 10 ** Math.floor(Math.log10(Math.max(number, 1)));
  return [1, 2, 4, 5, 6, 8, 10].map((factor) => factor * size).find((round) => round >= number) ?? number;
}

function name({ day, unit }) {
  if (unit === "month") return format.month(day);
  return unit === "week" ? `Week of ${format.longDay(day)}` : format.longDay(day);
}

function story(column) {
  const line = (kind, text, number) => el("div", { class: `tip-line key-${kind}` }, el("span", {}, text), el("b", {}, number));
  const title = el("p", {});
  write(title, name(column));
  return [
    title,
    line("line", "Compliance", format.percent(column.share)),
    line("met", "Met", format.count(column.met)),
    line("breached", "Breached", format.count(column.breached)),
    line("pending", "Pending", format.count(column.pending)),
  ];
}
