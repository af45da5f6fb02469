/* The only script every page loads: switches light and dark, and draws charts where there are any.
   A chart is <figure data-chart="ID"> holding <div class="chart"> and <script type="application/json" id="ID">; kinds: see charts.js.
   The chart library is fetched only when a figure comes near the window. Without it the table in the figure says the same. */
(() => {
  "use strict";
  const own = document.getElementById("page-script").dataset;
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const drawn = new Map(); // chart element -> how to draw it again

  document.querySelector("[data-theme-toggle]")?.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    document.cookie = `theme=${root.dataset.theme};path=/;max-age=31536000;samesite=lax`;
    drawn.forEach((draw) => draw());
  });
  system.addEventListener("change", () => drawn.forEach((draw) => draw()));
  document.addEventListener("click", (event) => { // the sheet of the bottom bar closes when one taps elsewhere
    document.querySelectorAll(".bottom details[open]").forEach((sheet) => { if (!sheet.contains(event.target)) sheet.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll(".bottom details[open]").forEach((sheet) => { sheet.open = false; });
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) { event.preventDefault(); document.querySelector(".search input")?.focus(); }
  });

  document.querySelectorAll(".tabs [aria-current]").forEach((tab) => { tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 16; });

  const loaded = new Map();
  const once = (key, start) => { if (!loaded.has(key)) loaded.set(key, start()); return loaded.get(key); };
  const script = (src) => once(src, () => new Promise((done, fail) => {
    const tag = document.createElement("script");
    Object.assign(tag, { src, onload: done, onerror: () => fail(new Error(`not loaded: ${src}`)) });
    document.head.append(tag);
  }));
  const map = (name) => once(`map ${name}`, async () => {
    const url = document.getElementById("page-script").getAttribute(`data-map-${name}`);
    if (!url) throw new Error(`map "${name}" is not shipped`);
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`map ${name}: ${answer.status}`);
    window.echarts.registerMap(name, await answer.json());
  });

  async function start(figure) {
    const place = figure.querySelector(".chart");
    try {
      const data = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
      await script(own.echarts);
      await script(own.charts);
      if (data.kind === "map") await map(data.map ?? "china");
      if (document.fonts?.ready) await document.fonts.ready;
      const words = { none: own.wordNone, interval: own.wordInterval, n: own.wordN };
      place.replaceChildren();
      const chart = window.echarts.init(place, null, { renderer: "svg" });
      const draw = () => {
        const { key, ...option } = window.zhihengCharts.option(data, { words, width: place.clientWidth, height: place.clientHeight });
        chart.setOption(option, true);
        write(place, key ?? []);
      };
      chart.on("click", (hit) => { if (hit.data?.url) location.assign(hit.data.url); });
      drawn.set(place, draw);
      draw();
      let width = place.clientWidth;
      new ResizeObserver(() => { if (place.clientWidth !== width) { width = place.clientWidth; chart.resize(); draw(); } }).observe(place);
      keys(place, chart, data);
    } catch (problem) {
      place.innerHTML = `<p class="chart-empty" role="status"></p>`;
      place.firstChild.textContent = own.wordFailed;
      figure.querySelector("details.as-table")?.setAttribute("open", "");
      console.error(problem);
    }
  }

  /* The key of a map: what each shade stands for. */
  function write(place, key) {
    place.querySelector(".key")?.remove();
    if (!key.length) return;
    const list = Object.assign(document.createElement("ul"), { className: "key" });
    for (const { colour, label } of key) {
      const line = document.createElement("li");
      line.innerHTML = '<svg aria-hidden="true"><rect width="100%" height="100%"></rect></svg><span></span>';
      line.querySelector("rect").setAttribute("fill", colour);
      line.lastChild.textContent = label;
      list.append(line);
    }
    place.append(list);
  }

  /* Arrow keys walk from mark to mark and show what the pointer would show; Escape hides it. */
  function keys(place, chart, data) {
    const count = (data.x ?? data.categories ?? data.values ?? data.series?.[0]?.points ?? []).length;
    let at = -1;
    place.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") chart.dispatchAction({ type: "hideTip" });
      if (!step || !count) return;
      event.preventDefault();
      at = (at + step + count) % count;
      chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: at });
    });
    place.addEventListener("blur", () => chart.dispatchAction({ type: "hideTip" }));
  }

  const watch = new IntersectionObserver((seen) => seen.filter((one) => one.isIntersecting).forEach((one) => {
    watch.unobserve(one.target);
    start(one.target);
  }), { rootMargin: "600px" });
  document.querySelectorAll("figure[data-chart]").forEach((figure) => watch.observe(figure));
  /* Paper is light, whatever the screen was. */
  let before;
  addEventListener("beforeprint", () => { before = root.dataset.theme; root.dataset.theme = "light"; drawn.forEach((draw) => draw()); });
  addEventListener("afterprint", () => { if (before) root.dataset.theme = before; else delete root.dataset.theme; drawn.forEach((draw) => draw()); });
})();
