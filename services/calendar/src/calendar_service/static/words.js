// Dates, amounts and instants as people read them. Dates are texts (`2026-11-21`) of the calendar's
// own clock and belong to no zone of the viewer's.

const DAY = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
const LONG_DAY = new Intl.DateTimeFormat(undefined, {
  weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC",
});
const DATED = new Intl.DateTimeFormat(undefined, {
  weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC",
});
const MONTH = new Intl.DateTimeFormat(undefined, { month: "long", timeZone: "UTC" });
const WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: "long", timeZone: "UTC" });
const NARROW = new Intl.DateTimeFormat(undefined, { weekday: "narrow", timeZone: "UTC" });
const SHORT = new Intl.DateTimeFormat(undefined, { weekday: "short", timeZone: "UTC" });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const NUMBER = new Intl.NumberFormat();
const AGO = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;
const MINUS = "\u2212";

export const count = (number) => NUMBER.format(number);
export const many = (number, one, more = `${one}s`) => `${count(number)} ${number === 1 ? one : more}`;
export const day = (date) => DAY.format(Date.parse(date));
export const longDay = (date) => LONG_DAY.format(Date.parse(date));
export const datedDay = (date) => DATED.format(Date.parse(date));
export const month = (year, index) => MONTH.format(Date.UTC(year, index, 1));
export const weekday = (index) => WEEKDAY.format(MONDAY + index * DAY_MS);
export const shortWeekday = (index) => SHORT.format(MONDAY + index * DAY_MS);
export const narrowWeekday = (index) => NARROW.format(MONDAY + index * DAY_MS);
export const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** An instant in the viewer's zone, and in UTC for titles. */
export const moment = (text) => MOMENT.format(Date.parse(text));
export const utc = (ms) => `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;

/** `8 h 30 m`, with seconds only where there are some; never days: those of business time differ. */
export function amount(seconds) {
  const whole = Math.abs(Math.trunc(seconds));
  const parts = [[Math.floor(whole / 3600), "h"], [Math.floor(whole / 60) % 60, "m"], [whole % 60, "s"]];
  const told = parts.filter(([number]) => number > 0).map(([number, unit]) => `${NUMBER.format(number)} ${unit}`);
  return `${seconds < 0 && whole > 0 ? MINUS : ""}${told.join(" ") || "0 h"}`;
}

/** The same of microseconds; what is less than a second is written out. */
export function exactAmount(microseconds) {
  const seconds = Math.trunc(microseconds / 1_000_000);
  const rest = Math.abs(microseconds - seconds * 1_000_000);
  return rest === 0 ? amount(seconds) : `${microseconds < 0 ? MINUS : ""}${Math.abs(microseconds) / 1_000_000} s`;
}

/** Elapsed time on the clock in its two largest units, `3 d 4 h`. */
export function span(ms) {
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  const [d, h, m] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (d > 0) return h > 0 && d < 100 ? `${count(d)} d ${h} h` : `${count(d)} d`;
  return h > 0 ? (m > 0 ? `${h} h ${m} m` : `${h} h`) : `${m} m`;
}

/** How long ago an instant was. */
export function ago(text, now) {
  const minutes = (Date.parse(text) - now) / 60_000;
  if (minutes > -1) return "just now";
  if (minutes > -60) return AGO.format(Math.trunc(minutes), "minute");
  if (minutes > -1440) return AGO.format(Math.trunc(minutes / 60), "hour");
  return minutes > -30 * 1440 ? AGO.format(Math.trunc(minutes / 1440), "day") : moment(text);
}

/** A reading of the clock, in seconds after midnight: `09:00`, at the end of a day `24:00`. */
export function reading(seconds) {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${two(h)}:${two(m)}${s ? `:${two(s)}` : ""}`;
}

/** `09:00` in seconds after midnight. */
export function seconds(text) {
  const [h, m] = text.split(":").map(Number);
  return h * 3600 + m * 60;
}

/** Seconds east of UTC: `UTC+01:00`. */
export function offset(east) {
  const size = Math.abs(east);
  const tail = size % 60 ? `:${two(size % 60)}` : "";
  return `UTC${east < 0 ? MINUS : "+"}${two(Math.floor(size / 3600))}:${two(Math.floor(size / 60) % 60)}${tail}`;
}

const two = (number) => String(number).padStart(2, "0");
