/* What is wrong with a filled form, from the same data and by the same rules as zhiheng/selection/form (checking, kinds, condition);
   tests hold the two to the same answers. The server judges again: this only tells an officer at once, without a network. */
(() => {
  "use strict";
  const BLANK = /^[ \t\r\n\u3000]+|[ \t\r\n\u3000]+$/g;
  const NUMBER = /^[0-9]{1,9}(\.[0-9]{1,6})?$/;
  const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\p{Cs}/u;
  const ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  const LONG = 10, UNIT = 20;
  const trim = (text) => text.replace(BLANK, "");
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const only = (value, names) => Object.keys(value).every((name) => names.includes(name));
  const whole = (pattern, value) => typeof value === "string" && new RegExp(`^(?:${pattern})$`, "u").test(value);

  /* A number exactly: millionths as a BigInt. */
  const exact = (text) => {
    const [before, after = ""] = text.split(".");
    return BigInt(before + after.padEnd(6, "0"));
  };
  const isEmpty = (entered) => typeof entered === "string" ? trim(entered) === ""
    : isObject(entered) ? Object.values(entered).every(isEmpty) : entered === null || entered === undefined || (Array.isArray(entered) && !entered.length);

  function text(entered, field, bounds) {
    const most = bounds.text.longest * (field.kind === "long" ? LONG : 1);
    if (typeof entered !== "string" || [...entered].length > most || UNSEEN.test(entered)) return [null, "text"];
    return [trim(entered) || null, ""];
  }
  function number(entered) {
    const good = typeof entered === "string" && NUMBER.test(trim(entered));
    return good ? [exact(trim(entered)), ""] : [null, "number"];
  }
  function quantity(entered, field, bounds) {
    if (!isObject(entered) || !only(entered, ["value", "unit"])) return [null, "quantity"];
    const [value] = number(entered.value);
    const [unit] = text(entered.unit, { kind: "text" }, bounds);
    return value === null || unit === null || [...unit].length > UNIT ? [null, "quantity"] : [{ value, unit }, ""];
  }
  function day(entered) {
    const good = whole("[0-9]{4}-[0-9]{2}-[0-9]{2}", entered) && !entered.startsWith("0000");
    const made = good ? new Date(`${entered}T00:00:00Z`) : null;
    return made && !Number.isNaN(made.valueOf()) && made.toISOString().startsWith(entered) ? [entered, ""] : [null, "date"];
  }
  const matching = (pattern, wrong) => (entered) => whole(pattern, entered) ? [entered, ""] : [null, wrong];
  function creditCode(entered) {
    if (!whole(`[${CREDIT}]{2}[0-9]{6}[${CREDIT}]{10}`, entered)) return [null, "shape"];
    let weight = 1, total = 0;
    for (const letter of entered.slice(0, -1)) { total += CREDIT.indexOf(letter) * weight; weight = weight * 3 % 31; }
    return CREDIT[(31 - total % 31) % 31] === entered.at(-1) ? [entered, ""] : [null, "check"];
  }
  function tradeItem(entered) {
    if (!whole("[0-9]{8}|[0-9]{12,14}", entered)) return [null, "shape"];
    const total = [...entered].reverse().reduce((sum, digit, place) => sum + Number(digit) * (place % 2 ? 3 : 1), 0);
    return total % 10 ? [null, "check"] : [entered, ""];
  }
  function people(entered, _, bounds) {
    if (!Array.isArray(entered) || !entered.every((one) => isObject(one) && only(one, ["name", "card"]))) return [null, "people"];
    const names = entered.map((one) => text(one.name, { kind: "text" }, bounds)[0]);
    const cards = entered.map((one) => text(one.card === undefined ? "" : one.card, { kind: "text" }, bounds)[1]);
    const good = !names.includes(null) && !cards.some(Boolean) && new Set(names).size === names.length;
    return good ? [names, ""] : [null, "people"];
  }
  /* Bytes and checksum of a photo are the server's to prove. */
  function photos(entered, _, bounds) {
    const allowed = bounds.photo;
    const fits = (one) => isObject(one) && allowed.types.includes(one.type) && typeof one.data === "string" && one.data.length > 0
      && one.data.length <= Math.ceil(allowed.bytes / 3) * 4;
    return Array.isArray(entered) && entered.length <= allowed.most && entered.every(fits) ? [entered.map((one) => one.sha256), ""] : [null, "photos"];
  }
  const KINDS = {
    text, long: text, number, quantity, date: day, people, photos, credit_code: creditCode, trade_item: tradeItem,
    choice: (entered, field) => field.options.some((option) => option.key === entered) ? [entered, ""] : [null, "choice"],
    flag: (entered) => typeof entered === "boolean" ? [entered, ""] : [null, "flag"],
    code: (entered, field) => matching(field.pattern, "code")(entered),
    seal: (entered, _, bounds) => matching(bounds.seal.pattern, "seal")(entered),
  };

  /* Conditions: a part of JsonLogic in which a missing value (null) is neither true nor false. */
  const same = (left, right) => Array.isArray(left) || isObject(left) ? JSON.stringify(left) === JSON.stringify(right) : left === right;
  function found([name], values) {
    let value = values;
    for (const step of String(name).split(".")) value = isObject(value) && Object.hasOwn(value, step) ? value[step] : null;
    return value === "" || (Array.isArray(value) && !value.length) || value === undefined ? null : value;
  }
  const order = (compare) => (given, values) => {
    const [left, right] = given.map((one) => holds(one, values));
    return left === null || right === null || typeof left !== typeof right ? null : compare(left, right);
  };
  const OPERATORS = {
    var: found,
    "==": (given, values) => { const [left, right] = given.map((one) => holds(one, values)); return left === null || right === null ? null : same(left, right); },
    "!=": (given, values) => { const [left, right] = given.map((one) => holds(one, values)); return !same(left, right); },
    "<": order((left, right) => left < right), "<=": order((left, right) => left <= right),
    ">": order((left, right) => left > right), ">=": order((left, right) => left >= right),
    and: (given, values) => { const told = given.map((one) => holds(one, values)); return told.includes(false) ? false : told.includes(null) ? null : true; },
    or: (given, values) => { const told = given.map((one) => holds(one, values)); return told.includes(true) ? true : told.includes(null) ? null : false; },
    "!": (given, values) => { const told = holds(given[0], values); return told === null ? null : !told; },
    "!!": (given, values) => holds(given[0], values) !== null,
    "+": (given, values) => { const told = given.map((one) => holds(one, values)); return told.includes(null) ? null : told.reduce((sum, one) => sum + one, 0n); },
    if: (given, values) => holds(holds(given[0], values) === true ? given[1] : given[2], values),
    count: (given, values) => { const told = holds(given[0], values); return Array.isArray(told) ? BigInt(told.length) * 1000000n : null; },
  };
  function holds(condition, values) {
    if (!isObject(condition)) return typeof condition === "number" ? BigInt(Math.round(condition * 1e6)) : condition;
    const [[name, given]] = Object.entries(condition);
    return OPERATORS[name](Array.isArray(given) ? given : [given], values);
  }

  /* What was entered as values for conditions, with what is wrong with each. */
  function read(form, filled, today) {
    const values = { today }, wrong = {};
    for (const [key, field] of Object.entries(form.fields)) {
      const [value, fault] = isEmpty(filled[key]) ? [null, ""] : KINDS[field.kind](filled[key], field, form.bounds);
      if (value !== null) values[key] = value;
      wrong[key] = fault;
    }
    return { values, wrong };
  }
  /* Which fields are asked, with what is entered so far. */
  function asked(form, filled, today) {
    const { values } = read(form, filled, today);
    return new Set(Object.values(form.fields).filter((field) => holds(field.when, values) === true).map((field) => field.key));
  }
  function faults(form, filled, today) {
    const { values, wrong } = read(form, filled, today);
    const all = [];
    for (const [key, field] of Object.entries(form.fields)) {
      const isAsked = holds(field.when, values) === true, blank = isEmpty(filled[key]);
      let fault = wrong[key];
      if (!fault && !isAsked && !blank) fault = "idle";
      if (!fault && isAsked && blank && holds(field.required, values) === true) fault = "missing";
      if (!fault) continue;
      const words = form.wrong[fault];
      all.push({ key: fault, fields: [key], grade: "fault", zh: `${field.zh}：${words.zh}`, en: `${field.en}: ${words.en}`, remedy: words.remedy, cite: field.cite });
    }
    for (const key of Object.keys(filled).filter((name) => !Object.hasOwn(form.fields, name))) {
      const words = form.wrong.unknown, name = [...key].slice(0, 40).join("");
      all.push({ key: "unknown", fields: [name], grade: "remark", zh: `${name}：${words.zh}`, en: `${name}: ${words.en}`, remedy: words.remedy, cite: form.checks[0].cite });
    }
    for (const check of form.checks) {
      if (holds(check.must, values) !== false) continue;
      all.push({ key: check.key, fields: check.fields, grade: check.grade, zh: check.zh, en: check.en, remedy: check.remedy, cite: check.cite });
    }
    return all;
  }

  /* ISO/IEC 7064 MOD 37,36. */
  function checkCharacter(given) {
    let carried = 36;
    for (const letter of given) carried = 2 * ((carried + ALPHANUMERIC.indexOf(letter)) % 36 || 36) % 37;
    return ALPHANUMERIC[(37 - carried) % 36];
  }
  function serial(block, running) {
    const told = `${block}-${String(running).padStart(3, "0")}`;
    return `${told}-${checkCharacter(told.replaceAll("-", ""))}`;
  }
  globalThis.zhihengForm = { asked, faults, serial, isEmpty };
})();
