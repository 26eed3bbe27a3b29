// Making elements. Text goes in as text, never as HTML.

const byId = (id) => document.getElementById(id);

function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else made.setAttribute(name, value);
  }
  made.append(...children.flat(3).filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

// Put new children into an element, and the focus back on the part that had it (known by data-key).
function fill(place, ...children) {
  const had = place.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  place.replaceChildren(...children.flat(3).filter(Boolean));
  if (had) [...place.querySelectorAll("[data-key]")].find((one) => one.dataset.key === had)?.focus();
}

const key = (name) => el("kbd", {}, name);
const readable = (name) => name.replaceAll("_", " ");
const inP = (p) => (p > 0.995 ? "> .99" : p < 0.005 ? "< .01" : p.toFixed(2).replace(/^0/, ""));
const say = (text) => { byId("said").textContent = text; };

function announcing(name, n) {
  return `${n} ${n === 1 ? name : name + "s"}`;
}
