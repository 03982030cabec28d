import type { FailureFacts } from '../../errors.ts';
import type { BrokenGuarantee, SandboxProblem } from '../../sandbox-facts.ts';
import { shortLine } from '../model/escape.ts';
import { endWithReason, type FailureSentences } from './failure-words.ts';

/** The packages that provide a program, in the order Debian and Ubuntu, Fedora, Alpine. */
const packages: Record<string, readonly [string, string, string]> = {
  bwrap: ['bubblewrap', 'bubblewrap', 'bubblewrap'],
  runsc: ['runsc', 'runsc', 'runsc'],
  prlimit: ['util-linux', 'util-linux', 'util-linux-misc'],
  setpriv: ['util-linux', 'util-linux', 'setpriv'],
};

/** How to install a program. Only Debian packages gVisor; elsewhere its makers distribute it. */
function describeInstallation(program: string): string {
  if (program === 'runsc') {
    return 'Install it: apt-get install runsc (Debian), or follow https://gvisor.dev/docs/user_guide/install.';
  }
  const [debian, fedora, alpine] = packages[program] ?? [program, program, program];
  return `Install it: apt-get install ${debian} (Debian, Ubuntu), dnf install ${fedora} (Fedora), apk add ${alpine} (Alpine).`;
}

/** Whom a problem concerns: a person who reviews on this machine, or the operator of an App. */
export type SandboxReader = 'person' | 'operator';

/** How to do without a sandbox. An App has no options, and reviews of pull requests by their URL refuse this one. */
const withoutSandbox: Record<SandboxReader, string> = {
  person: 'A local review of code that you trust can do without it: --no-sandbox.',
  operator:
    "Until it works, the App measures nothing, and its checks are neutral. (sandbox: none in the settings would run the code of every pull request as the App's user.)",
};

const DOCKER_OPTIONS =
  '--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined';

/** The commands that review in a container: with the sandbox and with amd64's numbers, on any machine with Docker. */
const container = [
  'docker build --platform linux/amd64 -t allocgate . (in a clone of allocgate)',
  `docker run --rm --platform linux/amd64 ${DOCKER_OPTIONS} -v allocgate:/home/node/.cache -v "$PWD:/src" allocgate review /src (in your repository)`,
].join(', then ');

/**
 * The container must be allowed to create namespaces (seccomp), to mount in them (AppArmor), and to mount /proc. Linux
 * refuses the last while parts of the container's own /proc are masked.
 */
const CONTAINER_OPTIONS = `In Docker, add ${DOCKER_OPTIONS}. In Kubernetes, set the seccomp and AppArmor profiles to Unconfined, procMount to Unmasked and hostUsers to false.`;

const KERNEL_OPTIONS =
  'The kernel must let ordinary users create namespaces: sysctl user.max_user_namespaces above 0, kernel.unprivileged_userns_clone=1 (older Debian), kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu).';

/** What to do about the problem, apart from running without a sandbox. */
export function describeRemedy({ kind, program, detail, inContainer }: SandboxProblem): string {
  switch (kind) {
    case 'platform':
      return `Sizes and inlining can differ from amd64, too, so review in the container: ${container}.`;
    case 'missing':
      return describeInstallation(shortLine(program));
    case 'closed-folder':
      return 'As root, allocgate runs programs as another user, who must be able to enter the folder: chmod o+x it, or set TMPDIR and XDG_CACHE_HOME to folders that every user can enter.';
    case 'ineffective':
      return `This is a bug in allocgate or in ${shortLine(program)}: report it.`;
    case 'blocked':
      if (/unknown option/iu.test(detail))
        return `This ${shortLine(program)} is too old: allocgate needs bubblewrap 0.8 or newer.`;
      return inContainer ? `This container cannot create namespaces. ${CONTAINER_OPTIONS}` : KERNEL_OPTIONS;
  }
}

/** What a broken guarantee means. */
const brokenGuarantees: Record<BrokenGuarantee, string> = {
  'writable-root': 'programs can write to the root',
  capabilities: 'programs have capabilities',
  network: 'programs have a network',
  'no-filter': 'the system call filter is not active',
  'new-privileges': 'programs could gain privileges',
  'other-user': 'programs run as another user',
};

function describeMessage({ kind, program, detail, broken }: SandboxProblem): string {
  switch (kind) {
    case 'platform':
      return `The sandbox needs Linux on amd64; this machine is ${shortLine(detail)}.`;
    case 'missing':
      return `The sandbox needs ${shortLine(program)}, which is not installed.`;
    case 'closed-folder':
      return `The sandbox's user cannot enter a folder that it needs${endWithReason(detail)}`;
    case 'ineffective':
      return `The sandbox does not isolate programs as it should${endWithReason(broken ? brokenGuarantees[broken] : detail)}`;
    case 'blocked':
      return `The sandbox could not start a program${endWithReason(detail)}`;
  }
}

/** Explains why a kind of sandbox cannot be used, and what to do about it. */
export function describeSandboxProblem(
  problem: SandboxProblem,
  reader: SandboxReader = 'person',
): FailureSentences {
  return { message: describeMessage(problem), hint: `${describeRemedy(problem)} ${withoutSandbox[reader]}` };
}

/** Explains why the sandbox, or one program in it, could not be started. */
export function describeSandboxFailure(facts: FailureFacts['sandbox-unavailable']): FailureSentences {
  if (facts.kind !== 'not-started') return describeSandboxProblem(facts);
  const program = facts.program === '' ? 'a program of the sandbox' : shortLine(facts.program);
  return {
    message: `Could not start ${program}${endWithReason(facts.detail)}`,
    hint: 'allocgate doctor checks everything that a review needs on this machine.',
  };
}
