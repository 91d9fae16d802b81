// A box to try the calendar: a question in its own zone, the answer, and how it comes about.

import { el, write } from "./dom.js";
import { Refused } from "./api.js";
import * as words from "./words.js";

const SHOWN = 10;

/** An input for a reading of the calendar's clock. Skipped and repeated ones are said, never guessed. */
class Moment {
  constructor(field, changed) {
    this.input = field.querySelector("input");
    this.note = field.querySelector(".utc");
    this.which = field.querySelector(".which");
    this.chosen = null;
    this.input.addEventListener("input", () => {
      this.chosen = null;
      changed();
    });
    this.which.addEventListener("change", (event) => {
      this.chosen = Number(event.target.value);
      changed();
    });
  }

  set(zone, ms) {
    const { date, time } = zone.shows(ms);
    this.input.value = `${date}T${time.slice(0, 5)}`;
    this.chosen = null;
  }

  /** The instant that is meant, in ms; null where the input does not say one. */
  async read(zone) {
    const reading = this.input.value;
    this.which.hidden = true;
    if (!reading) return this.refuse(this.input.validity.badInput ? "This date does not exist." : "Say a date and a time.");
    const wall = Date.parse(`${reading}Z`);
    if (!(wall >= Date.UTC(1970, 0, 2) && wall < Date.UTC(2199, 11, 31))) return this.refuse("Calendars know the years 1970 to 2199.");
    await zone.need(wall);
    if (this.input.value !== reading) return null;
    const found = zone.instants(reading);
    if (found.length === 0) return this.refuse(this.skipped(zone, reading));
    if (found.length > 1) return this.choice(found, reading);
    return this.accept(found[0]);
  }

  skipped(zone, reading) {
    const gap = zone.gapAround(reading);
    const [date, time] = reading.split("T");
    const clock = gap === null ? "" : `: the clock goes from ${told(gap[0], date)} to ${told(gap[1], date)}`;
    return `${time} is skipped on ${words.datedDay(date)}${clock}.`;
  }

  choice(found, reading) {
    const [date, time] = reading.split("T");
    this.which.hidden = false;
    write(this.which.querySelector("legend"), `${time} comes twice on ${words.datedDay(date)}. Which one?`);
    const order = ["the first", "the second"];
    const options = found.map(({ ms, seconds }, index) => {
      const input = el("input", { type: "radio", name: `${this.input.id}-which`, value: ms });
      input.checked = this.chosen === ms;
      return el("label", {}, input, el("span", {}, `${order[index] ?? index + 1}, ${words.offset(seconds)}`));
    });
    const held = this.which.contains(document.activeElement) ? this.chosen : null;
    this.which.replaceChildren(this.which.querySelector("legend"), ...options);
    if (held !== null) this.which.querySelector(":checked")?.focus();
    const picked = found.find(({ ms }) => ms === this.chosen);
    if (picked === undefined) {
      this.say("Two instants show this time.", false);
      return null;
    }
    return this.accept(picked);
  }

  accept({ ms, seconds }) {
    this.say(`${words.utc(ms).replace(":00 UTC", " UTC")} (${words.offset(seconds).slice(3)})`, false);
    return ms;
  }

  refuse(text) {
    this.say(text, true);
    return null;
  }

  say(text, wrong) {
    write(this.note, text);
    this.note.classList.toggle("fault", wrong);
    this.input.setAttribute("aria-invalid", String(wrong));
  }
}

function told(reading, date) {
  const [on, time] = reading.split("T");
  return on === date ? time : `${time} on ${words.day(on)}`;
}

/** The box; *ask(path, parameters)* asks for the version or draft that is shown. */
export class Compute {
  constructor(part, failed) {
    this.part = part;
    this.failed = failed;
    this.turn = 0;
    this.unfolded = false;
    const again = () => void this.answer();
    this.start = new Moment(part("start-field"), again);
    this.end = new Moment(part("end-field"), again);
    part("amount").addEventListener("input", again);
    part("mode").addEventListener("change", () => {
      const between = this.between();
      part("amount-field").hidden = between;
      part("end-field").hidden = !between;
      again();
    });
    part("question").addEventListener("submit", (event) => {
      event.preventDefault();
      again();
    });
    part("trace-more").addEventListener("click", () => {
      this.unfolded = !this.unfolded;
      this.fold();
    });
  }

  between() {
    return this.part("mode").querySelector(":checked").value === "between";
  }

  /** Begin with a calendar: from the last whole minute on, a day's work. */
  async show({ zone, ask, now }) {
    Object.assign(this, { zone, ask });
    const minute = Math.floor(now / 60_000) * 60_000;
    if (!this.start.input.value) this.start.set(zone, minute);
    if (!this.end.input.value) {
      await zone.need(minute + 7 * 86_400_000);
      this.end.set(zone, minute + 7 * 86_400_000);
    }
    await this.answer();
  }

  async answer() {
    const turn = ++this.turn;
    const box = this.part("answer");
    box.setAttribute("aria-busy", "true");
    try {
      const question = await this.question();
      if (turn !== this.turn) return;
      if (question === null) return this.clear("");
      const { result } = await this.ask("business-time/explain", question);
      const instants = [result.start, result.end, ...result.parts.map((part) => part.start)].map((text) => Date.parse(text));
      await this.zone.need(...instants);
      if (turn !== this.turn) return;
      this.tell(result);
    } catch (error) {
      if (turn !== this.turn || error.name === "AbortError") return;
      if (error instanceof Refused && error.status === 422) this.clear(words.sentence(error.message));
      else {
        this.clear("No answer yet.");
        this.failed(error);
      }
    } finally {
      if (turn === this.turn) box.setAttribute("aria-busy", "false");
    }
  }

  async question() {
    const start = await this.start.read(this.zone);
    if (this.between()) {
      const end = await this.end.read(this.zone);
      return start === null || end === null ? null : { start: iso(start), end: iso(end) };
    }
    const { value, validity } = this.part("amount");
    const fine = value !== "" && !validity.badInput && Number.isSafeInteger(Number(value));
    const note = fine ? words.amount(Number(value) * 60) : "Say a whole number of minutes.";
    write(this.part("amount-note"), note);
    this.part("amount-note").classList.toggle("fault", !fine);
    this.part("amount").setAttribute("aria-invalid", String(!fine));
    return start === null || !fine ? null : { start: iso(start), minutes: String(Number(value)) };
  }

  clear(fault) {
    write(this.part("answer-fault"), fault);
    this.part("answer-good").hidden = true;
    this.part("trace-box").hidden = true;
    delete this.part("answer").dataset.end;
  }

  tell(trace) {
    const [start, end] = [Date.parse(trace.start), Date.parse(trace.end)];
    const business = words.exactAmount(trace.microseconds);
    const clock = `${end < start ? "back " : ""}${words.span(end - start)} on the clock`;
    write(this.part("answer-fault"), "");
    if (trace.minutes === null) {
      write(this.part("answer-label"), "Business time");
      write(this.part("answer-figure"), business);
      write(this.part("answer-aside"), `of ${clock}`);
    } else {
      const shown = this.zone.shows(end);
      write(this.part("answer-label"), trace.microseconds < 0 ? "Begins" : "Reached");
      write(this.part("answer-figure"), `${words.datedDay(shown.date)}, ${shown.time}`);
      write(this.part("answer-aside"), `${words.utc(end)} · ${words.offset(shown.offset ?? 0)} · ${clock}`);
    }
    this.part("answer").dataset.end = trace.end;
    this.part("answer-good").hidden = false;
    this.trace(trace);
  }

  trace(trace) {
    const ends = [trace.start, trace.end].map((text) => Date.parse(text)).sort((one, other) => one - other);
    if (trace.rest) ends[1] = Date.parse(trace.rest.start);
    const [first, last] = ends.map((ms) => this.zone.shows(ms).date.slice(0, 4));
    this.dated = first !== last;
    this.part("trace").classList.toggle("dated", this.dated);
    const rows = [
      ...trace.parts.map((part) => ({ order: Date.parse(part.start), row: this.window(part) })),
      ...trace.holidays.map((holiday) => ({ order: this.midnight(holiday.date), row: this.holiday(holiday) })),
      ...trace.changes.map((change) => ({ order: Date.parse(change.at), row: this.change(change) })),
    ].sort((one, other) => one.order - other.order).map(({ row }) => row);
    if (trace.rest) rows.push(this.rest(trace.rest));
    if (rows.length === 0) rows.push(this.step("none", "", "No open time lies between.", "", 0));
    const listed = [...trace.parts, ...(trace.rest ? [trace.rest] : [])];
    const sum = listed.reduce((total, { microseconds }) => total + microseconds, 0);
    this.part("trace").replaceChildren(...rows);
    write(this.part("trace-sum"), words.exactAmount(sum));
    this.part("trace-sum").dataset.us = sum;
    this.part("trace-box").hidden = false;
    this.unfolded = false;
    this.fold();
  }

  fold() {
    const rows = [...this.part("trace").children];
    rows.forEach((row, index) => { row.hidden = !this.unfolded && index >= SHOWN; });
    const more = this.part("trace-more");
    more.hidden = rows.length <= SHOWN;
    more.setAttribute("aria-expanded", String(this.unfolded));
    write(more, this.unfolded ? "Show fewer" : `Show all ${words.count(rows.length)} steps`);
  }

  window(part) {
    const [from, to] = [this.zone.shows(Date.parse(part.start)), this.zone.shows(Date.parse(part.end))];
    const ends = to.date === from.date ? to.time : to.time === "00:00" ? "24:00" : `${to.time} on ${words.day(to.date)}`;
    const what = `${from.time}–${ends}`;
    const whose = part.source === "override" ? `other hours ${part.window.replace("-", "–")}` : `window ${part.window.replace("-", "–")}`;
    const began = part.date === from.date ? "" : ` of ${words.day(part.date)}`;
    return this.step("window", from.date, what, `${whose}${began}`, part.microseconds);
  }

  holiday(holiday) {
    const whole = holiday.from === "00:00" && holiday.to === "24:00";
    const hours = whole ? "closed" : `closed ${holiday.from}–${holiday.to}`;
    const withheld = holiday.microseconds ? `${words.exactAmount(Math.abs(holiday.microseconds))} withheld` : "nothing withheld";
    return this.step("holiday", holiday.date, holiday.name || "Holiday", `${hours}, ${withheld}`, null);
  }

  change(change) {
    const at = Date.parse(change.at);
    const shows = (seconds) => new Date(at + seconds * 1000).toISOString();
    const [before, after] = [shows(change.offset_before_seconds), shows(change.offset_after_seconds)];
    const offsets = `${words.offset(change.offset_before_seconds)} to ${words.offset(change.offset_after_seconds)}`;
    return this.step("change", after.slice(0, 10), "The clock is set", `${before.slice(11, 16)} to ${after.slice(11, 16)}, ${offsets}`, null);
  }

  rest(rest) {
    const day = words.datedDay(this.zone.shows(Date.parse(rest.start)).date);
    return this.step("rest", "", `All after ${day}`, "not listed one by one", rest.microseconds);
  }

  step(kind, date, what, why, microseconds) {
    const day = this.dated ? words.datedDay : words.day;
    return el("li", { "data-kind": kind, "data-us": microseconds },
      el("span", { class: "when" }, date ? day(date) : ""),
      el("span", { class: "what" }, el("b", {}, what), " ", el("span", { class: "muted" }, why)),
      el("span", { class: "worth" }, microseconds === null ? "" : words.exactAmount(microseconds)));
  }

  midnight(date) {
    return this.zone.instants(`${date}T00:00`)[0]?.ms ?? Date.parse(date);
  }
}

const iso = (ms) => new Date(ms).toISOString().replace(".000Z", "Z");
