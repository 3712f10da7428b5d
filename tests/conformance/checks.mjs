// What is judged of a request and by whom. Every function returns what the judge says, or throws its refusal.
import { createHash, createPublicKey, timingSafeEqual } from 'node:crypto';
import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server';
import { cose, decodeCredentialPublicKey } from '@simplewebauthn/server/helpers';
import { createVerifier, httpbis } from 'http-message-signatures';
import * as jose from 'jose';

const SIGNED = ['@method', '@authority', '@path', '@query', 'authorization', 'dpop'];
const SIGNED_WITH_BODY = [...SIGNED, 'content-type', 'content-digest'];

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

// jose: the DPoP proof of a request (RFC 9449, 4.3). Returns the thumbprint of its key and its jti.
export async function joseVerifiesProof({ proof, method, url, accessToken }) {
  const { payload, protectedHeader } = await jose.jwtVerify(proof, jose.EmbeddedJWK,
    { algorithms: ['ES256'], typ: 'dpop+jwt', maxTokenAge: 300, requiredClaims: ['jti', 'htm', 'htu', 'iat'] });
  const ath = accessToken && sha256(accessToken).toString('base64url');
  if (payload.htm !== method || payload.htu !== url || payload.ath !== ath)
    throw new Error('DPoP proof is for another request or token');
  return { thumbprint: await jose.calculateJwkThumbprint(protectedHeader.jwk), jti: payload.jti };
}

// jose: a client assertion against the registered keys. Returns its claims.
export async function joseVerifiesAssertion({ assertion, jwks, issuer, clientId }) {
  const { payload } = await jose.jwtVerify(assertion, jose.createLocalJWKSet(jwks), {
    algorithms: ['ES256'], audience: issuer, issuer: clientId, subject: clientId, maxTokenAge: 60,
    requiredClaims: ['jti', 'exp'],
  });
  return payload;
}

// http-message-signatures: RFC 9421 over the request as it arrived; node:crypto: the digest of the body (RFC 9530).
export async function verifiesHttpSignature({ method, url, headers, body, jwks }) {
  if (body.length) {
    const digest = Buffer.from(/^sha-256=:([A-Za-z0-9+/=]{44}):$/.exec(headers['content-digest'])[1], 'base64');
    if (!timingSafeEqual(digest, sha256(body))) throw new Error('Content-Digest is not that of the body');
  }
  const verified = await httpbis.verifyMessage({
    keyLookup: async ({ keyid }) => {
      const key = jwks.keys.find(({ kid }) => kid === keyid);
      return key && {
        id: keyid, algs: ['ecdsa-p256-sha256'],
        verify: createVerifier(createPublicKey({ key, format: 'jwk' }), 'ecdsa-p256-sha256'),
      };
    },
    requiredParams: ['alg', 'created', 'keyid'],
    requiredFields: body.length ? SIGNED_WITH_BODY : SIGNED,
    maxAge: 300,
    all: true,
  }, { method, url, headers });
  if (verified !== true) throw new Error('HTTP message signature does not verify');
}

// @simplewebauthn/server: an assertion, in the form that the Vouch grant has (protocol reference 2.5).
export async function webauthnVerifiesAssertion({ answer, challenge, rpId, key }) {
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: {
      id: answer.credential_id, rawId: answer.credential_id, type: 'public-key', clientExtensionResults: {},
      response: {
        clientDataJSON: answer.client_data_json, authenticatorData: answer.authenticator_data,
        signature: answer.signature, userHandle: answer.user_handle,
      },
    },
    expectedType: 'webauthn.get', expectedChallenge: challenge, expectedOrigin: `https://${rpId}`, expectedRPID: rpId,
    requireUserVerification: true,
    authenticator: { credentialID: key.credentialId, credentialPublicKey: key.publicKey, counter: key.counter },
  });
  if (!verified) throw new Error('the assertion does not verify');
  return authenticationInfo;
}

// @simplewebauthn/server: a registration in the "raw" form (protocol reference 1.8). Returns what it read; node:crypto
// says whether the public key that was sent beside it is the attested one.
export async function webauthnVerifiesRegistration({ answer, challenge, rpId }) {
  const text = (name) => Buffer.from(answer[name]).toString('base64url');
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: {
      id: text('credential_id'), rawId: text('credential_id'), type: 'public-key', clientExtensionResults: {},
      response: { clientDataJSON: text('client_data_json'), attestationObject: text('attestation_object') },
    },
    expectedType: 'webauthn.create', expectedChallenge: challenge, expectedRPID: rpId,
    expectedOrigin: `https://${rpId}`,
    requireUserVerification: true, supportedAlgorithmIDs: [-7],
  });
  if (!verified) throw new Error('the registration does not verify');
  const attested = decodeCredentialPublicKey(registrationInfo.credentialPublicKey);
  const key = { key: Buffer.from(answer.public_key), format: 'der', type: 'spki' };
  const sent = createPublicKey(key).export({ format: 'jwk' });
  for (const [name, label] of [['x', cose.COSEKEYS.x], ['y', cose.COSEKEYS.y]])
    if (sent[name] !== Buffer.from(attested.get(label)).toString('base64url'))
      throw new Error('public_key is not the attested key');
  return registrationInfo;
}
