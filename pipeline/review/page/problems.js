// The kind of a segment, and what each of its sentences tells.

const ROLE_KEYS = { p: "problem", a: "approach", c: "challenge", r: "result" };

function problemView(unit, held, work) {
  const before = held.filter((one) => one.target === "segment").pop();
  let kind = before ? before.kind : unit.kind;
  const roles = new Map();
  for (const one of before ? before.anatomy : unit.roles) roles.set(`${one.start}-${one.end}`, one.role);
  const scores = new Map(unit.roles.map((one) => [`${one.start}-${one.end}`, one]));
  let focus = Math.max(0, unit.sentences.findIndex((one) => roles.has(name(one))));

  function name(one) {
    return `${one.start}-${one.end}`;
  }

  function give(place, role) {
    const one = unit.sentences[place];
    if (!one) return;
    if (role && roles.get(name(one)) !== role) roles.set(name(one), role);
    else roles.delete(name(one));
    say(`Sentence ${place + 1}: ${roles.get(name(one)) || "no role"}`);
    draw();
  }

  function move(step) {
    focus = Math.min(Math.max(0, focus + step), unit.sentences.length - 1);
    draw();
    byId("work").querySelector('[aria-current="true"]')?.scrollIntoView({ block: "nearest" });
    const shown = byId("work").querySelector('[aria-current="true"]');
    if (shown) say(shown.textContent);
  }

  function paragraph(shown) {
    const end = shown.start + points(shown.text).length;
    const inside = unit.sentences.map((one, place) => ({ one, place })).filter(({ one }) => one.start >= shown.start && one.end <= end);
    if (!inside.length) return el("p", { class: shown.kind === "heading" ? "heading" : "aside", dir: "auto" }, visible(shown.text));
    const pieces = [];
    let at = shown.start;
    for (const { one, place } of inside) {
      if (one.start > at) pieces.push(visible(textBetween(shown, at, one.start)));
      pieces.push(sentence(shown, one, place));
      at = one.end;
    }
    if (at < end) pieces.push(visible(textBetween(shown, at, end)));
    return el("p", { dir: "auto" }, pieces);
  }

  function sentence(shown, one, place) {
    const role = roles.get(name(one));
    return el("span", { class: `sentence ${role ? "role " + role : ""}`, "aria-current": place === focus ? "true" : null, onclick: () => { focus = place; draw(); } },
      role ? el("span", { class: "badge" }, role) : null, visible(textBetween(shown, one.start, one.end)));
  }

  function draw() {
    fill(byId("work"), placed(unit, el("div", { class: "judged segment", id: "text" }, unit.passages.map(paragraph))));
    const here = unit.sentences[focus];
    const model = here && scores.get(name(here));
    fill(byId("panel"),
      el("h2", {}, "Kind"),
      el("div", { class: "choices", role: "group", "aria-label": "Kind of segment" }, work.facts.segment_kinds.map((one) =>
        el("button", { type: "button", class: "choice", "data-key": `kind-${one}`, "aria-pressed": String(one === kind), onclick: () => { kind = one; draw(); } }, readable(one)))),
      unit.kind ? el("p", { class: "note" }, `The model: ${readable(unit.kind)}, ${inP(unit.score)}.`) : null,
      kind ? null : el("p", { class: "note" }, "Choose the kind; ", key("k"), " goes through them."),
      kind === "problem_of_practice" ? [
        el("h2", {}, `Sentence ${focus + 1} of ${unit.sentences.length}`),
        el("div", { class: "choices", role: "group", "aria-label": "What the sentence tells" }, Object.entries(ROLE_KEYS).map(([letter, role]) =>
          el("button", { type: "button", class: `choice role ${role}`, "data-key": `role-${role}`, "aria-pressed": String(roles.get(name(here)) === role), onclick: () => give(focus, role) }, key(letter), ` ${role}`))),
        model ? el("p", { class: "note" }, `The model: ${model.role}, ${inP(model.score)}.`) : null,
      ] : null,
      before ? el("p", { class: "note" }, "You have judged this segment; saving replaces that.") : null);
    fill(byId("beside"), el("h2", {}, "Problem of practice"), el("p", {}, "Something in the work of leading a school or district that the speakers have not solved, told about a place."),
      el("dl", {}, [["problem", "what is wrong or missing"], ["approach", "what they do about it"], ["challenge", "what stands in the way of that"], ["result", "what came of it"]]
        .map(([term, text]) => [el("dt", {}, term), el("dd", {}, text)])));
  }

  return {
    draw,
    decisions() {
      if (!kind) {
        say("Choose the kind first.");
        return null;
      }
      const anatomy = kind !== "problem_of_practice" ? [] : unit.sentences.filter((one) => roles.has(name(one))).map((one) => {
        const shown = unit.passages.find((passage) => passage.start <= one.start && one.end <= passage.start + points(passage.text).length);
        return { ...stretch(shown, one.start, one.end), role: roles.get(name(one)) };
      });
      return [{ target: "segment", record_id: unit.id, anchor: unit.anchor, kind, anatomy }];
    },
    press(event) {
      const role = ROLE_KEYS[event.key];
      if (role && kind === "problem_of_practice") { give(focus, role); move(1); }
      else if (event.key === "n" || event.key === "Backspace") { give(focus, null); move(1); }
      else if (event.key === "ArrowDown" || event.key === "ArrowUp") move(event.key === "ArrowDown" ? 1 : -1);
      else if (event.key === "k") {
        const kinds = work.facts.segment_kinds;
        kind = kinds[(kinds.indexOf(kind) + 1) % kinds.length];
        say(readable(kind));
        draw();
      } else return false;
      return true;
    },
    keys: [
      ["k", "the next kind of segment"],
      ["↑ ↓", "another sentence"],
      ["p a c r", "it tells the problem, an approach, a challenge, a result; then the next sentence"],
      ["n", "it tells none of these; then the next sentence"],
      ["Enter", "save and next"],
      ["d", "show or hide what the words mean"],
    ],
  };
}
