// Numbers, durations and instants as people read them, in the viewer's language and zone.

const NUMBER = new Intl.NumberFormat();
const PERCENT = new Intl.NumberFormat(undefined, {
  style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1,
});
const WHOLE_PERCENT = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 0 });
const SECONDS = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY_TIME = new Intl.DateTimeFormat(undefined, {
  weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
});
const WITH_YEAR = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const AGO = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "narrow" });
const SHORT_DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const LONG_DAY = new Intl.DateTimeFormat(undefined, {
  weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC",
});
const MONTH = new Intl.DateTimeFormat(undefined, { month: "short", year: "numeric", timeZone: "UTC" });

const MINUS = "\u2212";
const DAY_MS = 86_400_000;

export const count = (number) => NUMBER.format(number);
export const wholePercent = (share) => WHOLE_PERCENT.format(share);
export const viewersZone = () => new Intl.DateTimeFormat().resolvedOptions().timeZone || "local time";
export const clockTime = (ms) => CLOCK.format(ms);

/** A share of 1 with one decimal; never rounded up to a perfect 100 %. */
export function percent(share) {
  if (share === null) return "–";
  return share < 1 ? PERCENT.format(Math.min(share, 0.999)) : WHOLE_PERCENT.format(share);
}

/** How old figures are. */
export function lag(seconds) {
  return seconds < 60 ? `${SECONDS.format(seconds)} s` : span(seconds);
}

/**
 * Whole seconds left as a clock: `4:09`, `1:02:11`, and from a day on `43 h 12 m`. Hours are never
 * made days: a day of business time is not 24 of them. Negative once overdue.
 */
export function countdown(seconds) {
  const whole = Math.floor(Math.abs(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const sign = seconds < 0 && whole > 0 ? MINUS : "";
  if (h >= 24) return `${sign}${NUMBER.format(h)} h ${two(m)} m`;
  return h > 0 ? `${sign}${h}:${two(m)}:${two(s)}` : `${sign}${m}:${two(s)}`;
}

/** A duration in its two largest units: `2 h 5 m`, `40 s`. */
export function span(seconds) {
  const whole = Math.floor(Math.abs(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h > 0) return m > 0 && h < 100 ? `${NUMBER.format(h)} h ${m} m` : `${NUMBER.format(h)} h`;
  if (m > 0) return m < 10 && s > 0 ? `${m} m ${s} s` : `${m} m`;
  return `${s} s`;
}

const two = (number) => String(number).padStart(2, "0");

/** An instant (RFC 3339) near *now* (ms): the time alone today, with the day otherwise. */
export function instant(text, now) {
  const at = new Date(text);
  if (at.toDateString() === new Date(now).toDateString()) return TIME.format(at);
  return Math.abs(at - now) < 200 * DAY_MS ? DAY_TIME.format(at) : WITH_YEAR.format(at);
}

/** The same in UTC, for titles: `2026-11-21 05:56:59 UTC`. */
export function utc(text) {
  return `${new Date(text).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** How long ago an instant was. */
export function ago(text, now) {
  const seconds = (new Date(text) - now) / 1000;
  if (seconds > -5) return "just now";
  if (seconds > -60) return AGO.format(Math.trunc(seconds), "second");
  if (seconds > -3600) return AGO.format(Math.trunc(seconds / 60), "minute");
  if (seconds > -86_400) return AGO.format(Math.trunc(seconds / 3600), "hour");
  return seconds > -30 * 86_400 ? AGO.format(Math.trunc(seconds / 86_400), "day") : instant(text, now);
}

/** A day such as `2026-11-21`, short or long; or the month it lies in. */
export const shortDay = (day) => SHORT_DAY.format(Date.parse(day));
export const longDay = (day) => LONG_DAY.format(Date.parse(day));
export const month = (day) => MONTH.format(Date.parse(day));

/** The viewer's date at *now* (ms), `YYYY-MM-DD`, and *back* days before it. */
export function dayOf(now, back = 0) {
  const at = new Date(now);
  return new Date(Date.UTC(at.getFullYear(), at.getMonth(), at.getDate() - back)).toISOString().slice(0, 10);
}

/** The viewer's last midnight, as an instant. */
export function midnight(now) {
  return new Date(new Date(now).setHours(0, 0, 0, 0)).toISOString();
}

const METRICS = {
  first_response: "First response",
  next_reply: "Next reply",
  periodic_update: "Periodic update",
  resolution: "Resolution",
};

/** A metric's name. */
export const metric = (name) => METRICS[name] ?? name;

/** A threshold such as `percent:90` or `before_due:60`, in words. */
export function threshold(text) {
  const [kind, amount] = text.split(":");
  if (kind === "percent") return `${wholePercent(Number(amount) / 100)} used`;
  if (kind === "before_due") return `${span(Number(amount) * 60)} before due`;
  if (kind === "after_due") return `${span(Number(amount) * 60)} after due`;
  return text;
}
