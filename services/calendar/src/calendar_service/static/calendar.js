// One calendar: loads it, and hands the answers to the parts of its page.

import { Compute } from "./compute.js";
import { Refused } from "./api.js";
import { el, write } from "./dom.js";
import { Versions } from "./versions.js";
import { Week } from "./week.js";
import * as words from "./words.js";
import { YearView } from "./year.js";
import { Zone } from "./zone.js";

const NEWEST = 20; // versions that come with a calendar
const LATEST_MS = 60_000;

/** *ask(path, parameters)* asks the service; *failed(error)* shows what went wrong. */
export class Calendar {
  constructor(part, { ask, failed }) {
    Object.assign(this, { part, ask, failed, visit: 0 });
    this.week = new Week(part);
    this.year = new YearView(part, (year) => void this.toYear(year));
    this.compute = new Compute(part, failed);
    this.versions = new Versions(part, {
      ask: (path, parameters) => this.of(path, parameters),
      address: (version) => this.address({ version }),
      failed,
    });
  }

  /** Load the calendar *id*: *version* is a number, `draft`, or null for the one in force. */
  async open({ id, version, year }) {
    this.id = id;
    this.visit += 1;
    const found = await this.ask(this.path(""), {});
    const draft = found.has_draft ? await this.of("draft", {}) : null;
    this.draft = version === "draft";
    const wanted = this.draft ? null : await this.version(found, version, draft);
    this.draft ||= wanted === null;
    Object.assign(this, { wanted, found });
    this.head(found, wanted, draft);
    this.banner(draft);
    const state = wanted ? await this.of(`versions/${wanted.version}/state`, {}) : null;
    const now = state ? Date.parse(state.at) : Date.now();
    this.ahead = now - Date.now();
    const laidOut = await this.firstYear(year ?? new Date(now).getUTCFullYear());
    this.part("calendar").hidden = false;
    this.versions.show({
      versions: found.versions,
      hasDraft: draft !== null,
      current: this.draft ? null : wanted.version,
      whole: found.versions.length < NEWEST,
    });
    for (const name of ["week", "year", "compute"]) this.part(name).hidden = laidOut === null;
    if (laidOut === null) return;
    this.zone = new Zone(laidOut.timezone, (wantedYear) => this.fetchYear(wantedYear));
    this.zone.learn(laidOut);
    await this.zone.need(now, state?.until ? Date.parse(state.until) : now);
    this.facts(laidOut);
    this.show(laidOut, now);
    this.state(state);
    await this.compute.show({ zone: this.zone, ask: (path, parameters) => this.computed(path, parameters), now });
  }

  async version(found, version, draft) {
    this.inForce = found.versions.find(({ status }) => status === "published") ?? found.versions[0] ?? null;
    if (version === null) return this.inForce ?? (draft ? null : this.none(found));
    return found.versions.find((one) => String(one.version) === version) ?? this.of(`versions/${encodeURIComponent(version)}`, {});
  }

  none(found) {
    throw new Refused(404, "calendar-version.not-found", `${found.calendar_id} has neither a version nor a draft`);
  }

  path(more) {
    return `calendars/${encodeURIComponent(this.id)}${more ? `/${more}` : ""}`;
  }

  of(path, parameters) {
    return this.ask(this.path(path), parameters);
  }

  computed(path, parameters) {
    return this.of(path, { ...parameters, ...(this.draft ? { draft: "true" } : { version: this.wanted.version }) });
  }

  /** The address of this page with other parameters. */
  address(more) {
    return `?${new URLSearchParams({ id: this.id, ...more })}`;
  }

  /* years */

  fetchYear(year) {
    return this.of(`${this.draft ? "draft" : `versions/${this.wanted.version}`}/year/${year}`, {});
  }

  /** The first year; null where a draft has faults, so that nothing can be laid out. */
  async firstYear(year) {
    try {
      return await this.fetchYear(year);
    } catch (error) {
      if (this.draft && error instanceof Refused && error.status === 422) return null;
      throw error;
    }
  }

  async toYear(year) {
    const box = this.part("year");
    this.asked = year;
    box.setAttribute("aria-busy", "true");
    try {
      const answer = await this.fetchYear(year);
      if (this.asked !== year) return;
      this.zone.learn(answer);
      this.show(answer, Date.now() + this.ahead);
      const version = new URLSearchParams(location.search).get("version");
      history.replaceState(null, "", this.address({ ...(version ? { version } : {}), year }));
    } catch (error) {
      if (error.name !== "AbortError") this.failed(error);
    } finally {
      if (this.asked === year) box.setAttribute("aria-busy", "false");
    }
  }

  show(answer, now) {
    this.week.show(answer);
    this.year.show(answer);
    this.mark(now);
  }

  mark(now) {
    const shown = this.zone.shows(now);
    if (shown.offset === null) return;
    this.week.now(shown);
    this.year.markToday(shown.date);
  }

  /* head */

  head(found, wanted, draft) {
    const document = draft?.document ?? {};
    const name = this.draft ? document.name || this.id : wanted.name;
    write(this.part("name"), name);
    write(this.part("id"), this.id);
    globalThis.document.title = `${name} · Calendars · slaclock`;
    const note = this.draft ? "" : wanted.note;
    write(this.part("note"), note);
    this.part("note").hidden = !note;
    this.facts(null, wanted, draft);
  }

  facts(laidOut, wanted = this.wanted, draft = this.shownDraft) {
    this.shownDraft = draft;
    const rows = [];
    const add = (name, ...what) => rows.push(el("div", {}, el("dt", {}, name), el("dd", {}, ...what)));
    if (wanted) {
      const other = wanted.version !== this.inForce?.version;
      add("Version", el("span", { class: "badge", "data-kind": wanted.status }, `v${wanted.version}`), ` ${wanted.status}`,
        other ? el("a", { class: "link", href: this.address({}) }, `to v${this.inForce.version}, in force`) : null);
      add("Zone", wanted.timezone);
      add("Published", el("time", { datetime: wanted.published_at, title: words.utc(Date.parse(wanted.published_at)) }, words.moment(wanted.published_at)),
        " by ", el("span", { class: "who" }, wanted.published_by));
      add("Hash", this.hash(wanted.hash));
      add("tzdata", wanted.tzdata);
      if (wanted.type === "capacity") add("Type", "capacity");
    } else if (draft) {
      add("Version", el("span", { class: "badge", "data-kind": "draft" }, "Draft"));
      add("Zone", String(draft.document.timezone ?? "–"));
      add("Changed", el("time", { datetime: draft.updated_at, title: words.utc(Date.parse(draft.updated_at)) }, words.moment(draft.updated_at)),
        " by ", el("span", { class: "who" }, draft.updated_by));
      if (laidOut) add("tzdata", laidOut.tzdata);
    }
    this.part("facts").replaceChildren(...rows);
  }

  hash(hash) {
    const code = el("code", { title: hash }, hash.slice(0, 12));
    const button = el("button", { type: "button", class: "copy", "aria-label": "Copy the whole hash" }, "Copy");
    const said = el("span", { class: "unseen", role: "status" });
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(hash);
        write(button, "Copied");
        write(said, "The hash is copied.");
      } catch {
        write(code, hash); // no clipboard here: show the whole of it, selected
        getSelection().selectAllChildren(code);
        write(said, "The whole hash is selected.");
      }
    });
    return el("span", { class: "hash" }, code, button, said);
  }

  /* now */

  state(state) {
    clearTimeout(this.timer);
    const box = this.part("state");
    box.hidden = state === null || this.wanted?.status === "retired";
    if (state === null) return;
    const at = Date.parse(state.at);
    const shown = this.zone.shows(at);
    box.dataset.open = String(state.is_open);
    write(this.part("state-word"), state.is_open ? "Open now" : "Closed now");
    write(this.part("state-until"), this.until(state, at, shown));
    write(this.part("state-clock"), `${words.day(shown.date)}, ${shown.time.slice(0, 5)} there, ${words.offset(shown.offset ?? 0)}`);
    const next = state.until === null ? Infinity : Date.parse(state.until) - at + 500;
    const toMinute = 60_000 - (at % 60_000);
    this.again(Math.min(next, toMinute, LATEST_MS));
  }

  until({ is_open: open, until }, at, shown) {
    if (until === null) return open ? "never closes" : "does not open again";
    const ms = Date.parse(until);
    const then = this.zone.offsetAt(ms) === null ? null : this.zone.shows(ms);
    const left = words.span(ms - at);
    if (then === null) return `${open ? "until" : "opens"} ${words.utc(ms)}`;
    const day = then.date === shown.date ? "" : `${Math.abs(ms - at) < 300 * 86_400_000 ? words.day(then.date) : words.datedDay(then.date)}, `;
    return `${open ? "until" : "opens"} ${day}${then.time} (in ${left})`;
  }

  again(ms) {
    this.timer = setTimeout(() => void this.tick(), ms);
  }

  async tick() {
    if (document.hidden) return this.again(LATEST_MS);
    const { visit } = this;
    try {
      const state = await this.of(`versions/${this.wanted.version}/state`, {});
      if (visit !== this.visit) return;
      this.ahead = Date.parse(state.at) - Date.now();
      await this.zone.need(Date.parse(state.at), Date.parse(state.until ?? state.at));
      this.state(state);
      this.mark(Date.parse(state.at));
    } catch {
      if (visit !== this.visit) return;
      this.part("state").hidden = true; // what is not known any more is not shown
      this.again(LATEST_MS);
    }
  }

  /** Nothing of it is asked for any more. */
  close() {
    this.visit += 1;
    clearTimeout(this.timer);
    this.part("calendar").hidden = true;
  }

  /* draft */

  banner(draft) {
    const box = this.part("draft");
    box.hidden = draft === null;
    if (draft === null) return;
    const { faults, warnings = [] } = draft;
    box.toggleAttribute("data-faulty", faults.length > 0);
    const verdict = faults.length ? `${words.many(faults.length, "fault")} to mend before it can be published` : "ready to be published";
    const more = warnings.length ? `, ${words.many(warnings.length, "warning")}` : "";
    write(this.part("draft-title"), `${words.capital(verdict)}${more}`);
    const link = this.part("draft-link");
    link.href = this.draft ? this.address({}) : this.address({ version: "draft" });
    link.hidden = this.draft && this.found?.versions?.length === 0;
    write(link, this.draft ? "Back to the published version" : "See it as a calendar");
    const row = (kind) => ({ field, message, remedy }) => el("li", { "data-kind": kind },
      el("span", { class: "kind" }, kind === "fault" ? "Fault" : "Warning"), el("code", {}, field || "calendar"),
      el("span", {}, words.sentence(message)), " ", el("span", { class: "muted" }, words.sentence(words.capital(remedy))));
    this.part("draft-findings").replaceChildren(...faults.map(row("fault")), ...warnings.map(row("warning")));
  }
}
