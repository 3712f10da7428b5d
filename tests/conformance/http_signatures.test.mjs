// `http-message-signatures` (an RFC 9421 implementation that knows nothing of us) verifies our signatures over requests
// as they go on the wire; node:crypto verifies the DER form of older servers, with a base that the same implementation
// built, and computes Content-Digest again.
import assert from 'node:assert/strict';
import { createHash, createPublicKey, randomBytes, randomUUID, verify } from 'node:crypto';
import { test } from 'node:test';
import { createVerifier, httpbis } from 'http-message-signatures';

import { withKeys } from './emitter.mjs';

const KEYS = 8;
const SERVER = 'https://us.vouch.sh';
const ALWAYS = ['@method', '@authority', '@path', '@query', 'authorization'];
const json = (value) => ({ content_type: 'application/json', body: JSON.stringify(value) });

const requests = {
  'GET without a query': { method: 'GET', url: `${SERVER}/v1/keys` },
  'GET with a query': {
    method: 'GET', url: `${SERVER}/v1/credentials/aws/token?role_arn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2FX`,
  },
  'GET with an empty query value and a port': { method: 'GET', url: 'http://127.0.0.1:8443/v1/keys?a=&b=%20' },
  'GET of an explicit default port, host in upper case': { method: 'GET', url: 'https://US.Vouch.sh:443/v1/keys' },
  'POST with a body': { method: 'POST', url: `${SERVER}/v1/keys/register/start`, ...json({ name: 'Schlüssel' }) },
  'PATCH with a body': { method: 'PATCH', url: `${SERVER}/v1/keys/${randomUUID()}`, ...json({ name: 'YubiKey 5' }) },
  'DELETE without a body': { method: 'DELETE', url: `${SERVER}/v1/keys/${randomUUID()}` },
  'POST with 200 kB': { method: 'POST', url: `${SERVER}/v1/x`, ...json({ a: randomBytes(150000).toString('base64') }) },
};

// The request as a receiver sees it.
async function signed(emitter, request, encoding) {
  const authorization = `DPoP ${randomBytes(200).toString('base64url')}`;
  const created = Math.floor(Date.now() / 1000);
  const { method, url } = request;
  const { jwt } = await emitter.make('dpop', { method, url, jti: randomUUID(), now: created });
  const order = { ...request, authorization, dpop: jwt, created, encoding };
  const { headers, base } = await emitter.make('signature', order);
  const message = {
    method,
    url,
    headers: {
      ...headers, Authorization: authorization, DPoP: jwt,
      ...(request.body && { 'Content-Type': request.content_type }),
    },
  };
  return { message, base };
}

const covered = (request) => [...ALWAYS, 'dpop', ...(request.body ? ['content-type', 'content-digest'] : [])];

// The signature base of RFC 9421, 2.5, built from the message alone.
function baseOf(message, request) {
  const lines = httpbis.createSignatureBase({ fields: covered(request) }, message);
  lines.push(['"@signature-params"', [message.headers['Signature-Input'].replace(/^sig1=/, '')]]);
  return httpbis.formatSignatureBase(lines);
}

async function accepts(jwk, kid, message, request) {
  const verifier = createVerifier(createPublicKey({ key: jwk, format: 'jwk' }), 'ecdsa-p256-sha256');
  return httpbis.verifyMessage({
    keyLookup: async ({ keyid }) => (keyid === kid ? { id: kid, algs: ['ecdsa-p256-sha256'], verify: verifier } : null),
    requiredParams: ['alg', 'created', 'keyid'],
    requiredFields: covered(request),
    maxAge: 60,
    all: true,
  }, message);
}

for (const [what, request] of Object.entries(requests)) {
  test(`${what}: the signature verifies, over the base that the other side builds`, () =>
    withKeys(KEYS, async (emitter) => {
      const { jwk, kid } = await emitter.make('key');
      const { message, base } = await signed(emitter, request, 'raw');
      assert.equal(base, baseOf(message, request));
      assert.equal(await accepts(jwk, kid, message, request), true);
      assert.equal(Buffer.from(message.headers.Signature.slice(6, -1), 'base64').length, 64);
      // No nonce: it is single use, and our requests run in parallel (pitfall 29).
      assert.match(message.headers['Signature-Input'],
        /\);alg="ecdsa-p256-sha256";created=\d+;keyid="[A-Za-z0-9_-]{43}"$/);
    }));

  test(`${what}: the DER form of older servers verifies`, () => withKeys(KEYS, async (emitter) => {
    const { jwk, kid } = await emitter.make('key');
    const { message } = await signed(emitter, request, 'der');
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const signature = Buffer.from(/^sig1=:([A-Za-z0-9+/=]+):$/.exec(message.headers.Signature)[1], 'base64');
    const base = Buffer.from(baseOf(message, request));
    assert.equal(verify('sha256', base, { key, dsaEncoding: 'der' }, signature), true);
    await assert.rejects(accepts(jwk, kid, message, request), /Malformed signature/);  // it takes 64 bytes only
  }));

  if (request.body) {
    test(`${what}: Content-Digest is SHA-256 of the body`, () => withKeys(1, async (emitter) => {
      const { message } = await signed(emitter, request, 'raw');
      const digest = createHash('sha256').update(request.body).digest('base64');
      assert.equal(message.headers['Content-Digest'], `sha-256=:${digest}:`);
    }));
  }
}

test('every covered part counts: a change of any of them is refused', () => withKeys(1, async (emitter) => {
  const { jwk, kid } = await emitter.make('key');
  const request = requests['POST with a body'];
  const { message } = await signed(emitter, request, 'raw');
  const header = (name, value) => ({ ...message, headers: { ...message.headers, [name]: value } });
  const changes = {
    method: { ...message, method: 'PUT' },
    authority: { ...message, url: message.url.replace('us.', 'eu.') },
    path: { ...message, url: message.url.replace('start', 'complete') },
    query: { ...message, url: `${message.url}?a` },
    authorization: header('Authorization', 'DPoP other'),
    dpop: header('DPoP', 'other'),
    type: header('Content-Type', 'text/plain'),
    digest: header('Content-Digest', `sha-256=:${randomBytes(32).toString('base64')}:`),
    created: header('Signature-Input',
      message.headers['Signature-Input'].replace(/created=(\d+)/, (_, time) => `created=${time - 1}`)),
  };
  assert.equal(await accepts(jwk, kid, message, request), true);
  for (const [name, changed] of Object.entries(changes))
    assert.equal(await accepts(jwk, kid, changed, request), false, name);
}));
