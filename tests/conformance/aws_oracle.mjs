// The signer of the AWS SDK for JavaScript, asked for what ours should have made; and reproducible random cases.
import assert from 'node:assert/strict';
import { Sha256 } from '@aws-crypto/sha256-js';
import { STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';

// Settings of this machine would change what the SDK sends.
for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
Object.assign(process.env, { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' });

export const REGIONS = ['us-east-1', 'cn-north-1', 'us-gov-west-1', 'eusc-de-east-1', 'us-iso-east-1', 'us-isob-east-1',
  'eu-isoe-west-1', 'us-isof-south-1']; // one of each partition
export const HOST_KINDS = [{}, { fips: true }, { dualstack: true }, { fips: true, dualstack: true }];

// Keeps what the signer made on the way.
class RecordingSigner extends SignatureV4 {
  createCanonicalRequest(...parts) {
    this.canonicalRequest = super.createCanonicalRequest(...parts);
    return this.canonicalRequest;
  }

  async createStringToSign(...parts) {
    this.stringToSign = await super.createStringToSign(...parts);
    return this.stringToSign;
  }
}

function signerFor(order, service) {
  return new RecordingSigner({
    service,
    region: order.region,
    sha256: Sha256,
    applyChecksum: false,
    credentials: {
      accessKeyId: order.access_key_id,
      secretAccessKey: order.secret_access_key,
      ...(order.session_token && { sessionToken: order.session_token }),
    },
  });
}

const dateOf = (order) => new Date(order.now * 1000);

// RFC 3986, as SigV4 wants it.
export const encoded = (text) => encodeURIComponent(text)
  .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

// [["a","1"],["a","2"]] as {a: ["1","2"]}.
function queryBag(pairs) {
  const bag = {};
  for (const [name, value] of pairs) (bag[name] ??= []).push(value);
  return bag;
}

function headerBag(pairs) {
  const bag = {};
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    bag[key] = key in bag ? `${bag[key]},${value}` : value;
  }
  return bag;
}

function requestOf(order, extraHeaders = {}) {
  return {
    method: order.method,
    protocol: 'https:',
    hostname: order.host,
    path: order.path,
    query: queryBag(order.query ?? []),
    headers: { host: order.host, ...headerBag(order.headers ?? []), ...extraHeaders },
    ...(order.body && { body: order.body }),
  };
}

// {canonical_request, string_to_sign, headers: the three that signing adds}
export async function signedHeaders(order) {
  const signer = signerFor(order, order.service);
  const { headers } = await signer.sign(requestOf(order), { signingDate: dateOf(order) });
  const added = Object.entries(headers)
    .filter(([name]) => ['authorization', 'x-amz-date', 'x-amz-security-token'].includes(name));
  return {
    canonical_request: signer.canonicalRequest,
    string_to_sign: signer.stringToSign,
    headers: Object.fromEntries(added),
  };
}

// Parameters in the order of botocore; the signature does not depend on it.
export async function presignedUrl(order, own = order.query ?? []) {
  const { query } = await signerFor(order, order.service).presign(requestOf(order), {
    signingDate: dateOf(order),
    expiresIn: order.expires,
    unhoistableHeaders: new Set(['x-k8s-aws-id']),
  });
  const names = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires', 'X-Amz-SignedHeaders',
    ...(order.session_token ? ['X-Amz-Security-Token'] : []), 'X-Amz-Signature'];
  const pairs = [...own, ...names.map((name) => [name, query[name]])];
  return `https://${order.host}${order.path}?${pairs.map((pair) => pair.map(encoded).join('=')).join('&')}`;
}

const sts = new STSClient({ region: 'us-east-1', credentials: { accessKeyId: 'unused', secretAccessKey: 'unused' } });

// By the SDK's own endpoint rules.
export const stsHost = ({ region, fips = false, dualstack = false }) => sts.config.endpointProvider(
  { Region: region, UseFIPS: fips, UseDualStack: dualstack, UseGlobalEndpoint: false },
).url.host;

export async function eksToken(order) {
  const url = await presignedUrl({
    ...order,
    method: 'GET',
    host: stsHost(order),
    path: '/',
    query: [['Action', 'GetCallerIdentity'], ['Version', '2011-06-15']],
    headers: [['x-k8s-aws-id', order.cluster]],
    service: 'sts',
    expires: 60,
  });
  return `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
}

// A request as it went on the wire, in the members of an order: {method, host, path, query, headers, body}.
export function takenApart({ method, url, headers, body }) {
  const [, host, path, query] = /^https:\/\/([^/?]+)([^?]*)(?:\?(.*))?$/.exec(url);
  const pairs = (query ?? '').split('&').filter(Boolean).map((pair) => pair.split('=').map(decodeURIComponent));
  return { method, host, path, query: pairs, headers, body };
}

// Throws unless a request of ours, as it went on the wire, has the signature that the SDK gives it.
export async function assertSigned(request, order, service) {
  const made = headerBag(request.headers);
  const wire = takenApart(request);
  const toSign = wire.headers.filter(([name]) => name.toLowerCase() === 'content-type');
  const { headers } = await signedHeaders({ ...order, ...wire, headers: toSign, service });
  for (const name of ['authorization', 'x-amz-date', 'x-amz-security-token'])
    assert.equal(made[name], headers[name], `${name} of ${request.url} with ${JSON.stringify(order)}`);
}

// ---- random cases -----------------------------------------------------------------------------------------------

// The same numbers for the same seed (mulberry32).
export class Random {
  #state;

  constructor(seed) { this.#state = seed >>> 0; }

  below(limit) {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * limit);
  }

  of(choices) { return choices[this.below(choices.length)]; }
  chance(percent) { return this.below(100) < percent; }
  list(most, make) { return Array.from({ length: this.below(most + 1) }, () => make()); }
  text(alphabet, least, most) {
    const letters = [...alphabet];
    return Array.from({ length: least + this.below(most - least + 1) }, () => this.of(letters)).join('');
  }
}

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const BASE64 = `${ALPHANUMERIC}+/`;
const AWKWARD = `aZ09-_.~ !"#$%&'()*+,/:;<=>?@[\\]^\`{|}äß五ሴ😀\n`;

export function randomKeys(random) {
  return {
    access_key_id: random.of(['AKIA', 'ASIA']) + random.text('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16, 16),
    secret_access_key: random.text(BASE64, 40, 40),
    session_token: random.chance(30) ? '' : `${random.text(BASE64, 16, 900)}${random.of(['', '=', '=='])}`,
    region: random.of(REGIONS),
    now: 1_000_000_000 + random.below(1_100_000_000),
  };
}

export const randomCluster = (random) => random.text(ALPHANUMERIC, 1, 1) + random.text(`${ALPHANUMERIC}-_`, 0, 99);

function randomPath(random) {
  const segment = () => random.of(['.', '..', '', 'a+b:c@d~e', 'arn:aws:iam::123456789012:role%2Fteam%2FDev',
    encoded(random.text(AWKWARD, 1, 12)), random.text(ALPHANUMERIC, 1, 8)]);
  return `/${random.list(5, segment).join('/')}${random.chance(20) ? '/' : ''}`;
}

export function randomRequest(random) {
  const name = () => random.of(['a', 'B', 'a-b', 'nextToken', 'Action', random.text(AWKWARD, 0, 6)]);
  const value = () => random.of(['', 'z', 'A', random.text(AWKWARD, 1, 30), random.text(BASE64, 1, 60)]);
  const headerValue = () => random.text('abc XYZ \t,;="/+', 0, 24);
  const headers = ['Content-Type', 'x-k8s-aws-id', 'X-Amz-Target', 'Accept', 'x-a'].filter(() => random.chance(40));
  return {
    ...randomKeys(random),
    method: random.of(['GET', 'POST', 'PUT', 'DELETE']),
    host: random.of(['eks.eu-central-1.amazonaws.com', 'sts.cn-north-1.amazonaws.com.cn', 'localhost:4566']),
    path: randomPath(random),
    query: random.list(6, () => [name(), value()]),
    headers: headers.map((header) => [header, headerValue()]),
    body: random.chance(50) ? '' : random.text(AWKWARD, 1, 200),
    service: random.of(['sts', 'eks', 'execute-api']),
  };
}
