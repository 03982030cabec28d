import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Files } from '../support/go-repository.ts';

/**
 * `fixtures/ID/variants/NAME.diff`: the pattern of a rule in other code, as a change from bad to good as on the exercise
 * page: lines that begin with `-` are in the bad code only, with `+` in the good code only. Below `@@ the benchmark` stands the test file.
 * All variants of rules with the same two letters are one package, so that they cost one link.
 */
export type Variant = { id: string; name: string; package: string; benchmark: string; text: string };

const SEPARATOR = '\n@@ the benchmark\n';

/** Every variant of the named rules, sorted by rule and name. */
export function loadVariants(directory: string, ids: readonly string[]): Variant[] {
  return ids.flatMap((id) => {
    const folder = `${directory}/${id}/variants`;
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .sort()
      .map((file) => {
        const text = readFileSync(`${folder}/${file}`, 'utf8');
        const benchmark = /^ func (Benchmark\w+)\(/mu.exec(text)?.[1] ?? '';
        const family = id.slice(0, 2).toLowerCase();
        return { id, name: file.replace('.diff', ''), package: `variants/${family}`, benchmark, text };
      });
  });
}

/** Where a variant's code lies in the module of the fixtures. */
export const fileOf = ({ id, name, package: folder }: Variant): string =>
  `${folder}/${id.toLowerCase().replace('-', '')}_${name.replaceAll('-', '_')}.go`;

/** The lines of one side, marks for the tests included. */
function codeOf({ text }: Variant, side: 'good' | 'bad'): string {
  const [code = ''] = text.split(SEPARATOR);
  const left = side === 'good' ? '-' : '+';
  const lines = code.split('\n').filter((line) => !line.startsWith(left));
  return `${lines.map((line) => line.slice(1)).join('\n')}\n`;
}

/** The files of a variant on one side: its code and its benchmark. */
export function filesOf(variant: Variant, side: 'good' | 'bad'): Files {
  const [, benchmark = ''] = variant.text.split(SEPARATOR);
  const test = benchmark.split('\n').map((line) => line.slice(1));
  const file = fileOf(variant);
  return { [file]: codeOf(variant, side), [file.replace('.go', '_bench_test.go')]: test.join('\n') };
}

/** `MA-01 at variants/ma/ma01_name.go:8` for every `// want`, which may name another rule: `// want "ST-05"`. */
export function wantsOf(variant: Variant): string[] {
  const wants = codeOf(variant, 'bad')
    .split('\n')
    .flatMap((line, index) => {
      const want = /\/\/ want(?: "([A-Z]{2}-\d{2})")?$/u.exec(line);
      return want ? [`${want[1] ?? variant.id} at ${fileOf(variant)}:${index + 1}`] : [];
    });
  return wants.sort();
}
