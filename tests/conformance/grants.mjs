// The two grants and the challenge that a Vouch server has beyond an OpenID provider. The DPoP check, the replay store
// and the tokens are oidc-provider's; the assertion is judged by @simplewebauthn/server.
import { randomBytes, randomUUID } from 'node:crypto';
import { text as bodyText } from 'node:stream/consumers';
import * as jose from 'jose';
import { errors } from 'oidc-provider';
import validateDpop from 'oidc-provider/lib/helpers/validate_dpop.js';

import { joseVerifiesAssertion, joseVerifiesProof, webauthnVerifiesAssertion } from './checks.mjs';

const GRANT = 'urn:ietf:params:oauth:grant-type:';
const TOKEN = 'urn:ietf:params:oauth:token-type:';
const EXCHANGED_SECONDS = 600;
const now = () => Math.floor(Date.now() / 1000);

// As the library's own grants do it.
async function requireProof(ctx) {
  const proof = await validateDpop(ctx);
  if (!proof) throw new errors.InvalidGrant('DPoP proof JWT not provided');
  const unique = await ctx.oidc.provider.ReplayDetection.unique(ctx.oidc.client.clientId, proof.jti, now() + 300);
  if (!unique) throw new errors.InvalidGrant('DPoP proof JWT Replay detected');
  return proof;
}

// Which account and which of its keys answered. The challenge is spent whatever comes of it.
async function judge(world, assertion) {
  const answer = JSON.parse(Buffer.from(assertion, 'base64url'));
  const challenge = world.challenges.get(answer.state);
  world.challenges.delete(answer.state);
  if (!challenge) throw new Error('the challenge is unknown or used');
  for (const [email, account] of world.accounts) {
    const key = account.keys.find(({ id }) => id === answer.credential_id);
    if (!key) continue;
    const info = await webauthnVerifiesAssertion({ answer, challenge, rpId: world.rpId, key });
    if (answer.user_handle !== account.userHandle) throw new Error('the user handle is not that of the account');
    key.counter = info.newCounter;
    return { email, key, info };
  }
  throw new Error('no account has this credential');
}

function fido2Grant(world) {
  return async (ctx, next) => {
    const { provider, client, params } = ctx.oidc;
    const { thumbprint } = await requireProof(ctx);
    let judged;
    try {
      judged = await judge(world, params.assertion);
    } catch (error) {
      world.record({ what: 'assertion', by: '@simplewebauthn/server', refused: error.message });
      throw new errors.InvalidGrant(error.message);
    }
    const { email, key, info } = judged;
    world.record({
      what: 'assertion', by: '@simplewebauthn/server', user_verified: info.userVerified, origin: info.origin,
      rp_id: info.rpID, counter: info.newCounter,
    });
    const scope = 'openid email';
    const grant = new provider.Grant({ accountId: email, clientId: client.clientId });
    grant.addOIDCScope(scope);
    const token = new provider.AccessToken(
      { accountId: email, client, grantId: await grant.save(), gty: 'fido2-assertion', scope, extra: { key: key.id } });
    token.setThumbprint('jkt', thumbprint);
    ctx.body = {
      access_token: await token.save(), expires_in: token.expiration, token_type: token.tokenType, scope,
      email,  // Vouch tells whose session it is
    };
    await next();
  };
}

// RFC 8693, as far as the plain Kubernetes token needs it (protocol reference 1.7).
function exchangeGrant(world) {
  return async (ctx, next) => {
    const { provider, client, params } = ctx.oidc;
    const { thumbprint } = await requireProof(ctx);
    if (params.subject_token_type !== `${TOKEN}access_token` || params.requested_token_type !== `${TOKEN}id_token`)
      throw new errors.InvalidRequest('these token types are not exchanged');
    const subject = await provider.AccessToken.find(params.subject_token ?? '');
    if (!subject || subject.clientId !== client.clientId || subject.gty !== 'fido2-assertion')
      throw new errors.InvalidGrant('the subject token is not a session of a security key');
    if (subject.jkt !== thumbprint) throw new errors.InvalidRequest('the subject token is bound to another key');
    const token = await new jose.SignJWT({ email: subject.accountId })
      .setProtectedHeader({ alg: 'ES256', kid: 'op', typ: 'JWT' }).setIssuer(world.url).setSubject(subject.accountId)
      .setAudience(params.audience ?? world.url).setIssuedAt().setExpirationTime(`${EXCHANGED_SECONDS}s`)
      .setJti(randomUUID()).sign(world.signingKey);
    ctx.body = {
      access_token: token, issued_token_type: `${TOKEN}id_token`, token_type: 'N_A', expires_in: EXCHANGED_SECONDS,
    };
    await next();
  };
}

// POST /oauth/fido2/challenge (protocol reference 1.3): client authentication as at the token endpoint. A Vouch server
// hands a nonce out here; this one leaves it to the token endpoint's use_dpop_nonce.
function challengeRoute(world) {
  return async (ctx, next) => {
    if (ctx.method !== 'POST' || ctx.path !== '/oauth/fido2/challenge') return next();
    const form = new URLSearchParams(await bodyText(ctx.req));
    try {
      const assertion = form.get('client_assertion');
      const client = await world.provider.Client.find(jose.decodeJwt(assertion).sub);
      const jwks = client.metadata().jwks;
      const claims = await joseVerifiesAssertion({ assertion, jwks, issuer: world.url, clientId: client.clientId });
      const unique = await world.provider.ReplayDetection.unique(claims.iss, claims.jti, claims.exp);
      if (!unique) throw new Error('client assertion tokens must only be used once');
      await joseVerifiesProof({ proof: ctx.get('DPoP'), method: 'POST', url: world.url + ctx.path });
    } catch (error) {
      world.record({ request: `POST ${ctx.path}`, by: 'jose', status: 401, detail: error.message });
      ctx.status = 401;
      ctx.body = { error: 'invalid_client', error_description: error.message };
      return undefined;
    }
    const state = randomUUID();
    const challenge = randomBytes(32).toString('base64url');
    world.challenges.set(state, challenge);
    world.record({ request: `POST ${ctx.path}`, by: 'jose', status: 200 });
    ctx.body = { challenge, rp_id: world.rpId, state };
    return undefined;
  };
}

export function addGrants(world) {
  world.provider.registerGrantType(`${GRANT}fido2-assertion`, fido2Grant(world),
    ['assertion', 'scope', 'authorization_details']);
  world.provider.registerGrantType(`${GRANT}token-exchange`, exchangeGrant(world),
    ['subject_token', 'subject_token_type', 'requested_token_type', 'audience']);
  world.provider.use(challengeRoute(world));
}
