/**
 * Evidence on the map: strips, parts of roofs, worst points, and lines with their length in metres.
 *
 * Each feature has a `role` that decides its look, a `finding` that it belongs to (null: the building itself),
 * and for a line that was measured a `label`, which came with the proof. Nothing is measured here.
 */

const SOURCE = "evidence";
const FONT = ["IBM Plex Sans", "sans-serif"];

/** Role → colour. The building itself is dark blue; what is too much is red; what surrounds it is quiet. */
const COLOURS = {
  proposed: "#123a6b",
  roof: "#123a6b",
  footprint: "#123a6b",
  plot: "#3b3b3b",
  plan_area: "#a0285f",
  strip: "#d08700",
  edge: "#5a3f8c",
  feature: "#0f766e",
  part_above_plane: "#c62828",
  part_outside: "#c62828",
  part_inside: "#1b7344",
  shortest_line: "#111111",
  dimension_end: "#111111",
  worst_point: "#c62828",
};
const FILLS = { proposed: 0.25, roof: 0, footprint: 0.12, strip: 0.28, plan_area: 0.06, feature: 0.12, plot: 0 };

/** @returns {Array} a MapLibre expression that chooses by role */
function byRole(table, otherwise) {
  return ["match", ["get", "role"], ...Object.entries(table).flat(), otherwise];
}

/** Walk all positions of a geometry. */
function* positions(geometry) {
  if (geometry.type === "GeometryCollection") {
    for (const part of geometry.geometries) yield* positions(part);
    return;
  }
  const walk = function* (value) {
    if (typeof value[0] === "number") yield value;
    else for (const part of value) yield* walk(part);
  };
  yield* walk(geometry.coordinates);
}

/** @returns {?number[]} west, south, east, north of all features; null where there is nothing */
export function boxOf({ features }) {
  const all = features.filter((f) => f.geometry).flatMap((f) => [...positions(f.geometry)]);
  if (!all.length) return null;
  const [xs, ys] = [all.map((p) => p[0]), all.map((p) => p[1])];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** Ends and middle of a measured line, as points: ticks and the place of its label. */
function* dimensions(feature) {
  if (feature.geometry.type !== "LineString" || !feature.properties.label) return;
  const points = feature.geometry.coordinates;
  const point = (coordinates, properties) => ({
    type: "Feature",
    geometry: { type: "Point", coordinates },
    properties: { ...feature.properties, ...properties },
  });
  const [a, b] = [points[0], points.at(-1)];
  yield point(a, { role: "dimension_end", label: "" });
  yield point(b, { role: "dimension_end", label: "" });
  yield point([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], { role: "dimension_label" });
}

/** Roles of the drawing itself; the others are what findings are about. */
const DRAWING = ["proposed", "roof"];

/** The overlay of evidence on one map. */
export class Evidence {
  /** @param {import("maplibre-gl").Map} map a map whose style is loaded */
  constructor(map) {
    this.map = map;
    this.data = { type: "FeatureCollection", features: [] };
    this.layers = [];
    map.addSource(SOURCE, { type: "geojson", data: this.data });
    const colour = byRole(COLOURS, "#333333");
    const drawn = ["in", ["get", "role"], ["literal", DRAWING]];
    const line = ["!=", ["geometry-type"], "Point"];
    this.#add("drawing-fill", "fill", ["all", ["==", ["geometry-type"], "Polygon"], drawn], {
      "fill-color": colour,
      "fill-opacity": byRole(FILLS, 0),
    });
    this.#add("drawing-casing", "line", ["==", ["get", "role"], "proposed"], {
      "line-color": "#ffffff",
      "line-width": 4,
      "line-opacity": 0.85,
    });
    this.#add("drawing-line", "line", ["all", line, drawn], {
      "line-color": colour,
      "line-width": byRole({ proposed: 2.4 }, 1),
    });
    this.#add("fill", "fill", ["all", ["==", ["geometry-type"], "Polygon"], ["!", drawn]], {
      "fill-color": colour,
      "fill-opacity": byRole(FILLS, 0.45),
    });
    this.#add("casing", "line", ["all", line, ["!", drawn]], {
      "line-color": "#ffffff",
      "line-width": byRole({ shortest_line: 6, edge: 8, footprint: 4 }, 3),
      "line-opacity": 0.85,
    });
    this.#add("line", "line", ["all", line, ["!", drawn], ["!=", ["get", "role"], "plot"]], {
      "line-color": colour,
      "line-width": byRole({ shortest_line: 2.6, edge: 4, footprint: 2.4 }, 1.6),
    });
    this.#add("plot", "line", ["==", ["get", "role"], "plot"], {
      "line-color": COLOURS.plot,
      "line-width": 1.8,
      "line-dasharray": [4, 2],
    });
    this.#add("ends", "circle", ["==", ["get", "role"], "dimension_end"], {
      "circle-color": COLOURS.shortest_line,
      "circle-radius": 3.2,
      "circle-stroke-color": "#ffffff",
      "circle-stroke-width": 1.4,
    });
    this.#add("points", "circle", ["==", ["get", "role"], "worst_point"], {
      "circle-color": COLOURS.worst_point,
      "circle-radius": 6,
      "circle-stroke-color": "#ffffff",
      "circle-stroke-width": 2,
    });
    this.#add(
      "labels",
      "symbol",
      ["==", ["get", "role"], "dimension_label"],
      { "text-color": "#111111", "text-halo-color": "#ffffff", "text-halo-width": 2.4 },
      {
        "text-field": ["get", "label"],
        "text-font": FONT,
        "text-size": 15,
        "text-variable-anchor": ["bottom", "top"],
        "text-radial-offset": 0.6,
        "text-allow-overlap": false,
        "text-ignore-placement": true,
      },
    );
  }

  #add(name, type, filter, paint, layout = {}) {
    const id = `${SOURCE}-${name}`;
    this.layers.push({ id, filter });
    this.map.addLayer({ id, type, source: SOURCE, filter, paint, layout });
  }

  /** Groups of the legend for what is drawn here. @param {object} texts words of the component */
  groups(texts) {
    const named = (wanted) => this.layers.map(({ id }) => id).filter((id) => id.startsWith(`${SOURCE}-drawing`) === wanted);
    const part = (id, title, layers, entries) => ({ id, title, layers, entries, visible: true, min_zoom: 0 });
    return [
      part("evidence", texts.evidence, named(false), [
        { shape: "line", colour: COLOURS.shortest_line, label: texts.measured },
        { shape: "line", colour: COLOURS.edge, label: texts.boundary },
        { shape: "fill", colour: `${COLOURS.part_outside}73`, outline: COLOURS.part_outside, label: texts.too_much },
        { shape: "fill", colour: `${COLOURS.strip}47`, outline: COLOURS.strip, label: texts.strip },
      ]),
      part("drawing", texts.drawing, named(true), [
        { shape: "fill", colour: `${COLOURS.proposed}40`, outline: COLOURS.proposed, label: texts.drawn },
        { shape: "line", colour: COLOURS.roof, label: texts.roof },
      ]),
    ];
  }

  /** @returns {boolean} whether there is anything of that group now */
  has(group) {
    const drawing = (f) => DRAWING.includes(f.properties.role);
    return this.data.features.some((f) => drawing(f) === (group === "drawing"));
  }

  /** @param {object} data GeoJSON of all evidence of an application */
  show(data) {
    const drawn = data.features.flatMap((feature) => [feature, ...dimensions(feature)]);
    this.data = data;
    this.map.getSource(SOURCE).setData({ type: "FeatureCollection", features: drawn });
    this.highlight(null);
  }

  clear() {
    this.show({ type: "FeatureCollection", features: [] });
  }

  /** Findings that stand against what is drawn; with none of them, nothing but the building is shown first. */
  #breaches() {
    const bad = ["fail", "needs_dispensation", "overall_assessment", "needs_other_consent", "needs_manual"];
    const found = this.data.features.filter((f) => f.properties.finding !== null);
    const worst = bad.find((outcome) => found.some((f) => f.properties.outcome === outcome));
    const ids = found.filter((f) => f.properties.outcome === worst).map((f) => f.properties.finding);
    return [...new Set(ids)];
  }

  /** Show one finding's evidence, or with null that of the worst findings. @param {?number} finding */
  highlight(finding) {
    const ids = finding === null ? this.#breaches() : [finding];
    this.shown = new Set(ids);
    const mine = ["any", ["==", ["get", "finding"], null], ["in", ["get", "finding"], ["literal", ids]]];
    for (const { id, filter } of this.layers) this.map.setFilter(id, ["all", filter, mine]);
  }

  /** @returns {?number} the finding whose evidence lies at a point of the screen */
  at(point) {
    const box = [
      [point.x - 5, point.y - 5],
      [point.x + 5, point.y + 5],
    ];
    const layers = ["line", "points", "labels", "ends"].map((name) => `${SOURCE}-${name}`);
    const hits = this.map.queryRenderedFeatures(box, { layers });
    const hit = hits.find((f) => typeof f.properties.finding === "number");
    return hit ? hit.properties.finding : null;
  }

  /** @returns {?Array} west-south and east-north of the evidence of one finding, or of everything */
  bounds(finding) {
    let some = this.data.features.filter((f) => finding !== null && f.properties.finding === finding);
    // A plan area or a protection line may be far larger than what is to be seen.
    const close = some.filter((f) => !["plan_area", "feature"].includes(f.properties.role));
    if (close.length) some = close;
    if (!some.length) some = this.data.features.filter((f) => f.properties.role === "proposed");
    if (!some.length) some = this.data.features;
    const box = boxOf({ features: some });
    return box && [box.slice(0, 2), box.slice(2)];
  }
}
