package main

import "testing"

var sink []byte

func BenchmarkMake(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		sink = make([]byte, 64)
	}
}
