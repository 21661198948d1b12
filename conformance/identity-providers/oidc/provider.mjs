// A certified OpenID provider with two clients and a few people. Whoever asks for a login names the person in `login_hint`.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const REDIRECT = 'https://product.example/callback';

const person = (name, further = {}) => ({
  email: `${name}@acme.example`, email_verified: true, name: `${name} of Acme`, groups: ['acme:engines'], ...further,
});

const people = {
  'sub-ada': person('ada'),
  'sub-bob': person('bob'),
  'sub-cyd': person('cyd'),
  'sub-eve': person('eve', { email_verified: false }),
};

const client = (id) => ({
  client_id: id, client_secret: `secret-of-${id}`, redirect_uris: [REDIRECT], grant_types: ['authorization_code'],
  response_types: ['code'],
});

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
}

function configured(issuer) {
  return new Provider(issuer, {
    clients: [client('rollcall'), client('other')],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    // The product sees the ID token alone, so the claims must stand in it.
    conformIdTokenClaims: false,
    cookies: { keys: [randomUUID()] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    jwks: { keys: [signingKey()] },
  });
}

/** Answers what the provider asks of a person: who they are, and whether the client may know. */
async function interact(provider, request, response) {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: params.login_hint } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

/** Starts the provider on a port of the system's choice. */
export async function start() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = configured(issuer);
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (!request.url.startsWith('/interaction/')) return answer(request, response);
    return interact(provider, request, response).catch((error) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  });
  const stop = () => new Promise((closed) => {
    server.close(closed);
    server.closeAllConnections();
  });
  return { issuer, stop };
}

export const redirect = REDIRECT;
