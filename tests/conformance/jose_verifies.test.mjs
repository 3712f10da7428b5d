// `jose` (panva) verifies what agent/formats makes: thumbprints, client assertions, DPoP proofs. The only thing taken
// from us are the bytes.
import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import * as jose from 'jose';

import { withKeys } from './emitter.mjs';

const KEYS = 8;
const SIGNATURES = 16;
const ISSUER = 'https://us.vouch.sh';
const now = () => Math.floor(Date.now() / 1000);
const sha256 = (text) => createHash('sha256').update(text, 'ascii').digest('base64url');

test('kid is the RFC 7638 thumbprint, and the JWK has public members only', () => withKeys(KEYS, async (emitter) => {
  const { jwk, kid } = await emitter.make('key');
  assert.equal(await jose.calculateJwkThumbprint(jwk, 'sha256'), kid);
  assert.equal(jwk.kid, kid);
  assert.deepEqual(Object.keys(jwk).sort(), ['crv', 'kid', 'kty', 'x', 'y']);
  assert.equal((await jose.importJWK(jwk, 'ES256')).type, 'public');
}));

test('client assertions verify against the registered key set', () => withKeys(KEYS, async (emitter) => {
  const { jwk, kid } = await emitter.make('key');
  const keys = jose.createLocalJWKSet({ keys: [jwk] });
  for (let i = 0; i < SIGNATURES; i += 1) {
    const issued = { client_id: randomUUID(), audience: ISSUER, jti: randomUUID(), now: now() };
    const { jwt } = await emitter.make('client_assertion', issued);
    const { payload, protectedHeader } = await jose.jwtVerify(jwt, keys, {
      algorithms: ['ES256'], typ: 'JWT', audience: ISSUER, issuer: issued.client_id, subject: issued.client_id,
      maxTokenAge: 10, requiredClaims: ['jti', 'exp', 'iat'],
    });
    assert.deepEqual(protectedHeader, { typ: 'JWT', alg: 'ES256', kid });
    assert.deepEqual(payload, {
      iss: issued.client_id, sub: issued.client_id, aud: ISSUER, jti: issued.jti, iat: issued.now, exp: issued.now + 60,
    });
  }
}));

test('a client assertion does not verify with another key, another audience or a changed claim', () =>
  withKeys(1, async (emitter) => {
    const { jwk } = await emitter.make('key');
    const key = await jose.importJWK(jwk, 'ES256');
    const { jwt } = await emitter.make('client_assertion',
      { client_id: 'client', audience: ISSUER, jti: randomUUID(), now: now() });
    const [header, , signature] = jwt.split('.');
    const changed = jose.base64url.encode(JSON.stringify({ ...jose.decodeJwt(jwt), sub: 'mallory' }));
    await withKeys(1, async (other) => {
      const foreign = await jose.importJWK((await other.make('key')).jwk, 'ES256');
      await assert.rejects(jose.jwtVerify(jwt, foreign), jose.errors.JWSSignatureVerificationFailed);
    });
    await assert.rejects(jose.jwtVerify(`${header}.${changed}.${signature}`, key),
      jose.errors.JWSSignatureVerificationFailed);
    await assert.rejects(jose.jwtVerify(jwt, key, { audience: `${ISSUER}/oauth/token` }),
      jose.errors.JWTClaimValidationFailed);
  }));

const proofs = {
  'for the token endpoint, without a nonce': { method: 'POST', url: `${ISSUER}/oauth/token` },
  'with the nonce of the server': {
    method: 'POST', url: `${ISSUER}/oauth/token`, nonce: randomBytes(24).toString('base64url'),
  },
  'with ath, for a resource with a query': {
    method: 'GET', url: `${ISSUER}/v1/credentials/aws/token?role_arn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2FX`,
    access_token: randomBytes(300).toString('base64url'),
  },
  'with ath and the name of an AI agent': {
    method: 'DELETE', url: `${ISSUER}/v1/keys/7`, access_token: 'a.b.c', source: 'some-agent',
  },
};

for (const [what, order] of Object.entries(proofs)) {
  test(`DPoP proof ${what}`, () => withKeys(KEYS, async (emitter) => {
    const { jwk, kid } = await emitter.make('key');
    for (let i = 0; i < SIGNATURES; i += 1) {
      const jti = randomUUID();
      const iat = now();
      const { jwt } = await emitter.make('dpop', { ...order, jti, now: iat });
      // EmbeddedJWK refuses a private key and a header without a key.
      const { payload, protectedHeader } = await jose.jwtVerify(jwt, jose.EmbeddedJWK,
        { algorithms: ['ES256'], typ: 'dpop+jwt', maxTokenAge: 10 });
      assert.deepEqual(Object.keys(protectedHeader).sort(), ['alg', 'jwk', 'typ']);
      assert.equal(protectedHeader.typ, 'dpop+jwt');
      assert.deepEqual(protectedHeader.jwk, jwk);
      assert.equal(await jose.calculateJwkThumbprint(protectedHeader.jwk), kid);
      assert.deepEqual(payload, {
        jti, iat, htm: order.method, htu: order.url.split('?')[0],
        ...(order.nonce && { nonce: order.nonce }),
        ...(order.access_token && { ath: sha256(order.access_token) }),
        ...(order.source && { source: order.source }),
      });
    }
  }));
}
