import { planReport } from '../../src/report/data/report.ts';
import type { Acceptance } from '../../src/report/model/pull-request.ts';
import type { Reply } from '../../src/report/pull-request/replies.ts';
import { loadRules } from '../../src/review/rule-files.ts';
import { findRule } from '../../src/rules/rule-list.ts';
import { buildConfig, buildReview } from './review-data.ts';

/** The report that replies quote findings from. */
export const repliedReport = planReport(buildReview(), buildConfig());

export const repliedAcceptance: Acceptance = {
  subject: { kind: 'finding', id: '00c0ffee00c0ffee' },
  amounts: { 'example.com/m/log.BenchmarkInfo/short': { allocs: 1, bytes: 16 } },
  reason: 'it is needed',
  by: 'gopher',
  at: '2026-11-20T10:00:00Z',
};

const found = findRule((await loadRules()).rules, 'MA-01');
if (!found) throw new Error('there is no rule MA-01');
const rule = {
  ...found,
  exercise: '# fmt.Sprintf in a hot path\n\n```sh\n# a comment\n```\n\n## Why\n\nIt boxes.',
};

const headSha = '9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c';

/** A reply without its kind. */
type FactsOf<Kind extends Reply['kind']> = Omit<Extract<Reply, { kind: Kind }>, 'kind'>;

/** Facts for each kind of reply with its own sentence. A missing kind does not compile. */
const examplesWith = (word: string): { [Kind in Reply['kind']]: FactsOf<Kind>[] } => ({
  help: [{}],
  unknown: [
    { word, suggestion: null },
    { word, suggestion: 'accept' },
  ],
  incomplete: (['name', 'because', 'reason'] as const).map((missing) => ({ command: 'accept', missing })),
  surplus: [{ command: 'rerun', text: word }],
  'too-long': (['name', 'reason', 'regexp'] as const).map((part) => ({
    command: 'accept',
    part,
    limit: 500,
  })),
  'bad-regexp': [
    { regexp: word, fault: { description: 'unexpected )', fragment: word } },
    { regexp: word, fault: { description: 'unexpected )', fragment: '' } },
  ],
  'too-many': [
    { limit: 10, ignored: 3 },
    { limit: 10, ignored: 1 },
  ],
  'rate-limited': [{ limit: 30 }],
  forbidden: [{ command: 'accept' }],
  closed: [{}],
  done: [{}],
  queued: [
    { headSha, bench: null },
    { headSha, bench: word },
  ],
  cancelled: [{ runs: 0 }, { runs: 1 }],
  approved: [{ headSha }],
  'nothing-to-approve': [{}],
  'forks-refused': [{}],
  'pushed-since': [{ headSha }],
  replaced: [{ pressedSha: '0'.repeat(40), headSha }],
  'not-measured': [{}],
  'not-acceptable': [
    { text: word, problem: 'unknown', similar: [] },
    { text: word, problem: 'unknown', similar: [word] },
    { text: word, problem: 'ambiguous', similar: [word, 'BenchmarkY'] },
    { text: word, problem: 'nothing-to-accept', similar: [] },
  ],
  'nothing-gates': [{}],
  accepted: [
    {
      acceptances: [
        { ...repliedAcceptance, by: word, reason: word, amounts: { [word]: { allocs: 1, bytes: 0 } } },
      ],
      report: repliedReport,
    },
    { acceptances: [{ ...repliedAcceptance, reason: '' }], report: null },
  ],
  withdrawn: [
    { subject: { kind: 'benchmark', id: word }, report: repliedReport },
    { subject: repliedAcceptance.subject, report: repliedReport },
  ],
  'nothing-to-withdraw': [{ text: word }],
  explain: [
    { rule, finding: null },
    { rule, finding: repliedReport.findings[2] ?? null },
  ],
  'no-rule': [
    { text: word, problem: 'unknown', similar: [word] },
    { text: word, problem: 'ambiguous', similar: [word, 'MA-01'] },
  ],
});

/** All replies, with `word` in every text from outside. */
export function everyReply(word: string): Reply[] {
  return Object.entries(examplesWith(word)).flatMap(([kind, examples]) =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `examplesWith` has the facts of each kind
    examples.map((facts) => ({ kind, ...facts }) as Reply),
  );
}
