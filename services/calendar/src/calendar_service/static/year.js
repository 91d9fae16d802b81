// Twelve months, a cell for each date, and the dates that are not like their weekday as a list.

import { el, write } from "./dom.js";
import * as words from "./words.js";

const KINDS = {
  open: "open",
  closed: "closed",
  holiday: "holiday",
  partial: "open for a part of its hours",
  override: "other hours",
  skipped: "no such date",
};

/** The months of one year; *wanted(year)* is called when the viewer asks for another. */
export class YearView {
  constructor(part, wanted) {
    this.part = part;
    this.wanted = wanted;
    this.cells = [];
    this.today = null;
    const months = part("months");
    months.addEventListener("keydown", (event) => this.key(event));
    for (const name of ["focusin", "pointerover"]) months.addEventListener(name, (event) => this.tell(event.target.closest("td[data-date]")));
    months.addEventListener("click", (event) => event.target.closest("td[data-date]")?.focus());
    for (const name of ["focusout", "pointerleave"]) months.addEventListener(name, () => this.tell(null));
    part("year-before").addEventListener("click", () => this.choose(this.year - 1));
    part("year-after").addEventListener("click", () => this.choose(this.year + 1));
    part("year-number").addEventListener("change", (event) => this.choose(Number(event.target.value)));
  }

  choose(year) {
    const fits = Number.isInteger(year) && year >= 1970 && year <= 2199;
    if (fits) this.wanted(year);
    else this.part("year-number").value = this.year;
  }

  /** Show a year's answer. */
  show(answer) {
    this.year = answer.year;
    this.part("year-number").value = answer.year;
    this.part("year-before").disabled = answer.year <= 1970;
    this.part("year-after").disabled = answer.year >= 2199;
    this.days = new Map(answer.days.map((day) => [day.date, day]));
    this.longest = Math.max(...answer.days.map((day) => day.open_seconds));
    this.part("months").replaceChildren(...Array.from({ length: 12 }, (_, index) => this.month(index)));
    this.cells = [...this.part("months").querySelectorAll("td[data-date]")];
    this.markToday();
    (this.cells.find((cell) => cell.dataset.date === this.today) ?? this.cells[0]).tabIndex = 0;
    write(this.part("year-text"), `Every date of ${answer.year} by the clock in ${answer.timezone}`);
    this.totals(answer);
    this.list(answer);
    this.legend(answer);
    this.horizon(answer);
  }

  month(index) {
    const first = `${this.year}-${two(index + 1)}-01`;
    const blank = (new Date(first).getUTCDay() + 6) % 7;
    const length = new Date(Date.UTC(this.year, index + 1, 0)).getUTCDate();
    const cells = [...Array(blank).fill(null), ...Array.from({ length }, (_, number) => `${first.slice(0, 8)}${two(number + 1)}`)];
    while (cells.length % 7) cells.push(null);
    const rows = [];
    for (let from = 0; from < cells.length; from += 7) rows.push(el("tr", {}, ...cells.slice(from, from + 7).map((date) => this.cell(date))));
    const heads = [0, 1, 2, 3, 4, 5, 6].map((weekday) => el("th", { scope: "col", abbr: words.weekday(weekday) }, words.narrowWeekday(weekday)));
    return el("table", { class: "month", role: "grid", "aria-readonly": "true" },
      el("caption", {}, words.month(this.year, index)), el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows));
  }

  cell(date) {
    const day = date === null ? undefined : this.days.get(date);
    if (day === undefined) return el("td", { role: "presentation" });
    const told = [words.longDay(date), ...storyOf(day)].join(", ");
    const turned = day.why.some((why) => why.includes("the clock goes"));
    return el("td", { "data-date": date, "data-kind": day.kind, "data-turned": turned, "data-level": this.level(day), tabindex: "-1", role: "gridcell", "aria-label": told },
      String(Number(date.slice(8))));
  }

  /** How long a date is open beside the longest one, in three steps. */
  level({ open_seconds: seconds }) {
    const share = seconds / this.longest;
    return seconds === 0 ? null : share <= 0.5 ? 1 : share <= 0.8 ? 2 : 3;
  }

  /** The calendar's own date of today. */
  markToday(date = this.today) {
    this.today = date;
    for (const cell of this.cells) cell.toggleAttribute("data-today", cell.dataset.date === date);
  }

  key(event) {
    const from = this.cells.indexOf(event.target);
    const last = this.cells.length - 1;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, ArrowUp: from - 7, ArrowDown: from + 7, Home: 0, End: last }[event.key];
    if (event.key === "Escape") this.tell(null);
    if (from < 0 || to === undefined) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    const next = this.cells[Math.min(Math.max(to, 0), last)];
    next.tabIndex = 0;
    next.focus();
  }

  tell(cell) {
    const tip = this.part("tip");
    tip.hidden = cell === null;
    if (cell === null) return;
    const day = this.days.get(cell.dataset.date);
    const [state, ...more] = storyOf(day);
    tip.replaceChildren(el("p", { class: "tip-day" }, words.longDay(day.date)),
      el("p", { class: "tip-kind", "data-kind": day.kind }, words.capital(state)), ...more.map((text) => el("p", {}, words.capital(text))));
    const box = this.part("year").getBoundingClientRect();
    const place = cell.getBoundingClientRect();
    const left = Math.min(Math.max(place.left + place.width / 2 - box.left - tip.offsetWidth / 2, 8), box.width - tip.offsetWidth - 8);
    const above = place.top - box.top - tip.offsetHeight - 8;
    const top = place.top - tip.offsetHeight < 70 ? place.bottom - box.top + 8 : above;
    tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  totals({ days, open_days: openDays, open_seconds: openSeconds }) {
    const holidays = days.flatMap((day) => day.holidays);
    const withheld = holidays.reduce((sum, holiday) => sum + holiday.withheld_seconds, 0);
    const other = days.filter((day) => day.kind === "override").length;
    const figures = [
      ["Open days", words.count(openDays), `of ${days.filter((day) => day.kind !== "skipped").length}`],
      ["Business time", words.amount(openSeconds), `${words.count(Math.round(openSeconds / 60))} minutes`],
      ["Holidays", words.count(holidays.length), withheld ? `${words.amount(withheld)} withheld` : "nothing withheld"],
      ["Other hours", words.count(other), other === 1 ? "date of its own" : "dates of their own"],
    ];
    this.part("totals").replaceChildren(...figures.map(([name, figure, aside]) =>
      el("div", {}, el("dt", {}, name), el("dd", {}, el("b", {}, figure), " ", el("span", { class: "muted" }, aside)))));
  }

  list({ days, year }) {
    const special = days.filter((day) => day.holidays.length > 0 || day.kind === "override" || day.kind === "skipped");
    this.part("special").replaceChildren(...special.map((day) => {
      const names = day.holidays.map((holiday) => holiday.name || "Holiday").join(", ");
      const title = names || (day.kind === "override" ? "Other hours" : "No such date");
      return el("li", { "data-kind": day.kind },
        el("span", { class: "sign", "aria-hidden": "true" }),
        el("span", { class: "date" }, words.day(day.date)),
        el("span", { class: "what" }, el("b", {}, title), " ", el("span", { class: "muted" }, effectOf(day))));
    }));
    this.part("special").hidden = special.length === 0;
    this.part("special-empty").hidden = special.length > 0;
    write(this.part("special-empty"), `Every date of ${year} is like its weekday.`);
  }

  legend({ days, changes }) {
    const there = new Set(days.map((day) => day.kind));
    const names = { open: "Open", closed: "Closed", holiday: "Holiday", partial: "Part of the hours", override: "Other hours", skipped: "No such date" };
    const marks = Object.entries(names).filter(([kind]) => there.has(kind)).map(([kind, name]) => el("li", {}, el("i", { "data-kind": kind }), name));
    const levels = new Set(days.filter(({ kind }) => kind === "open").map((day) => this.level(day)));
    if (levels.size > 1) marks[0].replaceChildren(...[1, 2, 3].filter((level) => levels.has(level)).map((level) => el("i", { "data-kind": "open", "data-level": level })), "Open, the darker the longer");
    if (changes.length) marks.push(el("li", {}, el("i", { "data-turned": true }), "The clock changes"));
    this.part("year-legend").replaceChildren(...marks);
  }

  horizon({ horizon, year }) {
    const box = this.part("horizon");
    box.hidden = horizon === null;
    if (horizon === null) return;
    const outside = year < horizon.first_year || year > horizon.last_year;
    box.toggleAttribute("data-outside", outside);
    const years = `${horizon.first_year} to ${horizon.last_year}`;
    write(box, outside
      ? `Holidays by rule are known for ${years} only: ${year} shows none of them.`
      : `Holidays by rule are known for ${years}.`);
  }
}

/** A date in words: what it is, its hours, and why. */
function storyOf(day) {
  const hours = hoursOf(day);
  const state = day.kind === "open" && hours ? `open ${hours}` : KINDS[day.kind] + (hours ? `: ${hours}` : "");
  return [state, ...(hours ? [words.amount(day.open_seconds)] : []), ...day.why];
}

function hoursOf(day) {
  return day.open_times.map(({ start_second: start, end_second: end }) => `${words.reading(start)}–${words.reading(end)}`).join(", ");
}

function effectOf(day) {
  const hours = hoursOf(day);
  if (day.kind === "skipped") return day.why.join("; ");
  if (day.kind === "override") return hours ? `open ${hours}` : "closed";
  if (day.kind === "partial") return `open ${hours}`;
  const withheld = day.holidays.reduce((sum, holiday) => sum + holiday.withheld_seconds, 0);
  return withheld ? `closed, ${words.amount(withheld)} withheld` : "closed anyway";
}

const two = (number) => String(number).padStart(2, "0");
