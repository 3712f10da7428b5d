// What we sign for AWS is, byte for byte, what the AWS SDK for JavaScript signs: EKS tokens, the request of AssumeRole,
// the requests to EKS, and anything else that its signer and ours take. VOUCH_SEED=N gives other random cases.
import assert from 'node:assert/strict';
import test from 'node:test';
import { DescribeAccessEntryCommand, DescribeClusterCommand, EKSClient, ListAssociatedAccessPoliciesCommand }
  from '@aws-sdk/client-eks';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import * as oracle from './aws_oracle.mjs';
import { Emitter } from './emitter.mjs';

const SEED = Number(process.env.VOUCH_SEED ?? 20261124);
const KEYS = { access_key_id: 'AKIDEXAMPLE', secret_access_key: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const TOKENS = ['', 'IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJ+H4sIAAAA/Token+With/Slashes=='];
const CLUSTERS = ['demo', '0', 'Az_-9', 'team--a__prod-1', 'x'.repeat(100), 'f47ac10b-58cc-4372-a567-0e02b2c3d479'];
const TIMES = [1795500180, 1735689599, 1709164800]; // an ordinary second, the last of a year, a 29th of February

const emitter = new Emitter();
test.after(() => emitter.end());

// Calls `check` with every combination of partition, kind of host and session token.
async function everywhere(check) {
  for (const region of oracle.REGIONS)
    for (const kind of oracle.HOST_KINDS)
      for (const token of TOKENS) await check({ ...KEYS, session_token: token, region, ...kind });
}

async function assertToken(order, made) {
  assert.equal(made, await oracle.eksToken(order), JSON.stringify(order));
}

async function assertHeaders(order, made) {
  const { headers, ...steps } = made;
  assert.deepEqual({ ...steps, headers: Object.fromEntries(headers) }, await oracle.signedHeaders(order),
    JSON.stringify(order));
}

// What an SDK client would have sent.
async function sentBy(Client, { region, fips = false, dualstack = false }, command) {
  let request;
  const client = new Client({
    region,
    useFipsEndpoint: fips,
    useDualstackEndpoint: dualstack,
    credentials: { accessKeyId: 'unused', secretAccessKey: 'unused' },
    maxAttempts: 1,
    requestHandler: { handle: async (sent) => { request = sent; throw new Error('taken'); } },
  });
  await assert.rejects(client.send(command), /taken/);
  return request;
}

test('EKS tokens of every partition, FIPS and dual-stack, with and without a session token', async () => {
  let number = 0;
  await everywhere(async (where) => {
    for (const cluster of CLUSTERS) {
      const order = { ...where, cluster, now: TIMES[number % TIMES.length] };
      await assertToken(order, (await emitter.make('eks_token', order)).token);
      number += 1;
    }
  });
  assert.equal(number, 8 * 4 * 2 * CLUSTERS.length);
});

test('a thousand random EKS tokens', async () => {
  const random = new oracle.Random(SEED);
  for (let i = 0; i < 1000; i += 1) {
    const cluster = oracle.randomCluster(random);
    const order = { ...oracle.randomKeys(random), ...random.of(oracle.HOST_KINDS), cluster };
    await assertToken(order, (await emitter.make('eks_token', order)).token);
  }
});

test('the request of AssumeRole', async () => {
  const roles = ['role/Dev', 'role/team/Königreich+a=b,c.d@e', 'role/with space'];
  await everywhere(async (where) => {
    for (const [number, role] of roles.entries()) {
      const order = {
        ...where,
        now: TIMES[number],
        role_arn: `arn:aws:iam::123456789012:${role}`,
        role_session_name: 'alice+x=y,z.@example.com',
        policy_arn: number === 1 ? '' : 'arn:aws:iam::aws:policy/ReadOnlyAccess',
      };
      const made = await emitter.make('sts_assume_role', order);
      await oracle.assertSigned(made, order, 'sts');
      const sent = await sentBy(STSClient, where, new AssumeRoleCommand({
        RoleArn: order.role_arn,
        RoleSessionName: order.role_session_name,
        DurationSeconds: 3600,
        ...(order.policy_arn && { PolicyArns: [{ arn: order.policy_arn }] }),
      }));
      assert.equal(made.url, `https://${sent.hostname}${sent.path}`);
      assert.deepEqual([...new URLSearchParams(made.body)].sort(), [...new URLSearchParams(sent.body)].sort());
    }
  });
});

test('the requests to EKS: cluster, access entry, its policies page by page', async () => {
  const principals = ['arn:aws:iam::123456789012:role/Dev', 'arn:aws-cn:iam::123456789012:role/team/a+b=c,d.e@f'];
  const next = 'bmV4dA+/=&?#% !';
  await everywhere(async (where) => {
    for (const [number, principal] of principals.entries()) {
      const order = { ...where, now: TIMES[number], cluster: 'Az_-9', principal_arn: principal, next_token: next };
      const { requests } = await emitter.make('eks_calls', order);
      const entry = { clusterName: order.cluster, principalArn: principal };
      const commands = [
        new DescribeClusterCommand({ name: order.cluster }),
        new DescribeAccessEntryCommand(entry),
        new ListAssociatedAccessPoliciesCommand(entry),
        new ListAssociatedAccessPoliciesCommand({ ...entry, nextToken: next }),
      ];
      assert.equal(requests.length, commands.length);
      for (const [i, command] of commands.entries()) {
        await oracle.assertSigned(requests[i], order, 'eks');
        const sent = await sentBy(EKSClient, where, command);
        const made = oracle.takenApart(requests[i]);
        assert.equal(`${made.method} ${made.path}`, `${sent.method} ${sent.path}`);
        assert.deepEqual(Object.fromEntries(made.query), { ...sent.query });
      }
    }
  });
});

test('the hosts of EKS', async () => {
  await everywhere(async (where) => {
    const order = { ...where, now: TIMES[0], cluster: 'demo', principal_arn: 'arn:aws:iam::1:role/a', next_token: 'x' };
    const { requests } = await emitter.make('eks_calls', order);
    const sent = await sentBy(EKSClient, where, new DescribeClusterCommand({ name: 'demo' }));
    assert.equal(oracle.takenApart(requests[0]).host, sent.hostname);
  });
});

test('three thousand random requests: canonical request, string to sign, headers', async () => {
  const random = new oracle.Random(SEED + 1);
  for (let i = 0; i < 3000; i += 1) {
    const order = oracle.randomRequest(random);
    await assertHeaders(order, await emitter.make('sigv4_headers', order));
  }
});

test('a thousand random presigned URLs', async () => {
  const random = new oracle.Random(SEED + 2);
  for (let i = 0; i < 1000; i += 1) {
    const request = oracle.randomRequest(random);
    const order = { ...request, headers: [['x-k8s-aws-id', 'demo']], expires: 1 + random.below(900) };
    const { url } = await emitter.make('sigv4_url', order);
    assert.equal(url, await oracle.presignedUrl(order), JSON.stringify(order));
  }
});

// What the comparisons above are worth.
test('one byte that differs is noticed, wherever it is', async () => {
  const order = { ...KEYS, session_token: TOKENS[1], region: 'cn-north-1', cluster: 'demo', now: TIMES[0] };
  const { token } = await emitter.make('eks_token', order);
  await assertToken(order, token);
  for (let i = 0; i < token.length; i += 1) {
    const wrong = `${token.slice(0, i)}${token[i] === 'A' ? 'B' : 'A'}${token.slice(i + 1)}`;
    await assert.rejects(assertToken(order, wrong), assert.AssertionError, `byte ${i}`);
  }
});

test('one byte of any input that differs is noticed', async () => {
  const order = {
    ...KEYS, session_token: TOKENS[1], region: 'cn-north-1', now: TIMES[0], service: 'eks', method: 'POST',
    host: 'localhost:4566', path: '/a%20b', query: [['a', 'b']], headers: [['content-type', 'x']], body: 'body',
  };
  const changes = [{ access_key_id: 'AKIDEXAMPLF' }, { secret_access_key: `${KEYS.secret_access_key}x` },
    { session_token: TOKENS[1].replace('+', '-') }, { now: order.now + 1 }, { method: 'PUT' },
    { host: 'localhost:4567' }, { path: '/a%20c' }, { query: [['a', 'c']] }, { query: [['b', 'b']] },
    { headers: [['content-type', 'y']] }, { body: 'Body' }, { service: 'sts' }, { region: 'eu-west-1' }];
  await assertHeaders(order, await emitter.make('sigv4_headers', order));
  for (const change of changes) {
    const made = await emitter.make('sigv4_headers', { ...order, ...change });
    await assert.rejects(assertHeaders(order, made), assert.AssertionError, JSON.stringify(change));
  }
});
