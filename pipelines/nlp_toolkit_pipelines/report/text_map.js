// The map of the texts on a canvas: hover, search, colours, zoom; by mouse, touch or keyboard.
// Over map_pixels.js, which draws, and map_places.js, which finds points.
"use strict";

(() => {
  const holder = document.getElementById("text-map");
  const data = JSON.parse(document.getElementById("text-map-data").textContent);
  const count = data.x.length;
  const markers = data.markers.map((shape) => new Path2D("M0 0" + shape));
  const [base, over] = holder.querySelectorAll("canvas");
  const find = (selector) => holder.querySelector(selector);
  const [stage, plane, tip, chosen, legend, found] = [".stage", ".plane", ".tip", ".chosen", ".legend", ".found"].map(find);
  const search = find("#map-search");
  const said = find("output");
  const language = holder.dataset.language || "";

  const MOST_FOUND = 60;
  const NEAR = 14; // pixels
  const ROOM = 18;
  const plain = new Intl.NumberFormat("en");

  let by = data.by[0];
  let pressed = new Set();
  let matches = null; // null: no search, else one byte a point
  let lowered = null;
  let current = -1; // the point held by a click or the keyboard
  let hovered = -1;
  let view = { scale: 1, left: 0, top: 0 };
  let whole = null; // the view that shows everything
  let waiting = false;
  let image = null; // the pixels of the map, kept from one drawing to the next
  let order = [];

  const largest = { x: data.x.reduce((a, b) => Math.max(a, b), 0), y: data.y.reduce((a, b) => Math.max(a, b), 0) };
  const grid = placeGrid(data.x, data.y);

  function atX(point) { return view.left + data.x[point] * view.scale; }
  function atY(point) { return view.top - data.y[point] * view.scale; }

  function fit() {
    const box = plane.getBoundingClientRect();
    const density = window.devicePixelRatio || 1;
    for (const canvas of [base, over]) {
      canvas.width = Math.round(box.width * density);
      canvas.height = Math.round(box.height * density);
    }
    over.getContext("2d").setTransform(density, 0, 0, density, 0, 0);
    const side = Math.max(largest.x, largest.y, 1); // one point, or points on a line, have no extent of their own
    const scale = Math.min((box.width - 2 * ROOM) / (largest.x || side), (box.height - 2 * ROOM) / (largest.y || side));
    const moved = whole && (view.scale !== whole.scale || view.left !== whole.left || view.top !== whole.top);
    whole = { scale, left: (box.width - largest.x * scale) / 2, top: (box.height + largest.y * scale) / 2 };
    if (!moved) view = { ...whole };
    draw();
  }

  function colourOf(name) { return getComputedStyle(holder).getPropertyValue("--" + name).trim(); }

  function styleOf(group) {
    const [colour, marker] = by.styles[group];
    // Groups without a colour of their own get one while they are picked out.
    return colour === "quiet" && by.names.length > 2 && pressed.has(group) ? ["s" + (group % 8), group % markers.length] : [colour, marker];
  }

  function size() {
    const grown = Math.sqrt(view.scale / whole.scale);
    return Math.min(1.25, (count < 400 ? 1 : count < 3000 ? 0.7 : count < 8000 ? 0.5 : 0.38) * grown);
  }

  function isShown(point) {
    return (matches === null || matches[point] === 1) && (pressed.size === 0 || pressed.has(by.of[point]));
  }

  function stamp(group, scale, faint) {
    const [colour, marker] = styleOf(group);
    const cover = faint ? 0.14 : colour === "quiet" ? 0.4 : 0.85;
    const outline = scale > 0.6 && !faint ? colourOf("paper") : null;
    return markerPixels(markers[marker], scale, colourOf(faint ? "quiet" : colour), cover, outline);
  }

  function draw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; paint(); });
  }

  function paint() {
    const pen = base.getContext("2d");
    const [width, height] = [base.width, base.height];
    if (width === 0 || height === 0) return;
    const density = window.devicePixelRatio || 1;
    if (!image || image.width !== width || image.height !== height) image = new ImageData(width, height);
    fillPixels(image, colourOf("paper"));
    const filtered = matches !== null || pressed.size > 0;
    // Two rounds, so that what is meant lies over what steps back.
    for (const faint of filtered ? [true, false] : [false]) {
      const stamps = by.names.map((_, group) => stamp(group, size() * density, faint));
      for (const point of order) {
        if (filtered && isShown(point) === faint) continue;
        layPixels(image, stamps[by.of[point]], Math.round(atX(point) * density), Math.round(atY(point) * density));
      }
    }
    pen.putImageData(image, 0, 0);
    paintOver();
  }

  function paintOver() {
    const pen = over.getContext("2d");
    pen.clearRect(0, 0, plane.clientWidth, plane.clientHeight);
    for (const point of [current, hovered]) {
      if (point < 0) continue;
      const [x, y, radius] = [atX(point), atY(point), 5.5 * size() + 4];
      for (const [colour, width] of [["paper", 5], ["ink", 2]]) {
        pen.beginPath();
        pen.arc(x, y, radius, 0, 7);
        pen.strokeStyle = colourOf(colour);
        pen.lineWidth = width;
        pen.stroke();
      }
    }
  }

  function valueOf(colouring, point) {
    return colouring.values ? colouring.values[point] : colouring.names[colouring.of[point]];
  }

  function heading(point) {
    // "right" and "wrong" speak for themselves.
    return data.by.map((each) => (each.key === "error" && !each.values ? "" : each.title + ": ") + valueOf(each, point)).join(" · ");
  }

  function isolated(words) {
    const element = document.createElement("bdi");
    element.dir = "auto";
    if (language) element.lang = language;
    element.textContent = words;
    return element;
  }

  function tell(element, point) {
    const strong = document.createElement("strong");
    strong.append(isolated(heading(point)));
    element.replaceChildren(strong, isolated(data.texts[point] || "(no text)"));
  }

  function showTip() {
    tip.hidden = hovered < 0;
    if (hovered < 0) return;
    tell(tip, hovered);
    const [x, y] = [atX(hovered), atY(hovered)];
    const left = x + 16 + tip.offsetWidth > plane.clientWidth ? x - 16 - tip.offsetWidth : x + 16;
    tip.style.left = Math.max(4, Math.min(left, plane.clientWidth - tip.offsetWidth - 4)) + "px";
    tip.style.top = Math.max(4, Math.min(y + 10, plane.clientHeight - tip.offsetHeight - 4)) + "px";
  }

  function hold(point) {
    current = point;
    if (point < 0) chosen.replaceChildren();
    else {
      tell(chosen, point);
      const [x, y] = [atX(point), atY(point)];
      const [width, height] = [plane.clientWidth, plane.clientHeight];
      if (x < 10 || y < 10 || x > width - 10 || y > height - 10) {
        view.left += width / 2 - x;
        view.top += height / 2 - y;
        draw();
      }
    }
    paintOver();
  }

  function holdThere(point) { if (point >= 0) hold(point); }

  function hover(point) {
    if (point === hovered) return;
    hovered = point;
    showTip();
    paintOver();
  }

  function nearest(x, y) {
    const place = [(x - view.left) / view.scale, (view.top - y) / view.scale];
    return nearestPoint(data, grid, isShown, ...place, NEAR / view.scale);
  }

  function firstShown() { return pointAfter(count, isShown, -1, 1); }

  function look() {
    const wanted = search.value.normalize("NFC").trim().toLowerCase();
    if (wanted === "") matches = null;
    else {
      lowered ||= data.texts.map((words) => words.toLowerCase());
      matches = new Uint8Array(count);
      lowered.forEach((words, point) => { if (words.includes(wanted)) matches[point] = 1; });
    }
    if (current >= 0 && !isShown(current)) hold(-1);
    hover(-1);
    list();
    draw();
  }

  function list() {
    const filtered = matches !== null || pressed.size > 0;
    const shown = [];
    let total = 0;
    for (let point = 0; filtered && point < count; point++) {
      if (!isShown(point)) continue;
      total++;
      if (shown.length < MOST_FOUND) shown.push(point);
    }
    const only = total > shown.length ? `, the first ${shown.length} listed below the map` : total ? ", listed below the map" : "";
    said.textContent = filtered ? `${plain.format(total)} of ${plain.format(count)} texts${only}` : "";
    found.hidden = total === 0;
    found.replaceChildren(...shown.map((point) => {
      const [item, button] = [document.createElement("li"), document.createElement("button")];
      button.type = "button";
      button.append(isolated(data.texts[point] || "(no text)"));
      const small = document.createElement("small");
      small.append(isolated(heading(point)));
      button.append(small);
      button.addEventListener("click", () => hold(point));
      item.append(button);
      return item;
    }));
  }

  function glyph(group) {
    const [colour, marker] = styleOf(group);
    const space = "http://www.w3.org/2000/svg";
    const picture = document.createElementNS(space, "svg");
    picture.setAttribute("viewBox", "-8 -8 16 16");
    picture.setAttribute("class", "glyph");
    picture.setAttribute("aria-hidden", "true");
    const shape = document.createElementNS(space, "path");
    shape.setAttribute("d", "M0 0" + data.markers[marker]);
    shape.setAttribute("class", "mark " + colour);
    picture.append(shape);
    return picture;
  }

  function groups() {
    const counts = new Array(by.names.length).fill(0);
    // Grey groups are drawn first. The others take turns towards the end, so that a small one lies over a large one
    // and none of two alike hides the other.
    const height = by.of.map((group) => counts[group]++ + (by.styles[group][0] === "quiet" ? count : 0));
    order = Array.from({ length: count }, (_, point) => point).sort((a, b) => height[b] - height[a]);
    legend.replaceChildren(...by.names.map((name, group) => {
      const [item, button, number] = ["li", "button", "span"].map((each) => document.createElement(each));
      button.type = "button";
      button.setAttribute("aria-pressed", "false");
      number.className = "n";
      number.textContent = plain.format(counts[group]);
      button.append(glyph(group), isolated(name), number);
      button.addEventListener("click", () => {
        pressed.has(group) ? pressed.delete(group) : pressed.add(group);
        button.setAttribute("aria-pressed", String(pressed.has(group)));
        button.replaceChild(glyph(group), button.firstChild);
        look();
      });
      item.append(button);
      item.hidden = counts[group] === 0;
      return item;
    }));
  }

  function zoom(factor, x = plane.clientWidth / 2, y = plane.clientHeight / 2) {
    const scale = Math.min(Math.max(view.scale * factor, whole.scale), whole.scale * 200);
    const change = scale / view.scale;
    view = { scale, left: x - (x - view.left) * change, top: y - (y - view.top) * change };
    if (scale === whole.scale) view = { ...whole };
    // While everything is in sight a finger moves the page, else the map.
    over.style.touchAction = scale === whole.scale ? "pan-y" : "none";
    hover(-1);
    draw();
  }

  const zooms = { in: () => zoom(1.6), out: () => zoom(1 / 1.6), all: () => zoom(0) };
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const keys = {
    Home: () => holdThere(firstShown()),
    End: () => holdThere(pointAfter(count, isShown, count, -1)),
    PageDown: () => holdThere(pointAfter(count, isShown, current, 1)),
    PageUp: () => holdThere(pointAfter(count, isShown, current < 0 ? count : current, -1)),
    Escape: () => { hold(-1); hover(-1); },
    "+": zooms.in, "=": zooms.in, "-": zooms.out, "0": zooms.all,
  };

  over.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in arrows) {
      holdThere(current < 0 ? firstShown() : pointAhead(data, isShown, current, ...arrows[event.key]));
    } else if (event.key in keys) keys[event.key]();
    else return;
    event.preventDefault();
  });

  let drag = null;
  over.addEventListener("pointerdown", (event) => {
    drag = { x: event.offsetX, y: event.offsetY, left: view.left, top: view.top, moved: false };
    over.setPointerCapture(event.pointerId);
  });
  over.addEventListener("pointermove", (event) => {
    if (!drag) return hover(nearest(event.offsetX, event.offsetY));
    const [dx, dy] = [event.offsetX - drag.x, event.offsetY - drag.y];
    if (!drag.moved && Math.hypot(dx, dy) < 4) return;
    drag.moved = true;
    hover(-1);
    if (view.scale === whole.scale) return;
    view = { scale: view.scale, left: drag.left + dx, top: drag.top + dy };
    draw();
  });
  over.addEventListener("pointerup", (event) => {
    if (drag && !drag.moved) hold(nearest(event.offsetX, event.offsetY));
    drag = null;
  });
  over.addEventListener("pointercancel", () => { drag = null; });
  over.addEventListener("pointerleave", () => hover(-1));
  over.addEventListener("dblclick", (event) => zoom(2, event.offsetX, event.offsetY));
  over.addEventListener("wheel", (event) => {
    // The wheel scrolls the page unless the map has been entered.
    if (!event.ctrlKey && document.activeElement !== over) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 300), event.offsetX, event.offsetY);
  }, { passive: false });

  for (const button of holder.querySelectorAll("[data-zoom]")) button.addEventListener("click", zooms[button.dataset.zoom]);
  for (const radio of holder.querySelectorAll("[name=map-by]")) {
    radio.addEventListener("change", () => {
      by = data.by[Number(radio.value)];
      pressed = new Set();
      groups();
      look();
    });
  }
  let typing = 0;
  search.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(look, 120); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(fit).observe(plane);

  holder.classList.add("scripted");
  find(".controls").hidden = false;
  stage.hidden = false;
  groups();
  fit();
})();
