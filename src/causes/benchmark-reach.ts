/** A Go file at head. */
type GoText = { file: string; text: string };

/** The names that each function mentions, by the function's name. Code outside functions has the empty name. */
type Mentions = Map<string, Set<string>>;

const DECLARATION = /^func\s+(?:\([^)]*\)\s*)?(?<name>[\p{L}_][\p{L}\p{N}_]*)/u;
const IDENTIFIER = /[\p{L}_][\p{L}\p{N}_]*/gu;

/**
 * Adds the names that each top-level function of a file mentions. With gofmt, all of them begin in the first column.
 */
function addMentions(mentions: Mentions, { file, text }: GoText): void {
  const isTest = file.endsWith('_test.go');
  let owner = '';
  for (const line of text.split('\n')) {
    const name = DECLARATION.exec(line)?.groups?.['name'];
    // Benchmarks can call helper functions of tests, so a whole test file counts as one function.
    if (name !== undefined) owner = isTest ? 'Benchmark' : name;
    const found = mentions.get(owner) ?? new Set<string>();
    for (const [word] of line.replace(/\/\/.*$/u, '').matchAll(IDENTIFIER))
      if (word !== name) found.add(word);
    mentions.set(owner, found);
    if (line === '}') owner = '';
  }
}

/**
 * Returns a test for functions that benchmarks may run. It compares only names: it starts at all test files with a
 * benchmark and at all code outside functions, and follows the names that functions mention. It can report functions
 * that no benchmark reaches, but misses none, except those that are called without their name in the source
 * (reflection, callbacks of the standard library). Without any benchmark, no function is reached.
 */
export function createReach(texts: readonly GoText[]): (functionName: string) => boolean {
  const mentions: Mentions = new Map();
  const benchmarked = texts.filter(
    ({ file, text }) => !file.endsWith('_test.go') || /^func Benchmark/mu.test(text),
  );
  if (benchmarked.every(({ file }) => !file.endsWith('_test.go'))) return () => false;
  for (const text of benchmarked) addMentions(mentions, text);
  const reached = new Set<string>();
  const front = ['Benchmark', ''];
  for (let owner = front.pop(); owner !== undefined; owner = front.pop()) {
    for (const name of mentions.get(owner) ?? []) {
      if (reached.has(name)) continue;
      reached.add(name);
      if (mentions.has(name)) front.push(name);
    }
  }
  return (functionName) => reached.has(functionName.replace(/^.*\./su, ''));
}
