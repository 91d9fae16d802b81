// Joins the parts of the page: who looks, at which calendar, and what to say when that fails.

import { Refused, Unreachable, ask, currentKey, keepKey } from "./api.js";
import { Calendar } from "./calendar.js";
import { write } from "./dom.js";
import { List } from "./list.js";
import { SignIn } from "./sign-in.js";
import * as words from "./words.js";

const at = (id) => document.getElementById(id);
const session = { key: null, stop: new AbortController() };
const asked = (path, parameters) => ask(path, parameters, session.key, session.stop.signal);
const signIn = new SignIn(at("sign-in"), (key) => {
  keepKey(key);
  open(key);
});
const calendar = new Calendar(at, { ask: asked, failed });
const list = new List(at, asked, failed);

/** Which calendar, version and year the address names. */
function wanted() {
  const given = new URLSearchParams(location.search);
  const year = Number(given.get("year"));
  return {
    id: given.get("id"),
    version: given.get("version"),
    year: Number.isInteger(year) && year >= 1970 && year <= 2199 ? year : null,
  };
}

async function open(key) {
  session.stop.abort();
  session.key = key;
  session.stop = new AbortController();
  const { signal } = session.stop;
  signIn.close();
  at("board").hidden = false;
  for (const id of ["notice", "missing", "list"]) at(id).hidden = true;
  calendar.close();
  at("loading").hidden = false;
  at("main").setAttribute("aria-busy", "true");
  const question = wanted();
  if (question.id === null) at("to-list").setAttribute("aria-current", "page");
  else at("to-list").removeAttribute("aria-current");
  try {
    if (question.id === null) await list.open();
    else await calendar.open(question);
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof Refused && (error.status === 404 || error.code === "request.invalid")) missing(question);
    else failed(error);
  } finally {
    if (!signal.aborted) {
      at("loading").hidden = true;
      at("main").setAttribute("aria-busy", "false");
    }
  }
}

function missing({ id, version }) {
  const what = version === null ? "There is no such calendar" : "There is no such version";
  document.title = `${what} · slaclock`;
  write(at("missing-title"), what);
  write(at("missing-text"), version === null ? `Nobody here has published or drafted “${id}”.` : `“${id}” has no version “${version}”.`);
  calendar.close();
  at("missing").hidden = false;
}

function failed(error) {
  if (error instanceof Refused && (error.status === 401 || error.status === 403)) {
    unknown(error);
    return;
  }
  if (error.name === "AbortError") return;
  const known = error instanceof Refused;
  if (!known && !(error instanceof Unreachable)) reportError(error); // a fault of this page
  write(at("notice-title"), known ? "This is not available." : "Connection lost.");
  write(at("notice-text"), known ? words.sentence(words.capital(error.message)) : "The server does not answer.");
  at("notice").hidden = false;
}

function unknown(error) {
  keepKey(null);
  close();
  signIn.open(error.status === 403 ? "This key may not see calendars; use one of a viewer." : "This key is not known here, or no longer valid.");
}

function close() {
  session.stop.abort();
  session.key = null;
  calendar.close();
  at("board").hidden = true;
  for (const id of ["list", "missing"]) at(id).hidden = true;
  document.title = "Calendars · slaclock";
}

function begin() {
  const key = currentKey();
  if (key === null) signIn.open();
  else void open(key);
}

at("try-now").addEventListener("click", () => void open(session.key));
at("sign-out").addEventListener("click", () => {
  keepKey(null);
  close();
  signIn.open();
});
window.addEventListener("hashchange", () => {
  if (new URLSearchParams(location.hash.slice(1)).has("key")) begin();
});
write(at("zone"), "Times are those of the calendar's own clock; UTC is beside them or in their titles. When something was published is in your zone.");
begin();
