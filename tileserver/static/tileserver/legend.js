/** Legend, layer switches and opacity: one box over the map, built from the style's own metadata. */

import { square } from "./hatch.js";

const OPACITIES = {
  fill: ["fill-opacity"],
  line: ["line-opacity"],
  circle: ["circle-opacity", "circle-stroke-opacity"],
  symbol: ["text-opacity"],
  raster: ["raster-opacity"],
};

/** @returns {HTMLElement} an element with a class and words */
function made(tag, name, text = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text) element.textContent = text;
  return element;
}

/** @returns {HTMLElement} the little picture of a legend entry */
function picture(entry, hatches) {
  const swatch = made("span", `legend-swatch legend-${entry.shape}`);
  swatch.setAttribute("aria-hidden", "true");
  const hatch = entry.hatch && hatches[entry.hatch];
  if (hatch) swatch.append(square(hatch, 2));
  if (entry.shape === "line") {
    swatch.style.borderTop = `3px ${entry.dash ? "dashed" : "solid"} ${entry.colour}`;
  } else {
    swatch.style.background = entry.colour;
    if (entry.outline) swatch.style.border = `2px ${entry.dash ? "dashed" : "solid"} ${entry.outline}`;
  }
  return swatch;
}

/** The legend of one map. */
export class Legend {
  /**
   * @param {import("maplibre-gl").Map} map
   * @param {object[]} groups legend of the style
   * @param {object} texts words of the component
   * @param {HTMLElement} element where to put it
   * @param {{hatches?: object, changed?: (group: object, shown: boolean) => void}} options hatches of the style, and
   *   who wants to know what is switched on or off
   */
  constructor(map, groups, texts, element, { hatches = {}, changed = () => {} } = {}) {
    this.map = map;
    this.hatches = hatches;
    this.changed = changed;
    this.hidden = new Set(groups.filter((group) => !group.visible).map((group) => group.id));
    this.texts = texts;
    this.base = new Map();
    const box = made("details", "legend");
    box.open = window.matchMedia("(min-width: 1500px)").matches;
    box.append(made("summary", "", texts.legend));
    const list = made("div", "legend-groups");
    for (const group of groups) list.append(this.#group(group));
    box.append(list);
    element.append(box);
    // Wheel and drag in the legend are not for the map.
    for (const name of ["wheel", "mousedown", "touchstart", "dblclick", "keydown"]) {
      box.addEventListener(name, (event) => event.stopPropagation(), { passive: true });
    }
    this.map.on("zoom", () => this.#dim());
    this.#dim();
  }

  #group(group) {
    const part = made("fieldset", "legend-group");
    part.dataset.minZoom = group.min_zoom;
    part.dataset.group = group.id;
    const legend = made("legend", "sr-only", group.title);
    const label = made("label", "legend-title");
    const box = made("input", "");
    box.type = "checkbox";
    box.checked = group.visible;
    label.append(box, made("span", "", group.title));
    const slider = made("input", "legend-opacity");
    Object.assign(slider, { type: "range", min: "0", max: "100", step: "10", value: "100" });
    slider.setAttribute("aria-label", `${this.texts.opacity}: ${group.title}`);
    slider.title = this.texts.opacity;
    const told = () => slider.setAttribute("aria-valuetext", `${slider.value} %`);
    slider.addEventListener("input", told);
    told();
    box.addEventListener("change", () => this.#toggle(group, box.checked));
    slider.addEventListener("input", () => this.#fade(group, Number(slider.value) / 100));
    const entries = made("ul", "legend-entries");
    for (const entry of group.entries) {
      const line = made("li", "");
      line.append(picture(entry, this.hatches), made("span", "", entry.label));
      entries.append(line);
    }
    const head = made("div", "legend-head");
    head.append(label, slider);
    const far = made("span", "legend-far", this.texts.zoom_in);
    part.append(legend, head, far, entries);
    return part;
  }

  #dim() {
    const zoom = this.map.getZoom();
    for (const part of this.map.getContainer().querySelectorAll(".legend-group")) {
      part.classList.toggle("is-far", zoom < Number(part.dataset.minZoom));
    }
  }

  #toggle(group, shown) {
    for (const id of group.layers) this.map.setLayoutProperty(id, "visibility", shown ? "visible" : "none");
    if (shown) this.hidden.delete(group.id);
    else this.hidden.add(group.id);
    this.changed(group, shown);
  }

  #fade(group, share) {
    for (const id of group.layers) {
      for (const name of OPACITIES[this.map.getLayer(id)?.type] ?? []) {
        const key = `${id} ${name}`;
        if (!this.base.has(key)) this.base.set(key, this.map.getPaintProperty(id, name) ?? 1);
        const base = this.base.get(key);
        this.map.setPaintProperty(id, name, typeof base === "number" ? base * share : ["*", base, share]);
      }
    }
  }

  /** Offer a group only while there is something of it. @param {string} id @param {boolean} there */
  offer(id, there) {
    const part = this.map.getContainer().querySelector(`.legend-group[data-group="${id}"]`);
    if (part) part.hidden = !there;
  }
}
