import type { Terminal } from '../../src/cli/terminal.ts';

/** A terminal that records its output. */
export function recordTerminal(): Terminal & { printed: () => string } {
  let output = '';
  return {
    print: (text) => void (output += text),
    printError: () => {},
    colour: false,
    interactive: false,
    width: 100,
    showProgress: () => {},
    clearProgress: () => {},
    reportFailure: () => 1,
    printed: () => output,
  };
}
