import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ask, brief, frame, newSite } from './described-change.ts';

const added = `+ func (l *Lexer) Clone() *Lexer {
+     clone := *l
@+    return &clone
+ }`.replace('@+', '+@');

const text = (clone: string, branch: string): string => `
== peek.go ==
  package m

  type Lexer struct{ at int }

${clone}
== context.go ==
  package m

  func (c *Context) Branch() *Context {
      branch := *c
${branch}
      return &branch
  }

  func (c *Context) Parse() {
      c.Branch()
  }
`;

/** The call that is named for an allocation in Clone. `callers`: where each one calls, innermost first. */
const called = (clone: string, branch: string, callers: readonly [string, string][]): string | null => {
  const change = text(clone, branch);
  const cause = ask(
    change,
    (at) => ({ callers: callers.map(([line, name]) => frame(at(line), `example.com/m.${name}`)) }),
    ({ newCallOf }, given) => {
      const site = newSite({ file: 'peek.go', line: 7, column: 0 }, { callers: given.callers ?? [] });
      return newCallOf({ position: site.position, decision: null, site });
    },
  );
  return brief(change, cause);
};

const branch: [string, string] = ['l.Clone()', '(*Context).Branch'];
const parse: [string, string] = ['c.Branch()', '(*Context).Parse'];

describe('an allocation in a function that the change added', () => {
  const call = '+     branch.l = c.l.Clone()';
  it('is caused by the changed line that calls it', () => {
    assert.equal(called(added, call, [branch, parse]), 'caller: branch.l = c.l.Clone()');
  });
  it('is caused by the call of the first of several added functions', () => {
    const helper = `${added}
+
+ func (l *Lexer) fork() *Lexer {
+     return l.Clone()
+ }`;
    const fork: [string, string] = ['return l.Clone()', '(*Lexer).fork'];
    const own: [string, string] = ['c.l.fork()', '(*Context).Branch'];
    assert.equal(
      called(helper, '+     branch.l = c.l.fork()', [fork, own, parse]),
      'caller: branch.l = c.l.fork()',
    );
  });
  it('is its own cause if no changed line calls it, or only a test', () => {
    assert.equal(called(added, '      branch.l = c.l.Clone()', [branch, parse]), null);
    assert.equal(called(added, call, []), null);
  });
  it('is its own cause if the function is another one renamed, or was there before', () => {
    const renamed = added.replace(
      '+ func (l *Lexer) Clone()',
      '- func (l *Lexer) Copy() *Lexer {\n+ func (l *Lexer) Clone()',
    );
    assert.equal(
      called(renamed, '-     branch.l = c.l.Copy()\n+     branch.l = c.l.Clone()', [branch, parse]),
      null,
    );
    const edited = added.replace('+ func', '  func').replace(/\+ \}$/u, '  }');
    assert.equal(called(edited, call, [branch, parse]), null);
  });
});
