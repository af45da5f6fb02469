/* Keeps the inspector's list on the phone as it was read last. KEPT = {version, page, assets} stands before this text.
   What is not the list itself (signed out, refused) removes what was kept. */
const NAME = `zhiheng-visits-${KEPT.page}-${KEPT.version}`;
const PATIENCE = 4000; // a network that answers later than this is treated as none

addEventListener("install", (event) => event.waitUntil(caches.open(NAME).then((kept) => kept.addAll(KEPT.assets)).then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil((async () => {
  const old = (await caches.keys()).filter((name) => name.startsWith(`zhiheng-visits-${KEPT.page}-`) && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
  await clients.claim();
})()));
addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname === KEPT.page) event.respondWith(fresh(event.request));
  else if (KEPT.assets.includes(url.pathname)) event.respondWith(kept(event.request, url.pathname));
});
async function fresh(request) {
  const store = await caches.open(NAME);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    if (answer.ok && answer.type === "basic" && !answer.redirected) await store.put(KEPT.page, answer.clone());
    else await store.delete(KEPT.page);
    return answer;
  } catch (problem) {
    const found = await store.match(KEPT.page);
    if (found) return found;
    throw problem;
  }
}
async function kept(request, path) {
  return (await (await caches.open(NAME)).match(path)) ?? fetch(request);
}
