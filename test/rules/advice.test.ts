import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadRules } from '../../src/review/rule-files.ts';
import { makeDelta, makeRule, makeSite, match } from './match-input.ts';

const { rules } = await loadRules();

/** What advice names, and the first release of Go that has it (https://pkg.go.dev/std shows it). */
const since: [RegExp, number][] = [
  [/\b(?:strings|bytes)\.Cut\b|\bstrings\.Clone\b|\bnetip\.|\bany\b type|\bbufio\.\w+\.AvailableBuffer/u, 18],
  [/\bAppendUint(?:16|32|64)`?\b|\bfmt\.Append|\batomic\.(?:Pointer|Int64|Bool)\b/u, 19],
  [/\bCutPrefix\b|\bCutSuffix\b|\bbytes\.Clone\b|\berrors\.Join\b|\bunsafe\.String/u, 20],
  [/\bslices\.|\bmaps\.\w|\bclear\(|\bsync\.Once(?:Func|Value)|\bcmp\.|`min\(/u, 21],
  [/\bAppendDecode\b|\bAppendEncode\b/u, 22],
  [/\bbinary\.(?:Append|Decode)\b|\bslices\.(?:Collect|AppendSeq|Sorted)\b|\bunique\./u, 23],
  [/\bSplitSeq\b|\bFieldsSeq\b|\bAppendText\b|\bAddCleanup\b|\bb\.Loop\b|\bweak\./u, 24],
  [/\bAsType\b/u, 26],
];

/** Rules take modules with this version of Go for the oldest. */
const oldest = 17;
/** Advice for lines that call new functions. */
const isAsNew = (text: string): boolean => text.includes('slices.AppendSeq') || text.includes('maps.Clone');

type Advised = { advice?: string | undefined; older: { before: string; advice: string }[] };

/** What a text names that the oldest Go which it is given to does not have. */
function tooNew({ advice, older }: Advised): string[] {
  const minor = (before: string): number => Number(before.slice(2));
  const texts = [...older, { before: '1.999', advice: advice ?? '' }];
  return texts.flatMap((one, at) => {
    const from = at === 0 ? oldest : minor(texts[at - 1]?.before ?? '');
    const named = since.filter(
      ([name, first]) => first > from && name.test(one.advice) && !isAsNew(one.advice),
    );
    return named.map(([, first]) => `Go 1.${from} gets what needs 1.${first}: ${one.advice}`);
  });
}

test('no advice names what the version of Go in go.mod does not have', () => {
  const found = rules.flatMap((rule) => [rule, ...rule.matches].flatMap(tooNew));
  assert.deepEqual(found, []);
});

test('a module with an older Go gets the advice for it', () => {
  const sort = { advice: 'slices', older: [{ before: '1.18', advice: 'oldest' }, { before: '1.21', advice: 'older' }] }; // oxfmt-ignore
  const adviceFor = (language: string | null, part: Parameters<typeof makeRule>[1]): string | undefined =>
    match({
      rules: [makeRule('XX-02', part)],
      deltas: [makeDelta('BenchmarkA', 1, [makeSite(4, 1)])],
      languageOf: () => language,
    })[0]?.advice;
  for (const rule of [{ ...sort, matches: [{ on: ['site'] }] }, { matches: [{ on: ['site'], ...sort }] }]) {
    assert.equal(adviceFor('1.17', rule), 'oldest');
    assert.equal(adviceFor('1.18', rule), 'older');
    assert.equal(adviceFor('1.20.4', rule), 'older');
    assert.equal(adviceFor('1.21', rule), 'slices');
    assert.equal(adviceFor('1.26rc1', rule), 'slices');
    assert.equal(adviceFor(null, rule), 'slices');
  }
});
