/**
 * The map component: our own tiles, legend, permalink, and evidence of findings.
 *
 * It asks nothing of any other origin. What it shows stands in a list as well, which is there for the keyboard and for
 * ears, and which is all there is where WebGL is missing.
 */

import { Map as LibreMap, NavigationControl, ScaleControl } from "maplibre-gl";

import { boxOf, Evidence } from "./evidence.js";
import { serveHatches } from "./hatch.js";
import { Legend } from "./legend.js";
import { Twin } from "./twin.js";

/** Zoom that shows a house with its neighbours. */
const HOUSE_ZOOM = 18.4;

/** @returns {boolean} whether the browser can draw the map at all */
function canDraw() {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
}

/** @returns {number} milliseconds of a movement; none for people who asked for less motion */
function duration() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 700;
}

/**
 * A map in an element.
 *
 * Events: `pick` (detail: public id of an application), `finding` (detail: id of a finding, or null when the
 * pointer left), `finding-pick` (detail: id), `failed`.
 */
export class PlanMap extends EventTarget {
  /** @param {HTMLElement} element where the map goes; `data-style` names the style */
  constructor(element) {
    super();
    this.element = element;
    /** @type {?LibreMap} */
    this.map = null;
    this.texts = {};
    this.pending = null;
    /** @type {?Twin} */
    this.twin = null;
    this.wanted = "";
    this.ready = this.#start().catch((error) => {
      this.#say(element.dataset.failed || String(error));
      this.dispatchEvent(new CustomEvent("failed", { detail: error }));
    });
  }

  async #start() {
    this.#say(this.element.dataset.loading || "");
    const answer = await fetch(this.element.dataset.style, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`style: ${answer.status}`);
    const style = await answer.json();
    const { texts, legend, bounds, hatches, in_view: address } = style.metadata;
    this.texts = texts;
    this.groups = legend;
    const twin = {
      address,
      texts,
      box: bounds,
      map: null,
      shown: () => this.groups.filter((g) => (this.legend ? !this.legend.hidden.has(g.id) : g.visible)).map((g) => g.id),
      go: (box) => this.#go(box),
    };
    if (!canDraw()) {
      this.element.dataset.state = "unable";
      this.#say(texts.no_webgl);
      this.twin = new Twin(this.element, twin);
      if (this.pending) this.#lookAt(this.pending);
      return;
    }
    this.map = new LibreMap({
      container: this.element,
      style,
      bounds: [bounds.slice(0, 2), bounds.slice(2)],
      fitBoundsOptions: { padding: 40 },
      maxZoom: 22,
      hash: "kort",
      attributionControl: false,
      pitchWithRotate: false,
      dragRotate: false,
      locale: texts.controls,
      transformRequest: (url) => ({ url: new URL(url, location.origin).href }),
    });
    serveHatches(this.map, hatches);
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
    this.map.addControl(new ScaleControl({ unit: "metric", maxWidth: 120 }), "bottom-left");
    const canvas = this.map.getCanvas();
    canvas.setAttribute("aria-label", texts.map);
    canvas.setAttribute("role", "application");
    this.#notices();
    await this.map.once("load");
    this.evidence = new Evidence(this.map);
    this.legend = new Legend(this.map, [...this.evidence.groups(texts), ...this.groups], texts, this.element, {
      hatches,
      changed: (group, shown) => this.#switched(group, shown),
    });
    this.twin = new Twin(this.element, { ...twin, map: this.map });
    this.#offer();
    this.#listen();
    this.#say("");
    this.element.dataset.state = "ready";
    if (this.pending) this.showEvidence(this.pending.data, this.pending.options);
  }

  /** Put a message over the map; an empty one takes it away. */
  #say(text) {
    let box = this.element.querySelector(".map-message");
    if (!text) {
      box?.remove();
      return;
    }
    if (!box) {
      box = document.createElement("p");
      box.className = "map-message";
      box.setAttribute("role", "status");
      this.element.append(box);
    }
    box.textContent = text;
  }

  #notices() {
    const make = (name) => {
      const box = document.createElement("div");
      box.className = name;
      box.setAttribute("role", "status");
      box.hidden = true;
      this.element.append(box);
      return box;
    };
    this.truncated = make("map-truncated");
    this.background = make("map-background");
    this.silent = new Set();
    this.attribution = document.createElement("p");
    this.attribution.className = "map-attribution";
    this.attribution.hidden = true;
    this.element.append(this.attribution);
    this.place = make("map-place");
    const cross = document.createElement("div");
    cross.className = "map-cross";
    cross.setAttribute("aria-hidden", "true");
    this.element.append(cross);
  }

  #listen() {
    const { map } = this;
    const canvas = map.getCanvas();
    map.on("click", (event) => this.#pick(event.point));
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#pick(map.project(map.getCenter()));
      if (event.key === "Escape") this.place.hidden = true;
    });
    let over = null;
    map.on("mousemove", (event) => {
      const finding = this.evidence.at(event.point);
      const layers = this.#clickable(["applications", "proposals"]);
      const hit = finding !== null || map.queryRenderedFeatures(event.point, { layers }).length > 0;
      canvas.style.cursor = hit ? "pointer" : "";
      if (finding !== over) {
        over = finding;
        this.dispatchEvent(new CustomEvent("finding", { detail: finding }));
      }
    });
    map.on("idle", () => this.#tellTruncated());
    map.on("error", (event) => {
      if (event.error?.name === "AbortError") return;
      if (event.sourceId?.startsWith("background-")) this.#tellBackground(event.sourceId, true);
      // A tile that does not come is said once, quietly; the map goes on with the others.
      else this.#flash(this.texts.tile_failed);
    });
    map.on("sourcedata", (event) => {
      if (event.tile?.state === "loaded" && this.silent.has(event.sourceId)) this.#tellBackground(event.sourceId, false);
    });
  }

  #clickable(ids) {
    const known = this.groups.filter((g) => !ids || ids.includes(g.id)).flatMap((g) => g.clickable);
    return known.filter((id) => this.map.getLayer(id));
  }

  #pick(point) {
    const finding = this.evidence.at(point);
    if (finding !== null) {
      this.dispatchEvent(new CustomEvent("finding-pick", { detail: finding }));
      return;
    }
    const near = [
      [point.x - 6, point.y - 6],
      [point.x + 6, point.y + 6],
    ];
    const cases = this.map.queryRenderedFeatures(near, { layers: this.#clickable(["applications", "proposals"]) });
    if (cases.length) {
      this.place.hidden = true;
      this.dispatchEvent(new CustomEvent("pick", { detail: cases[0].properties.public_id }));
      return;
    }
    this.#tellPlace(this.map.queryRenderedFeatures(point, { layers: this.#clickable() }));
  }

  /** Say in words what lies at a place: the text twin of the drawing. */
  #tellPlace(features) {
    const seen = new Set();
    const lines = [];
    for (const { source, id, properties: p } of features) {
      const key = `${source} ${id}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const title = this.groups.find((g) => g.id === source)?.title ?? source;
      const words =
        source === "parcels"
          ? [p.parcel_number, p.district_name].filter(Boolean).join(", ")
          : source === "edges"
            ? (this.texts.kinds[p.kind] ?? p.kind) + (p.ambiguous ? ` (${this.texts.ambiguous})` : "")
            : [p.number, p.title ?? p.building_type, p.status === "F" ? `(${this.texts.proposal})` : ""]
                .filter(Boolean)
                .join(" ");
      lines.push([title, words]);
    }
    this.place.replaceChildren();
    this.place.hidden = lines.length === 0;
    if (!lines.length) return;
    const list = document.createElement("dl");
    for (const [title, words] of lines) {
      const dt = document.createElement("dt");
      const dd = document.createElement("dd");
      dt.textContent = title;
      dd.textContent = words || "–";
      list.append(dt, dd);
    }
    const close = document.createElement("button");
    close.type = "button";
    close.className = "map-close";
    close.setAttribute("aria-label", this.texts.close);
    close.textContent = "×";
    close.addEventListener("click", () => {
      this.place.hidden = true;
      this.map.getCanvas().focus();
    });
    this.place.append(close, list);
  }

  #tellTruncated() {
    const layers = this.groups.flatMap((g) => g.layers).filter((id) => this.map.getLayer(id));
    const cut = this.map.queryRenderedFeatures({ layers, filter: ["==", ["get", "truncated"], true] });
    const titles = this.groups.filter((g) => cut.some((f) => f.source === g.id)).map((g) => g.title);
    this.truncated.hidden = titles.length === 0;
    const words = titles.length ? `${this.texts.truncated} ${titles.join(", ")}` : "";
    if (this.truncated.textContent !== words) this.truncated.textContent = words;
  }

  /** Say which background maps do not answer, until they do or are switched off. */
  #tellBackground(id, silent) {
    if (silent) this.silent.add(id);
    else this.silent.delete(id);
    const titles = this.groups.filter((g) => this.silent.has(g.id)).map((g) => g.title);
    const words = titles.length ? `${this.texts.no_background} ${titles.join(", ")}` : "";
    this.background.hidden = !words;
    if (this.background.textContent !== words) this.background.textContent = words;
  }

  /** A group was switched on or off in the legend. */
  #switched(group, shown) {
    if (!shown) this.#tellBackground(group.id, false);
    const owners = this.groups.filter((g) => g.attribution && !this.legend.hidden.has(g.id)).map((g) => g.attribution);
    this.attribution.textContent = [...new Set(owners)].join(" · ");
    this.attribution.hidden = !owners.length;
    this.twin.refresh();
  }

  #go([west, south, east, north]) {
    const box = [
      [west, south],
      [east, north],
    ];
    this.map.fitBounds(box, { padding: 60, maxZoom: HOUSE_ZOOM, duration: duration() });
  }

  /** Without a map the list goes to what the map would have gone to. */
  #lookAt({ data, options }) {
    if (options.fit === false) return;
    const box = boxOf(data);
    if (box) this.twin?.look(box);
  }

  #flash(text) {
    if (!text) return;
    this.truncated.textContent = text;
    this.truncated.hidden = false;
  }

  /**
   * Draw the evidence of an application.
   *
   * @param {object} data GeoJSON as the evidence address answers it
   * @param {{fit?: boolean, application?: string}} options whether to move there, and whose evidence it is
   */
  showEvidence(data, options = {}) {
    this.pending = { data, options };
    if (!this.evidence) {
      this.#lookAt(this.pending);
      return;
    }
    this.evidence.show(data);
    this.#offer();
    this.#leaveOut(options.application ?? "");
    if (options.fit !== false) this.fit();
  }

  /** Take the evidence away. */
  clearEvidence() {
    this.pending = null;
    this.evidence?.clear();
    if (!this.evidence) return;
    this.#offer();
    this.#leaveOut("");
  }

  /** The legend has the drawing and the evidence while there are any. */
  #offer() {
    for (const id of ["evidence", "drawing"]) this.legend?.offer(id, this.evidence.has(id));
  }

  /** The application whose evidence is drawn needs no mark of its own below it. */
  #leaveOut(application) {
    for (const group of this.groups.filter((g) => ["applications", "proposals"].includes(g.id))) {
      for (const id of group.layers) {
        this.map.setFilter(id, application ? ["!=", ["get", "public_id"], application] : null);
      }
    }
  }

  /** Move to all evidence, or to that of one finding. @param {?number} finding */
  fit(finding = null) {
    const box = this.evidence?.bounds(finding);
    if (!box) return;
    const narrow = this.element.clientWidth < 600;
    this.map.fitBounds(box, {
      padding: narrow ? 50 : 110,
      maxZoom: finding === null ? HOUSE_ZOOM : 20.2,
      duration: duration(),
    });
  }

  /** Show the evidence of one finding alone; null shows that of all breaches. @param {?number} finding */
  highlight(finding) {
    this.evidence?.highlight(finding);
  }
}
