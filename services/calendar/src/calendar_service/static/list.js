// All calendars of the tenant, each a link to its page.

import { el, write } from "./dom.js";
import * as words from "./words.js";

const PAGE = 50;

/** *ask(path, parameters)* asks the service. */
export class List {
  constructor(part, ask, failed) {
    Object.assign(this, { part, ask, failed });
    part("list-more").addEventListener("click", () => void this.more().catch(failed));
  }

  /** Load the first page. */
  async open() {
    this.next = null;
    this.shown = 0;
    this.part("calendars").replaceChildren();
    await this.more();
    this.part("list").hidden = false;
  }

  async more() {
    const page = await this.ask("calendars", { cursor: this.next, limit: PAGE });
    const rows = page.items.map((calendar) => this.row(calendar));
    this.next = page.next;
    this.shown += page.items.length;
    this.part("calendars").append(...rows.map(({ row }) => row));
    this.part("list-more").hidden = page.next === null;
    this.part("list-empty").hidden = this.shown > 0;
    this.part("calendars").closest(".scroll").hidden = this.shown === 0;
    write(this.part("list-count"), this.shown ? `${words.many(this.shown, "calendar")}${page.next ? " and more" : ""}` : "");
    for (const { calendar, state } of rows) if (calendar.latest_version !== null && calendar.status !== "retired") void this.state(calendar, state);
  }

  row(calendar) {
    const state = el("td", { class: "list-state" });
    const version = calendar.latest_version === null ? el("span", { class: "muted" }, "none yet") : el("span", { class: "badge", "data-kind": calendar.status }, `v${calendar.latest_version}`);
    const row = el("tr", {},
      el("th", { scope: "row" }, el("a", { href: `?${new URLSearchParams({ id: calendar.calendar_id })}` }, calendar.name ?? calendar.calendar_id), calendar.name === null ? null : el("code", {}, calendar.calendar_id)),
      state,
      el("td", {}, calendar.timezone ?? "–"),
      el("td", {}, version, calendar.has_draft ? el("span", { class: "badge", "data-kind": "draft" }, "Draft") : null));
    return { row, calendar, state };
  }

  async state(calendar, cell) {
    try {
      const path = `calendars/${encodeURIComponent(calendar.calendar_id)}/versions/${calendar.latest_version}/state`;
      const { is_open: open } = await this.ask(path, {});
      cell.replaceChildren(el("span", { class: "lamp", "data-open": String(open), "aria-hidden": "true" }), open ? "Open" : "Closed");
    } catch {
      write(cell, "–"); // the list says what it is for without it
    }
  }
}
