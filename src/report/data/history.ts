import { pullRequestOf, type Series } from '../decide/history.ts';
import { toJson } from '../model/escape.ts';
import type { CommitRecord } from '../model/history.ts';

/** The history of benchmarks as JSON: commits oldest first, and each benchmark's points in the same order. */
export function renderHistoryJson(series: readonly Series[], commits: readonly CommitRecord[]): string {
  return toJson({
    schemaVersion: 1,
    commits: commits.map(({ sha, subject, time, go, machine, problem, isWhole }) => ({
      sha,
      subject,
      time,
      pullRequest: pullRequestOf(subject),
      go,
      machine,
      isWhole,
      problem,
    })),
    benchmarks: series.map(({ package: path, name, points, moves }) => ({
      package: path,
      name,
      points: points.map((one) =>
        one === null
          ? null
          : {
              sha: one.commit.sha,
              iterations: one.point.iterations,
              allocsPerOp: one.point.allocs,
              bytesPerOp: one.point.bytes,
            },
      ),
      moves: moves.map(({ commit, before, allocs, bytes, pullRequest, isOther }) => ({
        sha: commit.sha,
        before: before.sha,
        allocsPerOp: allocs,
        bytesPerOp: bytes,
        pullRequest,
        isOther,
      })),
    })),
  });
}
