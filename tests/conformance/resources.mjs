// The /v1 resources of a Vouch server that the programs call (protocol reference 1.4, 1.8, 1.9), as far as they are
// needed to have a real request judged. Sessions are oidc-provider's access tokens, keys belong to its clients.
import { randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import * as jose from 'jose';

import { joseVerifiesProof, verifiesHttpSignature, webauthnVerifiesRegistration } from './checks.mjs';

const STEP_UP_SECONDS = 60;

class Refusal extends Error {
  constructor(status, body, headers = {}) {
    super(typeof body === 'string' ? body : body.message);
    Object.assign(this, { status, body, headers });
  }
}

const unauthorized = (error, message) => new Refusal(401, { error, message },
  { 'WWW-Authenticate': `DPoP error="${error}", error_description="${message}", algs="ES256"` });

function accountOf(world, email) {
  if (!world.accounts.has(email)) {
    const userId = randomUUID();
    const userHandle = Buffer.from(userId.replaceAll('-', ''), 'hex').toString('base64url');
    world.accounts.set(email, { userId, userHandle, keys: [] });
  }
  return world.accounts.get(email);
}

// The token of the request, after signature and proof were judged. The status is public: no signature there.
async function authenticate(world, ctx, body) {
  const [scheme, presented] = ctx.get('Authorization').split(' ');
  const token = scheme === 'DPoP' ? await world.provider.AccessToken.find(presented ?? '') : undefined;
  const client = token && await world.provider.Client.find(token.clientId);
  const url = world.url + ctx.url;
  if (ctx.path !== '/v1/auth/status') {
    try {
      if (!client) throw new Error('nobody whose key could be looked up');
      const { method, headers } = ctx;
      await verifiesHttpSignature({ method, url, headers, body, jwks: client.metadata().jwks });
    } catch (error) {
      if (client) console.error(`${ctx.method} ${ctx.path}: ${error.message}`);
      if (client) throw new Refusal(401, 'signature verification failed');
      throw unauthorized('invalid_token', 'no such session');
    }
  }
  if (!client) throw unauthorized('invalid_token', 'no such session');
  let proof;
  try {
    proof = await joseVerifiesProof(
      { proof: ctx.get('DPoP'), method: ctx.method, url: world.url + ctx.path, accessToken: presented });
  } catch (error) {
    throw unauthorized('invalid_dpop_proof', error.message);
  }
  if (proof.thumbprint !== token.jkt) throw unauthorized('invalid_token', 'bound to another key');
  if (!await world.provider.ReplayDetection.unique(token.clientId, proof.jti, Math.floor(Date.now() / 1000) + 300))
    throw unauthorized('invalid_dpop_proof', 'jti was used');
  return token;
}

function startRegistration(world, account, token, { name }) {
  if (typeof name !== 'string' || !name.trim()) throw new Refusal(400, { error: 'invalid_name', message: 'no name' });
  const state = randomUUID();
  const challenge = randomBytes(32);
  world.challenges.set(state, { challenge: challenge.toString('base64url'), name });
  return {
    challenge: [...challenge], rp_id: world.rpId, rp_name: 'Vouch', user_id: account.userId, user_name: token.accountId,
    algorithms: [-7], state, exclude_credential_ids: account.keys.map(({ credentialId }) => [...credentialId]),
  };
}

async function completeRegistration(world, account, answer) {
  const begun = world.challenges.get(answer.state);
  world.challenges.delete(answer.state);
  if (!begun) throw new Refusal(400, { error: 'invalid_state', message: 'unknown or used' });
  let info;
  try {
    info = await webauthnVerifiesRegistration({ answer, challenge: begun.challenge, rpId: world.rpId });
  } catch (error) {
    world.record({ what: 'registration', by: '@simplewebauthn/server', refused: error.message });
    throw new Refusal(400, { error: 'invalid_attestation', message: error.message });
  }
  world.record({
    what: 'registration', by: '@simplewebauthn/server', format: info.fmt, user_verified: info.userVerified,
    origin: info.origin, rp_id: info.rpID,
  });
  const key = {
    id: Buffer.from(info.credentialID).toString('base64url'), deviceId: randomUUID(), name: begun.name,
    credentialId: info.credentialID, publicKey: info.credentialPublicKey, counter: info.counter,
    createdAt: new Date().toISOString(),
  };
  account.keys.push(key);
  return { device_id: key.deviceId, message: 'registered' };
}

const listed = (account, token) => ({
  keys: account.keys.map((key) => ({
    id: key.deviceId, name: key.name, created_at: key.createdAt, is_current_session: key.id === token.extra?.key,
  })),
});

function keyNamed(account, path) {
  const key = account.keys.find(({ deviceId }) => path.endsWith(`/${deviceId}`));
  if (!key) throw new Refusal(404, { error: 'not_found', message: 'no such key' });
  return key;
}

function removeKey(account, token, path) {
  const key = keyNamed(account, path);
  if (token.gty !== 'fido2-assertion' || Date.now() / 1000 - token.iat > STEP_UP_SECONDS)
    throw new Refusal(401, { error: 'insufficient_user_authentication', message: 'touch the key' },
      { 'WWW-Authenticate': `DPoP error="insufficient_user_authentication", max_age=${STEP_UP_SECONDS}` });
  account.keys = account.keys.filter((other) => other !== key);
  return { message: 'removed', sessions_revoked: 0 };
}

const awsToken = async (world, token) => ({
  id_token: await new jose.SignJWT({ email: token.accountId }).setProtectedHeader({ alg: 'ES256', kid: 'op' })
    .setIssuer(world.url).setAudience(world.url).setSubject(token.accountId).setIssuedAt().setExpirationTime('8h')
    .sign(world.signingKey),
  expires_in: 8 * 3600,
});

async function answer(world, ctx, token, body) {
  const account = accountOf(world, token.accountId);
  const json = body.length ? JSON.parse(body) : {};
  switch (`${ctx.method} ${ctx.path.replace(/^(\/v1\/keys)\/[0-9a-f-]{36}$/, '$1/{id}')}`) {
    case 'GET /v1/auth/status':
      return {
        authenticated: true, email: token.accountId, expires_in_seconds: token.exp - Math.floor(Date.now() / 1000),
      };
    case 'GET /v1/keys': return listed(account, token);
    case 'PATCH /v1/keys/{id}':
      keyNamed(account, ctx.path).name = json.name;
      return { message: 'renamed' };
    case 'DELETE /v1/keys/{id}': return removeKey(account, token, ctx.path);
    case 'POST /v1/keys/register/start': return startRegistration(world, account, token, json);
    case 'POST /v1/keys/register/complete': return completeRegistration(world, account, json);
    case 'GET /v1/credentials/aws/token': return awsToken(world, token);
    default: throw new Refusal(404, { error: 'not_found', message: 'no such resource' });
  }
}

export function addResources(world) {
  world.provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/v1/')) return next();
    const request = `${ctx.method} ${ctx.path}`;
    const body = await buffer(ctx.req);
    let token;
    try {
      token = await authenticate(world, ctx, body);
      ctx.body = await answer(world, ctx, token, body);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // A refused token is an answer here, not an error (protocol reference 1.9).
      if (ctx.path === '/v1/auth/status' && !token) ctx.body = { authenticated: false };
      else Object.assign(ctx, { status: error.status, body: error.body });
      ctx.set(error.headers);
    }
    world.record({
      request, by: 'http-message-signatures, jose', status: ctx.status, query: ctx.querystring || undefined,
      signed: ctx.get('Signature') !== '', digest: body.length > 0, judged: token !== undefined,
    });
    return undefined;
  });
}
