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
    navigator.serviceWorker.register(place.dataset.worker).then(() => navigator.serviceWorker.ready)
      .then(() => fetch(location.pathname, { credentials: "same-origin" }))
      .then(() => { place.dataset.kept = "1"; }).catch(console.warn);
  }
})();
