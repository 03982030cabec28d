import { cleanLine } from '../model/escape.ts';

/** Why a sandbox cannot be used, as sandbox/probe.ts tells it. */
export type SandboxProblem = { kind: string; program: string; detail: string; inContainer: boolean };

type Sentences = { message: string; hint: string };

/** The packages that bring a program, in the order Debian and Ubuntu, Fedora, Alpine. */
const packages: Record<string, readonly [string, string, string]> = {
  bwrap: ['bubblewrap', 'bubblewrap', 'bubblewrap'],
  runsc: ['runsc', 'runsc', 'runsc'],
  prlimit: ['util-linux', 'util-linux', 'util-linux-misc'],
  setpriv: ['util-linux', 'util-linux', 'setpriv'],
};

/** How to install a program. gVisor is in Debian alone; elsewhere it comes from its makers. */
function describeInstallation(program: string): string {
  if (program === 'runsc') {
    return 'Install it: apt-get install runsc (Debian), or as https://gvisor.dev/docs/user_guide/install says.';
  }
  const [debian, fedora, alpine] = packages[program] ?? [program, program, program];
  return `Install it: apt-get install ${debian} (Debian, Ubuntu), dnf install ${fedora} (Fedora), apk add ${alpine} (Alpine).`;
}

const ownCode = 'For code that you trust, --no-sandbox does without.';

/**
 * What a container must be given: making namespaces (seccomp), mounting in them (AppArmor), and mounting /proc, which
 * Linux refuses while parts of the container's own are masked.
 */
const containerOptions =
  'Docker allows it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined; Kubernetes with the profiles of seccomp and AppArmor Unconfined, procMount Unmasked and hostUsers false.';

const kernelOptions =
  'The kernel must let ordinary users make namespaces: sysctl user.max_user_namespaces above 0, kernel.unprivileged_userns_clone=1 (older Debian), kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu).';

/** What to do about it, short of doing without a sandbox. */
export function describeRemedy({ kind, program, detail, inContainer }: SandboxProblem): string {
  switch (kind) {
    case 'platform':
      return "Review strangers' code on such a machine.";
    case 'missing':
      return describeInstallation(program);
    case 'closed-folder':
      return 'As root, allocgate runs programs as another user, who must be able to pass through: chmod o+x, or set TMPDIR and XDG_CACHE_HOME to folders that everybody may enter.';
    case 'ineffective':
      return `This is a bug in allocgate or in ${program}: report it.`;
    case 'blocked':
      if (/unknown option/iu.test(detail))
        return `This ${program} is too old: it takes bubblewrap 0.8 or newer.`;
      return inContainer ? `This container may not make namespaces. ${containerOptions}` : kernelOptions;
    default:
      return 'allocgate doctor tries out what a review needs on this machine.';
  }
}

function describeMessage({ kind, program, detail }: SandboxProblem): string {
  const words = detail === '' ? '.' : `: ${cleanLine(detail).replace(/\.$/u, '')}.`;
  switch (kind) {
    case 'platform':
      return 'The sandbox needs Linux on amd64.';
    case 'missing':
      return `The sandbox needs ${program}, which is not installed.`;
    case 'closed-folder':
      return `The sandbox's user cannot reach a folder that it needs${words}`;
    case 'ineffective':
      return `The sandbox does not keep what it promises${words}`;
    case 'blocked':
      return `The sandbox could not start a program${words}`;
    default:
      return `${program === '' ? 'A program' : program} could not be started${words}`;
  }
}

/** What is the matter and what to do about it. A `kind` of '': the sandbox worked, and one program did not start. */
export function describeSandboxProblem(problem: SandboxProblem): Sentences {
  const isStart = problem.kind === '';
  return {
    message: describeMessage(problem),
    hint: isStart ? describeRemedy(problem) : `${describeRemedy(problem)} ${ownCode}`,
  };
}
