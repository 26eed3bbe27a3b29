// One unit at a time: shown, decided, saved.

const VIEWS = { passage: passageView, quote: quoteView, segment: problemView };
const UNDONE = "undo";

const work = { store: null, facts: null, outbox: null, held: [], done: [], batches: [], at: 0, unit: null, view: null, ahead: new Map(), n: 0, session: "", ended: false };

async function start() {
  const material = byId("material");
  work.store = material ? pageStore(JSON.parse(material.textContent)) : serverStore;
  try {
    work.facts = await work.store.facts();
  } catch (error) {
    byId("count").textContent = "Not loaded";
    fill(byId("work"), el("h1", {}, "Nothing to show"), el("p", {}, `${error.message}.`));
    return;
  }
  work.session = stamp().replace(/[-:]/gu, "").replace("Z", "") + "-" + letters(4);
  work.held = work.facts.decisions;
  work.outbox = new Outbox(work.store, work.facts.place, told);
  recall([...work.store.kept(), ...work.outbox.waiting]);
  work.held.forEach(batched);
  work.batches.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  byId("who").textContent = `${work.facts.coder} · ${work.facts.kind}${work.facts.blind ? " · blind" : ""}`;
  told("ready", work.outbox.waiting.length);
  window.setInterval(() => { work.outbox.flush(); }, 10000);
  work.outbox.flush();
  if (work.store.offline) byId("finish").firstChild.textContent = "Save to a file ";
  const first = work.facts.ids.findIndex((_, place) => !work.done[place]);
  work.done = work.facts.ids.map((_, place) => judged(place));
  await (work.done.every(Boolean) ? end() : go(work.done.indexOf(false) < 0 ? Math.max(0, first) : work.done.indexOf(false)));
}

// Decisions that this browser kept, put where they belong; what was taken back goes.
function recall(entries) {
  for (const { unit, decision } of entries) {
    const place = work.facts.ids.indexOf(unit);
    if (place < 0) continue;
    if (decision.target === UNDONE) work.held[place] = work.held[place].filter((one) => one.id !== decision.undoes);
    else if (!work.held[place].some((one) => one.id === decision.id)) work.held[place].push(decision);
  }
}

function batched(decisions, place) {
  for (const one of decisions) {
    const last = work.batches.find((batch) => batch.place === place && batch.at === one.at);
    if (last) last.ids.push(one.id);
    else work.batches.push({ place, at: one.at, ids: [one.id] });
  }
}

const MAIN = { passages: "passage", quotes: "quote", problems: "segment" };

function judged(place) {
  const id = work.facts.ids[place];
  return work.held[place].some((one) => one.target === MAIN[work.facts.kind] && (one.target !== "quote" || one.record_id === id));
}

function told(state, waiting, note) {
  const time = () => new Date(note).toLocaleTimeString("en-GB");
  const texts = {
    ready: waiting ? `${announcing("decision", waiting)} still to be saved` : "",
    sending: "saving …",
    saved: waiting ? "saving …" : work.store.offline ? `kept in this browser ${time()}` : `saved ${time()}`,
    waiting: `Not saved yet: ${announcing("decision", waiting)} kept in this browser, trying again (${note}).`,
    refused: `Refused, ${note}. It is kept in this browser.`,
  };
  byId("saved").textContent = texts[state];
  byId("saved").className = `saved is-${state}`;
}

const ahead = (place) => {
  if (!work.ahead.has(place)) work.ahead.set(place, work.store.unit(place).catch((error) => { work.ahead.delete(place); throw error; }));
  return work.ahead.get(place);
};

async function go(place) {
  if (place < 0 || place >= work.facts.ids.length) return;
  const asked_ = ++work.n;
  let unit;
  try {
    unit = await ahead(place);
  } catch (error) {
    told("waiting", work.outbox.waiting.length, error.message);
    return;
  }
  if (asked_ !== work.n) return;
  Object.assign(work, { at: place, unit, ended: false, view: VIEWS[unit.target](unit, work.held[place], work) });
  for (const next of [place + 1, place + 2]) if (next < work.facts.ids.length) ahead(next).catch(() => {});
  document.body.classList.remove("ended");
  progress();
  work.view.draw();
  byId("work").setAttribute("aria-label", `${readable(unit.target)} ${place + 1} of ${work.facts.ids.length}`);
  byId("work").focus({ preventScroll: true });
  window.scrollTo(0, 0);
  byId("text")?.scrollIntoView({ block: "nearest" });
}

function progress() {
  const done = work.done.filter(Boolean).length, all = work.done.length;
  byId("count").textContent = `${work.ended ? "" : `No. ${work.at + 1} · `}${done} of ${all} judged`;
  byId("bar").max = all;
  byId("bar").value = done;
}

function end() {
  work.ended = true;
  work.n += 1;
  document.body.classList.add("ended");
  progress();
  return summary(work);
}

const stamp = () => new Date().toISOString().replace(/\.\d+Z/u, "Z");

function letters(n) {
  return Array.from(crypto.getRandomValues(new Uint8Array(n)), (one) => "abcdefghjkmnpqrstuvwxyz23456789"[one % 31]).join("");
}

let counted = 0;

function signed(decision, at) {
  counted += 1;
  const line = { id: `${work.facts.coder}:${work.session}:${String(counted).padStart(6, "0")}`, schema_version: 1, coder: work.facts.coder, at };
  if (decision.target === UNDONE) return { ...decision, ...line };
  return { ...decision, ...line, model_version: work.facts.versions[decision.target] || null, blind: work.facts.blind };
}

// What a decision is about: another one about the same takes its place.
function subject(one) {
  if (one.target === "quote") return ["quote", one.record_id, one.added && one.parts.length ? one.parts[0].start : ""].join("|");
  return [one.target, one.anchor.document, one.anchor.start, one.anchor.text].join("|");
}

function save(answerNo) {
  if (work.ended || !work.view) return;
  const made = work.view.decisions(answerNo);
  if (!made) return;
  const at = stamp(), place = work.at, id = work.facts.ids[place];
  const held = work.held[place];
  const now = new Set(made.map(subject));
  const mine = new Set([id, work.unit.passage_id]);
  // What was said before of something that is there no more: an added quote that was taken away, an extent that moved.
  const gone = held.filter((one) => mine.has(one.record_id) && !now.has(subject(one)));
  const lines = [...gone.map((one) => ({ target: UNDONE, undoes: one.id })), ...made].map((one) => signed(one, at));
  const fresh = lines.filter((one) => one.target !== UNDONE);
  work.held[place] = [...held.filter((one) => !gone.includes(one)), ...fresh];
  work.batches.push({ place, at, ids: fresh.map((one) => one.id) });
  work.done[place] = judged(place);
  work.outbox.add(lines.map((decision) => ({ unit: id, decision })));
  onwards(place);
}

function onwards(place) {
  if (place + 1 < work.facts.ids.length) go(place + 1);
  else if (work.done.every(Boolean)) end();
  else go(work.done.indexOf(false));
}

function undo() {
  const last = work.batches.pop();
  if (!last) {
    say("Nothing to undo");
    return;
  }
  const at = stamp(), unit = work.facts.ids[last.place];
  work.held[last.place] = work.held[last.place].filter((one) => !last.ids.includes(one.id));
  work.done[last.place] = judged(last.place);
  work.outbox.add(last.ids.map((undoes) => ({ unit, decision: signed({ target: UNDONE, undoes }, at) })));
  say(`Number ${last.place + 1} is undone`);
  go(last.place);
}

// Keys

const GENERAL = [
  ["← →", "back; on without saving"],
  ["u", "undo the last decision and go there"],
  ["b", "show or hide what stands before and after"],
  ["/", "jump to a number"],
  ["g", "the summary"],
  ["?", "these keys"],
];

function open_(dialog, title, ...content) {
  fill(dialog, el("h2", { id: `${dialog.id === "keys" ? "keys" : "jump"}-title` }, title), content, el("p", { class: "buttons" }, el("button", { type: "button", onclick: () => dialog.close() }, "Close ", key("Esc"))));
  dialog.showModal();
}

function help() {
  const rows = [...(work.view ? work.view.keys : []), ...GENERAL];
  open_(byId("keys"), "Keys", el("dl", { class: "keys" }, rows.map(([name, text]) => [el("dt", {}, key(name)), el("dd", {}, text)])));
}

function jump() {
  const all = work.facts.ids.length;
  const leave = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    const place = Number(event.target.value) - 1;
    byId("jumping").close();
    if (Number.isInteger(place) && place >= 0 && place < all) go(place);
  };
  open_(byId("jumping"), "Jump", el("label", { class: "field" }, `Number, 1 to ${all} `, el("input", { type: "number", min: 1, max: all, value: work.at + 1, onkeydown: leave })));
  byId("jumping").querySelector("input").select();
}

const toggle = (name) => document.body.classList.toggle(name);
const COMMANDS = {
  ArrowLeft: () => (work.ended ? go(work.at) : go(work.at - 1)),
  ArrowRight: () => (work.at + 1 < work.facts.ids.length ? go(work.at + 1) : end()),
  u: undo, g: end, d: () => toggle("no-beside"), b: () => toggle("no-around"), "/": jump, "?": help,
};

function pressed(event) {
  if (!work.facts || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
  const target = event.target;
  if (target.matches("input, select, textarea")) {
    if (event.key === "Escape" || (event.key === "Enter" && target.matches("input"))) target.blur();
    return;
  }
  if (event.key === "Enter") {
    if (target.closest("button, a") && !target.closest("#panel .theme")) return;
    event.preventDefault();
    if (!event.repeat) save(event.shiftKey);
  } else if ((!work.ended && work.view?.press(event)) || command(event)) event.preventDefault();
}

function command(event) {
  const wanted = COMMANDS[event.key];
  if (wanted) wanted();
  return Boolean(wanted);
}

document.addEventListener("keydown", pressed);
document.addEventListener("selectionchange", () => { if (!work.ended) work.view?.select?.(); });
for (const [name, wanted] of Object.entries({ back: COMMANDS.ArrowLeft, next: COMMANDS.ArrowRight, undo, jump, help, finish: end, save: () => save(false) })) {
  byId(name).addEventListener("click", () => { if (work.facts) wanted(); });
}
if (window.location.search) window.history.replaceState(null, "", window.location.pathname);
start();
