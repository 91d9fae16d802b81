// Business time by walking the clock: a second implementation of docs/business-time.md.
// Simple and slow on purpose: it looks at every minute. It knows no time zones but those that snapshots carry.
//
//   node business-time.mjs ../business-time.json

import { readFileSync } from "node:fs";

const SECOND = 1_000_000; // microseconds, like every instant and amount here; all below 2^53
const LAST = 7_258_118_400 * SECOND; // 2200-01-01T00:00:00Z
const DAY = 86_400; // seconds

class Refusal extends Error {}

// ---- instants -----------------------------------------------------------------------------

const secondOf = (year, month, day) => Date.UTC(year, month - 1, day) / 1000;

function read(text) {
  const [whole, fraction = ""] = text.replace("Z", "").split(".");
  return Date.parse(whole + "Z") * 1000 + Number(fraction.padEnd(6, "0"));
}

function spell(at) {
  const whole = new Date(Math.floor(at / SECOND) * 1000).toISOString().slice(0, 19);
  const fraction = at % SECOND;
  return whole + (fraction ? "." + String(fraction).padStart(6, "0") : "") + "Z";
}

function inRange(at) {
  if (at < 0 || at > LAST) throw new Refusal("instant.out-of-range");
  return at;
}

// ---- the zone: its transitions, and those that its tail makes -------------------------------

const NAME = "(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)";
const CLOCK = "[+-]?\\d{1,3}(?::\\d\\d){0,2}";
const TAIL = new RegExp(`^${NAME}(${CLOCK})(?:${NAME}(${CLOCK})?(?:,([^,/]+)(?:/([^,]+))?,([^,/]+)(?:/([^,]+))?)?)?$`);

function clock(text) {
  const [hours, minutes = 0, seconds = 0] = text.replace(/^[+-]/, "").split(":").map(Number);
  return (text.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
}

// Seconds from the epoch to a rule's moment of a year, both read on the local clock.
function ruleMoment(day, time, year) {
  const leap = new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
  const first = secondOf(year, 1, 1);
  if (day.startsWith("M")) {
    const [month, week, weekday] = day.slice(1).split(".").map(Number);
    const days = [];
    for (let date = 1; new Date(Date.UTC(year, month - 1, date)).getUTCMonth() === month - 1; date++)
      if (new Date(Date.UTC(year, month - 1, date)).getUTCDay() === weekday) days.push(date);
    return secondOf(year, month, days[Math.min(week, days.length) - 1]) + time;
  }
  if (!day.startsWith("J")) return first + Number(day) * DAY + time;
  const number = Number(day.slice(1));
  return first + (leap && number >= 60 ? number : number - 1) * DAY + time;
}

function changesOf(zone) {
  const changes = zone.transitions.map(([at, offset]) => ({ at, offset }));
  const listed = changes.at(-1).at;
  const [, std, dst, start = "M3.2.0", startAt = "2", end = "M11.1.0", endAt = "2"] = TAIL.exec(zone.tail);
  const daylight = /^(?:<[^>]*>|[A-Za-z]+)[^A-Za-z<]+[A-Za-z<]/.test(zone.tail);
  if (!daylight) return changes;
  const standard = -clock(std);
  const other = dst === undefined ? standard + 3600 : -clock(dst);
  const made = [];
  for (let year = 1969; year <= 2201; year++) {
    const begins = { at: ruleMoment(start, clock(startAt), year) - standard, offset: other };
    const ends = { at: ruleMoment(end, clock(endAt), year) - other, offset: standard };
    made.push(...(begins.at <= ends.at ? [begins, ends] : [ends, begins]));
  }
  made.sort((a, b) => a.at - b.at); // stable: of two at once the later one stands
  return changes.concat(made.filter((change) => change.at > listed));
}

// ---- the calendar: is a reading of the wall clock open? ---------------------------------------

const minutes = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
const span = ({ start, end }) => [minutes(start), minutes(end) + (minutes(end) <= minutes(start) ? 1440 : 0)];
const dateOf = (day) => new Date(day * DAY * 1000).toISOString().slice(0, 10);
const weekdayOf = (day) => (((day + 3) % 7) + 7) % 7; // 1970-01-01 was a Thursday

class Calendar {
  constructor(snapshot) {
    this.snapshot = snapshot;
    this.shift = snapshot.holiday_rule === "shift";
    this.overrides = new Map((snapshot.overrides ?? []).map((item) => [item.date, item.windows]));
    this.changes = changesOf(snapshot.zone);
    // Steps are a minute, or shorter where the zone's offsets have seconds.
    const gcd = (a, b) => (b ? gcd(b, a % b) : Math.abs(a));
    this.step = this.changes.reduce((step, { at, offset }) => gcd(gcd(step, at), offset), 60) * SECOND;
    this.from = this.until = 0; // the page of no day yet
  }

  holidaysOn(date) {
    return (this.snapshot.holidays ?? [])
      .filter(({ date: on, recurrence }) => (recurrence === "yearly" ? on.slice(5) === date.slice(5) : on === date))
      .map(({ from, to }) => [minutes(from ?? "00:00"), minutes(to ?? "24:00")]);
  }

  // The minutes of a date and of the next one that windows which begin on the date hold open.
  begunOn(day) {
    const open = new Uint8Array(2880);
    const date = dateOf(day);
    const special = this.overrides.get(date);
    const windows = special ?? this.snapshot.windows.filter(({ weekday }) => weekday === weekdayOf(day));
    const today = this.holidaysOn(date);
    const tomorrow = this.holidaysOn(dateOf(day + 1));
    const closed = (minute) => {
      if (this.shift) return today.some(([from, to]) => minute >= from && (minute < to || to === 1440));
      const [holidays, shown] = minute < 1440 ? [today, minute] : [tomorrow, minute - 1440];
      return holidays.some(([from, to]) => shown >= from && shown < to);
    };
    for (const [start, end] of windows.map(span))
      for (let minute = start; minute < end; minute++) if (special || !closed(minute)) open[minute] = 1;
    return open;
  }

  // The open minutes of a local day: of its own windows, and of those that began the day before.
  minutesOf(day) {
    const open = this.begunOn(day).slice(0, 1440);
    this.begunOn(day - 1).subarray(1440).forEach((isOpen, minute) => (open[minute] |= isOpen));
    return open;
  }

  isOpen(at) {
    if (at < this.from || at >= this.until) this.turnTo(at);
    return this.open[Math.floor((at - this.midnight) / (60 * SECOND))] === 1;
  }

  // Hang up the page of the local day that an instant lies on, as far as one offset goes.
  turnTo(at) {
    const second = Math.floor(at / SECOND);
    const next = this.changes.findIndex((change) => change.at > second);
    const change = this.changes.at(next === -1 ? -1 : next - 1);
    const end = next === -1 ? Infinity : this.changes[next].at;
    const day = Math.floor((second + change.offset) / DAY);
    const midnight = day * DAY - change.offset;
    this.open = this.minutesOf(day);
    this.midnight = midnight * SECOND;
    this.from = Math.max(midnight, change.at) * SECOND;
    this.until = Math.min(midnight + DAY, end) * SECOND;
  }

  // Visit the open steps that touch [from, to), backwards if `to` is earlier, until a visit says stop.
  walk(from, to, visit) {
    const step = from <= to ? this.step : -this.step;
    const first = step > 0 ? from - (from % step) : Math.ceil(from / -step) * -step + step;
    const count = Math.ceil(Math.abs((to - first) / step) + (step > 0 ? 0 : 1));
    for (let number = 0, at = first; number < count; number++, at += step)
      if (this.isOpen(at) && visit(at)) return true;
    return false;
  }

  // The search came to the end of the range: does the calendar go on beyond it?
  nothingMore(forward) {
    const goesOn = forward
      ? this.walk(secondOf(2199, 1, 1) * SECOND, secondOf(2201, 1, 1) * SECOND, () => true)
      : this.walk(0, secondOf(1972, 1, 1) * SECOND, () => true);
    throw new Refusal(goesOn ? "instant.out-of-range" : "calendar.no-business-time");
  }

  elapsed(start, end) {
    inRange(start), inRange(end);
    if (end < start) return -this.elapsed(end, start);
    let sum = 0;
    this.walk(start, end, (at) => {
      sum += Math.min(at + this.step, end) - Math.max(at, start);
    });
    return sum;
  }

  add(start, amount) {
    inRange(start);
    if (amount === 0) return start;
    inRange(start + amount); // it takes at least as long as it is
    const forward = amount > 0;
    let left = Math.abs(amount);
    let reached;
    const found = this.walk(start, forward ? LAST : 0, (at) => {
      const begin = forward ? Math.max(at, start) : at;
      const end = forward ? at + this.step : Math.min(at + this.step, start);
      reached = forward ? begin + left : end - left;
      left -= end - begin;
      return left <= 0;
    });
    return found ? reached : this.nothingMore(forward);
  }

  next(start) {
    if (this.isOpen(inRange(start))) return start;
    let opening;
    const found = this.walk(start, LAST + this.step, (at) => ((opening = at), true));
    return found && opening <= LAST ? opening : this.nothingMore(true);
  }

  previous(start) {
    if (this.isOpen(inRange(start))) return start;
    let closing;
    const found = this.walk(start, 0, (at) => ((closing = at + this.step), true));
    return found ? closing : this.nothingMore(false);
  }
}

// ---- the vectors -------------------------------------------------------------------------------

function answer(calendar, vector) {
  const start = read(vector.start);
  switch (vector.op) {
    case "elapsed":
      return calendar.elapsed(start, read(vector.end));
    case "minutes":
      return Math.trunc(calendar.elapsed(start, read(vector.end)) / (60 * SECOND)) + 0;
    case "add":
      return spell(calendar.add(start, vector.microseconds ?? vector.minutes * 60 * SECOND));
    case "next":
      return spell(calendar.next(start));
    case "previous":
      return spell(calendar.previous(start));
    case "is_open":
      return calendar.isOpen(inRange(start));
  }
  throw new Error(`no operation is called ${vector.op}`);
}

const document = JSON.parse(readFileSync(process.argv[2], "utf8"));
const calendars = new Map();
let failed = 0;
for (const vector of document.vectors) {
  const name = vector.calendar;
  if (!calendars.has(name)) calendars.set(name, new Calendar(document.calendars[name]));
  let found;
  try {
    found = { expect: answer(calendars.get(name), vector) };
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    found = { error: refusal.message };
  }
  if (found.expect !== vector.expect || found.error !== vector.error) {
    failed += 1;
    console.log(`${vector.id}: ${JSON.stringify(found)}, expected ${JSON.stringify(vector.expect ?? vector.error)}`);
  }
}
console.log(`${document.vectors.length} vectors, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
