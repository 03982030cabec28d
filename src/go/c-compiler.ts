import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The C and C++ compilers that the go command calls unless CC and CXX are set (cmd/go/internal/cfg). */
const compilers = ['gcc', 'g++'];

/** Where a sandbox has programs: the PATH of `buildEnvironment`. */
const pathFolders = ['/usr/bin', '/bin'];

/**
 * A script with the name of a C compiler, which calls the compiler only for sources that it has not compiled before. The
 * go command compiles all C code of a package again if one of its Go files changes, and once more for its tests; SQLite
 * takes a minute each time.
 *
 * The key of an object is a hash over the preprocessed source, the flags and the version of the compiler. Paths are not
 * part of it, because they differ between checkouts: what they contribute is in the preprocessed source. Objects are
 * entries of the go command's own cache (`ID-a` names `ID-d`, see build-cache.ts), so that they are kept, checked and
 * removed like all others. Flags and sources that read more files at compile time are left to the compiler, and so is
 * everything that fails.
 */
const script = (compiler: string, goroot: string): string => `#!/bin/sh
real='${compiler}'
plain() { exec "$real" "$@"; }
case " $* " in *" -c "*) ;; *) plain "$@" ;; esac
case " $* " in *" -x "* | *" @"* | *" -Wa,"* | *" -fprofile"* | *" -fplugin"* | *" -specs"* | *" -save-temps"*) plain "$@" ;; esac
for last do :; done
# Code that the go command generates changes with the Go files.
case $last in *.cgo2.c | _cgo_*) plain "$@" ;; *.c | *.cc | *.cpp | *.cxx) ;; *) plain "$@" ;; esac
case $PWD/ in '${goroot}'/*) plain "$@" ;; esac
[ -d "$GOCACHE" ] || plain "$@"
scratch=$(mktemp -d) || plain "$@"
trap 'rm -rf "$scratch"' EXIT

# Writes the preprocessed source, and the flags that count besides it.
(
  n=$# skip=
  while [ "$n" -gt 0 ]; do
    n=$((n - 1)) arg=$1
    shift
    if [ "$skip" ]; then skip=; continue; fi
    case $arg in
      -o) skip=1 ;;
      -c | -frandom-seed=*) ;;
      *) set -- "$@" "$arg" ;;
    esac
  done
  "$real" "$@" -E -P -o "$scratch/source" 2>/dev/null || exit 1
  "$real" --version || exit 1
  for arg do
    if [ "$skip" ]; then skip=; continue; fi
    case $arg in
      -I | -iquote | -isystem | -idirafter) skip=1 ;;
      -I* | -ffile-prefix-map=* | -fdebug-prefix-map=* | -fmacro-prefix-map=*) ;;
      *) printf '%s\\n' "$arg" ;;
    esac
  done
) >"$scratch/flags" || { rm -rf "$scratch"; plain "$@"; }
# The assembler reads such files itself.
if grep -q incbin "$scratch/source"; then rm -rf "$scratch"; plain "$@"; fi

hash() { sha256sum | cut -c 1-64; }
entry() { printf '%s/%.2s/%s' "$GOCACHE" "$1" "$1"; }
seen= out=
for arg do
  [ "$seen" ] && out=$arg
  seen=; [ "$arg" = -o ] && seen=1
done
key=$(cat "$scratch/flags" "$scratch/source" | hash)
if read -r _ _ object _ 2>/dev/null <"$(entry "$key")-a" && cp "$(entry "$object")-d" "$out" 2>/dev/null; then exit 0; fi

"$real" "$@" || exit $?
[ -f "$out" ] && cp "$out" "$scratch/object" || exit 0
object=$(hash <"$scratch/object")
size=$(($(wc -c <"$scratch/object")))
printf 'v1 %s %s %20d %20d\\n' "$key" "$object" "$size" "$(date +%s)000000000" >"$scratch/action"
# A name of its own in the same folder, so that nobody reads an incomplete file.
put() { cp "$1" "$2.$$" && mv -f "$2.$$" "$2"; }
{ put "$scratch/object" "$(entry "$object")-d" && put "$scratch/action" "$(entry "$key")-a"; } 2>/dev/null
exit 0
`;

/**
 * Writes the scripts for the installed C compilers into a new folder, which the go command finds before the compilers.
 * Returns null if none is installed.
 */
export async function writeCompilerScripts(
  dir: string,
  goroot: string,
  programFolders: readonly string[] = pathFolders,
): Promise<string | null> {
  const found = compilers.flatMap((name) => {
    const real = programFolders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
    return real === undefined ? [] : [{ name, real }];
  });
  // The script has both paths in single quotes.
  if (found.length === 0 || goroot.includes("'")) return null;
  await mkdir(dir, { recursive: true });
  for (const { name, real } of found) {
    const file = path.join(dir, name);
    await writeFile(file, script(real, goroot));
    await chmod(file, 0o755);
  }
  await chmod(dir, 0o755);
  return dir;
}
