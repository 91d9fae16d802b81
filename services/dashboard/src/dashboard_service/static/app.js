// Joins the parts of the page: who watches, what they ask for, and where the answers go.

import { Refused, ask, currentKey, keepKey } from "./api.js";
import { BreachRow, RiskRow, clockKey } from "./clocks.js";
import { ServerClock } from "./countdown.js";
import { Rows, mark, note, write, writeClipped } from "./dom.js";
import { EscalationRow } from "./feed.js";
import * as format from "./format.js";
import { KpiRow, kpiKey } from "./kpis.js";
import { Live } from "./live.js";
import { ShareRow, ordered } from "./shares.js";
import { SignIn } from "./sign-in.js";
import { Tiles } from "./tiles.js";
import { Trend } from "./trend.js";

const at = (id) => document.getElementById(id);
const server = new ServerClock();
const tiles = new Tiles(at("tiles"));
const trend = new Trend(at("trend"));
const list = (id, more) => new Rows({ list: at(id), empty: at(`${id}-empty`), more: at(`${id}-more`), ...more });
const risk = list("risk", { keyOf: clockKey, make: () => new RiskRow(server), most: 9 });
const breaches = list("breaches", { keyOf: clockKey, make: () => new BreachRow(server) });
const feed = list("feed", { keyOf: (effect) => effect.effect_id, make: () => new EscalationRow(server), most: 6 });
const shares = list("shares", { keyOf: (group) => `${group.by} ${JSON.stringify(group.key)}`, make: () => new ShareRow(), most: 6 });
const kpis = list("kpis", { keyOf: kpiKey, make: () => new KpiRow(behind) });
const signIn = new SignIn(at("sign-in"), (key) => {
  keepKey(key);
  open(key);
});
const live = new Live({ question, heard, said, unknown });
const state = { phase: "loading", wait: null, asOf: null };

/* what is asked for: four choices, kept in the address */

const CHOICES = { metric: "", days: "30", by: "priority", kpi: "role" };
const choice = (name) => document.querySelector(`input[name=${name}]:checked`).value;

function restoreChoices() {
  const given = new URLSearchParams(location.search);
  for (const name of Object.keys(CHOICES)) {
    const wanted = given.get(name);
    for (const input of document.getElementsByName(name)) if (input.value === wanted) input.checked = true;
  }
}

function keepChoices() {
  const kept = new URLSearchParams();
  for (const [name, usual] of Object.entries(CHOICES)) if (choice(name) !== usual) kept.set(name, choice(name));
  history.replaceState(null, "", String(kept) ? `?${kept}` : location.pathname);
}

function question() {
  const now = server.now();
  const days = choice("days");
  return {
    metric: choice("metric"),
    by: choice("by"),
    kpi: choice("kpi"),
    since: format.midnight(now),
    from: days === "" ? null : format.dayOf(now, Number(days) - 1),
    to: format.dayOf(now),
  };
}

/* what is answered */

function heard({ overview, compliance, trend: days, risk: near, breaches: missed, escalations, kpis: measured }) {
  server.hear(overview.now);
  server.heardAt = Date.parse(overview.now);
  const now = server.now();
  state.asOf = overview.as_of;
  state.lag = overview.lag_seconds;
  writeClipped(at("tenant"), overview.tenant);
  at("tenant").hidden = false;
  document.title = `${overview.overdue ? `(${format.count(overview.overdue)}) ` : ""}${overview.tenant} · slaclock`;
  tiles.show(overview, now);
  if (compliance === undefined) return;
  const asked = question();
  const period = choice("days") === "" ? "due until today" : `due in the last ${choice("days")} days`;
  write(at("shares-period"), `Met of those judged, ${period}`);
  tiles.judge(asked.by === "ola" ? days.days : compliance.groups); // what customers were promised
  const groups = ordered(compliance.groups, asked.by).map((group) => ({ ...group, by: asked.by }));
  shares.show(groups, { nothing: `No clock was ${period}.` });
  trend.show(days.days, asked.from, asked.to);
  write(at("trend-period"), `By day of the deadline`);
  at("trend-empty").hidden = days.days.length > 0;
  write(at("trend-empty"), `No clock was ${period}.`);
  showClocks(near, risk, "Nothing is close to its deadline.");
  writeCount(near);
  showClocks(missed, breaches, "No clock has missed its target.");
  const told = escalations.items.filter((effect) => asked.metric === "" || effect.metric === asked.metric);
  feed.show(told, { nothing: "Nobody had to be told.", further: escalations.next !== null });
  showKpis(measured);
  const blank = overview.running + overview.paused === 0 && groups.length + missed.items.length === 0;
  at("welcome").hidden = !blank || asked.metric !== "";
  at("main").setAttribute("aria-busy", "false");
}

function showClocks(answer, rows, nothing) {
  server.heardAt = Date.parse(answer.now);
  rows.show(answer.items, { nothing, further: answer.next !== null });
}

function showKpis({ by, items, next }) {
  at("kpi-card").hidden = items.length === 0 && by === "role";
  const nothing = "Nothing was decided yet in these periods.";
  kpis.show(items.map((kpi) => ({ ...kpi, by })), { nothing, further: next !== null });
}

function behind(path, limit) {
  return ask(path, { limit }, currentKey(), new AbortController().signal);
}

function writeCount(near) {
  at("risk-count").hidden = near.items.length === 0;
  write(at("risk-count"), `${format.count(near.items.length)}${near.next === null ? "" : "+"}`);
}

/* how it goes */

const PHASES = { loading: "Connecting", live: "Live", waiting: "Reconnecting", asleep: "Paused" };

function said(phase, wait = null) {
  Object.assign(state, { phase, wait });
  mark(at("live"), "phase", phase);
  mark(at("board"), "phase", phase);
  write(at("phase"), PHASES[phase]);
  at("notice").hidden = phase !== "waiting";
  if (phase === "waiting") {
    const known = wait.error instanceof Refused;
    write(at("notice-title"), known ? "The figures are not available." : "Connection lost.");
    const old = state.asOf ? ` What you see is from ${format.clockTime(Date.parse(state.asOf))}.` : "";
    write(at("notice-text"), (known ? sentence(wait.error.message) : "The server does not answer.") + old);
  }
  tell();
}

const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);

function tell() {
  const { phase, wait, asOf, lag } = state;
  const fresh = lag === null || lag === undefined ? "" : lag < 1.5 ? "up to date" : `${format.lag(lag)} behind`;
  write(at("as-of"), asOf ? `${format.clockTime(Date.parse(asOf))}${phase === "live" && fresh ? ` · ${fresh}` : ""}` : "");
  if (asOf) note(at("as-of"), `everything until ${format.utc(asOf)} is in these figures`);
  if (wait === null) return;
  const seconds = Math.max(Math.ceil((wait.at - Date.now()) / 1000), 0);
  write(at("notice-wait"), seconds ? `Trying again in ${seconds} s` : "Trying again…");
}

function unknown(error) {
  keepKey(null);
  close();
  signIn.open(error.status === 403 ? "This key may not see figures; use one of a viewer." : "This key is not known here, or no longer valid.");
}

/* beginning and end */

function open(key) {
  signIn.close();
  at("board").hidden = false;
  live.start(key);
}

function close() {
  live.stop();
  at("board").hidden = true;
  at("main").setAttribute("aria-busy", "true");
  state.asOf = null;
  document.title = "slaclock";
  for (const part of [tiles, trend, risk, breaches, feed, shares, kpis]) part.clear();
}

function begin() {
  const key = currentKey();
  if (key === null) signIn.open();
  else open(key);
}

restoreChoices();
for (const name of Object.keys(CHOICES)) {
  for (const input of document.getElementsByName(name)) {
    input.addEventListener("change", () => {
      keepChoices();
      at("main").setAttribute("aria-busy", "true");
      live.again();
    });
  }
}
at("try-now").addEventListener("click", () => live.again());
at("sign-out").addEventListener("click", () => {
  keepKey(null);
  close();
  signIn.open();
});
window.addEventListener("hashchange", () => {
  if (new URLSearchParams(location.hash.slice(1)).has("key")) {
    close();
    begin();
  }
});
setInterval(() => {
  if (document.hidden || at("board").hidden) return;
  const now = server.now();
  for (const rows of [risk, breaches, feed]) rows.tick(now);
  tell();
}, 1000);
const zone = format.viewersZone();
write(at("zone"), `Times are in ${zone}${zone === "UTC" ? "" : "; UTC is in their titles"}. Time left is business time of each clock's own calendar.`);
begin();
