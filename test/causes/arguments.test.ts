import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, causeOf } from './described-change.ts';

/** The cause of what the call on the line `@` allocates; with `before` objects at base. */
const explain = (body: string, before = 1): string | null => {
  const text = `
== label.go ==
  package m

  func label(id int, names []string) string {
${body}
  }
`;
  const cause = causeOf(text, () => ({
    site: {
      function: 'example.com/m.label',
      objectsPerOp: { base: before, head: 3 },
      bytesPerOp: { base: 16 * before, head: 48 },
      callees: [['fmt.Sprintf']],
    },
  }));
  return brief(text, cause);
};

const CHANGED = `@     return fmt.Sprintf(
          "%d-%v",
          id,
-         names[0],
+         names,
      )`;

test('a changed argument of a call over several lines is the cause, and not how often the call runs', () => {
  assert.equal(explain(CHANGED), 'flow: names,');
  assert.equal(explain(CHANGED, 0), 'flow: names,');
});

test('so is an argument of a call among the arguments, and one in a chain of calls', () => {
  const nested = `@     return fmt.Sprintf("%d-%s", id, strings.Join(
-         names[:1],
+         names,
          ",",
      ))`;
  assert.equal(explain(nested), 'flow: names,');
  const chained = `      return start(id).
@         add(
-             names[:1],
+             names,
          )`;
  assert.equal(explain(chained), 'flow: names,');
});

test('so is one that is new, and a literal of several lines', () => {
  const added = `@     return fmt.Sprintf(
          "%d-%v",
          id,
+         names,
      )`;
  assert.equal(explain(added), 'flow: names,');
  const literal = `@     return join(part{
          id: id,
-         names: names[:1],
+         names: names,
      })`;
  assert.equal(explain(literal), 'flow: names: names,');
});

test('the body of a function among the arguments, and other statements, are not', () => {
  const body = `@     return each(names, func(name string) string {
-         return name
+         return name + "!"
      })`;
  assert.doesNotMatch(explain(body) ?? '', /^flow/u);
  const other = `-     id++
+     id += 2
@     return fmt.Sprintf(
          "%d-%v",
          id,
          names,
      )`;
  assert.doesNotMatch(explain(other) ?? '', /^flow/u);
});

test('nor is a condition that is gone from around the call', () => {
  const guard = `-     id++
      names = names[1:]
-     if id > 0 {
-         return fmt.Sprintf("%d-%v", id, names)
-     }
+@    return fmt.Sprintf("%d-%v", id, names)`;
  assert.doesNotMatch(explain(guard) ?? '', /^flow/u);
});
