import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brief, causeOf } from './described-change.ts';

/** A call that encodes a type of another file, in which one line changed. */
const change = (before: string, after: string): string => `== write.go ==
  package m
  
  func Write(w *Writer, e *Event) error {
@     return w.enc.Encode(e)
  }
  
  func Count(n *Other) int {
      return n.count
  }
== types.go ==
  package m
  
  type Event struct {
      Name string
      User []User
  }
  
  type User struct {
      ID int
-     ${before}
+     ${after}
  }
  
  type Other struct {
      count int
  }
`;

const encode = { callees: [['encoding/json.(*Encoder).Encode', 'encoding/json.appendString']] };
const found = (before: string, after: string, callees = encode.callees): string | null => {
  const text = change(before, after);
  return brief(
    text,
    causeOf(text, () => ({ site: { callees } })),
  );
};

describe('a struct tag that changed', () => {
  it('is the cause where a library reads the type, also within another type', () => {
    const cause = 'struct-tag: Mail string `json:"mail,string"`';
    assert.equal(found('Mail string `json:"mail"`', 'Mail string `json:"mail,string"`'), cause);
    assert.equal(found('Mail string', 'Mail string `json:"mail,string"`'), cause);
    assert.equal(found('Mail  string "json:\\"mail\\""', 'Mail string `json:"mail,string"`'), cause);
    assert.equal(found('Mail string `json:"mail"`', 'Mail string'), 'struct-tag: Mail string');
  });
  it('is not if the field changed otherwise, or nothing reads the type', () => {
    const other = found('Mail string `json:"mail"`', 'Mail []byte `json:"mail,string"`');
    assert.ok(!other?.startsWith('struct-tag'));
    assert.equal(found('Mail string `json:"mail"`', 'Mail string `json:"m"`', []), null);
  });
});
