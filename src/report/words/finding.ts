import { describeContract } from './contracts.ts';
import { describeExperiment } from './experiments.ts';
import type { Cause, CauseKind } from '../../compare/cause.ts';
import type { Decision } from '../../compare/types.ts';
import { cutStacks, failureWords } from './failure-words.ts';
import { command, count, joinProse, say, toPlain, type Prose } from '../model/prose.ts';
import type { ReportFinding } from '../model/schema.ts';
import { formatChange, formatSigned } from './numbers.ts';
import { runOnce } from './reproduce.ts';

type Cost = ReportFinding['costs'][number];
type TestedCost = NonNullable<ReportFinding['tested']>;

/** The parts of a finding's text, in the order in which outputs show them. */
export type FindingText = {
  /** `+1 allocs/op, +16 B/op in BenchmarkX (2 → 3 allocs/op).` */
  cost: Prose;
  /** What the compiler and the heap profile report for the line. */
  why: Prose;
  /** The changed line that led to the allocation, and what an experiment showed about it. */
  cause: Prose;
  /** Markdown, as the rule's file contains it. */
  advice: string;
  /** `MA-01 fmt.Sprintf in a hot path`. */
  exercise: string;
  /** The page that `allocgate rules` and `/allocgate explain` show. */
  page: string;
  /** The document that the exercise comes from: `Memory Allocator — Optimization, Exercise 1`. */
  source: string;
  /** The address of that document; null: it is not public. */
  url: string | null;
  /** The other rules that fit the place: `MA-08 Boxing into any`. */
  others: string[];
};

/** A decision in the words of `go build -gcflags=-m`, without its position. */
export function quoteCompiler(decision: Decision): string {
  const { expression, cost, reason } = decision;
  const words: Record<Decision['kind'], string> = {
    'escapes-to-heap': `${expression} escapes to heap`,
    'moved-to-heap': `moved to heap: ${expression}`,
    'leaking-param': `leaking param: ${expression}`,
    'does-not-escape': `${expression} does not escape`,
    'can-inline': `can inline ${expression}${cost === null ? '' : ` with cost ${cost}`}`,
    'cannot-inline': `cannot inline ${expression}${reason === null ? '' : `: ${reason}`}`,
    'inlining-call': `inlining call to ${expression}`,
    devirtualized: `devirtualizing ${expression}`,
    captured: `capturing ${reason ?? ''}: ${expression}`,
  };
  return words[decision.kind];
}

/** The most further lines that one sentence names. The others are only counted; the JSON report contains all. */
const MAX_PLACES = 5;

/** The most other rules that are named in a terminal and in the message of a finding. */
export const MAX_OTHERS = 3;

function formatCost(cost: Cost): string {
  const parts = [
    cost.addedAllocsPerOp === 0 ? '' : `${formatSigned(cost.addedAllocsPerOp)} allocs/op`,
    cost.addedBytesPerOp === 0 ? '' : `${formatSigned(Math.round(cost.addedBytesPerOp))} B/op`,
  ].filter((part) => part !== '');
  return parts.join(', ') || 'nothing measurable';
}

/**
 * The cost of a finding in its first benchmark, the number of other benchmarks with a cost, and the contract that it
 * breaks.
 */
function describeCost(finding: ReportFinding): Prose {
  return [...describeAmounts(finding), ...describeTrade(finding), ...describeContract(finding)];
}

/** The least bytes per op that count as a trade for an allocation: the size of Go's smallest object. */
const MIN_TRADE_BYTES = 8;

/** Explains a benchmark whose allocations and bytes change in opposite directions; empty for any other. */
function describeTrade({ costs: [first] }: ReportFinding): Prose {
  const [allocs, bytes] = [first?.allocsPerOp.delta ?? 0, first?.bytesPerOp.delta ?? 0];
  if (allocs * bytes >= 0 || Math.abs(bytes) < MIN_TRADE_BYTES) return [];
  const [number, size] = [
    count(Math.abs(Math.round(allocs)), allocs > 0 ? 'more allocation' : 'fewer allocation'),
    `${Math.abs(Math.round(bytes))} B`,
  ];
  // What this line adds can be the opposite of what the benchmark shows: then others save more.
  const isOutweighed =
    allocs * (first?.addedAllocsPerOp ?? 0) < 0 || bytes * (first?.addedBytesPerOp ?? 0) < 0;
  const start = isOutweighed ? ' Elsewhere the change saves more than it adds here: in all' : ' In all';
  return allocs > 0
    ? [
        `${start}, the benchmark makes ${number} and uses ${size} less per operation: each object costs time to allocate and to mark, but less memory means fewer garbage collections.`,
      ]
    : [
        `${start}, the benchmark makes ${number} and uses ${size} more per operation: fewer, larger objects cost less time to allocate and to mark, but more memory means more garbage collections.`,
      ];
}

/** `BenchmarkX and 2 more benchmarks ran at base and panicked at head.` */
function describeEnd({ costs, failure }: ReportFinding): Prose {
  const [first, ...others] = costs;
  const more = others.length === 0 ? '' : ` and ${count(others.length, 'more benchmark')}`;
  return say`${first?.name ?? ''}${[`${more} ran at base and ${failure ? failureWords[failure.kind] : 'gave no result'} at head.`]}`;
}

/** `+1 object, +16 B`; averages such as 0.98 are shown as 1. */
function describeObjects({ objects, bytes }: { objects: number; bytes: number }): string {
  const shownObjects = formatSigned(objects);
  return [
    objects === 0 ? '' : `${shownObjects} ${shownObjects === '+1' ? 'object' : 'objects'}`,
    bytes === 0 ? '' : `${formatSigned(Math.round(bytes))} B`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** `+3 objects each time parseHeader runs, about +1 object of them here, seen in TestParse (12 calls); …` */
function describeTested(tested: TestedCost): Prose {
  const { function: name, test, calls, line, here } = tested;
  const shown = test.replace(/^.*\.(?=(?:Test|Example|Fuzz))/su, '');
  const cost = describeObjects(tested);
  const ofHere = here ? describeObjects(here) : '';
  const part = ofHere === '' ? '' : `, about ${ofHere} of them here`;
  if (line !== undefined) {
    return say`${[cost]} each time ${name} runs line ${[`${line}${part}`]}, seen in ${shown} (${[count(calls, 'time')]}); no benchmark that was compared runs that line.`;
  }
  return say`${[cost]} each time ${name} runs${[part]}, seen in ${shown} (${[count(calls, 'call')]}); no benchmark that was compared runs it.`;
}

/** `3 tests ran this line 40 times and saw no allocation`. */
function describeQuietTests({ quietTests, places }: ReportFinding): string {
  if (!quietTests) return 'no benchmark shows that it costs anything';
  const { tests, runs } = quietTests;
  const lines = places.length === 1 ? 'this line' : 'these lines';
  return `${count(tests, 'test')} ran ${lines} ${count(runs, 'time')} and saw no allocation`;
}

function describeAmounts(finding: ReportFinding): Prose {
  if (finding.evidence === 'broken') return describeEnd(finding);
  const [first, ...others] = finding.costs;
  if (finding.tested) return describeTested(finding.tested);
  if (!first) {
    if (finding.contract) return ['The compiler moves a value to the heap here; at base it did not.'];
    const sign =
      finding.compiler === null ? 'the pattern is new here' : "the compiler's decision changed here";
    return [`Possible new allocation: ${sign}, but ${describeQuietTests(finding)}.`];
  }
  if (first.allocsPerOp.base === null) {
    return say`${first.name} makes ${[formatChange({ base: first.allocsPerOp.head, head: first.allocsPerOp.head })]} allocs/op; base does not have this benchmark.`;
  }
  const isWhole =
    first.addedAllocsPerOp === first.allocsPerOp.delta && first.addedBytesPerOp === first.bytesPerOp.delta;
  const total = `${formatChange(first.allocsPerOp)} allocs/op${isWhole ? '' : ' in all'}`;
  const more = others.length === 0 ? '' : `, and in ${count(others.length, 'more benchmark')}`;
  return say`${[isWhole ? '' : 'About ', formatCost(first)]} in ${first.name} ${[`(${total})${more}.`]}`;
}

/** What the compiler decided about the line, if it reported anything, and what the heap profile adds. */
function describeWhy(finding: ReportFinding): Prose {
  return [...describePlace(finding), ...describeOthers(finding)];
}

/** The other lines of the same rule and cause. */
function describeOthers({ places }: ReportFinding): Prose {
  const others = places.slice(1);
  if (others.length === 0) return [];
  const shown = others.slice(0, MAX_PLACES).map(({ file, line }) => say`${`${file}:${line}`}`);
  const left = others.length - shown.length;
  const more = left === 0 ? '' : ` and ${count(left, 'more line')}`;
  return say` The same cause affects these lines too: ${joinProse(shown, ', ')}${[more]}.`;
}

/** The command that shows how a broken benchmark ends. */
function describeCommand({ costs: [first] }: ReportFinding): Prose {
  if (!first) return [];
  return say`${command(runOnce(first))} shows it.`;
}

function describePlace(finding: ReportFinding): Prose {
  const place = say`${`${finding.file}:${finding.line}`} in ${finding.function}`;
  if (finding.failure) {
    const words = cutStacks(finding.failure.detail).trim();
    return words === '' ? say`See ${place}.` : say`At ${place}: ${words}.`;
  }
  const calls = joinProse(
    finding.calls.slice(0, 3).map((call) => say`${call}`),
    ', ',
  );
  const inside =
    finding.calls.length > 0 ? say` The profile shows it inside ${calls}, called from this line.` : [];
  const by = finding.allocator === null ? [] : say` (allocated by ${`runtime.${finding.allocator}`})`;
  if (finding.benchmarkCode !== undefined) {
    const said = finding.compiler === null ? [] : say` The compiler says of it: ${finding.compiler}.`;
    return say`The heap profile shows the new allocation in the benchmark itself, on a line that head does not have: ${finding.benchmarkCode}.${said}`;
  }
  if (finding.compiler !== null) return say`At ${place}, the compiler says: ${finding.compiler}.${inside}`;
  return finding.evidence !== 'possible'
    ? say`The heap profile shows the new allocation at ${place}${by}.${inside}`
    : say`The change is at ${place}.`;
}

function describeCause(finding: ReportFinding): Prose {
  return [...describeInference(finding), ...describeExperiment(finding)];
}

function describeInference(finding: ReportFinding): Prose {
  const { cause } = finding;
  if (finding.evidence === 'broken') {
    return [
      ...(finding.onChangedLine ? ['This change wrote or edited the line. '] : []),
      ...describeCommand(finding),
    ];
  }
  if (cause === null) {
    return finding.onChangedLine
      ? ['This change added or edited this line.']
      : ['The line itself did not change, and no changed line could be linked to it.'];
  }
  const place = `${cause.file}:${cause.line}`;
  const words = cause.text === '' ? [] : say`: ${cause.text}`;
  const name = cause.text === '' ? [] : say` ${cause.text}`;
  const sentences: Record<CauseKind, Prose> = {
    'inlining-lost': say`Inlining was lost at ${place}${words}.`,
    'leaking-param': say`Since ${place} the callee keeps this parameter${words}.`,
    'devirtualization-lost': say`Since ${place} the compiler can no longer devirtualize this call${words}.`,
    'interface-introduced': say`The type became an interface at ${place}${words}.`,
    'capture-added': say`Since ${place} a closure captures or assigns to a variable${words}.`,
    'size-grown': say`The allocated value grew at ${place}${words}.`,
    'size-variable': say`Since ${place} the size is not a compile-time constant${words}.`,
    'reuse-lost': say`Since ${place} memory is no longer reused or preallocated${words}.`,
    dependency: say`${place} selects another version of a dependency${words}.`,
    'language-version': say`${place} selects another version of the Go language${words}.`,
    'data-file': say`The code embeds or reads other data since ${place}${words}.`,
    'struct-tag': say`A library reads another struct tag since ${place}${words}.`,
    'call-count': say`${place} makes this unchanged code run more often${words}.`,
    flow: say`The value now flows through the changed line ${place}${words}.`,
    caller: say`The caller${name} changed at ${place}.`,
    function: say`The function${name} changed at ${place}.`,
  };
  return [...sentences[cause.kind], ...describeWay(finding, cause)];
}

/** The steps between the changed line and the allocation, as ` From there: …`. */
function describeWay(finding: ReportFinding, { via }: Cause): Prose {
  if (via.length === 0) return [];
  const steps = via.map(({ file, line, text }) => say`${`${file}:${line}`} ${text}`);
  return say` From there to ${`${finding.file}:${finding.line}`}: ${joinProse(steps, ' → ')}.`;
}

/** Writes a finding's sentences. */
export function describeFinding(finding: ReportFinding): FindingText {
  const { id, title, document = '', section, url } = finding.exercise;
  const { otherRules } = finding;
  return {
    cost: describeCost(finding),
    why: describeWhy(finding),
    cause: describeCause(finding),
    advice: finding.advice.trim(),
    exercise: `${id} ${title}`,
    page: id,
    source: [document, section].filter((part) => part !== '').join(', '),
    url,
    others: otherRules?.map((other) => `${other.id} ${other.title}`) ?? finding.alternatives,
  };
}

/** A finding as one plain text: cost, place and reason, what to do, the exercise. */
export function findingMessage(finding: ReportFinding): string {
  const text = describeFinding(finding);
  const link = text.url === null ? '' : `: ${text.url}`;
  const others = text.others.slice(0, MAX_OTHERS).join('; ');
  return [
    toPlain(text.cost),
    toPlain(text.why),
    toPlain(text.cause),
    text.advice.replaceAll(/\s+/gu, ' '),
    ...(others === '' ? [] : [`Related rules: ${others}.`]),
    `Exercise: ${text.exercise} (allocgate rules ${text.page}). Source: ${text.source}${link}`,
  ].join(' ');
}
