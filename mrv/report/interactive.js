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
