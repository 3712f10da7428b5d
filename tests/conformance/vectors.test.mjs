// The RFC vectors of tests/vectors, with every step, by libraries that others wrote: what our unit tests compare with
// (tests/unit/agent/formats reads the same files) is itself checked here.
import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { httpbis } from 'http-message-signatures';
import * as jose from 'jose';

const vector = (path) => JSON.parse(readFileSync(join(process.env.VOUCH_VECTORS, path), 'utf8'));
const sha256 = (text, encoding) => createHash('sha256').update(text).digest(encoding);
const publicKey = (jwk) => createPublicKey({ key: jwk, format: 'jwk' });

test('RFC 7638: hash input, thumbprint and stored form of the key', async () => {
  const { jwk, hash_input: input, thumbprint, stored } = vector('rfc7638/appendix_a3_key.json');
  assert.equal(JSON.stringify(Object.fromEntries(['crv', 'kty', 'x', 'y'].map((name) => [name, jwk[name]]))), input);
  assert.equal(sha256(input, 'base64url'), thumbprint);
  assert.equal(await jose.calculateJwkThumbprint(jwk), thumbprint);
  assert.equal(stored.kid, thumbprint);
  const der = { key: Buffer.from(stored.pkcs8, 'base64url'), format: 'der', type: 'pkcs8' };
  const { d, ...exported } = await jose.exportJWK(createPrivateKey(der));
  assert.ok(d);
  assert.deepEqual(exported, jwk);
});

test('RFC 7515 appendix A.3: header, payload and signature', async () => {
  const { jwk, jws, payload } = vector('rfc7515/appendix_a3.json');
  const verified = await jose.compactVerify(jws, await jose.importJWK(jwk, 'ES256'));
  assert.deepEqual(verified.protectedHeader, { alg: 'ES256' });
  assert.deepEqual(JSON.parse(Buffer.from(verified.payload)), payload);
});

for (const [name, example] of Object.entries(vector('rfc9449/proofs.json'))) {
  test(`RFC 9449 ${name}: header, payload, signature, ath and confirmation`, async () => {
    const { payload, protectedHeader } = await jose.compactVerify(example.proof, jose.EmbeddedJWK);
    const claims = JSON.parse(Buffer.from(payload));
    const { jwk, hash_input: input, jkt } = vector('rfc9449/section_6_1_confirmation.json');
    assert.deepEqual(protectedHeader, example.header);
    assert.deepEqual(claims, example.payload);
    assert.equal(claims.ath, example.access_token ? sha256(example.access_token, 'base64url') : undefined);
    assert.deepEqual(protectedHeader.jwk, jwk);
    assert.equal(await jose.calculateJwkThumbprint(protectedHeader.jwk), jkt);
    assert.equal(sha256(input, 'base64url'), jkt);
  });
}

test('RFC 9421 appendix B.2.4: base and signature', () => {
  const { jwk, base, signature } = vector('rfc9421/appendix_b24.json');
  const [params] = base.split('\n').slice(-1);
  const response = {
    status: 200,
    headers: Object.fromEntries([...base.matchAll(/^"(content-[a-z]+)": (.*)$/gm)].map((found) => found.slice(1))),
  };
  const lines = httpbis.createSignatureBase(
    { fields: ['@status', 'content-type', 'content-digest', 'content-length'] }, response);
  lines.push(['"@signature-params"', [params.slice('"@signature-params": '.length)]]);
  assert.equal(httpbis.formatSignatureBase(lines), base);
  const key = { key: publicKey(jwk), dsaEncoding: 'ieee-p1363' };
  assert.equal(verify('sha256', Buffer.from(base), key, Buffer.from(signature, 'base64')), true);
  assert.equal(verify('sha256', Buffer.from(`${base} `), key, Buffer.from(signature, 'base64')), false);
});

for (const [name, { request, base, signature_input: input, content_digest: digest }] of
  Object.entries(vector('rfc9421/requests.json'))) {
  test(`RFC 9421, our requests: ${name}`, () => {
    const headers = { authorization: request.authorization, dpop: request.dpop };
    if (request.body) {
      assert.equal(digest, `sha-256=:${sha256(request.body, 'base64')}:`);
      Object.assign(headers, { 'content-type': request.content_type, 'content-digest': digest });
    }
    const fields = [...input.slice(0, input.indexOf(')')).matchAll(/"([^"]+)"/g)].map(([, field]) => field);
    const lines = httpbis.createSignatureBase({ fields }, { method: request.method, url: request.url, headers });
    lines.push(['"@signature-params"', [input.replace(/^sig1=/, '')]]);
    assert.equal(httpbis.formatSignatureBase(lines), base);
  });
}

test('RFC 9530: Content-Digest of the examples', () => {
  for (const { body, content_digest: digest } of vector('rfc9530/content_digests.json'))
    assert.equal(digest, `sha-256=:${sha256(body, 'base64')}:`);
});
