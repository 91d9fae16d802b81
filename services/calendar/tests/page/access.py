"""What a browser finds wrong with a page for those who see little, or use no pointer."""

from __future__ import annotations

FAULTS_OF_ACCESS = """() => {
  // Text against what lies behind it by WCAG 2 (4.5, large text 3); names of controls; headings; ids.
  const faults = [];
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const light = (color) => color.slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      layers.push(color);
      if (color[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const shown = (element) => element.checkVisibility() && !element.closest(".unseen, [aria-hidden=true], :disabled");
  for (const element of document.querySelectorAll("body *")) {
    const said = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join("");
    if (!said || !shown(element)) continue;
    const style = getComputedStyle(element);
    if (style.clipPath !== "none") continue;
    const below = behind(element);
    const [one, other] = [light(over(rgba(style.color), below)), light(below)].sort((a, b) => b - a);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < (large ? 3 : 4.5)) faults.push(`contrast ${ratio.toFixed(2)}: ${element.className || element.id || element.tagName} "${said.slice(0, 30)}"`);
  }
  for (const control of document.querySelectorAll("button, a, select, input, [role=gridcell]")) {
    if (!shown(control)) continue;
    const label = control.labels?.[0]?.textContent || control.getAttribute("aria-label") || control.textContent;
    if (!label.trim()) faults.push(`no name: ${control.outerHTML.slice(0, 80)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) faults.push(`twice: ${id}`);
  for (const name of ["aria-labelledby", "aria-describedby", "aria-controls"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      for (const id of element.getAttribute(name).split(" ")) if (!ids.includes(id)) faults.push(`${name}: no ${id}`);
    }
  }
  const headings = [...document.querySelectorAll("h1, h2, h3")].filter(shown).map((heading) => Number(heading.tagName[1]));
  if (headings.filter((level) => level === 1).length !== 1) faults.push(`headings of level 1: ${headings}`);
  headings.forEach((level, index) => { if (index && level > headings[index - 1] + 1) faults.push(`a level is left out: ${headings}`); });
  for (const table of document.querySelectorAll("table")) if (!table.querySelector("th[scope]")) faults.push("a table without heads");
  return faults;
}"""
