/* The inspector's list: kept for reading without a network; what needs one says so. */
(() => {
  "use strict";
  const place = document.querySelector("[data-visits]"), net = document.querySelector("[data-net]");
  function show() {
    net.textContent = navigator.onLine ? "" : net.dataset.offline;
    net.classList.toggle("off", !navigator.onLine);
    place.querySelectorAll("button").forEach((button) => { button.disabled = !navigator.onLine; });
  }
  addEventListener("online", show);
  addEventListener("offline", show);
  show();
  if ("serviceWorker" in navigator) {
    // only what passes a worker in control is kept: one that is active may not have taken over this page yet
    const inControl = () => navigator.serviceWorker.controller ? Promise.resolve() : new Promise((done) =>
      navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
    navigator.serviceWorker.register(place.dataset.worker).then(inControl)
      .then(() => fetch(location.pathname, { credentials: "same-origin" }))
      .then(() => caches.match(location.pathname))
      .then((found) => { if (found) place.dataset.kept = "1"; }).catch(console.warn);
  }
})();
