// The versions of a calendar, and what changes from one to another.

import { Refused } from "./api.js";
import { el, write } from "./dom.js";
import * as words from "./words.js";

const SIGNS = { added: "+", removed: "\u2212", changed: "~" };

/** *ask(path, parameters)* asks for parts of the calendar; *address(version)* is that of a version's page. */
export class Versions {
  constructor(part, { ask, address, failed }) {
    Object.assign(this, { part, ask, address, failed, turn: 0 });
    part("versions-more").addEventListener("click", () => void this.older());
    for (const name of ["before", "after"]) part(name).addEventListener("change", () => void this.compare());
  }

  /** Show *versions* (newest first), of which *current* is on the page. */
  show({ versions, hasDraft, current, whole }) {
    Object.assign(this, { versions: [], hasDraft, current });
    this.part("version-list").replaceChildren();
    this.add(versions);
    this.next = null;
    this.part("versions-more").hidden = whole;
    this.part("versions-empty").hidden = versions.length > 0;
    this.choices();
  }

  add(versions) {
    this.versions.push(...versions);
    this.part("version-list").append(...versions.map((version) => this.row(version)));
  }

  row(version) {
    const shown = version.version === this.current;
    const name = `Version ${version.version}`;
    return el("li", { "data-shown": shown },
      el("span", { class: "badge", "data-kind": version.status }, `v${version.version}`),
      el("div", { class: "about" },
        el("p", {}, shown ? el("b", {}, `${name}, shown here`) : el("a", { class: "link", href: this.address(version.version) }, name),
          version.status === "retired" ? el("span", { class: "muted" }, " retired") : null),
        version.note ? el("p", { class: "note" }, version.note) : null,
        el("p", { class: "muted by" }, el("time", { datetime: version.published_at, title: words.utc(Date.parse(version.published_at)) }, words.moment(version.published_at)),
          " by ", el("span", { class: "who" }, version.published_by), ` · tzdata ${version.tzdata} · `, el("code", { title: version.hash }, version.hash.slice(0, 8)))));
  }

  async older() {
    const more = this.part("versions-more");
    more.disabled = true;
    try {
      if (this.next === null) {
        // the calendar's own answer has the newest of them, and no cursor
        const first = await this.ask("versions", { limit: 200 });
        this.take(first, first.items.filter(({ version }) => version < this.versions.at(-1).version));
      } else {
        const page = await this.ask("versions", { limit: 200, cursor: this.next });
        this.take(page, page.items);
      }
    } catch (error) {
      this.failed(error);
    } finally {
      more.disabled = false;
    }
  }

  take(page, items) {
    this.next = page.next;
    this.add(items);
    this.part("versions-more").hidden = page.next === null;
    this.choices();
  }

  choices() {
    const [before, after] = [this.part("before"), this.part("after")];
    const kept = [before.value, after.value];
    const options = this.versions.map(({ version }) => [String(version), `v${version}`]);
    const enough = this.versions.length + (this.hasDraft ? 1 : 0) > 1 && this.versions.length > 0;
    before.parentElement.hidden = !enough;
    before.replaceChildren(...options.map(([value, text]) => el("option", { value }, text)));
    after.replaceChildren(...(this.hasDraft ? [el("option", { value: "draft" }, "draft")] : []), ...options.map(([value, text]) => el("option", { value }, text)));
    const newest = this.versions[0]?.version;
    const target = this.current ?? (this.hasDraft ? "draft" : newest);
    const index = this.versions.findIndex(({ version }) => version === target);
    const previous = target === "draft" ? this.versions[0] : this.versions[index + 1] ?? this.versions[0];
    after.value = kept[1] && kept[0] ? kept[1] : String(target);
    before.value = kept[0] || String(previous?.version ?? "");
    if (enough) void this.compare();
    else this.tell([], "There is only one version so far.", "");
    if (this.versions.length === 0) write(this.part("differences-empty"), "Nothing has been published yet.");
  }

  async compare() {
    const turn = ++this.turn;
    const [before, after] = [this.part("before"), this.part("after")];
    const draft = after.value === "draft";
    before.disabled = draft;
    if (draft) before.value = String(this.versions[0].version);
    if (before.value === after.value) return this.tell([], "A version is like itself.", "");
    this.part("differences").setAttribute("aria-busy", "true");
    try {
      const path = draft ? "draft/differences" : `versions/${before.value}/differences/${after.value}`;
      const found = await this.ask(path, {});
      if (turn !== this.turn) return;
      this.tell(found.differences, "They say the same.", effectOf(found));
    } catch (error) {
      if (turn !== this.turn || error.name === "AbortError") return;
      if (error instanceof Refused && error.status === 422) this.tell([], "A draft with faults cannot be compared. Mend them first.", "");
      else {
        this.tell([], "The differences are not available.", "");
        this.failed(error);
      }
    } finally {
      this.part("differences").setAttribute("aria-busy", "false");
    }
  }

  tell(differences, nothing, effect) {
    const names = { added: "added", removed: "removed", changed: "changed" };
    this.part("difference-list").replaceChildren(...differences.map(({ kind, words: text }) =>
      el("li", { "data-kind": kind }, el("span", { class: "sign", "aria-hidden": "true" }, SIGNS[kind]), el("span", { class: "unseen" }, `${names[kind]}: `), el("span", {}, words.capital(text)))));
    this.part("differences-empty").hidden = differences.length > 0;
    write(this.part("differences-empty"), nothing);
    write(this.part("differences-text"), effect);
  }
}

function effectOf({ effect }) {
  if (!effect) return "";
  const change = effect.after_seconds - effect.before_seconds;
  if (effect.different_seconds === 0) return "No business time differs in the year ahead";
  const first = effect.first_difference ? `, first on ${words.utc(Date.parse(effect.first_difference)).slice(0, 16)} UTC` : "";
  const sum = change === 0 ? "As much business time in the year ahead" : `${words.amount(Math.abs(change))} ${change > 0 ? "more" : "less"} business time in the year ahead`;
  return `${sum}, ${words.amount(effect.different_seconds)} at other times${first}`;
}
