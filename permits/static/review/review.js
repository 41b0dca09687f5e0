/**
 * The reviewer's page: keeps list, findings and map together.
 *
 * Links and forms work without this file; htmx swaps the panel, and what the panel says is drawn on the map.
 */

import { PlanMap } from "planvaerk/map";

const panel = document.getElementById("panel");
const element = document.getElementById("map");
const map = new PlanMap(element);
window.planvaerkMap = map;

/** Finding that was asked for by a click; hovering shows another one for a moment. */
let chosen = null;

/** @returns {?HTMLElement} the card of a finding */
function card(id) {
  return document.getElementById(`finding-${id}`);
}

function mark(id) {
  for (const one of panel.querySelectorAll(".finding")) {
    const on = id !== null && one.dataset.finding === String(id);
    one.classList.toggle("is-shown", on);
    one.querySelector(".js-show")?.setAttribute("aria-pressed", String(on));
  }
}

function choose(id, { fly = true } = {}) {
  chosen = chosen === id ? null : id;
  mark(chosen);
  map.highlight(chosen);
  if (fly) map.fit(chosen);
}

/** Draw what the panel is about now. @param {{fit: boolean}} options */
function draw({ fit }) {
  chosen = null;
  const data = document.getElementById("evidence");
  const head = panel.querySelector("[data-application]");
  panel.classList.toggle("has-case", Boolean(data));
  if (data) {
    map.showEvidence(JSON.parse(data.textContent), { fit, application: head.dataset.application });
    document.title = head?.dataset.title || document.title;
  } else {
    map.clearEvidence();
    document.title = `${panel.querySelector("h1")?.textContent.trim()} – Planværk`;
  }
}

panel.addEventListener("click", (event) => {
  const target = event.target;
  if (target.closest(".js-fit")) {
    choose(null, { fly: false });
    map.fit();
    return;
  }
  const shown = target.closest(".js-show");
  if (shown) choose(Number(shown.closest(".finding").dataset.finding));
});

for (const [enter, leave] of [
  ["mouseover", "mouseout"],
  ["focusin", "focusout"],
]) {
  panel.addEventListener(enter, (event) => {
    const finding = event.target.closest(".finding");
    if (finding) map.highlight(Number(finding.dataset.finding));
  });
  panel.addEventListener(leave, (event) => {
    if (event.target.closest(".finding")) map.highlight(chosen);
  });
}

map.addEventListener("finding", (event) => mark(event.detail ?? chosen));
map.addEventListener("finding-pick", (event) => {
  const found = card(event.detail);
  if (!found) return;
  const fold = found.closest("details.fold");
  if (fold) fold.open = true;
  if (chosen !== event.detail) choose(event.detail, { fly: false });
  found.scrollIntoView({ block: "nearest" });
  found.focus({ preventScroll: true });
});
map.addEventListener("pick", (event) => {
  const href = `/sager/${encodeURIComponent(event.detail)}/${location.search}`;
  // The element of that name says that the address goes into the history.
  window.htmx.ajax("GET", href, { target: "#panel", swap: "innerHTML", source: "#map-pick" });
});

// htmx writes the address without the map's place in it; the map puts it back with its next movement.
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== panel) return;
  panel.scrollTop = 0;
  window.scrollTo(0, 0);
  draw({ fit: true });
  document.getElementById("case-title")?.focus({ preventScroll: true });
});

function failed() {
  let box = panel.querySelector(".panel-failed");
  if (!box) {
    box = document.createElement("p");
    box.className = "panel-failed alert alert-error";
    box.setAttribute("role", "alert");
    panel.prepend(box);
  }
  box.textContent = element.dataset.panelFailed;
}
document.body.addEventListener("htmx:responseError", failed);
document.body.addEventListener("htmx:sendError", failed);
document.body.addEventListener("htmx:timeout", failed);

/** The finding that the address names: a form about it leads back there. */
function named() {
  const found = /[#&]finding-(\d+)/.exec(location.hash);
  return found ? card(found[1]) : null;
}

// A link to a place on the map keeps it; a link to a case without one goes to the case.
draw({ fit: !location.hash.includes("kort=") && !named() });
const place = named();
if (place) {
  const fold = place.closest("details.fold");
  if (fold) fold.open = true;
  place.scrollIntoView({ block: "start" });
  map.ready.then(() => choose(Number(place.dataset.finding)));
}
