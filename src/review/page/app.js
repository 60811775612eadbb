// The review page: the list, the form, the keys, and what is asked of the server.
import { View, spoken } from "/view.js";

const $ = (id) => document.getElementById(id);
const meta = (name) => document.querySelector(`meta[name="${name}"]`).content;
const SCOPES = { care: "the patient’s care", teaching: "teaching", training: "training", assessment: "assessment", research: "research", publication: "publication", "public-media": "public media" };
const CONDITIONS = {
  "no-online-use": "not on the internet", "this-institution-only": "only within this institution", "named-publication-only": "only in the named publication",
  "named-event-only": "only at the named course or event", "health-professionals-only": "only to health professionals and students",
  "hide-face": "the face is not shown", "no-copies": "not copied or handed on", "ask-before-each-use": "the patient is asked before each use",
};
const USABILITY = { usable: "usable", "usable-with-conditions": "usable with conditions", "hold-for-review": "held for review", "must-not-use": "must not be used" };
const FIRST = 3000; // pixels of the longest side that are asked for at first; more when one looks closer

const state = { rows: [], more: false, at: -1, current: null, decided: new Map(), decisions: [], all: 0, done: 0, busy: false, asked: 0, drawn: 0 };

const el = (name, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};
const say = (text) => { $("status").textContent = text; $("alert").textContent = ""; };
const warn = (what, advice = "") => { $("status").textContent = ""; $("alert").textContent = `${what.charAt(0).toUpperCase()}${what.slice(1)}. ${advice}`.trim(); };

class Fault extends Error {
  constructor(what, advice) { super(what); this.advice = advice; }
}
async function ask(path, options) {
  let response;
  try { response = await fetch(path, { credentials: "same-origin", ...options }); }
  catch { throw new Fault("the page has lost scrubs", "Start “scrubs review” again and open the address that it prints. What was decided is kept."); }
  if (response.ok) return response;
  const told = await response.json().catch(() => ({}));
  throw new Fault(told.what ?? "something went wrong", told.advice ?? "Reload the page.");
}
const tell = (error) => (error instanceof Fault ? warn(error.message, error.advice) : warn("something went wrong in the page", "Reload it."));

const view = new View($("stage"), $("canvas"), $("boxes"), $("stage-text"), {
  boxes: () => { marks(); },
  choose: (item) => { for (const row of $("marks").children) row.classList.toggle("chosen", row.item === item); },
  window: (level, width, name) => { $("level").value = level; $("width").value = width; $("preset").value = name; },
  zoom: (percent, scale) => {
    $("zoom").textContent = percent === null ? "–" : `${percent} %`;
    if (percent !== null && view?.sent && state.current && scale * view.size[0] > view.sent[0] * 1.2 && view.sent[0] < view.size[0] && state.drawn < 8192) frame(view.frame, 8192, true).catch(tell);
  },
  frame: (number) => frame(number).catch(tell),
});

// The list.
async function counts() {
  const told = await (await ask("/api/counts")).json();
  Object.assign(state, { all: told.all, done: told.decided });
  const fill = (select, counted, any) => {
    const chosen = select.value;
    const rows = Object.entries(counted).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    select.replaceChildren(el("option", { value: "" }, any), ...rows.map(([word, count]) => el("option", { value: word }, `${spoken(word)} (${count})`)));
    if (chosen && !(chosen in counted)) select.append(el("option", { value: chosen }, `${spoken(chosen)} (0)`));
    select.value = chosen;
  };
  fill($("reason"), told.reasons, "any reason");
  fill($("kind"), told.kinds, "any kind");
  progress();
}

function progress() {
  $("progress").max = Math.max(1, state.all);
  $("progress").value = state.done;
  $("progress-text").textContent = `${state.done} of ${state.all} decided`;
}

async function load(from) {
  const query = new URLSearchParams({ limit: 100 });
  if ($("reason").value) query.set("reason", $("reason").value);
  if ($("kind").value) query.set("kind", $("kind").value);
  if ($("undecided").checked) query.set("undecided", "1");
  if (from) query.set("after", from);
  const told = await (await ask(`/api/list?${query}`)).json();
  state.rows = from ? state.rows.concat(told.recordings) : told.recordings;
  state.more = told.more;
  rows();
}

function rows() {
  $("list").replaceChildren(...state.rows.map((row, at) => {
    const done = state.decided.get(row.recording);
    const button = el("button", { type: "button", onclick: () => open(at).catch(tell) }, el("span", { className: "code" }, row.recording),
      el("span", { className: done ? "why done" : "why" }, done ? decision(done) : `${spoken(row.kind)}: ${row.reasons[0]?.says ?? "held"}`));
    if (at === state.at) button.setAttribute("aria-current", "true");
    return el("li", {}, button);
  }));
  $("more").hidden = !state.more;
  $("empty").hidden = state.rows.length > 0;
  $("list").children[state.at]?.scrollIntoView({ block: "nearest" });
}
const decision = (row) => (row.outcome === "released" ? "Released" : row.act === "hold" ? "Held by you" : "Still held");

async function filtered() {
  state.at = -1;
  await load();
  if (state.rows.length) await open(0);
  else { state.current = null; view.clear(""); facts(); marks(); }
}

async function open(at) {
  if (at >= state.rows.length && state.more) await load(state.rows.at(-1).recording);
  if (at < 0 || at >= state.rows.length) return say(at < 0 ? "This is the first recording." : "This is the last recording.");
  state.at = at;
  rows();
  const asked = ++state.asked;
  const row = state.rows[at], gone = state.decided.get(row.recording);
  reset();
  if (gone && gone.outcome !== "held") {
    state.current = { ...gone, picture: { frames: 0 }, sidecar: null };
    view.clear("Released. Undo (U) takes the last decision back.");
    facts(); marks();
    return;
  }
  view.clear("Loading …");
  const told = await (await ask(`/api/recording/${row.recording}`)).json();
  if (asked !== state.asked) return;
  state.current = told;
  facts();
  view.items = (told.sidecar?.anonymisation.regions ?? []).map((region) => ({
    state: region.action === "cover" ? "covered" : region.action === "keep" ? "keep" : "look", class: region.class, frame: region.frame ?? null,
    area: { x: region.x, y: region.y, width: region.width, height: region.height },
  }));
  view.frames = told.picture.frames;
  $("frames").hidden = told.picture.frames < 2;
  $("frame").max = Math.max(0, told.picture.frames - 1);
  $("window").hidden = true;
  marks();
  if (!told.picture.frames) {
    const why = told.picture.why ?? "there is no picture in it";
    say(`${told.recording}.`);
    return view.clear(`${why.charAt(0).toUpperCase()}${why.slice(1)}.\nThe file lies in custody under its code; look at it with another program, or hold it.`);
  }
  const first = view.items.find((item) => item.state === "look" && item.frame !== null)?.frame ?? 0;
  await frame(Math.min(first, told.picture.frames - 1), FIRST, false);
  const looks = view.items.filter((item) => item.state === "look").length;
  say(`${told.recording}${looks ? `: ${looks} ${looks === 1 ? "mark" : "marks"} in the picture to look at` : ""}.`);
}

async function frame(number, max = FIRST, keep = true) {
  if (!state.current || number < 0 || number >= view.frames) return;
  const code = state.current.recording, asked = (state.frameAsked = (state.frameAsked ?? 0) + 1);
  view.frame = number;
  state.drawn = max;
  $("frame").value = number;
  $("frame-text").textContent = `${number + 1} of ${view.frames}`;
  const response = await ask(`/api/frame/${code}/${number}?max=${max}`);
  const [width, height, sentWidth, sentHeight, channels, bits, inverted] = response.headers.get("X-Scrubs-Frame").split(",").map(Number);
  const picture = { size: [width, height], sent: [sentWidth, sentHeight], channels, bits, inverted: inverted === 1 };
  if (response.headers.get("Content-Type") === "image/png") picture.bitmap = await createImageBitmap(await response.blob());
  else picture.samples = new Uint16Array(await response.arrayBuffer());
  if (asked !== state.frameAsked || code !== state.current?.recording) return;
  $("window").hidden = !picture.samples;
  await view.put(picture, keep);
}

// What is known of the recording.
function facts() {
  const told = state.current;
  if (!told) return $("facts").replaceChildren();
  const consent = told.sidecar?.consent, identifiable = told.sidecar?.identifiable;
  const known = [
    `${spoken(told.kind)}, ${told.format}`,
    consent && (consent.status === "given" ? `consent for ${[...consent.scopes].map(spoken).join(", ")}` : `consent: ${spoken(consent.status)}`),
    identifiable && `recognisable: ${spoken(identifiable.value)}`, `for ${spoken(told.purpose)}`,
  ].filter(Boolean).join(" · ");
  $("facts").replaceChildren(
    el("p", { className: "code" }, told.recording), el("p", { className: "of" }, known),
    ...told.reasons.map((reason) => el("div", { className: "reason" }, el("p", {}, reason.says), el("p", { className: "next" }, `Next: ${reason.next}`))),
    told.rules.length ? el("details", {}, el("summary", {}, "What the guidance says"), el("ul", { className: "rules" }, ...told.rules.map((rule) => el("li", {}, `${rule.says} (${rule.cites.join(", ")})`)))) : "",
  );
  if (identifiable?.value && !$("decision").elements.identifiable.value && identifiable.assessed_by) $("decision").elements.identifiable.value = identifiable.value;
}

// What is in the picture, as a list that keys reach.
function marks() {
  const items = view.items.filter((item) => state.current);
  $("marks-part").hidden = !items.length;
  $("marks").replaceChildren(...items.map((item) => {
    const go = el("button", { type: "button", className: "name", onclick: () => view.choose(item, true) }, view.name(item));
    const buttons = [];
    if (item.state === "look" || item.state === "keep") {
      if (!/face/.test(item.class)) buttons.push(el("button", { type: "button", onclick: () => view.keep(item) }, item.state === "keep" ? "Look again" : "Not writing"));
      buttons.push(el("button", { type: "button", onclick: () => view.add({ ...item.area }) }, "Cover"));
    }
    if (item.state === "own") {
      if (view.frames > 1) buttons.push(el("label", { className: "every" }, el("input", { type: "checkbox", checked: item.frame === null, onchange: (event) => { view.remember(); item.frame = event.target.checked ? null : view.frame; view.changed(); } }), "every frame"));
      buttons.push(el("button", { type: "button", ariaLabel: "Remove this box", onclick: () => view.remove(item) }, "Remove"));
    }
    return Object.assign(el("li", {}, go, ...buttons), { item });
  }));
}

// The form.
function reset() {
  $("decision").reset();
  $("consent").open = false;
}

function consent() {
  if (!$("status-select").value) return null;
  const ticked = (id) => [...$(id).querySelectorAll("input:checked")].map((input) => input.value);
  const or = (id) => $(id).value.trim() || null;
  return { status: $("status-select").value, scopes: ticked("scopes"), form: or("form"), given_by: or("given-by"), given_on: or("given-on"), expires_on: or("expires-on"), conditions: ticked("conditions") };
}

async function decide(act, row = state.current) {
  if (!row || state.busy) return;
  if (!row.sha256) return warn("nothing of it was cleaned, so there is nothing to decide", "Do what the reason says and run “scrubs clean” again.");
  const by = $("by").value.trim(), form = $("decision").elements;
  if (!by) { warn("the decision needs a name", "Write who decides, at the top of the page."); return $("by").focus(); }
  if (act === "release" && !form.identifiable.value) { warn("say first whether the patient can be recognised", "Keys 1, 2 and 3 answer: no, may be, yes."); return form.identifiable[0].focus(); }
  const marked = (word) => view.items.filter((item) => item.state === word).map(({ frame, area }) => ({ frame, area }));
  const here = act === "undo" ? {} : { identifiable: form.identifiable.value || null, no_marks: $("no-marks").checked, cover: marked("own"), keep: marked("keep"), consent: consent() };
  state.busy = true;
  for (const id of ["release", "hold"]) $(id).disabled = true;
  say(act === "undo" ? "Taking the decision back …" : "Carrying it out …");
  try {
    const response = await ask("/api/decide", { method: "POST", headers: { "Content-Type": "application/json", "X-Scrubs-Seal": meta("scrubs-seal") }, body: JSON.stringify({ recording: row.recording, sha256: row.sha256, act, by, ...here }) });
    const told = { ...(await response.json()), act };
    if (act === "undo") { state.decided.delete(told.recording); state.decisions.pop(); } else { state.decided.set(told.recording, told); state.decisions.push(told.recording); }
    await became(told, act);
  } catch (error) { tell(error); }
  finally { state.busy = false; for (const id of ["release", "hold"]) $(id).disabled = false; }
}

// Says what became of it, and goes to the next one where it is still the one that is shown.
async function became(told, act) {
  const at = state.rows.findIndex((row) => row.recording === told.recording);
  if (at >= 0) state.rows[at] = told;
  const words = act === "undo" ? "Taken back. It is held again, as before."
    : told.outcome === "released" ? `Released: ${USABILITY[told.usability] ?? "usable"} for ${spoken(told.purpose)}.`
    : act === "hold" ? "Held. It stays in custody." : `Still held. ${told.reasons.map((reason) => `${reason.says} Next: ${reason.next}`).join(" ")}`;
  await counts().catch(() => {});
  const refused = act === "release" && told.outcome !== "released";
  // Whoever went on to another recording meanwhile stays there.
  const here = at >= 0 && at === state.at;
  if (act === "undo") { if (at >= 0) await open(at); else await filtered(); }
  else if (here && refused) await open(at);
  else if (here && (at + 1 < state.rows.length || state.more)) await open(at + 1);
  else rows();
  if (refused) warn(`${here ? "" : `${told.recording}: `}${words.replace(/\.$/, "")}`); else say(`${told.recording}: ${words}`);
}

function undo() {
  if (view.back()) return say("The last step was taken back.");
  const last = state.decisions.at(-1);
  if (!last) return say("There is nothing to take back.");
  return decide("undo", state.decided.get(last));
}

// Keys.
const KEYS = {
  n: () => open(state.at + 1), p: () => open(state.at - 1), r: () => decide("release"), h: () => decide("hold"), u: () => undo(),
  b: () => view.middle(), k: () => view.keep(), m: () => $("no-marks").click(), 0: () => view.fit(), "+": () => view.zoom(1.25), "=": () => view.zoom(1.25), "-": () => view.zoom(0.8),
  1: () => answer("no"), 2: () => answer("may-be"), 3: () => answer("yes"), ",": () => frame(view.frame - 1), ".": () => frame(view.frame + 1),
  "?": () => $("help").showModal(), Delete: () => view.remove(), Backspace: () => view.remove(), Escape: () => view.choose(null),
};
const answer = (value) => { $("decision").elements.identifiable.value = value; say(`The patient can be recognised: ${spoken(value)}.`); };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

document.addEventListener("keydown", (event) => {
  if ($("help").open || event.altKey || event.metaKey) return;
  const typing = event.target.matches?.("input[type=text], select, textarea"), sliding = event.target.matches?.("input[type=range], input[type=radio]");
  if (event.ctrlKey) { if (event.key.toLowerCase() === "z" && !typing) { event.preventDefault(); undo(); } return; }
  if (typing) return;
  const inside = $("stage").contains(event.target);
  const arrow = ARROWS[event.key];
  if (arrow) {
    if (sliding || (!inside && event.target !== document.body)) return;
    event.preventDefault();
    if (!view.nudge(...arrow, event.shiftKey) && view.size) view.pan(-40 * arrow[0], -40 * arrow[1]);
    return;
  }
  if (event.key === " ") { if (inside || event.target === document.body) { view.space = true; event.preventDefault(); } return; }
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act || (event.repeat && /^[rhunp]$/i.test(event.key))) return;
  event.preventDefault();
  Promise.resolve(act()).catch(tell);
});
document.addEventListener("keyup", (event) => { if (event.key === " ") view.space = false; });

const on = (id, type, act) => $(id).addEventListener(type, (event) => Promise.resolve(act(event)).catch(tell));
on("zoom-in", "click", () => view.zoom(1.25)); on("zoom-out", "click", () => view.zoom(0.8)); on("fit", "click", () => view.fit());
on("draw", "click", () => view.middle()); on("undo", "click", undo);
on("show-covered", "change", (event) => { view.show.covered = event.target.checked; view.place(); });
on("show-look", "change", (event) => { view.show.look = event.target.checked; view.place(); });
on("frame", "input", (event) => frame(Number(event.target.value)));
for (const id of ["level", "width"]) on(id, "input", () => view.window(Number($("level").value), Number($("width").value)));
on("preset", "change", (event) => view.preset(event.target.value));
on("decision", "submit", (event) => { event.preventDefault(); return decide("release"); });
on("hold", "click", () => decide("hold")); on("next", "click", () => open(state.at + 1)); on("previous", "click", () => open(state.at - 1));
on("help-button", "click", () => $("help").showModal());
on("more", "click", () => load(state.rows.at(-1)?.recording));
for (const id of ["reason", "kind", "undecided"]) on(id, "change", filtered);
on("by", "change", () => sessionStorage.setItem("by", $("by").value));

const ticks = (id, words) => $(id).append(...Object.entries(words).map(([value, text]) => el("label", {}, el("input", { type: "checkbox", value }), text)));
ticks("scopes", SCOPES);
ticks("conditions", CONDITIONS);
$("by").value = meta("scrubs-by") || sessionStorage.getItem("by") || "";
$("by").readOnly = !!meta("scrubs-by");
counts().then(filtered).catch(tell);
