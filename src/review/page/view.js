// The picture: drawn on a canvas, with window and level for more than 8 bits, zoom, pan, and boxes over it.
const CLASSES = {
  line: "line of writing", pair: "letters or digits", marker: "side marker", block: "block of writing", "cut-by-border": "writing at the border",
  scale: "ruler or scale", "figure-mark": "arrow or letter", band: "covered band", face: "face", "partial-face": "part of a face", "perhaps-face": "perhaps a face",
};
export const spoken = (word) => CLASSES[word] ?? (word === "x-ray" ? "X-ray" : String(word).replaceAll("-", " "));
const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

export class View {
  // `on`: what is told to the page: boxes() after a change, choose(item), window(level, width, own), zoom(percent).
  constructor(stage, canvas, layer, text, on) {
    Object.assign(this, { stage, canvas, layer, text, on });
    this.show = { covered: true, look: true };
    this.clear("");
    this.listen();
    new ResizeObserver(() => { if (this.fitted) this.fit(); else this.draw(); }).observe(stage);
  }

  clear(words) {
    Object.assign(this, { size: null, bitmap: null, samples: null, items: [], past: [], chosen: null, frame: 0, frames: 0, scale: 1, x: 0, y: 0, fitted: true });
    this.text.textContent = words;
    this.text.hidden = !words;
    this.on.zoom(null);
    this.draw();
  }

  // A frame from its answer: {size, sent, channels, bits, inverted, bitmap | samples}.
  async put(picture, keep) {
    const before = this.size;
    Object.assign(this, { size: picture.size, sent: picture.sent, channels: picture.channels, bits: picture.bits, inverted: picture.inverted, samples: picture.samples ?? null });
    if (picture.bitmap) this.bitmap = picture.bitmap;
    if (this.samples) {
      this.statistics();
      if (!keep || this.level === undefined) this.preset("auto"); else await this.render();
    }
    this.text.hidden = true;
    if (!keep || !before || before[0] !== this.size[0] || before[1] !== this.size[1]) this.fit(); else this.draw();
  }

  statistics() {
    const bins = new Uint32Array(65536);
    let least = 65535, most = 0;
    for (const value of this.samples) { bins[value]++; if (value < least) least = value; if (value > most) most = value; }
    const at = (part) => { let left = this.samples.length * part, value = 0; while (value < 65535 && (left -= bins[value]) > 0) value++; return value; };
    this.stats = { least, most, low: at(0.01), middle: at(0.5), high: at(0.99) };
  }

  preset(name) {
    if (!this.samples) return;
    const { least, most, low, middle, high } = this.stats;
    const [from, to] = { auto: [low, high], full: [least, most], dark: [least, middle], bright: [middle, most] }[name] ?? [low, high];
    this.window((from + to) / 2, Math.max(1, to - from), name);
  }

  window(level, width, name = "own") {
    this.level = clamp(Math.round(level), 0, 65535);
    this.width = clamp(Math.round(width), 1, 65535);
    this.on.window(this.level, this.width, name);
    if (!this.rendering) { this.rendering = true; requestAnimationFrame(() => { this.rendering = false; this.render(); }); }
  }

  // Samples through the window, into a bitmap (linear; values without rescaling).
  async render() {
    if (!this.samples) return;
    const [width, height] = this.sent, low = this.level - this.width / 2, table = new Uint8ClampedArray(65536);
    for (let value = 0; value < 65536; value++) { const seen = ((value - low) * 255) / this.width; table[value] = this.inverted ? 255 - clamp(seen, 0, 255) : seen; }
    const image = new ImageData(width, height), out = new Uint32Array(image.data.buffer), samples = this.samples;
    if (this.channels === 1) for (let at = 0; at < out.length; at++) { const grey = table[samples[at]]; out[at] = 0xff000000 | (grey << 16) | (grey << 8) | grey; }
    else for (let at = 0, from = 0; at < out.length; at++, from += 3) out[at] = 0xff000000 | (table[samples[from + 2]] << 16) | (table[samples[from + 1]] << 8) | table[samples[from]];
    const bitmap = await createImageBitmap(image);
    if (samples !== this.samples) return;
    this.bitmap = bitmap;
    this.draw();
  }

  fit() {
    if (!this.size) return;
    const { clientWidth: width, clientHeight: height } = this.stage;
    this.scale = Math.min((width - 24) / this.size[0], (height - 40) / this.size[1]);
    this.x = (width - this.size[0] * this.scale) / 2;
    this.y = (height - this.size[1] * this.scale) / 2;
    this.fitted = true;
    this.draw();
  }

  zoom(factor, x = this.stage.clientWidth / 2, y = this.stage.clientHeight / 2) {
    if (!this.size) return;
    const scale = clamp(this.scale * factor, 0.01, 40);
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.fitted = false;
    this.bound();
  }

  pan(dx, dy) { this.x += dx; this.y += dy; this.fitted = false; this.bound(); }

  // Some of the picture always stays in sight.
  bound() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    this.x = clamp(this.x, 60 - this.size[0] * this.scale, width - 60);
    this.y = clamp(this.y, 60 - this.size[1] * this.scale, height - 60);
    this.draw();
  }

  draw() {
    const { canvas, stage } = this, ratio = window.devicePixelRatio || 1;
    const width = Math.round(stage.clientWidth * ratio), height = Math.round(stage.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    if (this.bitmap && this.size) {
      context.imageSmoothingEnabled = this.scale < 3;
      context.imageSmoothingQuality = "high";
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.drawImage(this.bitmap, this.x, this.y, this.size[0] * this.scale, this.size[1] * this.scale);
    }
    this.place();
    if (this.size) this.on.zoom(Math.round(this.scale * 100), this.scale);
  }

  seen(item) {
    const here = item.frame === null || item.frame === this.frame;
    return here && (item.state === "covered" ? this.show.covered : item.state === "look" ? this.show.look : true);
  }

  // Boxes as elements over the canvas: they can be reached by keys and are read out.
  place() {
    const wanted = new Set(this.size ? this.items.filter((item) => this.seen(item)) : []);
    for (const item of this.items) if (item.element && !wanted.has(item)) item.element.remove();
    for (const old of [...this.layer.children]) if (!this.items.some((item) => item.element === old) && !old.classList.contains("draft")) old.remove();
    for (const item of wanted) {
      const element = (item.element ??= this.make(item));
      if (element.parentNode !== this.layer) this.layer.append(element);
      this.position(element, item.area);
      element.className = `box ${item.state}${item === this.chosen ? " chosen" : ""}`;
      element.querySelector(".tag").textContent = this.name(item);
      element.setAttribute("aria-label", `${this.name(item)}, ${Math.round(item.area.x)} from the left, ${Math.round(item.area.y)} from the top, ${Math.round(item.area.width)} by ${Math.round(item.area.height)}`);
      const grips = element.querySelectorAll(".grip");
      if (item.state === "own" && item === this.chosen && !grips.length) for (const corner of ["nw", "ne", "sw", "se"]) { const grip = document.createElement("span"); grip.className = `grip ${corner}`; grip.dataset.corner = corner; element.append(grip); }
      else if ((item.state !== "own" || item !== this.chosen) && grips.length) grips.forEach((grip) => grip.remove());
    }
  }

  position(element, area) {
    Object.assign(element.style, { left: `${this.x + area.x * this.scale}px`, top: `${this.y + area.y * this.scale}px`, width: `${Math.max(4, area.width * this.scale)}px`, height: `${Math.max(4, area.height * this.scale)}px` });
  }

  name(item) {
    if (item.state === "own") return "to be covered";
    if (item.state === "keep") return `${spoken(item.class)}: kept`;
    return item.state === "covered" ? `${spoken(item.class)}: covered` : `${spoken(item.class)}?`;
  }

  make(item) {
    const element = document.createElement("div"), tag = document.createElement("span");
    element.setAttribute("role", "button");
    element.tabIndex = item.state === "covered" ? -1 : 0;
    tag.className = "tag";
    element.append(tag);
    element.addEventListener("focus", () => this.choose(item));
    element.item = item;
    return element;
  }

  choose(item, focus = false) {
    if (item && item.frame !== null && item.frame !== this.frame) this.on.frame(item.frame);
    this.chosen = item;
    this.place();
    if (item && focus) item.element?.focus({ preventScroll: true });
    this.on.choose(item);
  }

  // Steps that can be taken back.
  remember() {
    this.past.push(this.items.map(({ element, area, ...rest }) => ({ ...rest, area: { ...area } })));
    if (this.past.length > 200) this.past.shift();
  }

  changed() { this.place(); this.on.boxes(); }

  back() {
    const items = this.past.pop();
    if (!items) return false;
    this.layer.replaceChildren();
    this.items = items;
    this.chosen = null;
    this.changed();
    return true;
  }

  add(area) {
    const whole = this.inside(area);
    if (!whole) return;
    this.remember();
    const item = { state: "own", class: "own", frame: this.frames > 1 ? null : this.frame, area: whole };
    this.items.push(item);
    this.changed();
    this.choose(item, true);
  }

  // Whole samples, inside the picture; none where nothing is left.
  inside({ x, y, width, height }) {
    const left = clamp(Math.floor(x), 0, this.size[0]), top = clamp(Math.floor(y), 0, this.size[1]);
    const right = clamp(Math.ceil(x + width), 0, this.size[0]), bottom = clamp(Math.ceil(y + height), 0, this.size[1]);
    return right - left > 0 && bottom - top > 0 ? { x: left, y: top, width: right - left, height: bottom - top } : null;
  }

  middle() {
    if (!this.size) return;
    const { clientWidth, clientHeight } = this.stage;
    const width = clientWidth / 4 / this.scale, height = clientHeight / 10 / this.scale;
    this.add({ x: (clientWidth / 2 - this.x) / this.scale - width / 2, y: (clientHeight / 2 - this.y) / this.scale - height / 2, width, height });
  }

  remove(item = this.chosen) {
    if (!item || item.state !== "own") return false;
    this.remember();
    this.items = this.items.filter((other) => other !== item);
    item.element?.remove();
    this.chosen = null;
    this.changed();
    this.stage.focus();
    return true;
  }

  // A mark is not writing, or is after all.
  keep(item = this.chosen) {
    if (!item || (item.state !== "look" && item.state !== "keep")) return false;
    this.remember();
    item.state = item.state === "keep" ? "look" : "keep";
    this.changed();
    return true;
  }

  nudge(dx, dy, grow) {
    const item = this.chosen;
    if (!item || item.state !== "own") return false;
    const step = Math.max(1, Math.round(6 / this.scale)), area = { ...item.area };
    if (grow) { area.width = Math.max(1, area.width + dx * step); area.height = Math.max(1, area.height + dy * step); }
    else { area.x = clamp(area.x + dx * step, 0, this.size[0] - area.width); area.y = clamp(area.y + dy * step, 0, this.size[1] - area.height); }
    const whole = this.inside(area);
    if (!whole) return true;
    this.remember();
    item.area = whole;
    this.changed();
    return true;
  }

  point(event) {
    const edge = this.stage.getBoundingClientRect();
    const x = event.clientX - edge.left, y = event.clientY - edge.top;
    return { x, y, px: (x - this.x) / this.scale, py: (y - this.y) / this.scale };
  }

  listen() {
    const { stage } = this;
    stage.addEventListener("wheel", (event) => {
      event.preventDefault();
      const { x, y } = this.point(event);
      if (event.shiftKey) this.pan(-(event.deltaX || event.deltaY), 0); else this.zoom(Math.exp(-clamp(event.deltaY, -240, 240) / 400), x, y);
    }, { passive: false });
    stage.addEventListener("contextmenu", (event) => event.preventDefault());
    stage.addEventListener("pointerdown", (event) => this.press(event));
    stage.addEventListener("pointermove", (event) => this.drag?.move(event));
    const end = (event) => { this.drag?.end?.(event); this.drag = null; stage.classList.remove("panning"); };
    stage.addEventListener("pointerup", end);
    stage.addEventListener("pointercancel", () => { this.drag?.cancel?.(); this.drag = null; stage.classList.remove("panning"); });
  }

  press(event) {
    if (!this.size || this.drag) return;
    this.stage.setPointerCapture(event.pointerId);
    const from = this.point(event), element = event.target.closest?.(".box"), item = element?.item;
    const pans = event.button === 1 || this.space || (event.button === 2 && !this.samples);
    if (pans || event.button === 2) event.preventDefault();
    if (pans) {
      let last = from;
      this.stage.classList.add("panning");
      this.drag = { move: (e) => { const to = this.point(e); this.pan(to.x - last.x, to.y - last.y); last = to; } };
    } else if (event.button === 2) {
      const { level, width } = this, span = Math.max(256, this.stats.most - this.stats.least) / 400;
      this.drag = { move: (e) => { const to = this.point(e); this.window(level + (to.y - from.y) * span, width + (to.x - from.x) * span); } };
    } else if (item && item.state === "own") this.reshape(item, from, event.target.dataset.corner);
    else if (item) { event.preventDefault(); this.choose(item, true); }
    else this.sketch(from);
  }

  reshape(item, from, corner) {
    this.choose(item, true);
    const start = { ...item.area };
    let moved = false;
    const move = (event) => {
      const to = this.point(event), dx = to.px - from.px, dy = to.py - from.py;
      if (!moved && Math.hypot(to.x - from.x, to.y - from.y) < 3) return;
      if (!moved) { this.remember(); moved = true; }
      let { x, y, width, height } = start;
      if (!corner) { x = clamp(x + dx, 0, this.size[0] - width); y = clamp(y + dy, 0, this.size[1] - height); }
      else {
        let right = x + width, bottom = y + height;
        if (corner.includes("w")) x += dx; else right += dx;
        if (corner.includes("n")) y += dy; else bottom += dy;
        [x, right] = [Math.min(x, right), Math.max(x, right)];
        [y, bottom] = [Math.min(y, bottom), Math.max(y, bottom)];
        width = right - x; height = bottom - y;
      }
      item.area = this.inside({ x, y, width, height }) ?? item.area;
      this.place();
    };
    this.drag = { move, end: () => moved && this.changed(), cancel: () => moved && this.back() };
  }

  sketch(from) {
    const draft = document.createElement("div");
    draft.className = "box draft";
    let area = null;
    const move = (event) => {
      const to = this.point(event);
      if (!area && Math.hypot(to.x - from.x, to.y - from.y) < 4) return;
      area = { x: Math.min(from.px, to.px), y: Math.min(from.py, to.py), width: Math.abs(to.px - from.px), height: Math.abs(to.py - from.py) };
      this.position(draft, area);
      if (!draft.parentNode) this.layer.append(draft);
    };
    const end = () => { draft.remove(); if (area) this.add(area); else { this.choose(null); this.stage.focus(); } };
    this.drag = { move, end, cancel: () => draft.remove() };
  }
}
