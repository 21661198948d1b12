// A real SAML identity provider (samlp) on a free port, and one person who signs in at it.
//
// usage: node sign-in.mjs ISSUER AUDIENCE RECIPIENT EMAIL
// prints one line of JSON: what a product would post to the sign-in hook, and what the connection has to know.

import { randomBytes } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import express from "express";
import samlp from "samlp";
import selfsigned from "selfsigned";

const [issuer, audience, recipient, email] = process.argv.slice(2);
const pair = selfsigned.generate([{ name: "commonName", value: "provider" }], { keySize: 2048, algorithm: "sha256" });

/** The provider: whoever comes is this person. */
function provider(signed) {
  const [given, family] = ["Ada", "Lovelace"];
  return samlp.auth({
    issuer,
    cert: pair.cert,
    key: pair.private,
    getPostURL: (_audience, _request, _call, done) => done(null, recipient),
    getUserFromRequest: () => ({
      id: "00u-ada",
      displayName: `${given} ${family}`,
      name: { givenName: given, familyName: family },
      emails: [{ value: email }],
    }),
    destination: recipient,
    recipient,
    lifetimeInSeconds: 300,
    signAssertion: signed !== "response",
    signResponse: signed !== "assertion",
    nameIdentifierFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
  });
}

/** What a product sends along with the person's browser (SAML bindings 3.4.4). */
function asked(id) {
  const xml =
    `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="${id}" Version="2.0" ` +
    `IssueInstant="${new Date().toISOString()}" AssertionConsumerServiceURL="${recipient}">` +
    `<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${audience}</saml:Issuer></samlp:AuthnRequest>`;
  return encodeURIComponent(deflateRawSync(xml).toString("base64"));
}

const application = express();
const kinds = ["response", "assertion", "both"];
for (const signed of kinds) {
  application.get(`/${signed}`, provider(signed));
}
const server = application.listen(0, "127.0.0.1", async () => {
  const responses = [];
  for (const signed of kinds) {
    const requestId = `_${randomBytes(16).toString("hex")}`;
    const page = await fetch(`http://127.0.0.1:${server.address().port}/${signed}?SAMLRequest=${asked(requestId)}`);
    const form = await page.text();
    const found = /name="SAMLResponse"\s+value="([^"]+)"/.exec(form);
    if (!found) {
      throw new Error(`the provider answers ${page.status} without a response: ${form}`);
    }
    responses.push({ signed, request_id: requestId, response: found[1] });
  }
  console.log(JSON.stringify({ certificate: pair.cert, responses }));
  server.close();
  server.closeAllConnections();
});
