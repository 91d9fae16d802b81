// Asks for an API key.

import { isKey } from "./api.js";
import { write } from "./dom.js";

/** The form; *given(key)* is called with what the viewer enters. */
export class SignIn {
  constructor(place, given) {
    this.place = place;
    this.form = place.querySelector("form");
    this.input = place.querySelector("input");
    this.fault = place.querySelector("[role=alert]");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const key = this.input.value.trim();
      if (isKey(key)) given(key);
      else this.open("That is not a key: keys have no spaces, and letters of ASCII only.");
    });
    this.input.addEventListener("input", () => this.say(""));
  }

  /** Show it, with what was wrong before. */
  open(fault = "") {
    this.place.hidden = false;
    this.say(fault);
    this.input.focus();
    this.input.select();
  }

  /** Take it away, and the key out of the page. */
  close() {
    this.place.hidden = true;
    this.form.reset();
    this.say("");
  }

  say(fault) {
    write(this.fault, fault);
    this.input.setAttribute("aria-invalid", String(fault !== ""));
  }
}
