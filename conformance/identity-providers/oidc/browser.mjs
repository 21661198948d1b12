// A person's browser and a product's back end: the authorization code flow with PKCE, over real HTTP.

import { createHash, randomBytes } from 'node:crypto';
import { redirect } from './provider.mjs';

const random = () => randomBytes(32).toString('base64url');

/** Follows redirects with cookies until the browser is sent back to the product; the URL that it is sent to. */
async function visit(start) {
  const cookies = new Map();
  let url = start;
  for (let steps = 0; steps < 10; steps += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = set.match(/^([^=]+)=([^;]*)/);
      cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    if (!location) throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`);
    url = new URL(location, url);
    if (url.href.startsWith(redirect)) return url;
  }
  throw new Error('the provider redirects for ever');
}

/** Signs a person in at the provider; what the token endpoint gives to the product. */
export async function signIn(issuer, clientId, subject, nonce) {
  const found = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  const [verifier, state] = [random(), random()];
  const start = new URL(found.authorization_endpoint);
  start.search = new URLSearchParams({
    client_id: clientId, response_type: 'code', scope: 'openid email profile', redirect_uri: redirect, state,
    login_hint: subject, code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256', ...(nonce ? { nonce } : {}),
  });
  const back = await visit(start);
  if (back.searchParams.get('state') !== state) throw new Error(`the provider sends back ${back}`);
  const answer = await fetch(found.token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:secret-of-${clientId}`).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code', code: back.searchParams.get('code'), redirect_uri: redirect,
      code_verifier: verifier,
    }),
  });
  const tokens = await answer.json();
  if (!tokens.id_token) throw new Error(`the token endpoint answers ${JSON.stringify(tokens)}`);
  return tokens;
}
