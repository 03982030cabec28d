import type { Explanation, Wording } from './decision-wording.ts';
import type { DecisionKind } from './types.ts';

/** An explanation whose plain line has not come yet; its flow lines are the bytes `from` to `to` of the arena. */
type Pending = Explanation & { from: number; to: number };

/**
 * The parts that an explanation adds to a plain fact: the function, and the flow in the form that `unpackFlow` reads.
 */
type Explained = { function: string; flow: string };

/** The explanations of one package that wait for their plain lines. Keys name a position. */
export type Explanations = {
  open: (key: string, explanation: Explanation) => void;
  /** Adds a flow line to the last explanation, if it is still open. */
  extend: (text: string) => void;
  close: () => void;
  /** Removes and returns the explanation of a plain fact; null if there is none. */
  take: (key: string, wording: Wording) => Explained | null;
  forget: () => void;
};

const MAX_FLOW = 8_192;
const MAX_ARENA = 32 * 1024 * 1024;

/**
 * Stores flow lines as bytes: as strings they would keep the chunks alive that they were cut from. If a package has
 * more than 32 MiB of them, the waiting ones are lost. Each explanation keeps only its first 8 KiB.
 */
export function createExplanations(): Explanations {
  let arena = Buffer.allocUnsafe(1 << 20);
  let used = 0;
  let current: Pending | null = null;
  const pending = new Map<string, Pending[]>();

  const forget = (): void => {
    current = null;
    used = 0;
    pending.clear();
  };
  const reserve = (bytes: number): void => {
    if (used + bytes <= arena.length) return;
    const larger = Buffer.allocUnsafe(arena.length * 2);
    arena.copy(larger, 0, 0, used);
    arena = larger;
  };
  return {
    forget,
    close: () => {
      current = null;
    },
    open: (key, { of, expression, function: name, target }) => {
      current = { of, expression: copy(expression), function: copy(name), target, from: used, to: used };
      const list = pending.get(key);
      if (list) list.push(current);
      else pending.set(key, [current]);
    },
    extend: (text) => {
      if (current === null || current.to - current.from > MAX_FLOW) return;
      // UTF-8 needs at most three bytes for one UTF-16 unit.
      const line = `${text.slice(0, MAX_FLOW)}\n`;
      if (used + line.length * 3 > MAX_ARENA) {
        forget();
        return;
      }
      reserve(line.length * 3);
      used += arena.write(line, used);
      current.to = used;
    },
    take: (key, wording) => {
      const list = pending.get(key);
      const index = list ? findExplanation(list, wording) : -1;
      const found = list?.splice(index, index < 0 ? 0 : 1)[0];
      if (!list || !found) return null;
      if (list.length === 0) pending.delete(key);
      return { function: found.function, flow: packFlow(arena, found) };
    },
  };
}

/**
 * Finds an explanation by its text. If none matches, because the compiler folded a constant in between, the first one
 * is taken if all have the same text.
 */
function findExplanation(list: readonly Pending[], wording: Wording): number {
  const exact = list.findIndex((p) => explains(p, wording));
  const [first] = list;
  if (exact >= 0 || !first || first.of === 'leak' || !isAbout(first.of, wording.kind)) return exact;
  return list.every((p) => p.expression === first.expression && p.function === first.function) ? 0 : -1;
}

/** The flow's UTF-8 bytes as a one-byte string: as text, its arrows would double the size of every character. */
function packFlow(arena: Buffer, { from, to }: Pending): string {
  return arena.toString('latin1', from, Math.max(from, to - 1));
}

/** The lines of a packed flow. */
export function unpackFlow(flow: string): string[] {
  return Buffer.from(flow, 'latin1').toString('utf8').split('\n');
}

/** Whether an explanation belongs to a plain fact at the same position. Both have their names as printed. */
export function explains(
  explanation: Explanation,
  { kind, expression, reason }: Pick<Wording, 'kind' | 'expression' | 'reason'>,
): boolean {
  if (!isAbout(explanation.of, kind)) return false;
  if (explanation.of === 'leak') {
    const target = /^to result (.+) level=/u.exec(reason ?? '')?.[1] ?? '{heap}';
    return explanation.expression === expression && explanation.target === target;
  }
  // The plain line of an append does not contain its operands.
  const isAppend = expression === 'append' && explanation.expression.startsWith('append(');
  return isAppend || explanation.expression === expression;
}

function isAbout(of: Explanation['of'], kind: DecisionKind): boolean {
  return of === 'leak' ? kind === 'leaking-param' : kind === 'escapes-to-heap' || kind === 'moved-to-heap';
}

/** Copies a string. One that was cut out of a chunk would keep the whole chunk in memory. */
export function copy(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
