/** The claims of a hostile pull request, and the measures against believing or obeying them. */
export const wordCases: { name: string; attack: string; measure: string; seenToFail: string }[] = [
  {
    name: 'surplus-row',
    attack: 'prints a result of a benchmark that does not exist',
    measure: 'a row of a benchmark that is not at work makes the one at work noisy',
    seenToFail: 'With `suspectForger` emptied, the verdict was regression.',
  },
  {
    name: 'twin-before',
    attack: "prints a row of its own, with base's numbers, before the true one",
    measure: 'more rows than -test.count asked for make the benchmark noisy',
    seenToFail: 'With the count of rows unchecked in `keepRow`, the forged row won: unchanged.',
  },
  {
    name: 'row-of-neighbour',
    attack: 'prints rows of one neighbour that is done and announces another that is to come',
    measure: 'a row of the benchmark that a forged announcement pushed aside is kept as unreadable',
    seenToFail: 'With that taken out of `readRow`, the verdict was removed.',
  },
  {
    name: 'wild-numbers',
    attack: 'prints results of NaN, -1, 1e400 and more digits than a number has',
    measure:
      "a result must have each of Go's units once, as a number from 0, and a line that is nearly one is suspect",
    seenToFail: 'With `isSound` unasked, and the rows uncounted, the verdict was unchanged.',
  },
  {
    name: 'other-n',
    attack: 'prints rows of another number of iterations',
    measure: 'a row of another N than -test.benchtime makes the benchmark noisy',
    seenToFail: 'With N and count unchecked in `keepRow`, the forged row won: unchanged.',
  },
  {
    name: 'glued-row',
    attack: 'prints a row without a newline, so that the true one is glued to it',
    measure: 'what stands before a row that is read behind junk must not speak of a result',
    seenToFail: 'With `mentionsResult` unasked, the row behind it was believed: regression.',
  },
  {
    name: 'outcome-lines',
    attack: 'prints PASS, ok, a panic, and that its neighbours failed',
    measure:
      'an outcome of a benchmark that is not at work makes the one at work noisy and is told of nobody',
    seenToFail: 'With `suspect` taken out of `readOutcome`, the verdict was regression.',
  },
  {
    name: 'control-bytes',
    attack: 'hides a row behind a carriage return and deletes lines on the terminal',
    measure: 'rows are read behind junk of every kind, and counted',
    seenToFail: 'With the rows uncounted in `keepRow`, the verdict was no longer noisy.',
  },
  {
    name: 'child-process',
    attack: 'lets a child process print the row',
    measure: 'whoever prints it, a row more than asked for makes the benchmark noisy',
    seenToFail: 'With the rows uncounted in `keepRow`, the verdict was no longer noisy.',
  },
  {
    name: 'standard-error',
    attack: 'prints the row on standard error',
    measure: 'both streams are read as one',
    seenToFail: 'With the rows uncounted in `keepRow`, the verdict was no longer noisy.',
  },
  {
    name: 'exit-after-forged-rows',
    attack: "prints all rows with base's numbers, then ends the process with status 0",
    measure: 'all rows without the final PASS contradict each other',
    seenToFail: 'With `suspectContradictions` uncalled, the regression passed as unchanged.',
  },
  {
    name: 'silence-after-forged-rows',
    attack: "prints all rows with base's numbers, then sends standard output to /dev/null",
    measure: 'all rows without the final PASS contradict each other',
    seenToFail: 'With `suspectContradictions` uncalled, the regression passed as unchanged.',
  },
  {
    name: 'speech-before-main',
    attack: 'announces, prints results and PASS before the testing package starts',
    measure: 'rows are counted from the announcement on, whoever made it',
    seenToFail: 'With N and count unchecked in `keepRow`, the regression passed as unchanged.',
  },
  {
    name: 'goroutine-after-the-end',
    attack: 'goes on printing its own row while the next benchmark runs',
    measure: 'a row of a benchmark that is not at work makes both doubtful',
    seenToFail: 'With N and count unchecked in `keepRow`, the regression passed as unchanged.',
  },
  {
    name: 'line-of-another-file',
    attack: 'a //line that names an innocent file by its import path',
    measure: 'line directives are hidden from the compiler, and a file that one names has no positions',
    seenToFail:
      'With `hideLineComments` giving the content back and `isNamed` always false, the report named innocent.go.',
  },
  {
    name: 'line-of-nothing',
    attack: '//line with /etc/passwd, a line past the end of a file, and a workflow command',
    measure: 'a position counts only if the tree has that file and that line',
    seenToFail: 'With `hideLineComments`, `holdsLine` and `isNamed` out of work, sink.go:99999 was told.',
  },
  {
    name: 'line-that-speaks',
    attack: 'a //line whose file name reads as a whole message about another file',
    measure: 'the same; the words of a directive are looked through for names of files, however they are cut',
    seenToFail:
      'With `hideLineComments` giving the content back and `isNamed` always false, the report told of lines/sink.go.',
  },
  {
    name: 'crafted-profile',
    attack: 'writes a profile of its own with 30 million numbers in one sample',
    measure: "the profile's reader counts samples, numbers, lines, frames and characters",
    seenToFail: 'With the limits of numbers and frames lifted, the crafted profile was read as one.',
  },
  {
    name: 'sub-benchmark-names',
    attack: 'sub-benchmarks named by images, mentions, HTML, markers, table borders, workflow commands',
    measure: 'names are code in Markdown, with every sign a reference where it could end the code',
    seenToFail:
      'With `toMarkdownCode` giving backticks alone, a <script> element was in the rendered summary; without `toJson`, a control character in the JSON.',
  },
  {
    name: 'compiler-messages',
    attack: 'string literals with the same, which the compiler quotes where they escape',
    measure:
      "the compiler's words are foreign parts of a sentence: code in Markdown, escaped in SARIF, cut in length",
    seenToFail:
      'With `toMarkdownCode` giving backticks alone, a <script> element was in the rendered summary.',
  },
  {
    name: 'panic-words',
    attack: 'a panic in several lines with workflow commands and escape sequences',
    measure: "a line that a log's reader would take for a command gets a space",
    seenToFail: 'With `toLogLine` giving the line back, `##[error]` was in the text.',
  },
  {
    name: 'file-names',
    attack: 'a Go file whose name holds a newline, |, a backtick, HTML, a mention, a bidi override',
    measure: 'names are cleaned where they are shown; JSON escapes what does not show and keeps the name',
    seenToFail:
      'With `toJson` not escaping, the override was in the JSON; with backticks alone, a <script> element in the summary.',
  },
  {
    name: 'build-error-lines',
    attack: "a head that does not compile, with hostile literals and //line in the compiler's errors",
    measure: 'compiler lines stand in a fence that none of them closes, and begin no command',
    seenToFail: 'With `toLogLine` giving the line back, the text had a line `::error file=a.go`.',
  },
  {
    name: 'endless-names',
    attack: 'a sub-benchmark with a name of 60 kB, to whose length Go pads all rows, and a literal of 10 kB',
    measure: 'padding is squeezed before a line is cut, and what has too long a name is told as unreadable',
    seenToFail: "With the padding left in, the neighbours' rows were gone without a word.",
  },
];
