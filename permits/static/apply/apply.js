/**
 * The map of the applicant's pages: the property, what is drawn, what the findings are about, and the remedies.
 *
 * Pages and forms work without this file; only drawing on the map needs it.
 */

import { PlanMap } from "planvaerk/map";

const element = document.getElementById("map");
const data = JSON.parse(document.getElementById("evidence").textContent);
const isRemedy = (feature) => String(feature.properties.role).startsWith("remedy_");

/** Blue-green like the cards of the remedies, apart from the red and ochre of the findings. */
const GREEN = "#1b7344";

let plan = null;

/** Outline, piece and arrow of one remedy; a dashed line, so that it is told from what is drawn by more than colour. */
function addRemedies(map) {
  const features = data.features.filter(isRemedy);
  map.addSource("remedies", { type: "geojson", data: { type: "FeatureCollection", features } });
  const none = ["==", ["get", "remedy"], -1];
  map.addLayer({
    id: "remedies-piece",
    type: "fill",
    source: "remedies",
    filter: none,
    paint: { "fill-color": "#c62828", "fill-opacity": 0.5 },
  });
  map.addLayer({
    id: "remedies-line",
    type: "line",
    source: "remedies",
    filter: none,
    paint: { "line-color": GREEN, "line-width": 3, "line-dasharray": [2, 1] },
  });
}

function showRemedy(map, number) {
  const mine = ["==", ["get", "remedy"], number ?? -1];
  map.setFilter("remedies-line", mine);
  map.setFilter("remedies-piece", ["all", mine, ["==", ["get", "role"], "remedy_piece"]]);
}

/** Other people's applications are none of the applicant's concern. */
function leaveOutCases(map) {
  for (const { id, source } of map.getStyle().layers) {
    if (["applications", "proposals"].includes(source)) map.setLayoutProperty(id, "visibility", "none");
  }
}

/** Keep the cards of findings and remedies together with the map. */
function bindAnswer() {
  addRemedies(plan.map);
  let shown = null;
  for (const line of document.querySelectorAll(".apply-show")) line.hidden = false;
  for (const card of document.querySelectorAll("[data-finding]")) {
    const button = card.querySelector(".js-show");
    button.addEventListener("click", () => {
      const id = Number(card.dataset.finding);
      shown = shown === id ? null : id;
      for (const other of document.querySelectorAll("[data-finding]")) {
        const on = shown !== null && Number(other.dataset.finding) === shown;
        other.classList.toggle("is-shown", on);
        other.querySelector(".js-show").setAttribute("aria-pressed", String(on));
      }
      plan.highlight(shown);
      plan.fit(shown);
    });
  }
  const mark = (card) => {
    for (const other of document.querySelectorAll("[data-remedy]")) other.classList.toggle("is-shown", other === card);
    showRemedy(plan.map, card ? Number(card.dataset.remedy) : null);
  };
  const cards = [...document.querySelectorAll("[data-remedy]")];
  for (const card of cards) {
    card.addEventListener("mouseenter", () => mark(card));
    card.addEventListener("focusin", () => mark(card));
  }
  if (cards.length) mark(cards[0]);
}

/** Tools to draw with; what is drawn goes into a box of the form. */
async function bindDrawing(tools) {
  const draw = await import("terra-draw");
  const { TerraDrawMapLibreGLAdapter } = await import("terra-draw-maplibre-gl-adapter");
  const shape = { draggable: true, rotateable: true, coordinates: { midpoints: true, draggable: true, deletable: true } };
  const board = new draw.TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map: plan.map, coordinatePrecision: 9 }),
    modes: [
      new draw.TerraDrawPolygonMode(),
      new draw.TerraDrawAngledRectangleMode(),
      new draw.TerraDrawSelectMode({
        flags: { polygon: { feature: shape }, "angled-rectangle": { feature: shape } },
      }),
    ],
  });
  board.start();
  const box = document.getElementById("drawn");
  const status = document.getElementById("draw-status");
  const choose = (tool) => {
    board.setMode(tool);
    for (const button of tools.querySelectorAll("[data-tool]")) {
      if (button.hasAttribute("aria-pressed")) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    }
  };
  const keep = () => {
    const features = board.getSnapshot().filter((f) => f.geometry.type === "Polygon" && !f.properties.midPoint);
    const whole = features.map(({ geometry }) => ({ type: "Feature", properties: {}, geometry }));
    box.value = whole.length ? JSON.stringify({ type: "FeatureCollection", features: whole }) : "";
    status.textContent = whole.length ? `${status.dataset.some}${whole.length}` : status.dataset.none;
  };
  // What was drawn before something had to be put right stands there again.
  if (box.value) {
    const before = JSON.parse(box.value).features;
    board.addFeatures(before.map((f) => ({ ...f, properties: { mode: "polygon" } })));
  }
  board.on("finish", keep);
  for (const button of tools.querySelectorAll("[data-tool]")) {
    button.addEventListener("click", () => {
      if (button.dataset.tool === "clear") {
        board.clear();
        keep();
      } else choose(button.dataset.tool);
    });
  }
  keep();
  tools.hidden = false;
  window.planvaerkDraw = board;
}

document.getElementById("errors")?.focus();
if (element) {
  plan = new PlanMap(element);
  window.planvaerkMap = plan;
  plan.showEvidence({ ...data, features: data.features.filter((f) => !isRemedy(f)) }, { fit: true });
  await plan.ready;
  if (plan.map) {
    leaveOutCases(plan.map);
    bindAnswer();
    const tools = document.getElementById("draw-tools");
    if (tools) await bindDrawing(tools);
  }
}
