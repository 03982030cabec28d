import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Store } from '../../store/store.ts';

/** The App's metrics, with names and units as Prometheus recommends (https://prometheus.io/docs/practices/naming). */
export type Metrics = {
  countDelivery: (event: string, status: number) => void;
  /** Records the end of a run. `kind`: that of its `RunSubject`. */
  observeRun: (run: { kind: string; outcome: string }, seconds: number) => void;
  countGitHubCall: (call: {
    route: string;
    status: number | null;
    ms: number;
    remaining: number | null;
  }) => void;
  /** Queries the database and returns all metrics in Prometheus's text format. */
  render: (store: Pick<Store, 'depth' | 'countRuns'>) => Promise<string>;
  contentType: string;
};

/** The buckets of the run duration in seconds: reviews take from seconds to half an hour. */
const runBuckets = [5, 10, 20, 40, 60, 90, 120, 180, 300, 600, 1800];
/** The buckets of the duration of requests to GitHub in seconds. */
const callBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const deliveries = new Counter({
    name: 'allocgate_deliveries_total',
    help: 'Webhook deliveries by event and answer.',
    labelNames: ['event', 'status'],
    registers,
  });
  const runs = new Histogram({
    name: 'allocgate_run_duration_seconds',
    help: 'Time of runs that ended here, by kind and outcome.',
    labelNames: ['kind', 'outcome'],
    buckets: runBuckets,
    registers,
  });
  const calls = new Histogram({
    name: 'allocgate_github_request_duration_seconds',
    help: 'Requests to GitHub by route and status.',
    labelNames: ['route', 'status'],
    buckets: callBuckets,
    registers,
  });
  const remaining = new Gauge({
    name: 'allocgate_github_rate_limit_remaining',
    help: 'Requests that GitHub said were left, the last time it said so.',
    registers,
  });
  const depth = new Gauge({
    name: 'allocgate_queue_depth',
    help: 'Jobs that wait, by queue.',
    labelNames: ['queue'],
    registers,
  });
  const states = new Gauge({
    name: 'allocgate_runs',
    help: 'Runs in the database by state and outcome.',
    labelNames: ['state', 'outcome'],
    registers,
  });
  return {
    countDelivery: (event, status) => deliveries.inc({ event, status: String(status) }),
    observeRun: (run, seconds) => runs.observe(run, seconds),
    countGitHubCall: (call) => {
      calls.observe({ route: call.route, status: String(call.status ?? 'none') }, call.ms / 1000);
      if (call.remaining !== null) remaining.set(call.remaining);
    },
    render: async (store) => {
      const waiting = await store.depth();
      depth.set({ queue: 'deliveries' }, waiting.deliveries);
      depth.set({ queue: 'runs' }, waiting.runs);
      states.reset();
      for (const { state, outcome, count } of await store.countRuns()) {
        states.set({ state, outcome: outcome ?? '' }, count);
      }
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
