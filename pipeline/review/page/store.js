// Where decisions go: to the server, or (in an exported page) into this browser until they are saved to a file.
// Both: facts(), unit(place), send([{unit, decision}]) -> a promise of the time at which they were safe.

class Unsaved extends Error {
  constructor(message, again) {
    super(message);
    this.again = again;
  }
}

async function asked(path, body) {
  const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Unsaved("the program does not answer; start pop review again with the same command", true);
  }
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Unsaved(content.error || `the program answered ${answer.status}`, answer.status === 403 || answer.status >= 500);
  return content;
}

const serverStore = {
  offline: false,
  facts: () => asked("api/facts"),
  unit: (place) => asked(`api/units/${place}`),
  send: async (entries) => (await asked("api/save", entries.map((one) => one.decision))).at,
  kept: () => [],
  agreement: () => asked("api/agreement"),
  start: (job) => asked(`api/job/${job}`, {}),
  job: (from) => asked(`api/job?from=${from}`),
};

function pageStore(material) {
  const name = `pop-review:${material.facts.place}:decisions`;
  let entries = remembered(name);
  return {
    offline: true,
    facts: async () => material.facts,
    unit: async (place) => material.units[place],
    send: async (more) => {
      entries = together(remembered(name), entries, more); // another tab may have added some
      if (!remember(name, entries)) throw new Unsaved("this browser keeps nothing; save the file before you close the page", false);
      return new Date().toISOString();
    },
    kept: () => entries,
    file: () => entries.map((one) => JSON.stringify(one.decision) + "\n").join(""),
  };
}

function remembered(name) {
  try {
    return JSON.parse(localStorage.getItem(name) || "[]");
  } catch {
    return [];
  }
}

function remember(name, entries) {
  try {
    localStorage.setItem(name, JSON.stringify(entries));
    return true;
  } catch {
    return false;
  }
}

// All of them, each once.
const together = (...lists) => [...new Map(lists.flat().map((one) => [one.decision.id, one])).values()];

// Decisions on their way. They stay in this browser's store until they are safe, and are sent again until then.
class Outbox {
  constructor(store, place, told) {
    this.store = store;
    this.name = `pop-review:${place}:outbox`;
    this.told = told;
    this.waiting = remembered(this.name);
    this.busy = false;
    this.pause = 500;
  }

  add(entries) {
    this.waiting.push(...entries);
    remember(this.name, together(remembered(this.name), this.waiting));
    this.flush();
  }

  async flush() {
    if (this.busy || !this.waiting.length) return;
    this.busy = true;
    const now = this.waiting.slice(0, 50);
    this.told("sending", this.waiting.length);
    try {
      const at = await this.store.send(now);
      this.drop(now);
      this.pause = 500;
      this.told("saved", this.waiting.length, at);
    } catch (error) {
      this.failed(now, error);
    }
    this.busy = false;
    if (this.waiting.length && this.pause === 500) this.flush();
  }

  // Until everything is safe, or it is clear that it will take longer.
  async idle() {
    this.flush();
    while (this.busy) await new Promise((after) => { window.setTimeout(after, 20); });
  }

  failed(now, error) {
    if (error.again === false) {
      // What was refused for what it says would be refused again: it is put aside, not thrown away.
      remember(this.name + ":refused", [...remembered(this.name + ":refused"), ...now]);
      this.drop(now);
      this.told("refused", this.waiting.length, error.message);
      return;
    }
    this.told("waiting", this.waiting.length, error.message);
    this.pause = Math.min(this.pause * 2, 8000);
    window.setTimeout(() => { this.flush(); }, this.pause);
  }

  drop(now) {
    const gone = new Set(now.map((one) => one.decision.id));
    const rest = (list) => list.filter((one) => !gone.has(one.decision.id));
    this.waiting = rest(this.waiting);
    remember(this.name, rest(remembered(this.name)));
  }
}
