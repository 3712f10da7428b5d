// node sdk.mjs identity|expiry|endpoint|refused: the AWS SDK for JavaScript as an ordinary program uses it, with the profile
// that `vouchctl setup aws` wrote. sdk_js.sh runs it; what is wrong makes it exit with 1.
import assert from 'node:assert/strict';
import childProcess from 'node:child_process';
import { promisify } from 'node:util';
import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromHttp, fromIni, fromProcess } from '@aws-sdk/credential-providers';

const { STS_URL, EKS_URL, CONTROL_URL, CLUSTER, REGION, BIN } = process.env;
const PROFILE = { profile: 'vouch' };
const IDENTITY = 'arn:aws:sts::123456789012:assumed-role/VouchDeveloper/alice@example.com';
const MINUTE = 60_000;

// Every command that the SDK starts by a shell, which is how it starts a credential_process.
const started = [];
const run = promisify(childProcess.exec);
childProcess.exec = () => assert.fail('the SDK calls exec itself now: count that');
childProcess.exec[promisify.custom] = (command, ...rest) => {
  started.push(command);
  return run(command, ...rest);
};

// The clock of this process, which the SDK judges by.
const RealDate = Date;
let offset = 0;
globalThis.Date = class extends RealDate {
  constructor(...parts) { super(...(parts.length ? parts : [RealDate.now() + offset])); }
  static now() { return RealDate.now() + offset; }
};

// That clock and the far end's. vouchd learns AWS's time from the next answer of STS, so it asks for another role.
async function moveClocks(ms, role) {
  offset = ms;
  const { status } = await fetch(`${CONTROL_URL}/clock`, {
    method: 'POST',
    body: JSON.stringify({ skew_seconds: ms / 1000 }),
    headers: { 'Content-Type': 'application/json' },
  });
  assert.equal(status, 200);
  await promisify(childProcess.execFile)(`${BIN}/vouch-credential-process`,
    ['--role', `arn:aws:iam::123456789012:role/${role}`]);
}

const stsWith = (credentials) => new STSClient({ region: REGION, endpoint: STS_URL, maxAttempts: 1, credentials });
const identityOf = async (client) => (await client.send(new GetCallerIdentityCommand({}))).Arn;

// fromProcess, fromIni and the default chain get the same credential and can use it; sixteen at once start one process.
async function identity() {
  for (const provider of [fromProcess(PROFILE), fromIni(PROFILE)]) {
    const credential = await provider();
    assert.match(credential.accessKeyId, /^ASIA/);
    assert.ok(credential.sessionToken);
    assert.ok(credential.expiration.getTime() - Date.now() > 15 * MINUTE);
    assert.equal(await identityOf(stsWith(provider)), IDENTITY);
  }
  process.env.AWS_PROFILE = PROFILE.profile;
  assert.equal(await identityOf(new STSClient({ endpoint: STS_URL, maxAttempts: 1 })), IDENTITY);
  const eks = new EKSClient({ endpoint: EKS_URL, maxAttempts: 1 });
  assert.equal((await eks.send(new DescribeClusterCommand({ name: CLUSTER }))).cluster.name, CLUSTER);

  started.length = 0;
  const cold = stsWith(fromProcess(PROFILE));
  const arns = await Promise.all(Array.from({ length: 16 }, () => identityOf(cold)));
  assert.deepEqual(new Set(arns), new Set([IDENTITY]));
  assert.equal(started.length, 1);
}

// The SDK keeps a credential until five minutes before its end, and then gets one that is good for longer.
async function expiry() {
  const client = stsWith(fromProcess(PROFILE));
  assert.equal(await identityOf(client), IDENTITY);
  const first = await client.config.credentials();
  assert.equal(started.length, 1);

  await moveClocks(50 * MINUTE, 'VouchReader');
  assert.equal(await identityOf(client), IDENTITY);
  assert.equal(started.length, 1);

  await moveClocks(57 * MINUTE, 'Load-1');
  assert.equal(await identityOf(client), IDENTITY);
  const second = await client.config.credentials();
  assert.notEqual(second.accessKeyId, first.accessKeyId);
  assert.ok(second.expiration.getTime() - Date.now() > 20 * MINUTE);
  assert.equal(await identityOf(client), IDENTITY);
  assert.equal(started.length, 2);
}

// The default chain hands the old one out while it fetches the new one in the background.
async function otherThan(old, client) {
  const deadline = RealDate.now() + 10_000;
  for (;;) {
    const credential = await client.config.credentials();
    if (credential.accessKeyId !== old.accessKeyId) return credential;
    assert.ok(RealDate.now() < deadline, 'it keeps the old credential');
    await new Promise(setImmediate);
  }
}

// Under `vouchctl exec --refreshable`: fromHttp and the default chain, which starts nothing, over a renewal.
async function endpoint() {
  const provider = fromHttp();
  const credential = await provider();
  assert.match(credential.accessKeyId, /^ASIA/);
  assert.ok(credential.expiration.getTime() - Date.now() > 15 * MINUTE);
  const clients = [stsWith(provider), stsWith(undefined)];
  for (const client of clients) assert.equal(await identityOf(client), IDENTITY);

  await moveClocks(57 * MINUTE, 'VouchReader');
  for (const client of clients) {
    assert.equal(await identityOf(client), IDENTITY);
    const renewed = await otherThan(credential, client);
    assert.ok(renewed.expiration.getTime() - Date.now() > 20 * MINUTE);
  }
  assert.equal(started.length, 0);
}

// What the shim says on stderr is in the error of the two that ask it directly. The default chain drops every reason.
async function refused() {
  process.env.AWS_PROFILE = PROFILE.profile;
  const refusal = (credentials) => identityOf(stsWith(credentials)).then(() => assert.fail('it has a credential'),
    (error) => `${error.name} ${error.message}`);
  const ours = /^CredentialsProviderError .*\nvouch-credential-process: not logged in; run: vouchctl login\n$/;
  assert.match(await refusal(fromProcess(PROFILE)), ours);
  assert.match(await refusal(fromIni(PROFILE)), ours);
  assert.match(await refusal(undefined), /^CredentialsProviderError Could not load credentials from any providers$/);
  assert.equal(started.length, 4); // by fromIni and by fromProcess in the chain
}

await { identity, expiry, endpoint, refused }[process.argv[2]]();
