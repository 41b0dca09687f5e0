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
