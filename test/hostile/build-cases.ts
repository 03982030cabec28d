/** What hostile builds, git data, caches and ends of a review try; for the table that `npm run test:hostile` prints. */
export const buildCases: { name: string; attack: string; measure: string; seenToFail: string }[] = [
  {
    name: 'toolchain-line',
    attack: 'a toolchain line in go.mod asks for a Go that does not exist',
    measure: 'GOTOOLCHAIN=local',
    seenToFail: 'with GOTOOLCHAIN=auto the go command tried to download go1.99.9, and nothing was measured',
  },
  {
    name: 'go-line-of-the-future',
    attack: 'a go line in go.mod asks for Go 1.99',
    measure: 'GOTOOLCHAIN=local, and a sentence of its own',
    seenToFail: 'with GOTOOLCHAIN=auto a download was tried instead of the sentence',
  },
  {
    name: 'cgo-compiler-plugin',
    attack: '#cgo CFLAGS: -fplugin',
    measure: 'the go command refuses the flag: no variable of ours allows it',
    seenToFail: 'with CGO_CFLAGS_ALLOW=.* the C compiler went to load the plugin',
  },
  {
    name: 'cgo-linker-plugin',
    attack: '#cgo LDFLAGS: -Wl,-plugin and another dynamic linker',
    measure: 'the go command refuses the flag: no variable of ours allows it',
    seenToFail: 'with CGO_LDFLAGS_ALLOW=.* the flags were taken and the package compiled',
  },
  {
    name: 'cgo-pkg-config',
    attack: '#cgo pkg-config with options and a package of its own',
    measure: 'pkg-config searches only the system, and what it finds passes the same list of flags',
    seenToFail: 'with PKG_CONFIG_PATH=. the evil.pc beside the source was found and the package compiled',
  },
  {
    name: 'cgo-include-secret',
    attack: '#include of a file of the host',
    measure: 'the compiler sees the tree and the system alone',
    seenToFail: 'with --no-sandbox the file was found, and its text became lines of the report',
  },
  {
    name: 'incbin-secret',
    attack: '.incbin takes a file of the host into the test binary, which prints it',
    measure: 'the compiler sees the tree and the system alone',
    seenToFail: 'with --no-sandbox the secret stood in the report',
  },
  {
    name: 'embed-link-outside',
    attack: '//go:embed of a symbolic link to a file of the host',
    measure: 'the export leaves out links that lead out of the tree',
    seenToFail: 'with every link exported the go command found one to embed',
  },
  {
    name: 'go-generate',
    attack: '//go:generate with a shell command',
    measure: 'nothing runs go generate',
    seenToFail:
      'with go generate run before the build and --no-sandbox the marker was there and the package panicked',
  },
  {
    name: 'settings-planted-by-a-benchmark',
    attack: 'a benchmark writes -toolexec into the settings of the go command; a go.env in the tree',
    measure: 'GOENV=off, and a home that every program has for itself',
    seenToFail: 'with --no-sandbox the second program found what the first one had planted',
  },
  {
    name: 'links-out-of-the-tree',
    attack: 'links to secrets, to /proc/self/environ, to themselves, one of them a Go file',
    measure: 'the export leaves them out',
    seenToFail: 'with every link exported the package did not compile any more',
  },
  {
    name: 'source-replaced-by-a-link',
    attack: 'a benchmark replaces sources by links to a secret, which are read again after it',
    measure: 'the tree is read-only',
    seenToFail: 'with --no-sandbox the source was replaced',
  },
  {
    name: 'inherited-descriptor',
    attack: 'a secret in the environment and behind descriptor 20 of the one who starts allocgate',
    measure: 'descriptors are closed at the start; an environment is built, not inherited',
    seenToFail: 'without closeInheritedDescriptors the benchmark printed the secret',
  },
  {
    name: 'modules-of-a-lying-proxy',
    attack: 'a module that does not match go.sum; a zip that leads out of its folder',
    measure: 'go.sum is checked by the go command; the warning says what is missing',
    seenToFail: 'with --no-sandbox, where nothing is fetched beforehand, the warning was not there',
  },
  {
    name: 'replace-outside-of-the-tree',
    attack: 'replace directives to folders of the host',
    measure: 'only the tree is visible',
    seenToFail: 'with --no-sandbox the module was found and compiled',
  },
  {
    name: 'go-work-outside-of-the-tree',
    attack: 'go.work takes in a folder above the tree',
    measure: 'only the tree is visible',
    seenToFail: 'with --no-sandbox the module above the tree was taken in and the review went on',
  },
  {
    name: 'unmerged-build-cache',
    attack: 'a proposal is compiled into what later reviews take over',
    measure:
      'a private cache for each review; only what merged code gave is kept, before anything else is compiled',
    seenToFail: 'when everything was kept at the end, the marker of the proposal was in the base',
  },
  {
    name: 'private-cache-writes-through',
    attack: 'a program writes through the links of its cache into what is shared',
    measure: 'the base is read-only in the sandbox',
    seenToFail:
      'test/go/build-cache.test.ts: with the base writable the entries were overwritten and removed',
  },
  {
    name: 'tampered-cache-entries',
    attack: 'entries whose bytes are not what their name says, links, folders, actions that name nothing',
    measure: 'each entry is checked before it is kept',
    seenToFail:
      'test/go/build-cache.test.ts: without the hash, the kind of file or the outputs looked at, each was kept',
  },
  {
    name: 'tree-file-limit',
    attack: 'more files than the operator allows',
    measure: 'limits.treeFiles',
    seenToFail: 'with no limit the review was made',
  },
  {
    name: 'tree-size-limit',
    attack: 'more bytes than the operator allows',
    measure: 'limits.treeMiB',
    seenToFail: 'with no limit the review was made',
  },
  {
    name: 'benchmark-count-limit',
    attack: 'more benchmarks than the operator allows',
    measure: 'limits.benchmarks, and a warning that names the package',
    seenToFail: 'with no limit all of them had rows',
  },
  {
    name: 'benchmark-time-limit',
    attack: 'a benchmark that never ends, beside a neighbour',
    measure: 'limits.benchmarkSeconds',
    seenToFail: 'with an hour instead of a second the review had not ended when it was given up',
  },
  {
    name: 'output-limit',
    attack: 'a benchmark that prints a gigabyte, beside a neighbour',
    measure: 'limits.outputMiB',
    seenToFail: 'with no limit the warning did not come',
  },
  {
    name: 'measure-time-limit',
    attack: 'benchmarks that take longer than a review may',
    measure: 'limits.measureSeconds',
    seenToFail: 'with no limit everything was measured and no warning came',
  },
  {
    name: 'disk-limit',
    attack: 'a package whose compilation fills the disk',
    measure: 'limits.diskMiB, looked at while the go command runs',
    seenToFail: 'with no limit the package compiled',
  },
  {
    name: 'compile-bomb',
    attack: 'a literal of 60,000 closures',
    measure: 'limits.buildSeconds',
    seenToFail: 'go build alone was not done with it after a hundred seconds',
  },
  {
    name: 'kill-at-the-start',
    attack: 'kill -9 of allocgate as soon as it has a folder',
    measure: 'the next start removes folders and records of processes that are gone',
    seenToFail: 'without removeLeftovers the folder stayed',
  },
  {
    name: 'kill-while-compiling',
    attack: 'kill -9 of allocgate while the go command runs',
    measure: 'programs die with allocgate; the next start removes the rest',
    seenToFail: 'without removeLeftovers folder, record and control groups stayed',
  },
  {
    name: 'kill-with-a-daemon',
    attack: 'kill -9 of allocgate while a daemon in a session of its own runs',
    measure: 'the pid namespace dies with its parent',
    seenToFail: 'without --die-with-parent the daemon was alive twelve seconds later',
  },
  {
    name: 'terminated-with-a-daemon',
    attack: 'SIGTERM while a daemon in a session of its own runs',
    measure: 'the control group and the pid namespace are ended before allocgate is',
    seenToFail: 'seen red with leftovers of the case before it; the killing itself is never taken away',
  },
  {
    name: 'git-odd-names',
    attack:
      'branches named like an option and like a shell command, a commit message with commands for logs and terminals',
    measure: '--end-of-options; only object IDs reach other commands; nothing of a message is said',
    seenToFail: 'without --end-of-options the branch was not found',
  },
  {
    name: 'git-settings',
    attack: 'settings that run programs: fsmonitor, filters, diff drivers, transports',
    measure: 'a mirror of our own reads the objects, and none of the settings',
    seenToFail: 'with the configuration of the repository in use for the snapshot the planted filter ran',
  },
  {
    name: 'git-attributes',
    attack: 'attributes that change line endings and put the author into a file',
    measure: 'the export takes blobs byte for byte',
    seenToFail:
      'with line feeds written as carriage return and line feed the package no longer had its own source',
  },
  {
    name: 'git-submodule',
    attack: 'a submodule that does not exist, with an address and an update command that run programs',
    measure: 'submodules are left out',
    seenToFail: 'with submodules exported the review ended: an object was missing',
  },
  {
    name: 'git-replaced-commit',
    attack: 'a replace ref and grafts make head its own base',
    measure: 'GIT_NO_REPLACE_OBJECTS, and a mirror without the refs',
    seenToFail: 'with replacements and no mirror there was nothing to compare',
  },
  {
    name: 'git-planted-programs',
    attack: 'hooks, filters, aliases, pagers, helpers and promisor remotes at every git command',
    measure: 'settings on the command line outrank those of the repository',
    seenToFail: 'test/source/hostile.test.ts: the same commands by plain git run the program each time',
  },
  {
    name: 'git-nested-repositories',
    attack: 'repositories inside the tree with filters of their own',
    measure: 'they are not entered',
    seenToFail: 'test/source/hostile.test.ts: plain git status runs the filter',
  },
];
