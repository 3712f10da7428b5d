// panva's oidc-provider takes what agent/formats makes, and refuses what RFC 7523 and RFC 9449 want refused, so that
// the real programs (real_programs.sh) cannot pass a server that takes anything. The registration is written here.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { Emitter } from './emitter.mjs';
import { startServer } from './op.mjs';
import { approve } from './person.mjs';

const GRANT = 'urn:ietf:params:oauth:grant-type:';
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const now = () => Math.floor(Date.now() / 1000);

let server;
let emitter;
let clientId;

async function post(path, body, headers = {}) {
  const response = await fetch(server.url + path, { method: 'POST', body, headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
}

async function assertion(changes = {}) {
  const { jwt } = await emitter.make('client_assertion',
    { client_id: clientId, audience: server.url, jti: randomUUID(), now: now(), ...changes });
  return { client_assertion_type: ASSERTION_TYPE, client_assertion: jwt };
}

async function form(path, fields, { auth, nonce, proof, url } = {}) {
  const headers = {};
  if (nonce !== undefined || proof) {
    const order = { method: 'POST', url: url ?? server.url + path, jti: randomUUID(), now: now(), nonce: nonce ?? '' };
    headers.DPoP = proof ?? (await emitter.make('dpop', order)).jwt;
  }
  return post(path, new URLSearchParams({ ...fields, ...(auth ?? await assertion()) }), headers);
}

before(async () => {
  emitter = new Emitter();
  server = await startServer(() => {});
  const { jwk } = await emitter.make('key');
  const { status, body } = await post('/oauth/register', JSON.stringify({
    token_endpoint_auth_method: 'private_key_jwt', response_types: [], dpop_bound_access_tokens: true,
    jwks: { keys: [jwk] },
    grant_types: [`${GRANT}device_code`, `${GRANT}fido2-assertion`, `${GRANT}token-exchange`], client_name: 'test',
  }), { 'Content-Type': 'application/json' });
  assert.equal(status, 201, JSON.stringify(body));
  clientId = body.client_id;
});

after(async () => {
  emitter.end();
  await server.close();
});

test('device flow: client assertion, nonce on demand, pending, a DPoP token, revoked', async () => {
  const device = await form('/oauth/device', {});
  assert.equal(device.status, 200, JSON.stringify(device.body));
  const fields = { grant_type: `${GRANT}device_code`, device_code: device.body.device_code };

  const first = await form('/oauth/token', fields, { nonce: '' });
  assert.deepEqual([first.status, first.body.error], [400, 'use_dpop_nonce']);
  const nonce = first.headers.get('dpop-nonce');
  assert.equal((await form('/oauth/token', fields, { nonce })).body.error, 'authorization_pending');

  await approve(device.body.verification_uri_complete, 'alice@example.com');
  const done = await form('/oauth/token', fields, { nonce });
  assert.equal(done.status, 200, JSON.stringify(done.body));
  assert.equal(done.body.token_type, 'DPoP');
  assert.equal((await form('/oauth/revoke', { token: done.body.access_token, client_id: clientId })).status, 200);
});

test('a person who says no is told as access_denied', async () => {
  const { body } = await form('/oauth/device', {});
  await approve(body.verification_uri_complete, 'alice@example.com', { deny: true });
  const fields = { grant_type: `${GRANT}device_code`, device_code: body.device_code };
  const nonce = (await form('/oauth/token', fields, { nonce: '' })).headers.get('dpop-nonce');
  assert.equal((await form('/oauth/token', fields, { nonce })).body.error, 'access_denied');
});

test('a client assertion is taken once', async () => {
  const auth = await assertion();
  assert.equal((await form('/oauth/device', {}, { auth })).status, 200);
  const again = await form('/oauth/device', {}, { auth });
  assert.deepEqual([again.status, again.body.error], [401, 'invalid_client']);
});

for (const [what, changes] of Object.entries({
  'for another audience': () => ({ audience: 'https://us.vouch.sh' }),
  'for the endpoint instead of the issuer': () => ({ audience: `${server.url}/oauth/device` }),
  'of yesterday': () => ({ now: now() - 86400 }),
  'of tomorrow': () => ({ now: now() + 86400 }),
  'of a client that is not registered': () => ({ client_id: 'nobody' }),
})) {
  test(`a client assertion ${what} is refused`, async () => {
    const { status, body } = await form('/oauth/device', {}, { auth: await assertion(changes()) });
    assert.deepEqual([status, body.error], [401, 'invalid_client']);
  });
}

test('a client assertion of another key is refused', async () => {
  const mine = emitter;
  emitter = new Emitter();
  const { status, body } = await form('/oauth/device', {});
  emitter.end();
  emitter = mine;
  assert.deepEqual([status, body.error], [401, 'invalid_client']);
});

test('a proof is refused for another URL, and when it comes a second time', async () => {
  const device = (await form('/oauth/device', {})).body;
  const fields = { grant_type: `${GRANT}device_code`, device_code: device.device_code };
  const nonce = (await form('/oauth/token', fields, { nonce: '' })).headers.get('dpop-nonce');
  const other = await form('/oauth/token', fields, { nonce, url: `${server.url}/oauth/device` });
  assert.equal(other.body.error, 'invalid_dpop_proof');

  await approve(device.verification_uri_complete, 'alice@example.com');
  const { jwt } = await emitter.make('dpop',
    { method: 'POST', url: `${server.url}/oauth/token`, jti: randomUUID(), now: now(), nonce });
  assert.equal((await form('/oauth/token', fields, { proof: jwt })).status, 200);
  const second = (await form('/oauth/device', {})).body;
  await approve(second.verification_uri_complete, 'alice@example.com');
  const replay = await form('/oauth/token', { ...fields, device_code: second.device_code }, { proof: jwt });
  assert.deepEqual([replay.status, replay.body.error], [400, 'invalid_grant']);
});
