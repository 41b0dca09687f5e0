/** The page of one property: the map goes to the parcel, and everything is unfolded on paper. */

import { PlanMap } from "planvaerk/map";

const map = new PlanMap(document.getElementById("map"));
window.planvaerkMap = map;
map.showEvidence(JSON.parse(document.getElementById("outline").textContent), {
  fit: !location.hash.includes("kort="),
});

const print = document.querySelector(".js-print");
print.hidden = false;
print.addEventListener("click", () => window.print());
window.addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details.lookup-fold")) fold.open = true;
});

/* What takes longer is asked when the page stands; without this script the link leads to it. */
for (const section of document.querySelectorAll("[data-apart]")) {
  const [waiting, failed, ask] = ["waiting", "failed", "ask"].map((name) => section.querySelector(`.js-${name}`));
  waiting.hidden = false;
  ask.hidden = true;
  try {
    const answer = await fetch(`${section.dataset.apart}&part`);
    if (!answer.ok) throw new Error(answer.statusText);
    section.outerHTML = await answer.text();
  } catch {
    waiting.hidden = true;
    failed.hidden = ask.hidden = false;
  }
}
