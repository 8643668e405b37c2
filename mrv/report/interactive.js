// The page: layers on and off, one language or the other. Every text stands in the page in both.
"use strict";
(async () => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const words = read("words");
  const body = document.body;
  const item = document.getElementById("item");
  let plot = null;
  if (item) {
    await Bokeh.embed.embed_item(JSON.parse(item.textContent), "map");
    plot = Bokeh.documents[0].roots()[0];
  }
  const all = () => [...plot.renderers, ...plot.right, ...plot.toolbar.tools];
  const find = (name) => all().find((part) => part.name === name);

  function show(name, on) {
    for (const part of [find(name), find(name + "-scale"), find(name + "-tip")]) {
      if (part) part.visible = on;
    }
    const legend = document.querySelector(`[data-legend="${name}"]`);
    if (legend) legend.hidden = !on;
  }

  function speak(language) {
    body.dataset.language = language;
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    document.title = words[language].title;
    for (const button of document.querySelectorAll("button[data-speak]")) {
      button.setAttribute("aria-pressed", String(button.dataset.speak === language));
    }
    if (!plot) return;
    const own = words[language];
    plot.below[0].axis_label = own.easting;
    plot.left[0].axis_label = own.northing;
    for (const [name, tooltips] of Object.entries(own.tooltips)) {
      const tip = find(name);
      if (tip) tip.tooltips = tooltips;
    }
  }

  const pair = (label, text) =>
    words[body.dataset.language].pair.replace("{label}", label).replace("{text}", text);

  // The value of a map at a place; null outside its edges.
  function read_at(drawn, x, y) {
    const {x: left, y: bottom, dw, dh} = drawn.glyph;
    const [image] = drawn.data_source.get_column("image");
    const [rows, columns] = image.shape;
    const column = Math.floor((x - left.value) / dw.value * columns);
    const row = Math.floor((y - bottom.value) / dh.value * rows);
    const inside = row >= 0 && row < rows && column >= 0 && column < columns;
    return inside ? image[row * columns + column] : null;
  }

  function tell(x, y) {
    const own = words[body.dataset.language];
    const told = [];
    for (const [name, {label, unit, classes}] of Object.entries(own.maps)) {
      const drawn = find(name);
      const value = drawn && drawn.visible ? read_at(drawn, x, y) : null;
      if (value === null) continue;
      const number = () => `${value.toFixed(1).replace("-", "−")} ${unit}`;
      told.push(pair(label, Number.isNaN(value) ? own["not mapped"] : classes[value] ?? number()));
    }
    document.getElementById("under").textContent = told.join(" · ");
  }

  if (plot) {
    plot.on_event("mousemove", ({x, y}) => tell(x, y));
    plot.on_event("mouseleave", () => tell(NaN, NaN));
  }
  for (const box of document.querySelectorAll("input[data-layer]")) {
    box.addEventListener("change", () => show(box.dataset.layer, box.checked));
    if (plot) show(box.dataset.layer, box.checked);
  }
  for (const button of document.querySelectorAll("button[data-speak]")) {
    button.addEventListener("click", () => speak(button.dataset.speak));
  }
  speak(body.dataset.language);
  body.dataset.ready = "yes";
})();
