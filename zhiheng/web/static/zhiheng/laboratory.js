/* The editable table of results: keyboard, a pasted block, lines added and removed, what was typed kept until it is saved.
   Without this script the same table is an ordinary form. */
(() => {
  "use strict";
  const all = document.querySelector("[data-all]");
  if (all) {
    all.hidden = false;
    all.querySelector("input").addEventListener("change", (event) => document.querySelectorAll("input[name=report]").forEach((box) => { box.checked = event.target.checked; }));
  }
  const grid = document.querySelector("[data-grid]");
  if (!grid) return;
  const form = grid.closest("form"), body = grid.tBodies[0], KEY = `zhiheng-results ${location.pathname}`;
  const rows = () => [...body.rows];
  const fields = (row) => [...row.querySelectorAll("input, select")];
  const isEmpty = (row) => fields(row).every((field) => field.tagName === "SELECT" || !field.value.trim());
  const place = (field) => { const row = field.closest("tr"); return [rows().indexOf(row), fields(row).indexOf(field)]; };

  function renumber() {
    rows().forEach((row, at) => {
      row.querySelector("th.no").textContent = at + 1;
      fields(row).forEach((field) => field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/\d+$/, at + 1)));
      const off = row.querySelector("[data-off]");
      off.setAttribute("aria-label", `${off.dataset.word} ${at + 1}`);
    });
  }
  function cleared(row) {
    fields(row).forEach((field) => { field.tagName === "SELECT" ? (field.value = "=") : (field.value = ""); settle(field); });
    const told = row.querySelector("td.found");
    told.replaceChildren();
    return row;
  }
  /* what was said of a cell no longer holds once it is changed */
  function settle(field) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
    const cell = field.closest("td");
    cell.classList.remove("has-error");
    cell.querySelector(".why")?.remove();
  }
  function added() {
    const row = cleared(body.rows[0].cloneNode(true));
    body.append(row);
    renumber();
    return row;
  }
  function go(at, column) {
    while (at >= body.rows.length) added();
    if (at < 0) return;
    const field = fields(body.rows[at])[column];
    field?.focus();
    field?.select?.();
  }

  grid.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!field.matches("input, select") || event.isComposing) return;
    const [row, column] = place(field), last = fields(body.rows[row]).length - 1;
    const free = event.ctrlKey || event.metaKey;
    const lists = field.hasAttribute("list") || field.tagName === "SELECT"; // their own arrows choose a value
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    if (event.key === "Enter") { event.preventDefault(); go(row + (event.shiftKey ? -1 : 1), event.shiftKey ? column : free ? 0 : column); return; }
    if (free && event.key === "ArrowLeft") { event.preventDefault(); go(row, Math.max(column - 1, 0)); return; }
    if (free && event.key === "ArrowRight") { event.preventDefault(); go(row, Math.min(column + 1, last)); return; }
    if (steps[event.key] && (free || !lists)) { event.preventDefault(); go(Math.max(row + steps[event.key][0], 0), column); }
  });

  /* a block of a spreadsheet: tabs between cells, line ends between lines */
  const SIGNS = Object.fromEntries([...body.querySelector("select").options].flatMap((option) => [[option.value.toLowerCase(), option.value], [option.textContent.trim().toLowerCase(), option.value]]));
  const sign = (text) => SIGNS[text.trim().toLowerCase()] ?? SIGNS[text.trim().replace("=", "＝")] ?? "=";
  grid.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!event.target.matches("input, select") || !/[\t\n]/.test(text.replace(/\r?\n$/, ""))) return;
    event.preventDefault();
    const [first, column] = place(event.target);
    text.replace(/\r/g, "").replace(/\n+$/, "").split("\n").forEach((line, down) => {
      while (first + down >= body.rows.length) added();
      const cells = fields(body.rows[first + down]);
      line.split("\t").forEach((value, right) => {
        const field = cells[column + right];
        if (!field) return;
        field.value = field.tagName === "SELECT" ? sign(value) : value.trim();
        settle(field);
      });
    });
    if (!isEmpty(rows().at(-1))) added();
    keep();
    event.target.focus();
  });

  body.addEventListener("click", (event) => {
    const off = event.target.closest("[data-off]");
    if (!off) return;
    const row = off.closest("tr"), at = rows().indexOf(row);
    if (body.rows.length > 1) row.remove(); else cleared(row);
    renumber();
    keep();
    go(Math.min(at, body.rows.length - 1), 0);
  });
  document.querySelector("[data-more]").addEventListener("click", (event) => { event.preventDefault(); const at = body.rows.length; for (let n = 0; n < 5; n++) added(); go(at, 0); });

  /* test items of the vocabulary, in both languages, as they are typed */
  const items = document.getElementById("items");
  let asking = 0;
  async function suggest(text) {
    const answer = await fetch(`/api/analytes?size=20&q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const chinese = document.documentElement.lang.startsWith("zh");
    const found = (await answer.json()).items.map((one) => Object.assign(document.createElement("option"), { value: (chinese ? one.zh : one.en) || one.en || one.zh, label: [chinese ? one.en : one.zh, one.cas].filter(Boolean).join(" · ") }));
    items.replaceChildren(...found);
  }

  /* what was typed and not saved stays on this computer until the tab is closed */
  const told = () => rows().filter((row) => !isEmpty(row)).map((row) => fields(row).map((field) => field.value));
  function keep() { try { sessionStorage.setItem(KEY, JSON.stringify(told())); } catch (problem) { console.warn(problem); } }
  form.addEventListener("input", (event) => {
    if (event.target.closest("[data-grid]")) {
      settle(event.target);
      event.target.closest("tr").querySelector("td.found").replaceChildren();
      keep();
    }
    if (event.target.name === "analyte") { clearTimeout(asking); asking = setTimeout(() => suggest(event.target.value).catch(console.warn), 150); }
  });
  form.addEventListener("submit", (event) => { if (event.submitter?.value === "save") sessionStorage.removeItem(KEY); });
  const before = sessionStorage.getItem(KEY), restore = document.querySelector("[data-restore]");
  if ("fresh" in form.dataset && before && before !== "[]" && before !== JSON.stringify(told())) {
    restore.hidden = false;
    restore.querySelector("button").addEventListener("click", () => {
      const lines = JSON.parse(before);
      while (body.rows.length < lines.length + 1) added();
      rows().forEach((row, at) => { cleared(row); lines[at]?.forEach((value, column) => { fields(row)[column].value = value; }); });
      restore.hidden = true;
    });
  }
  body.querySelectorAll("[data-off]").forEach((off) => { off.hidden = false; });
  const problem = document.querySelector("[data-problems]");
  (problem ?? fields(body.rows[0])[0]).focus();
  grid.dataset.ready = "1";
})();
