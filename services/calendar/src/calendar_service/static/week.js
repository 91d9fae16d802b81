// The week as strips: one row for each day, 24 hours wide. A night shift goes on in the next row.

import { el, write } from "./dom.js";
import * as words from "./words.js";

const DAY_S = 86_400;

/** Fills the table of the week; `show` again replaces everything. */
export class Week {
  constructor(part) {
    this.part = part;
    part("axis").replaceChildren(
      ...[0, 3, 6, 9, 12, 15, 18, 21, 24].map((hour) => at(el("span", { class: hour % 6 ? "fine" : null }, words.reading(hour * 3600)), hour * 3600)),
    );
  }

  /** Show the windows of a year's answer, and what the clock does to them in that year. */
  show(answer) {
    const blocks = [...blocksOf(answer.windows, "window"), ...blocksOf(answer.overtime_windows, "overtime")];
    const rows = [0, 1, 2, 3, 4, 5, 6].map((weekday) => this.row(weekday, blocks.filter((block) => block.weekday === weekday)));
    this.part("strips").replaceChildren(...rows);
    const total = answer.windows.map(length).reduce((sum, seconds) => sum + seconds, 0);
    const overtime = answer.overtime_windows.length > 0;
    write(this.part("week-text"), `${words.amount(total)} a week, by the clock in ${answer.timezone}`);
    const nights = answer.windows.some(crosses);
    this.part("week-legend").replaceChildren(
      el("li", { class: "key-open" }, "Open"),
      ...(nights ? [el("li", { class: "key-night" }, "Goes on past midnight")] : []),
      ...(overtime ? [el("li", { class: "key-overtime" }, "Overtime, never counted")] : []),
    );
    this.part("week-notes").replaceChildren(...notesOf(answer).map((text) => el("li", {}, text)));
  }

  row(weekday, blocks) {
    const strip = el("div", { class: "strip", "aria-hidden": "true" });
    for (const block of blocks) {
      const kind = `block ${block.kind}${block.goesOn ? " goes-on" : ""}${block.cameFrom ? " came-from" : ""}`;
      const mark = el("span", { class: kind, title: block.words }, block.kind === "overtime" ? el("b", {}, `×${block.multiplier}`) : null);
      strip.append(at(mark, block.start, block.end));
    }
    const own = blocks.filter((block) => !block.cameFrom);
    const open = own.filter((block) => block.kind === "window");
    const sum = open.reduce((total, block) => total + block.length, 0);
    const hours = own.map((block) => el("span", { class: block.kind === "overtime" ? "hours over" : "hours" }, block.text));
    const came = blocks.filter((block) => block.cameFrom).map((block) => el("span", { class: "unseen" }, block.words));
    return el(
      "tr",
      { "data-weekday": weekday },
      el("th", { scope: "row" }, el("span", { class: "whole" }, words.weekday(weekday)), el("span", { class: "brief", "aria-hidden": "true" }, words.shortWeekday(weekday))),
      el("td", { class: "band" }, strip),
      el("td", { class: "text" }, ...(hours.length ? hours : [el("span", { class: "muted" }, "Closed")]), ...came,
        open.length > 1 ? el("span", { class: "muted total" }, words.amount(sum)) : null),
    );
  }

  /** Draw the line of now into today's row; null takes it away. */
  now(shown) {
    this.part("strips").querySelector(".now")?.remove();
    if (shown === null) return;
    const weekday = (new Date(`${shown.date}T00:00Z`).getUTCDay() + 6) % 7;
    const strip = this.part("strips").querySelector(`tr[data-weekday="${weekday}"] .strip`);
    strip?.append(at(el("i", { class: "now" }), words.seconds(shown.time.slice(0, 5))));
    for (const row of this.part("strips").rows) row.toggleAttribute("data-today", row.dataset.weekday === String(weekday));
  }
}

function at(element, start, end = null) {
  element.style.insetInlineStart = `${(start / DAY_S) * 100}%`;
  if (end !== null) element.style.inlineSize = `${((end - start) / DAY_S) * 100}%`;
  return element;
}

const crosses = (window) => words.seconds(window.end) <= words.seconds(window.start);
const length = (window) => words.seconds(window.end) - words.seconds(window.start) + (crosses(window) ? DAY_S : 0);

/** What each window covers of each day: one block, or two where it crosses midnight. */
function* blocksOf(windows, kind) {
  for (const window of windows) {
    const [start, end] = [words.seconds(window.start), words.seconds(window.end)];
    const multiplier = window.multiplier ? String(Number(window.multiplier)) : null;
    const factor = kind === "overtime" ? `, overtime ×${multiplier}` : "";
    const text = `${window.start}–${window.end}${kind === "overtime" ? ` ×${multiplier}` : ""}`;
    const same = { kind, multiplier, text, length: length(window) };
    const from = words.weekday(window.weekday);
    const over = crosses(window) && end > 0;
    yield { ...same, weekday: window.weekday, start, end: crosses(window) ? DAY_S : end, goesOn: over,
      words: `${from} ${window.start}–${window.end}${factor}` };
    if (over) {
      yield { ...same, weekday: (window.weekday + 1) % 7, start: 0, end, cameFrom: true,
        words: `until ${window.end} from ${from} ${window.start}${factor}` };
    }
  }
}

function notesOf({ changes, timezone, year, holiday_rule: rule, windows }) {
  const told = changes.map((change) => {
    const [day, before] = change.shows_before.split("T");
    const after = change.shows_after.split("T")[1];
    const effect = change.effect_seconds === 0
      ? "outside open hours"
      : `${words.amount(Math.abs(change.effect_seconds))} of open time ${change.effect_seconds < 0 ? "less" : "more"}`;
    return `${words.datedDay(day)}: the clock goes from ${before.slice(0, 5)} to ${after.slice(0, 5)}, ${effect}.`;
  });
  if (told.length === 0) told.push(`The clock in ${timezone} does not change in ${year}.`);
  if (windows.some(crosses)) {
    told.push(rule === "shift"
      ? "A holiday closes the shifts that begin on its date, whole."
      : "A holiday closes its date from midnight to midnight, of night shifts only the part that lies on it.");
  }
  return told;
}
