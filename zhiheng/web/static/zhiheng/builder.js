/* The plan builder renews its right side while a slider moves, and keeps the address so that it can be shared. Without this script
   the form's own button does the same. */
(() => {
  "use strict";
  const form = document.getElementById("builder");
  const effect = document.getElementById("effect");
  let waiting = 0;
  let asked = null;
  const query = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));

  async function renew() {
    asked?.abort();
    asked = new AbortController();
    const said = query();
    history.replaceState(null, "", `${form.dataset.effect}?${said}`);
    said.set("part", "effect");
    effect.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`${form.dataset.effect}?${said}`, { signal: asked.signal });
      if (!answer.ok && answer.status !== 422) { form.submit(); return; } // the page itself says what is wrong
      effect.innerHTML = await answer.text();
      effect.removeAttribute("aria-busy");
    } catch (problem) {
      if (problem.name !== "AbortError") throw problem;
    }
  }

  form.addEventListener("input", (event) => {
    const field = event.target;
    if (field.type === "range") {
      const told = form.querySelector(`output[for="${field.id}"]`);
      told.textContent = `${field.value} ${told.dataset.unit}`;
    }
    clearTimeout(waiting);
    if (field.name === "list" || field.name === "programme") { // other columns, other terms: nothing else is carried over
      location.assign(`${form.dataset.effect}?${new URLSearchParams(["list", "programme", "on"].map((name) => [name, form.elements[name].value]))}`);
      return;
    }
    waiting = setTimeout(renew, 120);
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); renew(); });
})();
