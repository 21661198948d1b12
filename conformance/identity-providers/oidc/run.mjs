// People sign in at a real OpenID provider, and through Rollcall's hook. First line out: the settings of a connection; first
// line in: `{"sign_in_url": "...", "sign_in_key": "..."}` of that connection. Then `PASS name` or `FAIL name: why`, a line each.

import { createInterface } from 'node:readline';
import { signIn } from './browser.mjs';
import { start } from './provider.mjs';

const provider = await start();
console.log(JSON.stringify({
  protocol: 'oidc', oidc: { issuer: provider.issuer, client_id: 'rollcall', algorithms: ['RS256'] },
}));
const [line] = (await createInterface({ input: process.stdin })[Symbol.asyncIterator]().next()).value.split('\n');
const { sign_in_url: hook, sign_in_key: key } = JSON.parse(line);

const login = async (subject, nonce, client = 'rollcall') => (await signIn(provider.issuer, client, subject, nonce));

async function present(idToken, further = {}) {
  const answer = await fetch(hook, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ evidence: { type: 'oidc', id_token: idToken, ...further } }),
  });
  return { status: answer.status, ...(await answer.json()) };
}

/** Compares the named members of an answer. */
function expect(answer, expected) {
  for (const [member, value] of Object.entries(expected)) {
    if (answer[member] !== value) throw new Error(`\`${member}\` is not ${value}: ${JSON.stringify(answer)}`);
  }
  return answer;
}

async function check(name, work) {
  try {
    await work();
    console.log(`PASS ${name}`);
  } catch (error) {
    console.log(`FAIL ${name}: ${String(error).replaceAll('\n', ' ')}`);
  }
}

await check('a person signs in by the code flow with a nonce', async () => {
  const { id_token: token } = await login('sub-ada', 'n-0S6');
  const { account, session } = expect(await present(token, { nonce: 'n-0S6' }), { status: 200, decision: 'allow' });
  expect(account, { email: 'ada@acme.example', full_name: 'ada of Acme' });
  if (!session.id) throw new Error('no session');
  expect(await present(token, { nonce: 'n-0S7' }), { status: 401, type: 'evidence_invalid' });
});
await check('a second sign-in finds the same account', async () => {
  const first = await present((await login('sub-bob', 'one')).id_token, { nonce: 'one' });
  const second = await present((await login('sub-bob', 'two')).id_token, { nonce: 'two' });
  expect(second.account, { id: first.account.id });
});
await check('a token without a nonce counts once', async () => {
  const { id_token: token } = await login('sub-cyd');
  expect(await present(token), { status: 200, decision: 'allow' });
  expect(await present(token), { status: 401, type: 'evidence_replayed' });
});
await check('an address that the provider has not verified admits nobody', async () => {
  const { id_token: token } = await login('sub-eve');
  expect(await present(token), { status: 200, decision: 'deny', reason: 'email_not_verified' });
});
await check('a token for another client is refused', async () => {
  const { id_token: token } = await login('sub-ada', undefined, 'other');
  expect(await present(token), { status: 401, type: 'evidence_invalid' });
});
await check('an access token is no ID token', async () => {
  const { access_token: token } = await login('sub-ada');
  expect(await present(token), { status: 400, type: 'malformed' });
});
await check('remembered keys serve while the provider is down', async () => {
  const { id_token: token } = await login('sub-ada', 'late');
  await provider.stop();
  expect(await present(token, { nonce: 'late' }), { status: 200, decision: 'allow' });
});
process.exit(0);
