/* Simple data in, ECharts option out. The server sends one of the kinds below; no option of ECharts is ever written on the server.

   Common to all     unit: "mg/kg" · digits: 2 (decimals printed; as given if absent)
   Time axis         x as ISO days ("2026-03-01") gives a time axis; any other text ("2026 Q1") one slot each.
                     changes: [{at, label}] draws a marked line where the law changed; on a slot axis `at` must be one of x.
                     reference: {value, label} draws a dashed level (a limit, a target, the mean).

   bars    {kind, categories: [..], series: [{name, values: [..|null], low?: [..], high?: [..]}], upright?: false, reference?, marked?: [index, ..]}
           Zero baseline; whiskers from low to high; the value (and the series' name if several) is written at the bar. `marked` bars keep the
           accent, the others step back.
   lines   {kind, x: [..], series: [{name, values: [..|null], marked?: [index, ..], quiet?: true}], from_zero?: true, changes?, reference?}
           At most five; each has its own mark and dash, its name stands at its end. `marked` points stand out by size and fill;
           a `quiet` line is a limit: thin, without marks, in the ink of axes.
   band    {kind, x: [..], name, values: [..|null], low: [..], high: [..], from_zero?, changes?, reference?}     estimate with its interval
   steps   {kind, series: [{name, points: [["2013-07-20", 13.5], ["2018-10-28", 2.0], ["2024-01-01", null]]}], until: "2026-11-22", changes?, reference?}
           a level that holds from its day on (a limit); null = repealed
   points  {kind, x: {label, unit?, log?}, y: {label, unit?, log?, from_zero?}, series: [{name, points: [{x, y, name?, url?, marked?}]}],
           curves?: [{name, points: [[x, y], ..]}], reference?}                scatter, and funnel plot (curves = its limits); marked points are named
   map     {kind, map: "china" | "cn-21" | "cn-33" | "cn-34" | "cn-37", values: [{code: "370000", value, low?, high?, n?, url?}], breaks?: [..],
           names?: {code: name}}     code = GB/T 2260 adcode; breaks = class limits, five equal classes if absent; names of another language than
           the map's own Chinese
   tiles   {kind, values: as map (provinces), breaks?, names?}                          one square a province: equal weight beside the map
   heat    {kind, x: [..], y: [..], values: [[..] a row of y], breaks?, print?: true, names?: as values, urls?: as values}   null = no data, hatched
   waterfall {kind, steps: [{name, value, low?, high?, total?: true}], step_unit?}   totals are levels, the others steps from one level to the next with
           the interval of the step; no bar begins at zero, so none is drawn from it: totals are marks
*/
(() => {
  "use strict";
  const MARKS = ["circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect"];
  const DASHES = ["solid", [7, 4], [2, 3], [10, 3, 2, 3], [14, 5], [4, 4]];
  const DECALS = [null, { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4 }, { symbol: "circle", dashArrayX: [[4, 4]], dashArrayY: [4, 4], symbolSize: 0.6 }];
  // One square a province, about where it lies: placed by hand for this file, after no published grid.
  const TILES = { 150000: [4, 1], 230000: [8, 0], 220000: [8, 1], 210000: [8, 2], 650000: [0, 1], 620000: [2, 2], 640000: [3, 2], 140000: [5, 2], 130000: [6, 2], 110000: [6, 1], 120000: [7, 2], 370000: [7, 3], 630000: [1, 2], 610000: [4, 2], 410000: [5, 3], 320000: [7, 4], 340000: [6, 4], 310000: [8, 4], 540000: [0, 3], 510000: [3, 3], 500000: [4, 3], 420000: [5, 4], 330000: [7, 5], 530000: [2, 4], 520000: [4, 4], 430000: [5, 5], 360000: [6, 5], 350000: [7, 6], 710000: [8, 6], 450000: [4, 5], 440000: [5, 6], 810000: [5, 7], 820000: [4, 7], 460000: [3, 7] };
  const SHORT = { 11: "京", 12: "津", 13: "冀", 14: "晋", 15: "蒙", 21: "辽", 22: "吉", 23: "黑", 31: "沪", 32: "苏", 33: "浙", 34: "皖", 35: "闽", 36: "赣", 37: "鲁", 41: "豫", 42: "鄂", 43: "湘", 44: "粤", 45: "桂", 46: "琼", 50: "渝", 51: "川", 52: "贵", 53: "云", 54: "藏", 61: "陕", 62: "甘", 63: "青", 64: "宁", 65: "新", 71: "台", 81: "港", 82: "澳" };

  // what stands in a square on an English page: the letters of GB/T 2260 that ISO 3166-2:CN has as well
  const LETTERS = { 11: "BJ", 12: "TJ", 13: "HE", 14: "SX", 15: "NM", 21: "LN", 22: "JL", 23: "HL", 31: "SH", 32: "JS", 33: "ZJ", 34: "AH", 35: "FJ", 36: "JX", 37: "SD", 41: "HA", 42: "HB", 43: "HN", 44: "GD", 45: "GX", 46: "HI", 50: "CQ", 51: "SC", 52: "GZ", 53: "YN", 54: "XZ", 61: "SN", 62: "GS", 63: "QH", 64: "NX", 65: "XJ", 71: "TW", 81: "HK", 82: "MO" };
  const chinese = () => document.documentElement.lang.startsWith("zh");

  const isDay = (text) => /^\d{4}-\d\d-\d\d/.test(text);
  const wide = (text, size = 13) => [...String(text)].reduce((sum, sign) => sum + (sign.charCodeAt(0) > 0x2e80 ? size : size * 0.58), 0);
  const safe = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const minus = (text) => text.replace(/^-(?=[\d.])/, "\u2212"); // the minus sign, as in the texts of the pages
  const print = (value, data, words) => value === null || value === undefined ? words.none
    : minus(data.digits === undefined ? String(value) : Number(value).toFixed(data.digits)) + (data.unit === "%" ? "%" : "");
  const withUnit = (value, data, words) => print(value, data, words) + (value !== null && value !== undefined && data.unit && data.unit !== "%" ? ` ${data.unit}` : "");

  function skin() {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue(`--${name}`).trim();
    return { paper: read("surface"), sunk: read("sunk"), ink: read("ink"), ink2: read("ink-2"), ink3: read("ink-3"), line: read("line"), strong: read("line-strong"), accent: read("accent"), face: read("face"),
      none: read("ramp-none"), ramp: [1, 2, 3, 4, 5].map((at) => read(`ramp-${at}`)), series: [1, 2, 3, 4, 5, 6].map((at) => read(`series-${at}`)), dark: style.colorScheme.includes("dark") };
  }
  const base = (look, extra) => ({
    animation: false, textStyle: { fontFamily: look.face, color: look.ink }, backgroundColor: "transparent", aria: { enabled: false },
    tooltip: { confine: true, backgroundColor: look.paper, borderColor: look.strong, borderWidth: 1, padding: [8, 12], textStyle: { color: look.ink, fontFamily: look.face, fontSize: 14 }, extraCssText: "box-shadow:none;max-width:20rem;white-space:normal" },
    ...extra,
  });
  const grid = (more) => ({ left: 4, right: 12, top: 12, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel", ...more });
  const valueAxis = (look, more) => ({ type: "value", axisLine: { show: false }, axisTick: { show: false }, splitLine: { lineStyle: { color: look.line } }, splitNumber: 4, axisLabel: { color: look.ink2, fontSize: 12 }, ...more });
  const slotAxis = (look, slots, more) => ({ type: "category", data: slots, axisLine: { lineStyle: { color: look.strong } }, axisTick: { show: false }, axisLabel: { color: look.ink2, fontSize: 12, hideOverlap: true }, ...more });
  const dayAxis = (look) => ({ type: "time", axisLine: { lineStyle: { color: look.strong } }, axisTick: { show: false }, splitLine: { show: false },
    axisLabel: { color: look.ink2, fontSize: 12, hideOverlap: true, formatter: { year: "{yyyy}", month: "{yyyy}-{MM}", day: "{MM}-{dd}" } } });
  const yAxis = (data, look) => valueAxis(look, { boundaryGap: [0, "8%"], scale: data.from_zero === false,
    axisLabel: { color: look.ink2, fontSize: 12, formatter: data.unit === "%" ? (value) => `${minus(String(value))}%` : (value) => minus(value.toLocaleString("en")) } });

  // near an end of the time axis a label stands inside it
  function inside(data, at) {
    const days = (data.x ?? data.categories ?? data.series.flatMap((one) => one.points.map((point) => point[0])).concat(data.until ?? [])).map((day) => Date.parse(day));
    const share = (Date.parse(at) - Math.min(...days)) / (Math.max(...days) - Math.min(...days));
    return share < 0.3 ? "left" : share > 0.7 ? "right" : "center";
  }
  function marks(data, look, flat) {
    const changes = (data.changes ?? []).map((change, at) => ({ xAxis: change.at, lineStyle: { color: look.ink2, type: [2, 3], width: 1.5 },
      label: { formatter: `▼ ${change.label}`, position: "end", distance: [0, 2 + (at % 2) * 16], color: look.ink2, fontSize: 12, rotate: 0, align: inside(data, change.at) } }));
    const level = data.reference ? [{ [flat ? "xAxis" : "yAxis"]: data.reference.value, lineStyle: { color: look.ink2, type: [6, 4], width: 1.5 },
      label: { formatter: data.reference.label, position: flat ? "start" : "insideStartTop", distance: flat ? 6 : 3, color: look.ink2, fontSize: 12, rotate: 0, backgroundColor: look.paper, padding: [1, 4], borderRadius: 2 } }] : [];
    return { silent: true, symbol: "none", animation: false, z: flat ? 1 : 5, data: [...changes, ...level] };
  }
  const topRoom = (data) => 14 + ((data.changes ?? []).length > 1 ? 36 : (data.changes ?? []).length ? 20 : 0);

  /* bars ------------------------------------------------------------------------------------------------------------------------- */
  function bar(data, look, words, index, flat) {
    const series = data.series[index];
    const many = data.series.length;
    const faint = (at) => data.marked && !data.marked.includes(at);
    return { type: "custom", name: series.name, encode: flat ? { x: 1, y: 0 } : { x: 0, y: 1 }, clip: false, markLine: index ? undefined : marks(data, look, flat),
      data: data.categories.map((_, at) => ({ value: flat ? [at, series.values[at] ?? NaN] : [at, series.values[at] ?? NaN] })),
      renderItem: (params, api) => {
        const at = params.dataIndex;
        const value = series.values[at];
        const point = (level) => api.coord(flat ? [level, at] : [at, level]);
        const band = Math.min(Math.abs(api.size(flat ? [0, 1] : [1, 0])[flat ? 1 : 0]) * 0.72, 34 * many);
        const thick = Math.max(band / many - 3, 3);
        const zero = point(0);
        const across = (flat ? zero[1] : zero[0]) - band / 2 + (index + 0.5) * (band / many);
        const missing = value === null || value === undefined;
        const end = missing ? (flat ? zero[0] : zero[1]) : point(value)[flat ? 0 : 1];
        const rect = flat ? { x: Math.min(zero[0], end), y: across - thick / 2, width: Math.abs(end - zero[0]), height: thick } : { x: across - thick / 2, y: Math.min(zero[1], end), width: thick, height: Math.abs(zero[1] - end) };
        const children = [{ type: "rect", shape: rect, style: { fill: faint(at) ? look.ramp[2] : look.series[index], decal: DECALS[index % 3] ?? undefined } }];
        const low = series.low?.[at];
        const high = series.high?.[at];
        const reach = [end];
        if (low !== null && low !== undefined && high !== null && high !== undefined) {
          const a = point(low)[flat ? 0 : 1];
          const b = point(high)[flat ? 0 : 1];
          reach.push(b);
          const cap = Math.min(thick / 4, 5);
          const line = (x1, y1, x2, y2) => ({ type: "line", shape: flat ? { x1, y1, x2, y2 } : { x1: y1, y1: x1, x2: y2, y2: x2 }, style: { stroke: look.ink, lineWidth: 1.5 } });
          children.push({ ...line(a, across, b, across), style: { stroke: look.paper, lineWidth: 4 } }, line(a, across, b, across), line(a, across - cap, a, across + cap), line(b, across - cap, b, across + cap));
        }
        const words_ = (many > 1 ? `${series.name} ` : "") + print(value, data, words);
        const far = flat ? Math.max(...reach) + 8 : Math.min(...reach) - 6;
        const room = thick >= 9 || flat;
        if (room) children.push({ type: "text", style: flat ? { x: far, y: across, text: words_, verticalAlign: "middle", align: "left", fill: missing ? look.ink3 : look.ink, fontSize: 13, fontFamily: look.face, backgroundColor: look.paper, padding: [0, 3] }
          : { x: across, y: far, text: many > 1 ? print(value, data, words) : words_, align: "center", verticalAlign: "bottom", fill: look.ink, fontSize: 12, fontFamily: look.face } });
        return { type: "group", children };
      } };
  }
  function bars(data, look, { words, width }) {
    const flat = !data.upright;
    const tops = data.series.flatMap((one) => data.categories.map((_, at) => Math.max(one.high?.[at] ?? 0, one.values[at] ?? 0)));
    const bottoms = data.series.flatMap((one) => data.categories.map((_, at) => Math.min(one.low?.[at] ?? 0, one.values[at] ?? 0, 0)));
    const longest = Math.max(...data.series.flatMap((one) => one.values.map((value) => wide((data.series.length > 1 ? `${one.name} ` : "") + print(value, data, words))))) + 14;
    const nameRoom = Math.min(Math.max(...data.categories.map((name) => wide(name))) + 4, width * 0.36);
    const measure = valueAxis(look, { min: Math.min(...bottoms), max: data.reference ? Math.max(...tops, data.reference.value) : Math.max(...tops), splitNumber: width < 480 ? 3 : 5,
      axisLabel: { show: false }, splitLine: { show: false }, axisLine: { show: false } });
    const names = slotAxis(look, data.categories, { inverse: flat, axisLine: { show: true, onZero: true, lineStyle: { color: look.strong } }, axisLabel: flat ? { color: look.ink, fontSize: 13, interval: 0, width: nameRoom, overflow: "break", lineHeight: 16 } : { color: look.ink2, fontSize: 12, hideOverlap: true, interval: "auto" } });
    return base(look, { grid: grid({ right: flat ? longest : 4, top: flat ? (data.reference ? 26 : 4) : 26 }), xAxis: flat ? measure : names, yAxis: flat ? names : measure,
      series: data.series.map((_, index) => bar(data, look, words, index, flat)),
      tooltip: { ...base(look, {}).tooltip, trigger: "item", formatter: (hit) => {
        const one = data.series[hit.seriesIndex];
        const low = one.low?.[hit.dataIndex];
        return `${safe(data.categories[hit.dataIndex])}${data.series.length > 1 ? ` · ${safe(one.name)}` : ""}<br><b>${safe(withUnit(one.values[hit.dataIndex], data, words))}</b>${low === null || low === undefined ? "" : `<br>${words.interval} ${print(low, data, words)}–${print(one.high[hit.dataIndex], data, words)}`}`;
      } } });
  }

  /* lines, band, steps ------------------------------------------------------------------------------------------------------------ */
  const lineSeries = (name, values, index, look) => ({ type: "line", name, data: values, symbol: MARKS[index], symbolSize: values.length > 40 ? 0 : 7, showAllSymbol: values.length <= 40, color: look.series[index], connectNulls: false,
    lineStyle: { width: 2.25, type: DASHES[index] }, endLabel: { show: !!name, formatter: name, color: look.series[index], fontSize: 13, fontWeight: 600, distance: 8, lineHeight: 20 }, labelLayout: { moveOverlap: "shiftY" }, emphasis: { disabled: true } });
  const overTime = (data, look, right, series, tip) => base(look, { grid: grid({ right, top: topRoom(data) }), xAxis: !data.x || isDay(data.x[0]) ? dayAxis(look) : slotAxis(look, data.x, { boundaryGap: false }), yAxis: yAxis(data, look), series,
    tooltip: { ...base(look, {}).tooltip, trigger: "axis", axisPointer: { type: "line", lineStyle: { color: look.strong } }, formatter: tip } });
  const pair = (data, values) => isDay(data.x[0]) ? values.map((value, at) => [data.x[at], value]) : values;

  function lines(data, look, { words, width }) {
    const right = Math.min(Math.max(...data.series.map((one) => wide(one.name))) + 22, width * 0.4);
    const quiet = { symbol: "none", color: look.ink2, lineStyle: { width: 1.25, type: DASHES[1] }, endLabel: { show: true, color: look.ink2, fontSize: 12, fontWeight: 400, distance: 8 } };
    const marked = (one, values) => !one.marked?.length ? values : values.map((value, at) => one.marked.includes(at)
      ? { value, symbol: "diamond", symbolSize: 15, itemStyle: { color: look.ink, borderColor: look.paper, borderWidth: 1.5 } } : { value });
    const series = data.series.map((one, index) => {
      const base_ = lineSeries(one.name, marked(one, pair(data, one.values)), index, look);
      const loud = one.marked?.length ? { showSymbol: true, showAllSymbol: true, symbolSize: one.values.length > 40 ? 4 : 7 } : {};
      return { ...base_, ...loud, ...(one.quiet ? { ...quiet, endLabel: { ...base_.endLabel, ...quiet.endLabel, show: !!one.name } } : {}), markLine: index ? undefined : marks(data, look, false) };
    });
    return overTime(data, look, right, series, (hits) => `${safe(data.x[hits[0].dataIndex])}${hits.map((hit) => `<br>${safe(hit.seriesName)} <b>${safe(withUnit(data.series[hit.seriesIndex].values[hit.dataIndex], data, words))}</b>`).join("")}`);
  }
  function band(data, look, { words, width }) {
    const hidden = { type: "line", stack: "band", symbol: "none", lineStyle: { opacity: 0 }, silent: true, emphasis: { disabled: true } };
    const spread = data.high.map((high, at) => high === null || data.low[at] === null ? null : high - data.low[at]);
    const series = [{ ...lineSeries(data.name, pair(data, data.values), 0, look), z: 4, markLine: marks(data, look, false) },
      { ...hidden, data: pair(data, data.low) }, { ...hidden, data: pair(data, spread), areaStyle: { color: look.series[0], opacity: look.dark ? 0.28 : 0.17 } }];
    return overTime(data, look, Math.min(wide(data.name) + 22, width * 0.4), series, (hits) => {
      const at = hits[0].dataIndex;
      return `${safe(data.x[at])}<br><b>${safe(withUnit(data.values[at], data, words))}</b><br>${words.interval} ${print(data.low[at], data, words)}–${print(data.high[at], data, words)}`;
    });
  }
  function steps(data, look, { words, width }) {
    const right = Math.min(Math.max(...data.series.map((one) => wide(one.name))) + 22, width * 0.4);
    const series = data.series.map((one, index) => {
      const last = one.points[one.points.length - 1];
      const dot = (value, written) => ({ value, symbolSize: written ? 8 : 0, label: { show: written } });
      const values = one.points.flatMap(([day, level], at) => (level === null ? [dot([day, one.points[at - 1]?.[1] ?? null], false), dot([day, null], false)] : [dot([day, level], true)]));
      if (data.until && last[1] !== null) values.push(dot([data.until, last[1]], false));
      return { ...lineSeries(one.name, values, index, look), step: "end", showAllSymbol: true, symbolSize: undefined, markLine: index ? undefined : marks(data, look, false),
        label: { show: true, position: "top", align: "left", offset: [4, 0], color: look.ink, fontSize: 13, formatter: (hit) => print(hit.value[1], data, words) } };
    });
    return overTime(data, look, right, series, (hits) => hits.map((hit) => `${safe(hit.seriesName)} · ${safe(hit.value[0])}<br><b>${safe(withUnit(hit.value[1], data, words))}</b>`).join("<br>"));
  }

  /* points ------------------------------------------------------------------------------------------------------------------------ */
  function points(data, look, { words, width }) {
    const axis = (one, name) => valueAxis(look, { type: one.log ? "log" : "value", scale: !one.from_zero, max: one.unit === "%" ? (reach) => reach.max > 80 ? 100 : null : null, name: one.label + (one.unit && one.unit !== "%" ? ` (${one.unit})` : ""), nameLocation: name === "x" ? "middle" : "end", nameGap: name === "x" ? 28 : 12,
      nameTextStyle: { color: look.ink2, fontSize: 12, align: name === "x" ? "center" : "left" }, axisLine: { show: true, lineStyle: { color: look.strong } }, splitLine: { show: name === "y", lineStyle: { color: look.line } }, axisLabel: { color: look.ink2, fontSize: 12, hideOverlap: true, formatter: one.unit === "%" ? "{value}%" : "{value}" } });
    const scatter = data.series.map((one, index) => ({ type: "scatter", name: one.name, symbol: MARKS[index], symbolSize: 9, itemStyle: { color: look.series[index], opacity: 0.85, borderColor: look.paper, borderWidth: 1 }, markLine: index ? undefined : marks(data, look, false),
      data: one.points.map((dot) => ({ value: [dot.x, dot.y], name: dot.name, url: dot.url, symbolSize: dot.marked ? 13 : 9, itemStyle: dot.marked ? { opacity: 1, borderColor: look.ink, borderWidth: 2 } : undefined,
        label: { show: !!dot.marked, formatter: dot.name ?? "", position: "right", color: look.ink, fontSize: 13 } })), labelLayout: { hideOverlap: true } }));
    const curves = (data.curves ?? []).map((curve) => ({ type: "line", name: curve.name, data: curve.points, symbol: "none", silent: true, smooth: false, lineStyle: { color: look.ink3, width: 1.25, type: [5, 4] }, endLabel: { show: true, formatter: curve.name, color: look.ink2, fontSize: 12, backgroundColor: look.paper, padding: [1, 3] }, tooltip: { show: false } }));
    const right = Math.max(20, ...(data.curves ?? []).map((curve) => wide(curve.name, 12) + 12));
    return base(look, { grid: grid({ right: Math.min(right, width * 0.3), top: 34, bottom: 30 }), xAxis: axis(data.x, "x"), yAxis: axis(data.y, "y"), series: [...scatter, ...curves],
      tooltip: { ...base(look, {}).tooltip, trigger: "item", formatter: (hit) => `${safe(hit.name || hit.seriesName)}<br>${safe(data.x.label)} <b>${safe(hit.value[0])}</b> ${safe(data.x.unit ?? "")}<br>${safe(data.y.label)} <b>${safe(print(hit.value[1], { digits: data.digits }, words))}</b> ${safe(data.y.unit ?? "")}` } });
  }

  /* map, tiles, heat -------------------------------------------------------------------------------------------------------------- */
  function classes(data, values, words) {
    const real = values.filter((value) => value !== null && value !== undefined);
    const low = Math.min(...real);
    const high = Math.max(...real);
    const round = (value) => Number(value.toPrecision(2));
    const breaks = data.breaks ?? [1, 2, 3, 4].map((at) => round(low + ((high - low) * at) / 5));
    const edges = [low, ...breaks.filter((edge) => edge > low && edge < high), high];
    const whole = [...real, ...edges].every(Number.isInteger) && !data.unit; // counts: no number stands in two classes
    const until = (at) => edges[at + 1] - (whole && at < edges.length - 2 ? 1 : 0);
    const label = (at) => until(at) === edges[at] ? print(edges[at], data, words) : `${print(edges[at], data, words)}–${print(until(at), data, words)}`;
    return { of: (value) => Math.min(edges.slice(1, -1).filter((edge) => value >= edge).length, 4), label, count: edges.length - 1 };
  }
  const shade = (at, count, look) => look.ramp[count < 2 ? 2 : Math.round((at * 4) / (count - 1))];
  const onShade = (at, count, look) => { const step = count < 2 ? 2 : Math.round((at * 4) / (count - 1)); return look.dark ? (step > 2 ? "#0c1214" : look.ink) : (step > 2 ? "#ffffff" : look.ink); };
  const regionTip = (data, words) => (name, one) => `${safe(name)}<br><b>${safe(one ? withUnit(one.value, data, words) : words.none)}</b>${one?.low === undefined || one?.low === null ? "" : `<br>${words.interval} ${print(one.low, data, words)}–${print(one.high, data, words)}`}${one?.n === undefined ? "" : `<br>${words.n} = ${safe(one.n)}`}`;

  const key = (split, look, none) => [...Array.from({ length: split.count }, (_, at) => ({ colour: shade(at, split.count, look), label: split.label(at) })).reverse(), ...(none ? [{ colour: look.none, label: none }] : [])];

  function map(data, look, { words, width }) {
    const name = data.map ?? "china";
    const split = classes(data, data.values.map((one) => one.value), words);
    const by = new Map(data.values.map((one) => [one.code, one]));
    const places = new Map(window.echarts.getMap(name).geoJSON.features.map((place) => [place.properties.adcode, place.properties]));
    const city = name !== "china";
    const regions = [...places.keys()].filter((code) => by.get(code)?.value !== undefined && by.get(code).value !== null).map((code) => {
      const one = by.get(code);
      const at = split.of(one.value);
      return { name: code, value: one.value, url: one.url, itemStyle: { areaColor: shade(at, split.count, look) }, label: { show: width > 600 || city, color: onShade(at, split.count, look), backgroundColor: shade(at, split.count, look), padding: [1, 3], borderRadius: 3, fontSize: width > 480 ? 12 : 11, lineHeight: 14, formatter: `${data.names?.[code] ?? places.get(code).short}\n${print(one.value, data, words)}` } };
    });
    if (!city) regions.push({ name: "南海诸岛", itemStyle: { areaColor: look.ink3, borderColor: look.ink3 }, label: { show: false } });
    const some = data.values.length < places.size || data.values.some((one) => one.value === null);
    return base(look, {
      key: key(split, look, some ? words.none : null),
      series: [{ type: "map", map: name, nameProperty: "adcode", roam: false, selectedMode: false, top: 4, bottom: width > 480 ? 8 : 48, left: width > 480 ? 104 : 4, right: 4, data: regions, labelLayout: { hideOverlap: true }, itemStyle: { areaColor: look.none, borderColor: look.strong, borderWidth: 0.6 },
        label: { show: false }, emphasis: { label: { show: false }, itemStyle: { areaColor: null, borderColor: look.ink, borderWidth: 1.75 } } }],
      tooltip: { ...base(look, {}).tooltip, trigger: "item", formatter: (hit) => regionTip(data, words)(data.names?.[hit.name] ?? places.get(hit.name)?.name ?? hit.name, by.get(hit.name)) },
    });
  }
  const small = (w) => (w < 24 ? 10 : w < 40 ? 11 : 12); // the writing of a cell that is w wide
  function cells(data, look, words, list, split, text) {
    return { type: "custom", encode: { x: 0, y: 1 }, data: list.map((cell) => ({ value: [cell.x, cell.y, cell.value ?? NaN], url: cell.url })), renderItem: (params, api) => {
      const cell = list[params.dataIndex];
      const [cx, cy] = api.coord([cell.x, cell.y]);
      const [w, h] = api.size([1, 1]);
      const missing = cell.value === null || cell.value === undefined;
      const at = missing ? 0 : split.of(cell.value);
      const written = text(cell, w, h);
      return { type: "group", children: [
        { type: "rect", shape: { x: cx - w / 2 + 1, y: cy - h / 2 + 1, width: w - 2, height: h - 2, r: 2 }, style: { fill: missing ? look.none : shade(at, split.count, look), decal: missing ? { symbol: "rect", color: look.line, dashArrayX: [1, 0], dashArrayY: [1, 5], rotation: Math.PI / 4 } : undefined } },
        ...(written ? [{ type: "text", style: { x: cx, y: cy, text: written, align: "center", verticalAlign: "middle", lineHeight: 15, fontSize: small(w), fontFamily: look.face, fill: missing ? look.ink3 : onShade(at, split.count, look) } }] : []),
      ] };
    } };
  }
  function tiles(data, look, { words, width, height }) {
    const by = new Map(data.values.map((one) => [one.code, one]));
    const list = Object.entries(TILES).map(([code, [x, y]]) => ({ x, y: 7 - y, code, ...by.get(code), value: by.get(code)?.value ?? null }));
    const split = classes(data, data.values.map((one) => one.value), words);
    const side = Math.min((width - 8) / 9, (height - 8) / 8);
    const axis = (max) => ({ type: "value", min: -0.5, max, show: false });
    return base(look, { grid: { left: (width - side * 9) / 2, top: (height - side * 8) / 2, width: side * 9, height: side * 8, outerBoundsMode: "none" }, xAxis: axis(8.5), yAxis: axis(7.5),
      series: [cells(data, look, words, list, split, (cell, w) => (chinese() ? SHORT : LETTERS)[cell.code.slice(0, 2)] + (w > 34 && cell.value !== null ? `\n${print(cell.value, data, words)}` : ""))],
      tooltip: { ...base(look, {}).tooltip, trigger: "item", formatter: (hit) => regionTip(data, words)(data.names?.[list[hit.dataIndex].code] ?? SHORT[list[hit.dataIndex].code.slice(0, 2)], list[hit.dataIndex].value === null ? undefined : list[hit.dataIndex]) } });
  }
  function heat(data, look, { words, width }) {
    const list = data.y.flatMap((_, row) => data.x.map((__, column) => ({ x: column, y: row, value: data.values[row][column] ?? null, url: data.urls?.[row]?.[column] ?? undefined, name: data.names?.[row]?.[column] })));
    const split = classes(data, list.map((cell) => cell.value), words);
    const nameRoom = Math.min(Math.max(32, ...data.y.map((name) => wide(name))) + 4, width * 0.34);
    const plain = { axisLine: { show: false }, axisTick: { show: false } };
    const bare = data.print === false; // cells without their figure need the key of the shades
    const some = list.some((cell) => cell.value === null);
    return base(look, { ...(bare ? { key: key(split, look, some ? words.none : null) } : {}), grid: grid({ top: 28, right: 4, bottom: bare ? (width > 480 ? 152 : 64) : 4 }), xAxis: slotAxis(look, data.x, { ...plain, position: "top", axisLabel: { color: look.ink2, fontSize: 12, hideOverlap: true } }), yAxis: slotAxis(look, data.y, { ...plain, inverse: true, axisLabel: { color: look.ink, fontSize: 13, interval: 0, width: nameRoom, overflow: "break", lineHeight: 15 } }),
      series: [cells(data, look, words, list, split, (cell, w, h) => {
        if (data.print === false || h < 16) return "";
        const full = cell.value === null ? "–" : print(cell.value, data, words);
        return [full, full.replace("%", "")].find((text) => wide(text, small(w)) + (w < 24 ? 0 : 3) < w) ?? "";
      })],
      tooltip: { ...base(look, {}).tooltip, trigger: "item", formatter: (hit) => `${safe(list[hit.dataIndex].name ?? `${data.y[list[hit.dataIndex].y]} · ${data.x[list[hit.dataIndex].x]}`)}<br><b>${safe(withUnit(list[hit.dataIndex].value, data, words))}</b>` } });
  }

  /* waterfall --------------------------------------------------------------------------------------------------------------------- */
  function waterfall(data, look, { words, width }) {
    let level = 0;
    const rows = data.steps.map((step) => {
      const from = step.total ? step.value : level;
      level = step.total ? step.value : level + step.value;
      return { ...step, from, to: level, a: step.low === undefined || step.low === null ? undefined : (step.total ? 0 : from) + step.low, b: step.high === undefined || step.high === null ? undefined : (step.total ? 0 : from) + step.high };
    });
    const ends = rows.flatMap((row) => [row.from, row.to, row.a ?? row.to, row.b ?? row.to]);
    const points = data.step_unit === undefined ? data : { ...data, unit: data.step_unit }; // a step from 2 % to 3 % is a percentage point, not 1 %
    const signed = (row) => row.total ? print(row.value, data, words) : (row.value < 0 ? "" : "+") + print(row.value, points, words) + (points.unit && points.unit !== "%" ? ` ${points.unit}` : "");
    const right = Math.max(...rows.map((row) => wide(signed(row)))) + 14;
    const nameRoom = Math.min(Math.max(...rows.map((row) => wide(row.name))) + 4, width * 0.4);
    const names = slotAxis(look, rows.map((row) => row.name), { inverse: true, axisLine: { show: false }, axisLabel: { color: look.ink, fontSize: 13, interval: 0, width: nameRoom, overflow: "break", lineHeight: 16 } });
    return base(look, { grid: grid({ right, top: 8, bottom: 4 }), yAxis: names,
      xAxis: valueAxis(look, { min: Math.min(...ends), max: Math.max(...ends), splitNumber: width < 480 ? 3 : 5, axisLabel: { color: look.ink2, fontSize: 12, hideOverlap: true, showMinLabel: false, showMaxLabel: false, formatter: (value) => print(Number(value.toFixed(6)), { ...data, digits: undefined }, words) } }),
      series: [{ type: "custom", encode: { x: 1, y: 0 }, clip: false, data: rows.map((row, at) => [at, row.to]), renderItem: (params, api) => {
        const at = params.dataIndex;
        const row = rows[at];
        const [x, y] = api.coord([row.to, at]);
        const band = Math.abs(api.size([0, 1])[1]);
        const thick = Math.min(band * 0.5, 26);
        const place = (value) => api.coord([value, at])[0];
        const line = (x1, y1, x2, y2, style) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: look.ink, lineWidth: 1.5, ...style } });
        const children = [];
        if (at < rows.length - 1) children.push(line(x, y, x, y + band, { stroke: look.strong, lineWidth: 1, lineDash: [3, 3] }));
        if (row.total) children.push({ type: "rect", shape: { x: x - 3, y: y - thick / 2, width: 6, height: thick, r: 1 }, style: { fill: look.ink } });
        else children.push({ type: "rect", shape: { x: Math.min(place(row.from), x), y: y - thick / 2, width: Math.max(Math.abs(x - place(row.from)), 1.5), height: thick }, style: { fill: look.series[row.value < 0 ? 0 : 1], decal: (row.value < 0 ? undefined : DECALS[1]) ?? undefined } });
        if (row.a !== undefined) children.push(line(place(row.a), y, place(row.b), y, { stroke: look.paper, lineWidth: 4 }), line(place(row.a), y, place(row.b), y), line(place(row.a), y - 5, place(row.a), y + 5), line(place(row.b), y - 5, place(row.b), y + 5));
        const far = Math.max(x, place(row.from), row.b === undefined ? x : place(row.b)) + 8;
        children.push({ type: "text", style: { x: far, y, text: signed(row), verticalAlign: "middle", align: "left", fill: look.ink, fontSize: 13, fontWeight: row.total ? 600 : 400, fontFamily: look.face, backgroundColor: look.paper, padding: [0, 3] } });
        return { type: "group", children };
      } }],
      tooltip: { ...base(look, {}).tooltip, trigger: "item", formatter: (hit) => { const row = rows[hit.dataIndex]; return `${safe(row.name)}<br><b>${safe(signed(row))}</b>${row.a === undefined ? "" : `<br>${words.interval} ${print(row.low, points, words)} … ${print(row.high, points, words)}`}`; } } });
  }

  const KINDS = { bars, lines, band, steps, points, map, tiles, heat, waterfall };
  window.zhihengCharts = { kinds: Object.keys(KINDS), option: (data, place) => {
    if (!KINDS[data.kind]) throw new Error(`chart kind "${data.kind}" is not known; known are ${Object.keys(KINDS).join(", ")}`);
    return KINDS[data.kind](data, skin(), place);
  } };
})();
