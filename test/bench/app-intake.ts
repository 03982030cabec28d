import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { example, withValue } from '../app/examples.ts';
import { appEnvironment, startAppProcess, until } from '../support/app-process.ts';
import { createFakeGitHub, type FakeGitHub } from '../support/fake-github/index.ts';
import { startUnsigned } from './unsigned-load.ts';
import { openPostgres } from '../support/postgres.ts';
import { quantile, sendFlatOut, sendSteadily, sign, type Signed, type Target } from './deliveries-load.ts';

const BARE = fileURLToPath(new URL('bare-probot.ts', import.meta.url));
const BARE_PORT = '34517';
const SECONDS = 10;
/** 40 bodies of half a megabyte at a time, each over a quarter of a second. */
const UNSIGNED = { senders: 40, bytes: 512 * 1024, chunkBytes: 32 * 1024, pauseMs: 15 };
const FLAT_OUT = { connections: 32, seconds: 4 };
const WARM_UP = { connections: 32, seconds: 2 };
const ROUNDS = 5;
/** The frequency of the kernel's clock for CPU time: 100 a second on amd64. */
const TICK_MS = 10;

type Listening = { pid: number; url: string };
type Process = { pid: number; target: Target };
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

function createProcess({ pid, url }: Listening): Process {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  return { pid, target: { url: `${url}/api/github/webhooks`, agent } };
}

async function startBare(fake: FakeGitHub): Promise<{ pid: number; url: string; stop: () => Promise<void> }> {
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
  return { pid: child.pid ?? 0, url, stop };
}

/** Milliseconds that a process has had a core for: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
async function readCpuMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

type Rate = { perSecond: number; cpuMs: number };

async function measureFlatOut({ target, pid }: Process, signed: Signed): Promise<Rate> {
  const before = await readCpuMs(pid);
  const perSecond = await sendFlatOut(target, signed, FLAT_OUT);
  return { perSecond, cpuMs: ((await readCpuMs(pid)) - before) / (perSecond * FLAT_OUT.seconds) };
}

/** Waits until the answered deliveries are processed, so that they do not affect the next measurement. */
async function waitForQueue(url: string): Promise<void> {
  const isEmpty = async (): Promise<boolean> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return /^allocgate_queue_depth\{queue="deliveries"\} 0$/mu.test(text);
  };
  await until(isEmpty, () => 'deliveries are not worked off');
}

/** The most memory that a process had, in MB. */
async function readPeakMb(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+)/mu.exec(text)?.[1] ?? 0) / 1024;
}

const round = (value: number): string => value.toFixed(1);

const describeRate = ({ perSecond, cpuMs }: Rate): string =>
  `${round(perSecond)}/s (${cpuMs.toFixed(2)} ms of CPU each)`;

type Steady = { signed: Signed; perSecond: number; hasUnsigned: boolean };

async function measureSteady(
  { target }: Process,
  { signed, perSecond, hasUnsigned }: Steady,
): Promise<string> {
  const noise = hasUnsigned ? startUnsigned(target.url, UNSIGNED) : null;
  const times = await sendSteadily(target, signed, { perSecond, seconds: SECONDS });
  const unsigned = await noise?.stop();
  const [p50, p99, worst] = [0.5, 0.99, 1].map((share) => round(quantile(times, share)));
  const beside = unsigned === undefined ? '' : ` beside ${unsigned} unsigned bodies`;
  return `at ${perSecond}/s for ${SECONDS} s${beside}: p50 ${p50} ms, p99 ${p99} ms, longest ${worst} ms`;
}

async function measureKind(
  { title, signed }: Kind,
  app: Listening,
  bare: Listening,
  perSecond: number,
): Promise<void> {
  console.log(`Deliveries ${title}, ${signed.next().body.length} bytes:`);
  const [own, other] = [createProcess(app), createProcess(bare)];
  for (const { target } of [own, other]) await sendFlatOut(target, signed, WARM_UP);
  await waitForQueue(app.url);
  for (const hasUnsigned of [false, true]) {
    for (const [name, process] of [
      ['allocgate ', own],
      ['bare Probot', other],
    ] as const) {
      console.log(`  ${name} ${await measureSteady(process, { signed, perSecond, hasUnsigned })}`);
      await waitForQueue(app.url);
    }
  }
  const ratios: { rate: number; cpu: number }[] = [];
  for (let run = 0; run < ROUNDS; run += 1) {
    const theirs = await measureFlatOut(other, signed);
    const ours = await measureFlatOut(own, signed);
    await waitForQueue(app.url);
    ratios.push({ rate: ours.perSecond / theirs.perSecond, cpu: ours.cpuMs / theirs.cpuMs });
    console.log(`  flat out: bare Probot ${describeRate(theirs)}, allocgate ${describeRate(ours)}`);
  }
  const [rate, cpu] = (['rate', 'cpu'] as const).map((key) =>
    quantile(
      ratios.map((one) => one[key]),
      0.5,
    ).toFixed(2),
  );
  console.log(`  allocgate in relation to bare Probot, median of ${ROUNDS}: rate ${rate}, CPU time ${cpu}`);
  for (const { target } of [own, other]) target.agent.destroy();
}

/** The rates that each database has to keep up with. */
const backends = [
  { name: 'the embedded database', perSecond: 200, open: null },
  { name: 'PostgreSQL', perSecond: 1000, open: openPostgres },
] as const;

/** `allocgate serve` with each database beside a Probot app that stores nothing, in turn. */
export async function measureIntake(): Promise<void> {
  for (const { name, perSecond, open } of backends) {
    const postgres = open && (await open());
    try {
      console.log(`With ${name}:`);
      await measureWith(postgres && { DATABASE_URL: await postgres.createDatabase() }, perSecond);
    } finally {
      await postgres?.stop();
    }
  }
}

async function measureWith(place: Record<string, string> | null, perSecond: number): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'allocgate-bench-'));
  const fake = await createFakeGitHub();
  const env = { ...(place ?? { ALLOCGATE_DATA: dir }), XDG_CACHE_HOME: dir, LOG_LEVEL: 'info' };
  const app = await startAppProcess({ fake, engine: 'stub', env });
  const bare = await startBare(fake);
  try {
    for (const kind of listKinds(fake.app.webhookSecret)) await measureKind(kind, app, bare, perSecond);
    console.log(
      `Most memory: allocgate ${round(await readPeakMb(app.pid))} MB, bare Probot ${round(await readPeakMb(bare.pid))} MB`,
    );
  } finally {
    await Promise.all([app.stop(), bare.stop()]);
    await fake.close();
    await rm(dir, { recursive: true, force: true });
  }
}
