import { buildLineMap } from '../../src/compare/line-map.ts';
import type { Decision, Delta, EscapeChange, SiteChange, TreeDiff } from '../../src/compare/types.ts';
import { loadGoGrammar } from '../../src/review/go-grammar.ts';
import { matchRules, type MatchInput } from '../../src/rules/matcher.ts';
import { openSources, type ReadSource } from '../../src/rules/source-files.ts';
import { ruleSchema, type Rule } from '../../src/rules/schema.ts';
import type { Finding } from '../../src/rules/types.ts';

export const grammar = await loadGoGrammar();
/** The only file of the reviewed repository. */
export const file = 'pkg/x.go';

/** Its text in head. */
export const head = `package pkg

func (s *Server) Handle(name string) string {
	key := fmt.Sprintf("%s!", name)
	for _, part := range parts {
		s.names = append(s.names, part)
	}
	box(name)
	box(name)
	return key
}
`;
/** Its text in base. */
export const base = `package pkg

func (s *Server) Handle(name string) string {
	for _, part := range parts {
		s.names = append(s.names, part)
	}
	box(name)
	box(name)
	return name + "!"
}
`;
/** From base to head. */
export const diff: TreeDiff = [
  {
    basePath: file,
    headPath: file,
    binary: false,
    hunks: [
      { base: { start: 3, lines: 0 }, head: { start: 4, lines: 1 } },
      { base: { start: 9, lines: 1 }, head: { start: 10, lines: 1 } },
    ],
  },
];

type Part = Partial<Omit<Rule, 'matches'>> & { matches?: Record<string, unknown>[] };
/** A rule that matches every site and decision unless `part` says otherwise. */
export const makeRule = (id: string, part: Part): Rule =>
  ruleSchema.parse({
    id,
    slug: `rule-${id.toLowerCase()}`,
    title: id,
    source: { document: 'D', section: `About ${id}`, url: null },
    specificity: 50,
    matches: [{}],
    advice: 'Do less.',
    ...part,
  });
/** The rule for what no other fits. */
export const general = makeRule('XX-01', { specificity: 0, matches: [{ on: ['site'] }] });

/** A line of the file that newly allocates `objects` of 16 bytes per op. */
export const makeSite = (line: number, objects: number, part: Partial<SiteChange> = {}): SiteChange => ({
  position: { file, line, column: 0 },
  function: 'example.com/m/pkg.(*Server).Handle',
  objectsPerOp: { base: 0, head: objects },
  bytesPerOp: { base: 0, head: objects * 16 },
  callees: [[]],
  inlines: false,
  callers: [],
  ...part,
});

/** A benchmark that rose by `allocs` of 16 bytes per op. */
export const makeDelta = (
  name: string,
  allocs: number,
  sites: SiteChange[],
  part: Partial<Delta> = {},
): Delta => ({
  package: 'example.com/m/pkg',
  name,
  verdict: 'regression',
  allocsPerOp: { base: 1, head: 1 + allocs, delta: allocs },
  bytesPerOp: { base: 16, head: 16 + allocs * 16, delta: allocs * 16 },
  nsPerOp: { base: 1, head: 2, delta: 1 },
  samples: { base: {}, head: {} },
  reason: null,
  sites,
  ...part,
});

export type EscapePart = Partial<Decision> & {
  change?: 'added' | 'removed';
  flipped?: boolean;
  file?: string;
};
/** `name escapes to heap`, newly said of an unchanged line. */
export const makeEscape = (line: number, part: EscapePart = {}): EscapeChange => {
  const { change = 'added', flipped = true, file: path = file, ...decision } = part;
  return {
    change,
    flipped,
    onChangedLine: !flipped,
    decision: {
      kind: 'escapes-to-heap',
      package: 'example.com/m/pkg',
      position: { file: path, line, column: 6 },
      function: '(*Server).Handle',
      expression: 'name',
      cost: null,
      reason: null,
      flow: [{ text: 'box(name)', reason: 'call parameter', position: null }],
      ...decision,
    },
  };
};

/** What a test replaces of the matcher's input; files are given as texts. */
export type MatchPart = Partial<Omit<MatchInput, 'sources'>> & {
  readHead?: ReadSource;
  readBase?: ReadSource;
};

/** Runs the matcher over the file with what `part` replaces. */
export function match({ readHead, readBase, ...part }: MatchPart): Finding[] {
  const sources = openSources(
    grammar,
    part.diff ?? diff,
    readHead ?? ((path) => (path === file ? head : null)),
    readBase ?? ((path) => (path === file ? base : null)),
  );
  try {
    return matchRules({
      rules: [general],
      deltas: [],
      escapes: [],
      headDecisions: [],
      diff,
      map: buildLineMap(part.diff ?? diff),
      grammar,
      ...part,
      sources,
    });
  } finally {
    sources.free();
  }
}
/** Findings as `rule evidence file:line`. */
export const brief = (findings: readonly Finding[]): string[] =>
  findings.map((f) => `${f.ruleId} ${f.evidence} ${f.file}:${f.line}`);
/** As `match`, in brief. */
export const briefMatch = (part: MatchPart): string[] => brief(match(part));
