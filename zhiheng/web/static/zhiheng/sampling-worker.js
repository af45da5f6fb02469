/* Keeps the officer's pages on the phone. KEPT = {version, pages, assets} stands before this text. Forms are not its matter. */
const NAME = `zhiheng-sampling-${KEPT.pages[0]}-${KEPT.version}`;
const PATIENCE = 4000; // a network that answers later than this is treated as none

addEventListener("install", (event) => event.waitUntil(caches.open(NAME).then((kept) => kept.addAll([...KEPT.pages, ...KEPT.assets])).then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil((async () => {
  const old = (await caches.keys()).filter((name) => name.startsWith(`zhiheng-sampling-${KEPT.pages[0]}-`) && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
  await clients.claim();
})()));

addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (KEPT.pages.includes(url.pathname)) event.respondWith(fresh(event.request, url.pathname));
  else if (KEPT.assets.includes(url.pathname)) event.respondWith(kept(event.request, url.pathname));
});

/* From the network, or as it was kept when the network does not answer. */
async function fresh(request, path) {
  const store = await caches.open(NAME);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE) });
    if (answer.ok) await store.put(path, answer.clone());
    return answer;
  } catch (problem) {
    const found = await store.match(path);
    if (found) return found;
    throw problem;
  }
}

async function kept(request, path) {
  return (await (await caches.open(NAME)).match(path)) ?? fetch(request);
}
