// The far end for the real programs: panva's oidc-provider (OpenID certified) in its FAPI 2.0 profile, on loopback,
// with the routes of a Vouch server. Registration, client authentication, DPoP with its nonces, device flow, tokens and
// revocation are the library's. What a Vouch server has and no OpenID provider is in grants.mjs and resources.mjs: glue
// that gets requests to the libraries which judge them. Each place where the glue changes an answer says why.
//
//   op.mjs FOLDER    prints "ready"; FOLDER/op.json has the URL, FOLDER/evidence.jsonl a line for each request
import { randomBytes } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as jose from 'jose';
import Provider, { errors } from 'oidc-provider';

import { addGrants } from './grants.mjs';
import { addResources } from './resources.mjs';

const ASSERTION_SECONDS = 60;
const SESSION_SECONDS = 8 * 3600;

// What FAPI 2.0 asks of a client assertion beyond RFC 7523: the issuer, as a single string, and a short life.
function checkAssertion(ctx, claims, header) {
  const fails = [
    [claims.aud !== ctx.oidc.issuer, 'aud is not the issuer'],
    [claims.exp - claims.iat > ASSERTION_SECONDS, 'lives too long'],
    [Math.abs(claims.iat - Date.now() / 1000) > 10, 'iat is not now'],
    [claims.sub !== claims.iss, 'sub is not iss'],
    [typeof header.kid !== 'string', 'has no kid'],
  ].filter(([failed]) => failed);
  if (fails.length) throw new errors.InvalidClientAuth(`client assertion ${fails.map(([, why]) => why).join(', ')}`);
}

async function configuration() {
  const { privateKey } = await jose.generateKeyPair('ES256', { extractable: true });
  const signingKey = { ...await jose.exportJWK(privateKey), kid: 'op', use: 'sig', alg: 'ES256' };
  return {
    jwks: { keys: [signingKey] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    routes: {
      registration: '/oauth/register', device_authorization: '/oauth/device', token: '/oauth/token',
      revocation: '/oauth/revoke', jwks: '/oauth/jwks', code_verification: '/device',
    },
    clientAuthMethods: ['private_key_jwt'],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    enabledJWA: {
      clientAuthSigningAlgValues: ['ES256'], dPoPSigningAlgValues: ['ES256'], idTokenSigningAlgValues: ['ES256'],
    },
    assertJwtClientAuthClaimsAndHeader: checkAssertion,
    scopes: ['openid', 'email'],
    claims: { openid: ['sub'], email: ['email'] },
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId, email: accountId }) }),
    ttl: { AccessToken: SESSION_SECONDS, DeviceCode: 300, Grant: SESSION_SECONDS, Interaction: 300, Session: 300 },
    // The Vouch client names no scope at /oauth/device (protocol reference 1.2); a provider grants nothing without one.
    extraParams: { vouch_scope: (ctx) => { ctx.oidc.params.scope ||= 'openid email'; } },
    features: {
      fapi: { enabled: true, profile: '2.0' },
      registration: { enabled: true },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true, allowReplay: false },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      clientCredentials: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      devInteractions: { enabled: true },
    },
  };
}

// A line of evidence for every request, and the members that Vouch adds to standard answers.
function addEvidence(provider, record) {
  provider.use(async (ctx, next) => {
    await next();
    const { oidc, body } = ctx;
    const route = oidc?.route;
    if (route === 'device_authorization' && ctx.status === 200) body.interval = 1;  // Vouch always names it; here: fast
    if (route === 'token' && ctx.status === 200 && oidc.account) body.email = oidc.account.accountId;
    if (route === undefined || ctx.method !== 'POST') return;
    record({
      request: `POST ${ctx.path}`, by: 'oidc-provider', status: ctx.status, error: body?.error,
      detail: body?.error_description,
      grant: oidc.params?.grant_type?.split(':').pop(), client_auth: oidc.client?.clientAuthMethod,
      token_type: body?.token_type, revoked: route === 'revocation' ? Boolean(oidc.entities.AccessToken) : undefined,
      registered: route === 'registration' && ctx.status === 201 ? oidc.client.metadata() : undefined,
    });
  });
}

// Resolves to {url, close}. `record` gets an object for each request that was judged.
export async function startServer(record) {
  const http = createServer();
  await new Promise((resolve) => { http.listen(0, '127.0.0.1', resolve); });
  const url = `http://127.0.0.1:${http.address().port}`;
  const settings = await configuration();
  const provider = new Provider(url, settings);
  const world = {
    provider, url, record, rpId: 'vouch.test',
    signingKey: await jose.importJWK(settings.jwks.keys[0], 'ES256'),
    challenges: new Map(),  // state → what the answer must contain; single use
    accounts: new Map(),    // e-mail → {userId, keys}
  };
  addEvidence(provider, record);
  addGrants(world);
  addResources(world);
  provider.on('server_error', (_, error) => console.error(error));
  http.on('request', provider.callback());
  return { url, close: () => new Promise((resolve) => { http.close(resolve); http.closeAllConnections(); }) };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = process.argv[2];
  const evidence = join(folder, 'evidence.jsonl');
  writeFileSync(evidence, '');
  const { url } = await startServer((line) => appendFileSync(evidence, `${JSON.stringify(line)}\n`));
  writeFileSync(join(folder, 'op.json'), JSON.stringify({ url }));
  console.log('ready');
}
