/**
 * Suggestions below the search box, by mouse or by keyboard alone (arrows, Enter, Escape).
 *
 * Without this file the form asks the server and lists what matches.
 */

const form = document.querySelector(".lookup-search");
const input = form.querySelector("#lookup-q");
const list = form.querySelector("#lookup-options");
const status = form.querySelector("#lookup-status");
let hits = [];
let chosen = -1;
let asked = 0;
let timer = 0;

input.setAttribute("role", "combobox");
input.setAttribute("aria-autocomplete", "list");
input.setAttribute("aria-controls", list.id);
input.setAttribute("aria-expanded", "false");

function close() {
  list.hidden = true;
  chosen = -1;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

/** Mark one suggestion; -1 marks none. */
function mark(at) {
  chosen = at;
  [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === at)));
  if (at < 0) input.removeAttribute("aria-activedescendant");
  else input.setAttribute("aria-activedescendant", list.children[at].id);
}

function show(found) {
  hits = found;
  list.replaceChildren(
    ...found.map((hit, n) => {
      const item = document.createElement("li");
      item.id = `lookup-option-${n}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.textContent = hit.label;
      return item;
    }),
  );
  chosen = -1;
  list.hidden = found.length === 0;
  input.setAttribute("aria-expanded", String(found.length > 0));
  input.removeAttribute("aria-activedescendant");
  status.textContent = found.length ? `${found.length}. ${form.dataset.some}` : form.dataset.none;
}

async function suggest() {
  const words = input.value.trim();
  asked += 1;
  const mine = asked;
  if (words.length < 2) {
    close();
    status.textContent = "";
    return;
  }
  try {
    const answer = await fetch(`${form.dataset.suggest}?${new URLSearchParams({ q: words, limit: "8" })}`);
    if (answer.ok && mine === asked) show((await answer.json()).hits);
  } catch {
    close(); // the form itself still works
  }
}

input.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(suggest, 180);
});

input.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    close();
    return;
  }
  if (list.hidden || !hits.length) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    mark(chosen < 0 && step < 0 ? hits.length - 1 : (chosen + step + hits.length) % hits.length);
  } else if (event.key === "Enter" && chosen >= 0) {
    event.preventDefault();
    location.assign(hits[chosen].url);
  }
});

list.addEventListener("mousedown", (event) => event.preventDefault());
list.addEventListener("click", (event) => {
  const item = event.target.closest("li");
  if (item) location.assign(hits[[...list.children].indexOf(item)].url);
});
input.addEventListener("blur", close);
