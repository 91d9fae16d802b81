// The little that this page needs to build its elements. Data becomes text, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children; texts become text nodes, null and false nothing. */
export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== false));
  return element;
}

/** Write *text* where it differs, so that nothing is laid out or read aloud in vain. */
export function write(element, text) {
  const said = String(text ?? "");
  if (element.textContent !== said) element.textContent = said;
}

/** Write *text* that may be cut off; the whole of it is in the title. */
export function writeClipped(element, text) {
  write(element, text);
  note(element, text);
}

/** Set the title. */
export function note(element, text) {
  if (element.getAttribute("title") !== String(text)) element.setAttribute("title", String(text));
}

/** Set or remove a data attribute. */
export function mark(element, name, value) {
  if (value === null || value === undefined || value === false) delete element.dataset[name];
  else if (element.dataset[name] !== String(value)) element.dataset[name] = String(value);
}

/**
 * A list that follows its items: rows are kept by key, so that focus and selection stay.
 *
 * *make* answers the row as an object with `node` and `show(item)`. At most *most* rows are shown
 * until the viewer asks for all.
 */
export class Rows {
  constructor({ list, empty, more, keyOf, make, most = 8 }) {
    Object.assign(this, { list, empty, more, keyOf, make, most });
    this.rows = new Map();
    this.items = null;
    this.unfolded = false;
    more.addEventListener("click", () => {
      this.unfolded = !this.unfolded;
      this.draw();
    });
  }

  /** Show *items*; *nothing* is what to say when there are none, *further* that there are more. */
  show(items, { nothing, further = false }) {
    const first = this.items === null;
    this.items = items;
    this.further = further;
    write(this.empty, nothing);
    this.empty.hidden = items.length > 0;
    this.draw(!first);
  }

  draw(markNew = false) {
    const shown = this.unfolded ? this.items : this.items.slice(0, this.most);
    const wanted = new Map(shown.map((item) => [this.keyOf(item), item]));
    for (const [key, row] of this.rows) {
      if (!wanted.has(key)) {
        row.node.remove();
        this.rows.delete(key);
      }
    }
    let place = this.list.firstElementChild;
    for (const [key, item] of wanted) {
      let row = this.rows.get(key);
      if (row === undefined) {
        row = this.make();
        row.node.classList.toggle("fresh", markNew);
        this.rows.set(key, row);
      }
      row.show(item);
      if (row.node === place) place = place.nextElementSibling;
      else this.list.insertBefore(row.node, place);
    }
    this.list.hidden = this.items.length === 0;
    const count = this.items.length;
    this.more.hidden = count <= this.most;
    this.more.setAttribute("aria-expanded", String(this.unfolded));
    write(this.more, this.unfolded ? "Show fewer" : `Show all ${count}${this.further ? "+" : ""}`);
  }

  /** Let every row that counts go on; called each second. */
  tick(now) {
    for (const row of this.rows.values()) row.tick?.(now);
  }

  /** As before the first answer. */
  clear() {
    for (const row of this.rows.values()) row.node.remove();
    this.rows.clear();
    this.items = null;
    this.unfolded = false;
    this.empty.hidden = true;
    this.more.hidden = true;
  }
}
