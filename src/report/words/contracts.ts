import { say, type Prose } from '../model/prose.ts';
import type { Warning } from '../model/review.ts';
import type { ReportFinding } from '../model/schema.ts';

type Contract = NonNullable<ReportFinding['contract']>;

/** Where a contract is declared. A contract that head deleted is still declared at base. */
function placeOf({ declared }: Contract): Prose {
  if (declared === null) return ['contracts in .github/allocgate.yml'];
  const place = say`${`${declared.file}:${declared.line}`}`;
  return declared.side === 'base' ? say`${place} at base` : place;
}

const allowed = (allocs: number | null): string =>
  allocs === 0 ? 'no allocations' : `at most ${allocs} allocs/op`;

/** Which subject a contract limits, what it allows, and where it is declared. */
function describeTerms(contract: Contract): Prose {
  return contract.kind === 'allocs'
    ? say`allows ${contract.subject} ${[allowed(contract.allocs)]} (${placeOf(contract)})`
    : say`allows no value in ${contract.subject} to move to the heap (${placeOf(contract)})`;
}

/** The sentence for a finding that breaks a contract, with a space before it; nothing for any other finding. */
export function describeContract({ contract }: ReportFinding): Prose {
  if (!contract) return [];
  const head = contract.allocsPerOp?.head ?? null;
  const count = head === null ? [] : [`; it now makes ${head}`];
  return say` This breaks a contract that ${describeTerms(contract)}${count}.`;
}

/** The sentence for a contract that base already broke. */
export function describeBrokenBefore({
  contract,
  now,
}: Extract<Warning, { kind: 'contract-broken-before' }>): Prose {
  const terms = say`A contract ${describeTerms(contract)}. Base already broke it, so it does not gate`;
  return contract.kind === 'allocs'
    ? say`${terms}: base makes ${[String(contract.allocsPerOp?.base ?? '–')]} allocs/op, head makes ${[now]}.`
    : say`${terms}: ${now}.`;
}

const problems: Readonly<Record<Extract<Warning, { kind: 'bad-directive' }>['problem'], string>> = {
  unknown:
    'Use //allocgate:allocs N above a benchmark, or //allocgate:noescape above a function or on a line.',
  'not-a-count': 'It must be followed by one whole number, as in //allocgate:allocs 0.',
  'not-above-benchmark': 'Put it directly above a benchmark function in a _test.go file.',
  'nothing-below': 'Put it above a function, above a statement, or at the end of a line with a statement.',
  'in-test':
    'It has no effect in test files, because allocgate does not read what the compiler decides about them.',
};

/** The sentence for a comment that looks like a contract but is not a valid one. */
export function describeBadDirective({
  file,
  line,
  text,
  problem,
}: Extract<Warning, { kind: 'bad-directive' }>): Prose {
  return say`${text} at ${`${file}:${line}`} is not a valid contract. ${[problems[problem]]}`;
}
