import { compareText } from '../../compare/order.ts';
import type { Log, Location, Notification, ReportingDescriptor, Result } from 'sarif';
import { escapeSarif, toJson, toUri } from '../model/escape.ts';
import { describeFinding } from '../words/finding.ts';
import { describeVerdict } from '../words/headline.ts';
import { toPlain } from '../model/prose.ts';
import type { Report, ReportFinding } from '../model/schema.ts';

/** The root that paths are relative to. GitHub and other viewers of SARIF use this name for the repository. */
const ROOT_ID = '%SRCROOT%';

const toMessage = (text: string): { text: string } => ({ text: escapeSarif(text) });

function toLocation(file: string, line: number): Location {
  return {
    physicalLocation: {
      artifactLocation: { uri: toUri(file), uriBaseId: ROOT_ID },
      region: { startLine: line },
    },
  };
}

const levelOf = (finding: ReportFinding): 'error' | 'warning' | 'note' => {
  if (finding.gates) return 'error';
  return finding.evidence === 'possible' ? 'note' : 'warning';
};

/** A rule of the log. The advice is part of each result, because it can differ from case to case. */
function toRule(finding: ReportFinding): ReportingDescriptor {
  const { rule, exercise } = finding;
  const { page, source } = describeFinding(finding);
  const descriptor: ReportingDescriptor = {
    id: rule,
    shortDescription: toMessage(exercise.title),
    help: toMessage(
      `Exercise ${exercise.id}: ${exercise.title}, from ${source}. allocgate rules ${page} shows it.`,
    ),
  };
  if (exercise.url !== null) descriptor.helpUri = exercise.url;
  return descriptor;
}

/** The rules that findings matched, each once, in the order of their names. */
function listRules(findings: readonly ReportFinding[]): ReportingDescriptor[] {
  const byRule = new Map(findings.map((finding) => [finding.rule, finding]));
  return [...byRule.values()].map(toRule).sort((a, b) => compareText(a.id, b.id));
}

function toRelated(finding: ReportFinding): Location[] {
  const { cause, places } = finding;
  const others = places.slice(1).map(({ file, line }) => toLocation(file, line));
  if (cause === null) return others.map((location, index) => ({ id: index + 1, ...location }));
  const message = toMessage(toPlain(describeFinding(finding).cause));
  return [{ ...toLocation(cause.file, cause.line), message }, ...others].map((location, index) => ({
    id: index + 1,
    ...location,
  }));
}

function toResult(finding: ReportFinding, rules: readonly ReportingDescriptor[]): Result {
  const related = toRelated(finding);
  return {
    ruleId: finding.rule,
    ruleIndex: rules.findIndex((rule) => rule.id === finding.rule),
    level: levelOf(finding),
    message: toMessage(finding.message),
    locations: [
      {
        ...toLocation(finding.file, finding.line),
        logicalLocations: [{ name: finding.function, kind: 'function' }],
      },
    ],
    ...(related.length === 0 ? {} : { relatedLocations: related }),
    partialFingerprints: { 'allocgate/v1': finding.id },
    properties: {
      evidence: finding.evidence,
      gates: finding.gates,
      benchmarks: finding.benchmarks,
      otherRules: finding.otherRules ?? [],
    },
  };
}

function listNotifications(report: Report): Notification[] {
  return [
    ...report.buildErrors.map((line): Notification => ({ level: 'error', message: toMessage(line) })),
    ...report.warnings.map((warning): Notification => ({ level: 'warning', message: toMessage(warning) })),
  ];
}

/**
 * A report as a SARIF 2.1.0 log with one run. Levels: error gates, warning is measured, note is possible.
 * Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function planSarif(report: Report): Log {
  const rules = listRules(report.findings);
  const notifications = listNotifications(report);
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'allocgate', rules } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [ROOT_ID]: { description: { text: 'The root of the repository.' } } },
        invocations: [
          {
            executionSuccessful: report.verdict !== 'error',
            ...(notifications.length === 0 ? {} : { toolExecutionNotifications: notifications }),
          },
        ],
        results: report.findings.map((finding) => toResult(finding, rules)),
        properties: { verdict: report.verdict, summary: describeVerdict(report) },
      },
    ],
  };
}

/** A SARIF log as the text of a file. */
export function renderSarif(report: Report): string {
  return toJson(planSarif(report));
}
