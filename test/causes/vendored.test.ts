import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brief, causeOf, type Said, say, step } from './described-change.ts';

const change = `== read.go ==
  package m
  
  import "example.com/texts"
  
  func Read(s string) int {
@     f := texts.Fields(s)
      return len(f)
  }
== vendor/example.com/texts/fields.go ==
  package texts
  
  var last []string
  
  func Fields(s string) []string {
      return cut(s)
  }
  
  func cut(s string) []string {
-     return split(s)
+     return append([]string(nil), split(s)...)
  }
  
  func Keep(p *int) {
-     use(*p)
+     kept = p
  }
== vendor/example.com/others/o.go ==
  package others
  
- var n = 1
+ var n = 2
`;

const at = (said: Said): string | null =>
  brief(
    change,
    causeOf(change, () => said),
  );

describe('vendored code that changed', () => {
  const copies = 'function: return append([]string(nil), split(s)...)';
  it('is the cause where its functions allocate', () => {
    assert.equal(at({ site: { callees: [['example.com/texts.Fields', 'example.com/texts.cut']] } }), copies);
    assert.equal(at({ site: { function: 'example.com/texts.cut' } }), copies);
    assert.equal(
      at({ callers: [{ function: 'example.com/texts.cut', position: null, inlines: false }] }),
      copies,
    );
  });
  it('is the cause where one of its functions gets the value', () => {
    const said = causeOf(change, (find) => ({
      decision: say('moved-to-heap', find('f := texts'), 'n', {
        flow: [step('{heap} ← &n', null), step('texts.Keep(&n)', 'call parameter', find('f := texts'))],
      }),
    }));
    assert.equal(brief(change, said), 'function: kept = p');
  });
  it('is another line of the package if the function is not found, and none of another package', () => {
    assert.equal(at({ site: { callees: [['example.com/texts.(*T).M']] } }), copies);
    assert.equal(at({ site: { callees: [['example.com/elsewhere.Fields']] } }), null);
  });
});
