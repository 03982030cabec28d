import type { Rule } from '../../src/rules/schema.ts';
import { packageOf } from './measuring.ts';

/** What a new rule is known by; `source` is that of another rule with the same letters. */
export type TemplateFacts = { id: string; slug: string; source: Rule['source'] | null; release: string };

/** Texts of files by their paths in the rule's folder and in its fixture's. */
export type Template = Readonly<Record<'rule' | 'fixture', Readonly<Record<string, string>>>>;

/** `timer-in-loop` → `Timer in loop`. */
const toTitle = (slug: string): string =>
  `${slug.slice(0, 1).toUpperCase()}${slug.slice(1).replaceAll('-', ' ')}`;

const writeRule = ({ id, slug, source }: TemplateFacts): string => `\
# EDIT: this is a working example. src/rules/schema.ts explains every key; look at other rules for their conditions.
id: ${id}
# The name in reports and in rules.disable of the config.
slug: ${slug}
# EDIT: the pattern in a few words, as lists and comments show it.
title: ${toTitle(slug)}
source:
  # EDIT: what the page cites: the document's title, the section or exercise, and its address (null: not known).
  document: ${source?.document ?? 'EDIT Title of the document'}
  section: Section 1
  url: ${source?.url ?? 'null'}
# EDIT: 1 to 99; of several rules that fit one place the highest wins. rules/README.md says which number means what.
specificity: 50
# EDIT: ids of rules whose advice also helps here.
related: []
# EDIT: what the rule sees. It fits where any one of these fits; all keys of one must hold at one place:
# a profiled site (proven), a flipped decision of the compiler (possible).
matches:
  - on: [site]
    direct: true
    # Any tree-sitter query of Go; @site must begin on the place's line or span it. It is about code as others write it:
    # the name changeMe only keeps the example from fitting anywhere else.
    code: |
      ((unary_expression
        operator: "&"
        operand: (composite_literal type: (type_identifier) @type)) @site
        (#eq? @type "changeMe"))
advice: >-
  EDIT: what to do instead, in one or two sentences.
`;

const before = `\
func (k *keeper) keep(x, y int64) {
	k.last = &changeMe{x: x, y: y}
}`;
const after = `\
func (k *keeper) keep(x, y int64) {
	k.last = changeMe{x: x, y: y}
}`;

/** Both as the page shows them. */
const change = `\
 func (k *keeper) keep(x, y int64) {
-	k.last = &changeMe{x: x, y: y}
+	k.last = changeMe{x: x, y: y}
 }`;

const writePage = ({ slug, source, release }: TemplateFacts): string => `\
# ${toTitle(slug)}

EDIT: the pattern in two sentences. What does the code do, and what does it cost?

## Before → after

\`\`\`diff
${change}
\`\`\`

## Measured

\`BenchmarkKeep\`, Go ${release}, amd64:

| | allocs/op | B/op |
| --- | ---: | ---: |
| before | 1 | 16 |
| after | 0 | 0 |

## Why

EDIT: what the compiler and the runtime do here. Quote what \`go build -gcflags=-m=2\` says, and under which condition it holds.

## When it pays

EDIT: **Always**, **Behind a profile** or **Rarely** — and the reason.

## Guard

Paste this test beside the code; it fails when the allocation comes back.

\`\`\`go
func TestKeepAllocs(t *testing.T) {
	k := &keeper{}
	allocs := testing.AllocsPerRun(1000, func() {
		k.keep(704, 113)
	})
	if allocs > 0 {
		t.Errorf("%v allocations per run, want at most 0", allocs)
	}
}
\`\`\`

## Trade-off

EDIT: what the better code costs.

## When not to

EDIT: where the pattern does no harm, or the cure does.

## Source

${source?.document ?? 'EDIT Title of the document'}, Section 1${source?.url ? `:\n<${source.url}>` : '.'}
`;

/** The counts that the example really has. */
const writeExpected = ({ release }: TemplateFacts): string => `\
# What go test -bench . -benchmem -benchtime 1000x prints; npm run rules:measure writes the numbers.
go: '${release}'
benchmarks:
  - name: BenchmarkKeep
    allocs: { good: 0, bad: 1 }
    bytes: { good: 0, bad: 16 }
    harmless: { allocs: 0 }
# EDIT: proven (a benchmark shows it), or possible (only a decision of the compiler does).
evidence: proven
# EDIT: false where the pattern costs no allocation on this Go.
allocates: true
# EDIT: other rules that fit the same line and lose against this one: src/rules/fixture-schema.ts.
alsoFits: []
`;

const writeCode = (id: string, comment: string, field: string, method: string): string => `\
// EDIT: ${comment}
package ${packageOf(id)}

type changeMe struct{ x, y int64 }

type keeper struct{ last ${field} }

// keep remembers a place.
${method}
`;

const writeBenchmark = (id: string): string => `\
package ${packageOf(id)}

import "testing"

// EDIT: the same in good, bad and harmless, and exact at any number of turns.
func BenchmarkKeep(b *testing.B) {
	k := &keeper{}
	for b.Loop() {
		k.keep(704, 113)
	}
}
`;

const harmless = `\
func (k *keeper) keep(x, y int64) {
	p := &changeMe{x: x, y: y} // the pointer stays in the function
	k.last = *p
}`;

/** A complete rule: valid data, a page, and a fixture that proves it. EDIT marks what the author replaces. */
export function writeTemplate(facts: TemplateFacts): Template {
  const { id } = facts;
  const bad = before.replace('\n}', ` // want "${id}"\n}`);
  const sides = {
    good: writeCode(id, 'the good code: the + lines of the page.', 'changeMe', after),
    bad: writeCode(id, 'the bad code: the - lines of the page.', '*changeMe', bad),
    harmless: writeCode(
      id,
      'harmless code looks like the bad code and costs no more than the good code.',
      'changeMe',
      harmless,
    ),
  };
  const fixture: Record<string, string> = { 'expect.yaml': writeExpected(facts) };
  for (const [side, code] of Object.entries(sides)) {
    fixture[`${side}/keeper.go`] = code;
    fixture[`${side}/bench_test.go`] = writeBenchmark(id);
  }
  return { rule: { 'rule.yaml': writeRule(facts), 'exercise.md': writePage(facts) }, fixture };
}
