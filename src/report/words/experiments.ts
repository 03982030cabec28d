import { benchmarkNameOf } from '../../compare/benchmark-id.ts';
import { joinProse, say, type Prose } from '../model/prose.ts';
import type { ReportFinding } from '../model/schema.ts';
import { formatTried } from './numbers.ts';

type Experiment = NonNullable<ReportFinding['experiment']>;
type Trial = Experiment['trials'][number];

/** The most places that one sentence names. The others are only counted. */
const MAX_PLACES = 4;

/** The lines that a trial took back: `route/route.go:24`, `a.go:118–120`, `the lines deleted at a.go:7`. */
function describePlaces({ lines }: Trial): Prose {
  const places = lines.slice(0, MAX_PLACES).map(({ file, first, last, deleted }) => {
    const place = say`${first === last ? `${file}:${first}` : `${file}:${first}–${last}`}`;
    return deleted ? say`the lines deleted at ${place}` : place;
  });
  const left = lines.length - places.length;
  const more = left > 0 ? ` and ${left} more ${left === 1 ? 'place' : 'places'}` : '';
  return [...joinProse(places, ', '), more];
}

const makes = (trial: Trial, { unit, head }: Experiment): Prose => [
  `${formatTried(trial.value ?? 0)} ${unit} instead of ${formatTried(head)}`,
];

/** ` The allocation disappears with a.go:3 as before: 0 allocs/op instead of 1.`, for each change that was found. */
function describeFound(trials: readonly Trial[], experiment: Experiment): Prose {
  return trials
    .filter(({ outcome }) => outcome === 'gone')
    .flatMap(
      (trial) =>
        say` The allocation disappears with ${describePlaces(trial)} as before: ${makes(trial, experiment)}.`,
    );
}

/** What each change adds: `a.go:118–120: 34; b.go:7: 12`. */
function describeParts(trials: readonly Trial[], { head }: Experiment): Prose {
  const parts = trials
    .filter(({ outcome }) => outcome === 'less' || outcome === 'gone')
    .map((trial) => say`${describePlaces(trial)}: ${[formatTried(head - (trial.value ?? head))]}`);
  return joinProse(parts, '; ');
}

/** What none of the changes adds by itself; nothing if that is little. */
function describeRest({ trials, added, head }: Experiment): Prose {
  const parts = trials.map(({ value }) => Math.max(0, head - (value ?? head)));
  const rest = added - parts.reduce((sum, part) => sum + part, 0);
  return rest > Math.max(1, added / 20)
    ? [` The other ${formatTried(rest)} stay while only one of them is as before.`]
    : [];
}

/** The result of the experiment with a finding's cause, with a space before it; nothing if there was none. */
export function describeExperiment({ experiment, cause }: ReportFinding): Prose {
  if (!experiment) return [];
  const [first, ...others] = experiment.trials;
  switch (experiment.outcome) {
    case 'proved':
      return first
        ? say` Proved by experiment: with ${describePlaces(first)} as before, ${benchmarkNameOf(experiment.benchmark)} makes ${makes(first, experiment)}.`
        : [];
    case 'partly':
      return say` Experiments split the +${formatTried(experiment.added)} ${[experiment.unit]} among these changes: ${describeParts(experiment.trials, experiment)}.${describeRest(experiment)}`;
    case 'refuted':
      return first
        ? say` An experiment does not confirm this cause: with ${describePlaces(first)} as before, ${benchmarkNameOf(experiment.benchmark)} still makes ${[formatTried(first.value ?? 0)]} ${[experiment.unit]}.${describeFound(others, experiment)}`
        : [];
    case 'undecided': {
      const found = describeFound(experiment.trials, experiment);
      if (found.length > 0) return say` An experiment found the cause.${found}`;
      return first && cause !== null
        ? say` No experiment could decide this: without ${describePlaces(first)} the code does not compile, or the benchmark does not run.`
        : [' No experiment could decide this.'];
    }
  }
}

/** How many causes were tried, how long that took, and how many were not tried. */
export function describeUntried(findings: readonly ReportFinding[]): string {
  const tried = findings.filter(({ experiment }) => experiment !== undefined);
  const left = findings.filter(
    ({ evidence, cause, experiment }) => evidence === 'proven' && cause !== null && !experiment,
  ).length;
  const seconds = tried.reduce((sum, { experiment }) => sum + (experiment?.seconds ?? 0), 0);
  if (tried.length === 0) return 'Experiments: no finding has a cause on another line that could be tried.';
  const rest = left === 0 ? '' : ` ${left} not tried: the time ran out, or nothing could be built.`;
  return `Experiments: ${tried.length} in ${seconds.toFixed(0)} s.${rest}`;
}
