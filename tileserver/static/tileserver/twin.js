/**
 * The text twin: what lies in the view as lists, layer by layer, with names and links.
 *
 * It is asked for, so that it does not talk while somebody moves the map; where the map cannot be drawn it is what is
 * shown, and moves a view of its own.
 */

/** Movements that follow each other are one question. */
const WAIT_MS = 350;
/** Width and height, in pixels, of the map that a browser without one would have. */
const VIEW = [900, 600];

function made(tag, name, text = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text) element.textContent = text;
  return element;
}

function button(text, name, act) {
  const one = made("button", name, text);
  one.type = "button";
  one.addEventListener("click", act);
  return one;
}

/** @returns {number} zoom at which a view is as wide as a map usually is */
function zoomOf([west, , east]) {
  return Math.min(22, Math.max(0, Math.log2((360 * VIEW[0]) / 512 / (east - west))));
}

/** The list of one map. */
export class Twin {
  /**
   * @param {HTMLElement} element where to put it
   * @param {object} options
   * @param {string} options.address that lists a view
   * @param {object} options.texts words of the component
   * @param {() => string[]} options.shown ids of the layers that are switched on
   * @param {?import("maplibre-gl").Map} options.map null = the list stands alone
   * @param {number[]} options.box view to begin with: west, south, east, north
   * @param {(box: number[]) => void} options.go moves the map
   */
  constructor(element, { address, texts, shown, map, box, go }) {
    Object.assign(this, { address, texts, shown, map, go });
    this.own = box;
    this.box = made("details", "map-twin");
    this.box.append(made("summary", "", texts.twin.title));
    this.inner = made("div", "map-twin-inner");
    this.said = made("p", "map-twin-said");
    this.said.setAttribute("role", "status");
    this.said.setAttribute("aria-live", "polite");
    this.lists = made("div", "map-twin-lists");
    if (!map) this.inner.append(this.#moves());
    this.inner.append(this.said, this.lists);
    this.box.append(this.inner);
    element.append(this.box);
    for (const name of ["wheel", "mousedown", "touchstart", "dblclick", "keydown"]) {
      this.box.addEventListener(name, (event) => event.stopPropagation(), { passive: true });
    }
    this.box.addEventListener("toggle", () => this.refresh(0));
    map?.on("moveend", () => this.refresh());
    if (!map) this.box.open = true;
  }

  /** Look somewhere else; only where there is no map that moves. */
  look(box) {
    const half = [Math.max(box[2] - box[0], 0.002) / 2, Math.max(box[3] - box[1], 0.001) / 2];
    const middle = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
    this.own = [
      Math.max(-180, middle[0] - half[0]),
      Math.max(-85, middle[1] - half[1]),
      Math.min(180, middle[0] + half[0]),
      Math.min(85, middle[1] + half[1]),
    ];
    this.refresh(0);
  }

  /** List the view anew, when the list is open. */
  refresh(wait = WAIT_MS) {
    clearTimeout(this.timer);
    if (this.box.open) this.timer = setTimeout(() => this.#ask(), wait);
  }

  #view() {
    if (!this.map) return { box: this.own, zoom: zoomOf(this.own) };
    const bounds = this.map.getBounds();
    const box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    return { box: box.map((side, i) => Math.max([-180, -85, -180, -85][i], Math.min([180, 85, 180, 85][i], side))), zoom: this.map.getZoom() };
  }

  async #ask() {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    const { box, zoom } = this.#view();
    const query = new URLSearchParams({ bbox: box.map((side) => side.toFixed(6)).join(","), zoom: zoom.toFixed(2), layers: this.shown().join(",") });
    this.box.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`${this.address}?${query}`, { credentials: "same-origin", signal: asking.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      this.#show((await answer.json()).groups);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.lists.replaceChildren();
      this.said.textContent = this.texts.twin.failed;
    }
    this.box.removeAttribute("aria-busy");
  }

  #show(groups) {
    const { twin } = this.texts;
    const parts = groups.map((group) => {
      const part = made("section", "map-twin-group");
      const heading = made("h3", "", group.title);
      heading.id = `map-twin-${group.id}`;
      part.setAttribute("aria-labelledby", heading.id);
      const list = made("ul", "");
      for (const line of group.lines) list.append(this.#line(line));
      part.append(heading, list);
      if (group.more) part.append(made("p", "map-twin-more", twin.more));
      return part;
    });
    // A list that is put in anew would take the keyboard's place with it.
    const kept = this.lists.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    this.lists.replaceChildren(...parts);
    if (kept) (this.lists.querySelector(`[data-key="${CSS.escape(kept)}"]`) ?? this.box.querySelector("summary")).focus();
    const counted = groups.map((group) => `${group.title}: ${group.count}${group.more ? "+" : ""}`);
    const said = counted.join(" · ") || twin.none;
    if (this.said.textContent !== said) this.said.textContent = said;
  }

  #line({ name, link, count, box }) {
    const line = made("li", "");
    const text = count > 1 ? `${name} (${count})` : name;
    if (link) {
      const to = made("a", "", text);
      to.href = link;
      if (new URL(link, location.href).origin !== location.origin) to.rel = "noopener noreferrer external";
      line.append(to);
    } else line.append(made("span", "", text));
    const { show, nearer } = this.texts.twin;
    const said = this.map ? show : nearer;
    const there = button("◎", "map-twin-there", () => (this.map ? this.go(box) : this.look(box)));
    there.title = said;
    there.setAttribute("aria-label", `${said}: ${name}`);
    there.dataset.key = `${name} ${link}`;
    line.append(there);
    return line;
  }

  #moves() {
    const { twin } = this.texts;
    const bar = made("div", "map-twin-moves");
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", twin.moves);
    const move = (x, y, size) => () => {
      const [west, south, east, north] = this.own;
      const [wide, high] = [east - west, north - south];
      const middle = [(west + east) / 2 + (x * wide) / 2, (south + north) / 2 + (y * high) / 2];
      this.look([middle[0] - (wide * size) / 2, middle[1] - (high * size) / 2, middle[0] + (wide * size) / 2, middle[1] + (high * size) / 2]);
    };
    const steps = { north: [0, 1, 1], south: [0, -1, 1], west: [-1, 0, 1], east: [1, 0, 1], in: [0, 0, 0.5], out: [0, 0, 2] };
    for (const [name, [x, y, size]] of Object.entries(steps)) {
      bar.append(button(twin[name], "map-twin-move", move(x, y, size)));
    }
    return bar;
  }
}
