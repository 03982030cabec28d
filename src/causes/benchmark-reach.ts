/** A Go file of head. */
type GoText = { file: string; text: string };

/** Names that a function mentions, by the function's own name; what stands outside functions is under the empty name. */
type Mentions = Map<string, Set<string>>;

const declaration = /^func\s+(?:\([^)]*\)\s*)?(?<name>[\p{L}_][\p{L}\p{N}_]*)/u;
const identifier = /[\p{L}_][\p{L}\p{N}_]*/gu;

/** Adds what each top-level function of a file mentions: gofmt begins all of them in the first column. */
function addMentions(mentions: Mentions, { file, text }: GoText): void {
  const isTest = file.endsWith('_test.go');
  let owner = '';
  for (const line of text.split('\n')) {
    const name = declaration.exec(line)?.groups?.['name'];
    // Helpers of tests may be called by benchmarks, so all of a test file counts as one.
    if (name !== undefined) owner = isTest ? 'Benchmark' : name;
    const found = mentions.get(owner) ?? new Set<string>();
    for (const [word] of line.replace(/\/\/.*$/u, '').matchAll(identifier))
      if (word !== name) found.add(word);
    mentions.set(owner, found);
    if (line === '}') owner = '';
  }
}

/**
 * Tells which functions benchmarks may run, by bare names alone: from all test files that hold a benchmark, through
 * what the functions of those names mention, and all that stands outside functions. It may call a function reached that
 * is not, never the other way round but for calls that no source writes (reflection, the standard library's callbacks).
 */
export function createReach(texts: readonly GoText[]): (functionName: string) => boolean {
  const mentions: Mentions = new Map();
  const benchmarked = texts.filter(
    ({ file, text }) => !file.endsWith('_test.go') || /^func Benchmark/mu.test(text),
  );
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
