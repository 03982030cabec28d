import { say } from '../model/prose.ts';
import type { Prose } from '../model/prose.ts';
import type { Warning } from '../model/review.ts';
import type { ReportFinding } from '../model/schema.ts';

type Contract = NonNullable<ReportFinding['contract']>;

/** Where a contract is written down; one that head deleted still stands at base. */
function placeOf({ declared }: Contract): Prose {
  if (declared === null) return ['contracts in .github/allocgate.yml'];
  const place = say`${`${declared.file}:${declared.line}`}`;
  return declared.side === 'base' ? say`${place} at base` : place;
}

const allowed = (allocs: number | null): string =>
  allocs === 0 ? 'no allocations' : `at most ${allocs} allocs/op`;

/** What a contract allows, of what, and where it says so. */
function describeTerms(contract: Contract): Prose {
  return contract.kind === 'allocs'
    ? say`allows ${contract.subject} ${[allowed(contract.allocs)]} (${placeOf(contract)})`
    : say`allows nothing in ${contract.subject} to move to the heap (${placeOf(contract)})`;
}

/** The sentence for a finding that breaks a contract, with a space before it; nothing for any other finding. */
export function describeContract({ contract }: ReportFinding): Prose {
  if (!contract) return [];
  const head = contract.allocsPerOp?.head ?? null;
  const count = head === null ? [] : [`; now it makes ${head}`];
  return say` This breaks a contract, which ${describeTerms(contract)}${count}.`;
}

/** The sentence for a contract that base broke already. */
export function describeBrokenBefore({
  contract,
  now,
}: Extract<Warning, { kind: 'contract-broken-before' }>): Prose {
  const terms = say`A contract ${describeTerms(contract)}, and was broken at base already, so it does not gate`;
  return contract.kind === 'allocs'
    ? say`${terms}: base makes ${[String(contract.allocsPerOp?.base ?? '–')]} allocs/op and head ${[now]}.`
    : say`${terms}: ${now}.`;
}

const problems: Readonly<Record<Extract<Warning, { kind: 'bad-directive' }>['problem'], string>> = {
  unknown:
    'Use //allocgate:allocs N above a benchmark, or //allocgate:noescape above a function or on a line.',
  'not-a-count': 'One whole number must follow it, as in //allocgate:allocs 0.',
  'not-above-benchmark': 'It belongs right above a benchmark function in a _test.go file.',
  'nothing-below': 'It belongs above a function, above a statement, or behind one.',
  'in-test': 'The compiler is not asked about test files.',
};

/** The sentence for a comment that is meant as a contract and is none. */
export function describeBadDirective({
  file,
  line,
  text,
  problem,
}: Extract<Warning, { kind: 'bad-directive' }>): Prose {
  return say`${text} at ${`${file}:${line}`} is no contract. ${[problems[problem]]}`;
}
