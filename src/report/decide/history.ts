import { differ, hasMoved, type HistoryPoint, isSure } from '../../compare/history-point.ts';
import { benchmarkId } from '../../compare/benchmark-id.ts';
import { compareText } from '../../compare/order.ts';
import type { CommitRecord, HistoryRecord, HistorySetting, InputRecord } from '../model/history.ts';

/** The known history of a repository. */
export type History = {
  /** By commit ID. If a commit was measured with several versions of Go or on several machines, the last one counts. */
  commits: ReadonlyMap<string, CommitRecord>;
  inputs: ReadonlyMap<string, InputRecord>;
  /** The merged pull request of a commit, by commit ID, for commits that GitHub was asked about; null: it has none. */
  pullRequests: ReadonlyMap<string, number | null>;
};

const keyOf = ({
  go,
  machine,
  package: path,
  input,
}: HistorySetting & { package: string; input: string }): string => JSON.stringify([go, machine, path, input]);

/** Joins two records of one input. The first point of a benchmark stays, because each is measured once. */
function joinInputs(first: InputRecord, second: InputRecord): InputRecord {
  const known = new Set(first.points.map(({ name }) => name));
  const points = [...first.points, ...second.points.filter(({ name }) => !known.has(name))];
  const measured = new Set(points.map(({ name }) => name));
  const failed = [...new Set([...first.failed, ...second.failed])].filter((name) => !measured.has(name));
  return { ...first, points, failed, whole: [...new Set([...first.whole, ...second.whole])] };
}

/** Joins records in any order, including duplicates, which two processes or a killed one can leave. */
export function joinHistory(records: readonly HistoryRecord[]): History {
  const commits = new Map<string, CommitRecord>();
  const inputs = new Map<string, InputRecord>();
  const pullRequests = new Map<string, number | null>();
  for (const record of records) {
    if (record.kind === 'commit') {
      commits.set(record.sha, record);
    } else if (record.kind === 'pull-request') {
      pullRequests.set(record.sha, record.number);
    } else {
      const known = inputs.get(keyOf(record));
      inputs.set(keyOf(record), known ? joinInputs(known, record) : record);
    }
  }
  return { commits, inputs, pullRequests };
}

/** The record of what a package's benchmarks allocate with an input (a hash), in one setting. */
export function findInput(
  history: History,
  setting: HistorySetting,
  place: { package: string; input: string },
): InputRecord | undefined {
  const { go, machine } = setting;
  return history.inputs.get(keyOf({ go, machine, ...place }));
}

/** What earlier points of a benchmark show: their number of iterations, and whether the runs of any disagreed. */
export type Experience = { iterations: number; hasVaried: boolean };

/**
 * The experience with each benchmark of a package in one setting, by name. Later points are measured like earlier ones.
 */
export function findExperience(
  { inputs }: History,
  { go, machine }: HistorySetting,
  path: string,
): ReadonlyMap<string, Experience> {
  const found = new Map<string, Experience>();
  for (const one of inputs.values()) {
    if (one.package !== path || one.go !== go || one.machine !== machine) continue;
    for (const point of one.points) {
      const known = found.get(point.name) ?? { iterations: point.iterations, hasVaried: false };
      found.set(point.name, { ...known, hasVaried: known.hasVaried || !isSure(point) });
    }
  }
  return found;
}

/** Whether all benchmarks of a selection were measured at a commit, in this setting. */
export function isKnown(
  { commits }: History,
  sha: string,
  { go, machine, selection }: HistorySetting & { selection: string },
): boolean {
  const known = commits.get(sha);
  if (known?.go !== go || known.machine !== machine) return false;
  return known.selection === selection && known.isWhole;
}

/** One benchmark at one commit. */
type SeriesPoint = { commit: CommitRecord; point: HistoryPoint };

/** A commit at which a benchmark allocates differently than at the measured commit before it. */
export type Move = {
  commit: CommitRecord;
  before: CommitRecord;
  /** The difference of the middles; 0: the ranges overlap. */
  allocs: number;
  bytes: number;
  /** The merged pull request of the commit; null: unknown. */
  pullRequest: number | null;
  /** Whether Go, the machine or the number of iterations also changed, so that the commit may not be the reason. */
  isOther: boolean;
};

/** Whether a move made a benchmark more expensive: more allocations, or as many and more bytes. */
export const isIncrease = ({ allocs, bytes }: Pick<Move, 'allocs' | 'bytes'>): boolean =>
  allocs > 0 || (allocs === 0 && bytes > 0);

/** One benchmark over all commits, oldest first. */
export type Series = {
  package: string;
  name: string;
  /** One entry for each commit; null: it has no result there. */
  points: (SeriesPoint | null)[];
  moves: Move[];
};

function listPoints(history: History, commit: CommitRecord): [string, string, HistoryPoint][] {
  return Object.entries(commit.inputs).flatMap(([path, input]) =>
    (findInput(history, commit, { package: path, input })?.points ?? []).map(
      (point): [string, string, HistoryPoint] => [path, point.name, point],
    ),
  );
}

/**
 * Finds the commits at which a benchmark moved. Each point is compared with the one before it and with the last one
 * that moved, because values that drift, or runs that disagree in between, may hide a move from one of these
 * comparisons.
 */
function findMoves(points: readonly (SeriesPoint | null)[], history: History): Move[] {
  const moves: Move[] = [];
  let last: SeriesPoint | null = null;
  let moved: SeriesPoint | null = null;
  for (const one of points) {
    if (one === null) continue;
    const from: SeriesPoint | undefined =
      [last, moved].find((other) => other && hasMoved(other.point, one.point)) ?? undefined;
    if (from && last)
      moves.push({ ...compare(from, last, one), pullRequest: findPullRequest(history, one.commit) });
    if (from || moved === null) moved = one;
    last = one;
  }
  return moves;
}

function compare(from: SeriesPoint, last: SeriesPoint, to: SeriesPoint): Omit<Move, 'pullRequest'> {
  const isEqual = (key: 'go' | 'machine'): boolean => from.commit[key] === to.commit[key];
  return {
    commit: to.commit,
    before: last.commit,
    allocs: differ(from.point.allocs, to.point.allocs),
    bytes: differ(from.point.bytes, to.point.bytes),
    isOther: !isEqual('go') || !isEqual('machine') || from.point.iterations !== to.point.iterations,
  };
}

/**
 * The measured commits, oldest first.
 * @param order the IDs of the wanted commits, newest first; default: all commits, by their position
 */
export function orderCommits({ commits }: History, order?: readonly string[]): CommitRecord[] {
  if (order === undefined) return [...commits.values()].sort((a, b) => a.position - b.position);
  return order.flatMap((sha) => commits.get(sha) ?? []).toReversed();
}

/**
 * The benchmarks over some commits as series, those that moved first.
 * @param commits oldest first
 * @param isWanted chooses benchmarks by their names
 */
export function listSeries(
  history: History,
  commits: readonly CommitRecord[],
  isWanted: (name: string) => boolean = () => true,
): Series[] {
  const all = new Map<string, Series>();
  for (const [at, commit] of commits.entries()) {
    for (const [path, name, point] of listPoints(history, commit)) {
      if (!isWanted(name)) continue;
      const id = benchmarkId({ package: path, name });
      const series = all.get(id) ?? { package: path, name, points: commits.map(() => null), moves: [] };
      series.points[at] = { commit, point };
      all.set(id, series);
    }
  }
  return [...all.values()]
    .map((series) => ({ ...series, moves: findMoves(series.points, history) }))
    .sort(
      (a, b) =>
        Number(b.moves.length > 0) - Number(a.moves.length > 0) ||
        compareText(benchmarkId(a), benchmarkId(b)),
    );
}

/** The pull request of a commit: GitHub's answer, or the number in the commit's subject if GitHub was not asked. */
const findPullRequest = ({ pullRequests }: History, { sha, subject }: CommitRecord): number | null => {
  const known = pullRequests.get(sha);
  return known === undefined ? pullRequestOf(subject) : known;
};

/** The IDs of commits that moved a benchmark and that GitHub was not asked about yet. */
export function listUnasked(history: History): string[] {
  const moves = listSeries(history, orderCommits(history)).flatMap((series) => series.moves);
  const all = new Set(moves.map(({ commit }) => commit.sha));
  return [...all].filter((sha) => !history.pullRequests.has(sha));
}

/** The number of the pull request that a commit's subject names, as GitHub writes it when it merges one; null: none. */
export function pullRequestOf(subject: string): number | null {
  const [, merged] = /^Merge pull request #(\d{1,9}) from /u.exec(subject) ?? [];
  const [, squashed] = / \(#(\d{1,9})\)$/u.exec(subject) ?? [];
  const number = merged ?? squashed;
  return number === undefined ? null : Number(number);
}
