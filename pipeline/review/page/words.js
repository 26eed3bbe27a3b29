// Texts by code points: offsets of records count these, a string of this language counts otherwise.

const points = (text) => Array.from(text);

// Characters that are not seen, or that turn the order of others round, are shown as signs. One for one: offsets stay.
const SIGNS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const visible = (text) =>
  text.replace(SIGNS, (sign) => (sign < "\u0020" ? String.fromCharCode(0x2400 + sign.charCodeAt(0)) : "\u25af"));

// The words of a text that starts at `start` in its document: [{start, end}].
function wordsOf(text, start) {
  const found = [];
  let at = start;
  for (const piece of text.split(/(\s+)/u)) {
    const length = points(piece).length;
    if (length && !/^\s/u.test(piece)) found.push({ start: at, end: at + length });
    at += length;
  }
  return found;
}

const textBetween = (shown, start, end) => points(shown.text).slice(start - shown.start, end - shown.start).join("");

const stretch = (shown, start, end) => ({ start, end, text: textBetween(shown, start, end) });

// A passage with layers [{start, end, name, label}]: each piece knows its start, so that a selection can be read back.
function layered(shown, layers) {
  const all = points(shown.text);
  const end = shown.start + all.length;
  const inside = layers.filter((one) => one.start < end && one.end > shown.start && one.end > one.start);
  const cuts = new Set([shown.start, end]);
  for (const one of inside) {
    cuts.add(Math.max(one.start, shown.start));
    cuts.add(Math.min(one.end, end));
  }
  const places = [...cuts].sort((a, b) => a - b);
  return places.slice(0, -1).map((from, i) => {
    const to = places[i + 1];
    const over = inside.filter((one) => one.start <= from && one.end >= to);
    const marks = over.map((one) => one.name).join(" ");
    const tag = over.some((one) => one.mark) ? "mark" : "span";
    const made = el(tag, { class: marks || null, "data-start": from, title: over.map((one) => one.title).filter(Boolean).join("; ") || null });
    made.textContent = visible(all.slice(from - shown.start, to - shown.start).join(""));
    return made;
  });
}

// What is selected on the page inside `place`, as offsets of the document, widened to whole words; null: nothing.
function selected(place, shown) {
  const selection = window.getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  if (!place.contains(range.startContainer) || !place.contains(range.endContainer)) return null;
  const [from, to] = [offsetOf(range.startContainer, range.startOffset, place), offsetOf(range.endContainer, range.endOffset, place)];
  if (from === null || to === null || to <= from) return null;
  const words = wordsOf(shown.text, shown.start).filter((one) => one.start < to && one.end > from);
  return words.length ? { start: words[0].start, end: words[words.length - 1].end } : null;
}

function offsetOf(node, offset, place) {
  if (node.nodeType === Node.TEXT_NODE) {
    const holder = node.parentElement.closest("[data-start]");
    return holder ? Number(holder.dataset.start) + points(node.data.slice(0, offset)).length : null;
  }
  const pieces = [...place.querySelectorAll("[data-start]")];
  const next = pieces.find((one) => node.childNodes[offset] && (one === node.childNodes[offset] || node.childNodes[offset].contains(one)));
  if (next) return Number(next.dataset.start);
  const last = pieces[pieces.length - 1];
  return last ? Number(last.dataset.start) + points(last.textContent).length : null;
}

// The words around what is judged, dimmed.
function neighbours(list, name) {
  return list.length
    ? el("div", { class: "around", role: "group", "aria-label": name }, list.map((one) =>
        el("p", { class: one.kind === "heading" ? "heading" : null, dir: "auto" }, visible(one.text))))
    : null;
}

function placed(unit, ...middle) {
  const facts = [unit.date, unit.heading && unit.heading !== unit.document ? visible(unit.heading) : null].filter(Boolean);
  return [
    el("p", { class: "where" }, el("strong", {}, visible(unit.document)), facts.length ? ` · ${facts.join(" · ")}` : ""),
    neighbours(unit.before, "Before it"),
    ...middle,
    neighbours(unit.after, "After it"),
  ];
}

// The anchor of a part of an anchored text.
function anchorInside(anchor, shown, start, end) {
  const around = points(anchor.before + anchor.text + anchor.after);
  const shift = anchor.start - points(anchor.before).length;
  return {
    document: anchor.document, start, end, text: textBetween(shown, start, end),
    before: around.slice(Math.max(0, start - shift - 48), start - shift).join(""),
    after: around.slice(end - shift, end - shift + 48).join(""),
  };
}
