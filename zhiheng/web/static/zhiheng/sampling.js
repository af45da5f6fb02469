/* The officer's pages: task links, drafts, the queue, and the form itself. Everything stays on the phone until it is sent;
   a form is sent as often as it takes, and the server keeps it once (uuid, serial and digest are the same each time). */
(() => {
  "use strict";
  const place = document.querySelector("[data-sampling]");
  const data = JSON.parse(document.getElementById("sampling-data").textContent);
  const { words, language } = data;
  const [dot, colon, open, close] = language === "zh" ? ["。", "：", "（", "）"] : [". ", ": ", " (", ")"];
  const engine = globalThis.zhihengForm;
  const FIRST_WAIT = 5000, LONGEST_WAIT = 300000, LAST_NUMBER = 999, PATIENCE = 60000;
  const $ = (selector, root = place) => root.querySelector(selector);
  const fill = (text, told) => text.replace(/%\((\w+)\)s/g, (_, name) => told[name]);
  const made = (tag, attributes = {}, ...inside) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.append(...inside.filter((one) => one !== null && one !== undefined));
    return element;
  };
  const today = () => { const now = new Date(); return new Date(now.valueOf() - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10); };
  const clock = (value) => new Date(value).toLocaleString("sv-SE", { dateStyle: "short", timeStyle: "short" }); // 2026-12-22 16:18, as everywhere

  /* What is kept on the phone. */
  const opened = new Promise((done, fail) => {
    const asked = indexedDB.open("zhiheng-sampling", 1);
    asked.onupgradeneeded = () => { asked.result.createObjectStore("forms", { keyPath: "uuid" }); asked.result.createObjectStore("links", { keyPath: "block" }); };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
  const within = async (names, work) => {
    const base = await opened;
    return new Promise((done, fail) => {
      const act = base.transaction(names, "readwrite", { durability: "strict" });
      let answer;
      act.oncomplete = () => done(answer?.result ?? answer);
      act.onerror = act.onabort = () => fail(act.error);
      answer = work(act);
    });
  };
  const all = (name) => within([name], (act) => act.objectStore(name).getAll());
  const one = (name, key) => within([name], (act) => act.objectStore(name).get(key));
  const keep = (name, value) => within([name], (act) => { act.objectStore(name).put(value); return value; });
  const drop = (name, key) => within([name], (act) => { act.objectStore(name).delete(key); });

  /* A task link: kept, and taken out of the address, so that it is not seen or shared by chance. */
  async function accept() {
    const token = new URLSearchParams(location.hash.slice(1)).get("task");
    if (!token) return;
    history.replaceState(null, "", location.pathname + location.search);
    try {
      const bytes = Uint8Array.from(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
      const task = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
      if (!data.forms[task.form] || typeof task.block !== "string" || !Number.isFinite(task.until)) throw new Error("not a task");
      const known = await one("links", task.block);
      await keep("links", { ...task, token, next: known?.next ?? 1 });
    } catch (problem) {
      console.warn(problem);
      $("[data-problem]")?.replaceChildren(made("p", { className: "banner error", textContent: words.broken }));
    }
  }
  /* The link that sends a form: of its officer and task, the one that holds longest. */
  const linkFor = async (form) => (await all("links")).filter((link) => link.officer === form.officer && link.task === form.task && link.form === form.form).sort((a, b) => b.until - a.until)[0];
  /* A number of a block, given out once on this phone: taken and counted in one act. */
  async function numbered(block) {
    const link = await within(["links"], (act) => {
      const store = act.objectStore("links"), told = { result: null };
      store.get(block).onsuccess = (event) => {
        const found = event.target.result;
        if (found && found.next <= LAST_NUMBER) { store.put({ ...found, next: found.next + 1 }); told.result = found; }
      };
      return told;
    });
    if (!link?.token) { alert(words.full); return null; }
    return { link, serial: engine.serial(block, link.next) };
  }
  async function begin(block, fields = null) {
    const got = await numbered(block);
    if (!got) return null;
    const { officer, task, form, region } = got.link;
    const answers = fields ?? { region, programme: task, samplers: [{ name: officer, card: "" }, { name: "", card: "" }] };
    return keep("forms", { uuid: crypto.randomUUID(), serial: got.serial, block, form, officer, task, fields: answers, state: "draft", changed: Date.now() });
  }

  /* The queue: one sender at a time, tried again by itself, sooner when the network comes back. */
  let wait = FIRST_WAIT, timer = 0;
  const alone = (work) => navigator.locks ? navigator.locks.request("zhiheng-sampling", { ifAvailable: true }, (lock) => (lock ? work() : null)) : work();
  async function send() {
    clearTimeout(timer);
    await alone(async () => {
      for (const form of (await all("forms")).filter((each) => each.state === "waiting").sort((a, b) => a.changed - b.changed)) await sent(form);
    });
    const left = (await all("forms")).some((form) => form.state === "waiting");
    if (left) { timer = setTimeout(send, wait); wait = Math.min(wait * 2, LONGEST_WAIT); } else wait = FIRST_WAIT;
    await show();
  }
  async function sent(form) {
    const link = await linkFor(form);
    const body = JSON.stringify({ form: form.form, uuid: form.uuid, serial: form.serial, fields: form.answers });
    let answer, told = {};
    try {
      answer = await fetch(data.api, { method: "POST", body, credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(PATIENCE),
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${link?.token ?? ""}` } });
      told = await answer.json();
    } catch (problem) {
      return keep("forms", { ...form, why: words.later });  // whether it arrived is not known: the same is sent again
    }
    if (answer.ok) return keep("forms", { ...form, state: "sent", why: "", receipt: told });
    if ([400, 409, 413, 422].includes(answer.status)) return keep("forms", { ...form, state: "returned", taken: answer.status === 409, why: answer.status === 409 ? words.taken : fill(words.turned, { why: told.error ?? answer.status }), faults: told.faults ?? [] });
    const why = answer.status === 403 ? words.unlinked : fill(words.turned, { why: told.error ?? answer.status });
    return keep("forms", { ...form, why });
  }

  /* The page of tasks and queue. */
  async function show() {
    const net = $("[data-net]");
    if (!net) return;
    net.textContent = navigator.onLine ? words.online : words.offline;
    net.classList.toggle("off", !navigator.onLine);
    const links = (await all("links")).sort((a, b) => b.until - a.until);
    $("[data-no-task]").hidden = links.length > 0;
    $("[data-tasks]").replaceChildren(...links.map((link) => {
      const ended = link.until * 1000 <= Date.now();
      const start = made("button", { className: "button", type: "button", textContent: words.new, onclick: async () => { const form = await begin(link.block); if (form) location.assign(`${data.forms[form.form].url}#form=${form.uuid}`); } });
      return made("li", {}, made("h3", { textContent: link.task }), made("p", { className: "meta", textContent: `${link.officer} · ${data.forms[link.form].title} · ${link.block} · ${fill(words.until, { time: clock(link.until * 1000) })}` }),
        ended ? made("p", { className: "why", textContent: words.ended }) : start);
    }));
    const forms = (await all("forms")).sort((a, b) => b.changed - a.changed);
    $("[data-send]").hidden = !forms.some((form) => form.state === "waiting");
    $("[data-queue]").replaceChildren(...(forms.length ? forms.map(queued) : [made("li", { className: "quiet", textContent: words.nothing })]));
  }
  function queued(form) {
    const address = `${data.forms[form.form].url}#form=${form.uuid}`;
    const label = { draft: words.open, returned: words.correct }[form.state] ?? words.look;
    const acts = made("div", { className: "acts" }, made("a", { className: "button second slim", href: address, textContent: label }));
    if (form.taken && form.state === "returned") acts.append(made("button", { className: "button second slim", type: "button", textContent: words.renumber, onclick: () => renumber(form) }));
    if (form.state === "draft" || form.state === "sent") acts.append(made("button", { className: "button second slim", type: "button", textContent: words.remove, onclick: async () => { if (form.state === "sent" || confirm(words.sure)) { await drop("forms", form.uuid); await show(); } } }));
    const reasons = form.state === "returned" ? [form.taken || !form.faults?.length ? form.why : null, ...(form.faults ?? []).filter((fault) => fault.grade !== "remark").map((fault) => fault[language])].filter(Boolean) : [form.state === "waiting" ? form.why : ""].filter(Boolean);
    const when = form.state === "sent" && form.receipt ? fill(words.received, { time: clock(form.receipt.at) }) : clock(form.changed);
    return made("li", { id: `form-${form.uuid}` }, made("h3", {}, made("span", { textContent: form.fields.product || words.unnamed }), made("span", { className: `state-tag ${form.state}`, textContent: words[form.state] })),
      made("p", { className: "meta", textContent: `${form.serial} · ${when}` }), ...reasons.map((text) => made("p", { className: "why", textContent: text })), acts);
  }
  async function renumber(form) {
    const link = await linkFor(form), fresh = link && await begin(link.block, form.fields);
    if (!fresh) return;
    await drop("forms", form.uuid);
    location.assign(`${data.forms[form.form].url}#form=${fresh.uuid}`);
  }

  /* The form. */
  async function filling() {
    const uuid = new URLSearchParams(location.hash.slice(1)).get("form");
    let form = uuid ? await one("forms", uuid) : null;
    $("[data-practice]").hidden = Boolean(form);
    form ??= { uuid: "", serial: "", form: data.form.key, fields: {}, state: "practice" };
    document.querySelector("[data-serial]").textContent = form.serial;
    const fields = structuredClone(form.fields), touched = new Set(), boxes = [...place.querySelectorAll("[data-field]")];
    const steps = [...place.querySelectorAll("[data-step]")];
    const locked = form.state === "waiting" || form.state === "sent";
    let at = 0, saving = 0;

    /* What the form says now. */
    function read(box) {
      const { field: key, kind } = box.dataset;
      if (kind === "choice" || kind === "flag") { const picked = $("input:checked", box)?.value; return picked === undefined ? null : kind === "flag" ? picked === "true" : picked; }
      if (kind === "quantity") { const [value, unit] = box.querySelectorAll("input"); return value.value || unit.value ? { value: value.value.trim(), unit: unit.value.trim() } : null; }
      if (kind === "people") return [...box.querySelectorAll(".person")].map((row) => ({ name: $("[data-part=name]", row).value.trim(), card: $("[data-part=card]", row).value.trim() }));
      if (kind === "photos") return fields[key] ?? [];
      return $("input, textarea", box).value;
    }
    function write(box) {
      const { field: key, kind } = box.dataset, value = fields[key];
      if (kind === "people") { (value?.length ? value : [{}, {}]).forEach((person) => person_row(box, person)); return; }
      if (value === undefined || value === null) return;
      if (kind === "choice" || kind === "flag") { const option = box.querySelector(`input[value="${CSS.escape(String(value))}"]`); if (option) option.checked = true; return; }
      if (kind === "quantity") { const [amount, unit] = box.querySelectorAll("input"); amount.value = value.value ?? ""; unit.value = value.unit ?? ""; return; }
      if (kind === "photos") { pictures(box); return; }
      $("input, textarea", box).value = value;
    }
    function person_row(box, person) {
      const row = $("template", box).content.firstElementChild.cloneNode(true), rows = $("[data-people]", box);
      rows.append(row);
      $("[data-name]", row).textContent = fill(words.sampler, { number: rows.children.length });
      $("[data-part=name]", row).value = person.name ?? "";
      $("[data-part=card]", row).value = person.card ?? "";
    }
    function pictures(box) {
      const key = box.dataset.field;
      $("[data-photos]", box).replaceChildren(...(fields[key] ?? []).map((photo, place_) => {
        const name = fill(words.photo, { number: place_ + 1 });
        const away = made("button", { className: "button second slim", type: "button", disabled: locked, textContent: words.remove, onclick: () => { fields[key].splice(place_, 1); pictures(box); changed(key); } });
        away.setAttribute("aria-label", `${words.remove}: ${name}`);
        return made("li", {}, made("img", { src: `data:${photo.type};base64,${photo.data}`, alt: name }), away);
      }));
    }
    /* What would be sent: only what is asked, and no empty persons. */
    function answers() {
      const asked = engine.asked(data.form, fields, today()), told = {};
      for (const [key, value] of Object.entries(fields)) {
        if (!asked.has(key) || engine.isEmpty(value)) continue;
        told[key] = data.form.fields[key].kind === "people" ? value.filter((person) => person.name || person.card) : value;
      }
      return told;
    }
    function judge({ complete = false } = {}) {
      const asked = engine.asked(data.form, fields, today());
      const found = engine.faults(data.form, answers(), today());
      for (const box of boxes) {
        const key = box.dataset.field;
        box.hidden = !asked.has(key);
        const own = found.filter((fault) => fault.fields[0] === key && fault.grade !== "remark" && (complete || fault.grade === "refuse" || (touched.has(key) && fault.key !== "missing")));
        const wrong = $("[data-wrong]", box);
        wrong.hidden = !own.length;
        wrong.textContent = own.map((fault) => `${fault[language]}${dot}${fault.remedy[language]}`).join(" ");
        box.classList.toggle("has-error", own.length > 0);
        box.querySelectorAll("input:not([type=file]), textarea").forEach((input) => own.length ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid"));
      }
      const stops = found.filter((fault) => fault.grade !== "remark");
      const shown = complete ? [...stops, ...found.filter((fault) => fault.grade === "remark")] : found.filter((fault) => fault.grade === "refuse");
      sum(shown, complete ? fill(words.faults, { n: stops.length }) : words.refuse, stops.length > 0);
      return stops;
    }
    function sum(shown, title, urgent) {
      const list = shown.map((fault) => {
        const lead = made("a", { href: `#${fault.fields[0]}`, textContent: fault[language], onclick: (event) => { event.preventDefault(); reach(fault.fields[0]); } });
        const unread = fault.cite.checked ? "" : `${open}${words.unverified}${close}`;
        const grade = { refuse: words.refuse + dot, remark: words.remark + dot }[fault.grade] ?? "";
        const source = fault.cite.act ? ` ${words.source}${colon}${fault.cite.act} ${fault.cite.at}${unread}` : "";
        return made("li", {}, lead, made("small", { textContent: `${grade}${fault.remedy[language]}${source}` }));
      });
      const summary = $("[data-summary]");
      summary.classList.toggle("remark", !urgent);
      summary.replaceChildren(...(list.length ? [made("strong", { textContent: urgent ? title : words.remark }), made("ul", { className: "plain" }, ...list)] : []));
    }
    function reach(key) {
      const box = boxes.find((each) => each.dataset.field === key);
      if (!box) return;
      go(steps.indexOf(box.closest("[data-step]")), false);
      box.scrollIntoView({ block: "center" });
      $("input:not([disabled]), textarea, button", box)?.focus();
    }
    function go(step, focus = true) {
      at = Math.max(0, Math.min(step, steps.length - 1));
      steps.forEach((section, number) => { section.hidden = number !== at; });
      const title = $("h2", steps[at]).textContent;
      $("[data-step-word]").textContent = `${fill(words.step, { number: at + 1, all: steps.length })} · ${title}`;
      $("[data-progress] progress").value = at + 1;
      $("[data-back]").disabled = at === 0;
      $("[data-next]").textContent = at === steps.length - 1 ? words.finish : words.next;
      $("[data-next]").hidden = locked && at === steps.length - 1;
      if (focus) { scrollTo(0, 0); $("h2", steps[at]).focus(); }
    }
    async function save() {
      clearTimeout(saving);
      if (!form.uuid || locked) return;
      form = { ...form, fields: structuredClone(fields), state: "draft", changed: Date.now() };
      try { await keep("forms", form); } catch (problem) { console.warn(problem); $("[data-saved]").textContent = words.unsaved; return; }
      $("[data-saved]").textContent = words.saved;
    }
    function changed(key) {
      touched.add(key);
      $("[data-saved]").textContent = "";
      judge();
      clearTimeout(saving);
      saving = setTimeout(save, 150);
    }
    async function finish() {
      boxes.forEach((box) => touched.add(box.dataset.field));
      const stops = judge({ complete: true });
      if (stops.length || !form.uuid) { $("[data-summary]").focus(); scrollTo(0, 0); return; }
      clearTimeout(saving);
      form = { ...form, fields: structuredClone(fields), answers: answers(), state: "waiting", faults: [], taken: false, why: "", changed: Date.now() };
      await keep("forms", form);
      location.assign(data.home);
    }

    boxes.forEach(write);
    $("[data-form]").addEventListener("input", (event) => {
      const box = event.target.closest("[data-field]");
      if (!box || event.target.type === "file") return;
      if (event.target.autocapitalize === "characters") { const { selectionStart: from } = event.target; event.target.value = event.target.value.toUpperCase(); event.target.setSelectionRange(from, from); }
      fields[box.dataset.field] = read(box);
      changed(box.dataset.field);
    });
    $("[data-form]").addEventListener("change", async (event) => {
      const box = event.target.closest("[data-kind=photos]");
      if (!box || event.target.type !== "file") return;
      const key = box.dataset.field, wrong = $("[data-wrong]", box), chosen = [...event.target.files];
      event.target.value = "";
      for (const file of chosen.slice(0, data.form.bounds.photo.most - (fields[key]?.length ?? 0))) {
        const photo = await reduced(file, data.form.bounds.photo);
        if (photo) fields[key] = [...(fields[key] ?? []), photo];
        pictures(box);
        changed(key);
        if (!photo) { wrong.hidden = false; wrong.textContent = words.heavy; }
      }
    });
    $("[data-form]").addEventListener("submit", (event) => { event.preventDefault(); });
    place.querySelectorAll("[data-add]").forEach((button) => { button.onclick = () => { const box = button.closest("[data-field]"); person_row(box, {}); $(".person:last-child input", box).focus(); }; });
    $("[data-back]").onclick = () => go(at - 1);
    $("[data-next]").onclick = () => { if (at === steps.length - 1) return finish(); save(); return go(at + 1); };
    addEventListener("pagehide", save);
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(); });
    $("[data-progress]").hidden = $("[data-bar]").hidden = false;
    go(0, false);
    if (locked) { place.querySelectorAll("[data-form] :is(input, textarea, [data-add])").forEach((input) => { input.disabled = true; }); $("[data-saved]").textContent = words.closed; }
    judge();
    if (form.state === "returned") {
      const theirs = (form.faults ?? []).filter((fault) => fault.grade !== "remark");
      sum(theirs.length ? theirs : [{ fields: [""], zh: form.why, en: form.why, grade: "fault", remedy: { zh: "", en: "" }, cite: { act: "", at: "", checked: "-" } }], words.returned, true);
    }
    place.dataset.ready = "yes";
  }

  /* A picture made small enough to send from anywhere, with its checksum. */
  async function reduced(file, bounds) {
    let picture;
    try { picture = await createImageBitmap(file); } catch (problem) { console.warn(problem); return null; }
    for (let edge = bounds.edge, quality = 0.8; edge >= 320; edge = Math.round(edge * 0.8), quality = Math.max(0.4, quality - 0.1)) {
      const scale = Math.min(1, edge / Math.max(picture.width, picture.height));
      const canvas = made("canvas", { width: Math.max(1, Math.round(picture.width * scale)), height: Math.max(1, Math.round(picture.height * scale)) });
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
      if (!blob || blob.size > bounds.bytes) continue;
      const bytes = new Uint8Array(await blob.arrayBuffer());
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      let letters = "";
      bytes.forEach((byte) => { letters += String.fromCharCode(byte); });
      return { name: file.name.slice(0, 100), type: "image/jpeg", sha256: [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join(""), data: btoa(letters) };
    }
    return null;
  }

  async function start() {
    await accept();
    if (place.dataset.sampling === "form") await filling();
    else {
      $("[data-send]").onclick = () => { wait = FIRST_WAIT; return send(); };
      addEventListener("hashchange", async () => { await accept(); await show(); });
      addEventListener("offline", show);
      await show();
      place.dataset.ready = "yes";
    }
    addEventListener("online", () => { wait = FIRST_WAIT; return send(); });
    await navigator.storage?.persist?.();
    await send();
  }
  if (navigator.serviceWorker) navigator.serviceWorker.register(data.worker, { scope: data.home }).catch((problem) => console.warn(words.worker, problem));
  start();
})();
