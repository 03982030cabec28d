import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { example, withValue } from '../app/examples.ts';
import { appEnvironment, startAppProcess, until } from '../support/app-process.ts';
import { createFakeGitHub, type FakeGitHub } from '../support/fake-github/index.ts';
import { quantile, sendFlatOut, sendSteadily, sign, type Signed, type Target } from './deliveries-load.ts';

const BARE = fileURLToPath(new URL('bare-probot.ts', import.meta.url));
const BARE_PORT = '34517';
const STEADY = { perSecond: 200, seconds: 10 };
const FLAT_OUT = { connections: 32, seconds: 4 };
const WARM_UP = { connections: 32, seconds: 2 };
const ROUNDS = 5;

type Kind = { title: string; signed: Signed };

/** GitHub's own examples; neither makes the App ask GitHub for anything. */
function listKinds(secret: string): Kind[] {
  const run = withValue(example('check_run', { action: 'created' }), 'check_run.app.id', 1);
  const renamed = example('repository', { action: 'renamed' });
  return [
    { title: 'stored and worked on (repository renamed)', signed: sign(secret, 'repository', renamed) },
    { title: "of which nothing is wanted (another App's check_run)", signed: sign(secret, 'check_run', run) },
  ];
}

function createTarget(url: string): Target {
  return {
    url: `${url}/api/github/webhooks`,
    agent: new http.Agent({ keepAlive: true, maxSockets: 256 }),
  };
}

async function startBare(fake: FakeGitHub): Promise<{ url: string; stop: () => Promise<void> }> {
  const url = `http://127.0.0.1:${BARE_PORT}`;
  const child = spawn(process.execPath, [BARE], {
    env: { ...process.env, ...appEnvironment(fake), LOG_LEVEL: 'info', PORT: BARE_PORT },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.resume();
  const ended = once(child, 'exit');
  const ping = (): Promise<boolean> =>
    fetch(`${url}/ping`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(ping, () => 'the bare Probot app does not start');
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  return { url, stop };
}

/** Answered, but not yet worked on: what is measured next must not pay for it. */
async function waitForQueue(url: string): Promise<void> {
  const isEmpty = async (): Promise<boolean> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return /^allocgate_queue_depth\{queue="deliveries"\} 0$/mu.test(text);
  };
  await until(isEmpty, () => 'deliveries are not worked off');
}

const round = (value: number): string => value.toFixed(1);

async function measureKind({ title, signed }: Kind, app: string, bare: string): Promise<void> {
  console.log(`Deliveries ${title}, ${signed.body.length} bytes:`);
  const [own, other] = [createTarget(app), createTarget(bare)];
  for (const target of [own, other]) await sendFlatOut(target, signed, WARM_UP);
  await waitForQueue(app);
  for (const [name, target] of [
    ['allocgate ', own],
    ['bare Probot', other],
  ] as const) {
    const times = await sendSteadily(target, signed, STEADY);
    const [p50, p99, worst] = [0.5, 0.99, 1].map((share) => round(quantile(times, share)));
    console.log(
      `  ${name} at ${STEADY.perSecond}/s for ${STEADY.seconds} s: p50 ${p50} ms, p99 ${p99} ms, longest ${worst} ms`,
    );
    await waitForQueue(app);
  }
  const ratios: number[] = [];
  for (let run = 0; run < ROUNDS; run += 1) {
    const bareRate = await sendFlatOut(other, signed, FLAT_OUT);
    const ownRate = await sendFlatOut(own, signed, FLAT_OUT);
    await waitForQueue(app);
    ratios.push(ownRate / bareRate);
    console.log(`  flat out: bare Probot ${round(bareRate)}/s, allocgate ${round(ownRate)}/s`);
  }
  console.log(`  ratio, median of ${ROUNDS}: ${quantile(ratios, 0.5).toFixed(2)}`);
  for (const { agent } of [own, other]) agent.destroy();
}

/** `allocgate serve` with the embedded database beside a Probot app that stores nothing, in turn. */
export async function measureIntake(): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-bench-'));
  const fake = await createFakeGitHub();
  const env = { ALLOCGATE_DATA: dir, XDG_CACHE_HOME: dir, LOG_LEVEL: 'info' };
  const app = await startAppProcess({ fake, engine: 'stub', env });
  const bare = await startBare(fake);
  try {
    for (const kind of listKinds(fake.app.webhookSecret)) await measureKind(kind, app.url, bare.url);
  } finally {
    await Promise.all([app.stop(), bare.stop()]);
    await fake.close();
    await rm(dir, { recursive: true, force: true });
  }
}
