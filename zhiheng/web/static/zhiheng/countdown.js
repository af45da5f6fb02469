/* Counts down to the moment in data-until, in the words of data-words ({d} {h} {m} {s}); when it has come, says data-over.
   The server has written the time left already: without this script the page only stands still. */
(() => {
  "use strict";
  document.querySelectorAll("[data-until]").forEach((place) => {
    const until = Date.parse(place.dataset.until);
    const tick = () => {
      const left = Math.floor((until - Date.now()) / 1000);
      if (left <= 0) {
        place.textContent = place.dataset.over;
        clearInterval(timer);
        return;
      }
      const parts = { d: Math.floor(left / 86400), h: Math.floor(left / 3600) % 24, m: Math.floor(left / 60) % 60, s: left % 60 };
      place.textContent = place.dataset.words.replace(/\{([dhms])\}/g, (_, name) => parts[name]);
    };
    const timer = setInterval(tick, 1000);
    tick();
  });
})();
