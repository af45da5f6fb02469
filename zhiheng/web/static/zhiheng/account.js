// Passkeys: what the server asks of the device, and the device's answer back into the form. Without WebAuthn the forms stay hidden.
(() => {
  "use strict";
  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), letter => letter.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const listed = list => (list || []).map(one => ({ ...one, id: bytes(one.id) }));
  const told = credential => {
    const from = credential.response, response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (from[name]) response[name] = text(from[name]);
    }
    if (from.getTransports) response.transports = from.getTransports();
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
      clientExtensionResults: credential.getClientExtensionResults() };
  };
  const made = async (options, alone) => {
    const asked = { ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: listed(options.excludeCredentials) };
    const need = alone ? "required" : "discouraged";
    asked.authenticatorSelection = { ...options.authenticatorSelection, residentKey: need, requireResidentKey: alone,
      userVerification: alone ? "required" : "preferred" };
    return told(await navigator.credentials.create({ publicKey: asked }));
  };
  const given = async options => told(await navigator.credentials.get({ publicKey: { ...options,
    challenge: bytes(options.challenge), allowCredentials: listed(options.allowCredentials) } }));
  const here = () => JSON.parse(document.getElementById("passkey-data").textContent);
  const fetched = async url => (await fetch(url, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } })).json();
  const ask = {
    login: async form => given((await fetched(form.dataset.options)).request_options.publicKey),
    get: async () => given(here().request_options.publicKey),
    create: async form => made(here().creation_options.publicKey, form.elements.passwordless.checked),
  };
  if (!window.PublicKeyCredential) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    const fault = form.querySelector("[data-said]");
    form.querySelector("button").addEventListener("click", async () => {
      fault.textContent = "";
      try {
        form.elements.credential.value = JSON.stringify(await ask[form.dataset.passkey](form));
      } catch (error) {
        fault.textContent = fault.dataset.said;
        console.warn(error.name);
        return;
      }
      form.submit();
    });
  }
})();
