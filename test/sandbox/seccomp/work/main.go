// Work does what ordinary Go programs do, and prints "done".
package main

import (
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"sync"
	"syscall"
	"time"
)

func check(err error) {
	if err != nil {
		log.Output(2, err.Error())
		os.Exit(1)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func echo(network, address string) {
	listener := must(net.Listen(network, address))
	defer listener.Close()
	go func() {
		conn := must(listener.Accept())
		io.Copy(conn, conn)
		conn.Close()
	}()
	conn := must(net.DialTimeout(network, listener.Addr().String(), 5*time.Second))
	defer conn.Close()
	must(conn.Write([]byte("ping")))
	must(io.ReadFull(conn, make([]byte, 4)))
}

func useFiles(dir string) {
	from := filepath.Join(dir, "from")
	check(os.WriteFile(from, make([]byte, 1<<16), 0o644))
	in, out := must(os.Open(from)), must(os.Create(filepath.Join(dir, "to")))
	must(io.Copy(out, in)) // copy_file_range
	check(out.Chmod(0o600))
	check(out.Sync())
	check(os.Rename(out.Name(), from))
	must(os.ReadDir(dir))
	check(os.Chtimes(from, time.Now(), time.Now()))
	mapped := must(syscall.Mmap(int(in.Fd()), 0, 1<<16, syscall.PROT_READ, syscall.MAP_SHARED))
	check(syscall.Munmap(mapped))
	check(syscall.Flock(int(in.Fd()), syscall.LOCK_EX))
}

func useProcesses() {
	check(exec.Command("/bin/true").Run())
	text := must(exec.Command("/bin/sh", "-c", "echo a | cat; ulimit -n").Output())
	if len(text) == 0 {
		log.Fatal("no output")
	}
	sleeper := exec.Command("/bin/sleep", "60")
	check(sleeper.Start())
	check(sleeper.Process.Kill())
	sleeper.Wait()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	check(must(os.FindProcess(os.Getpid())).Signal(syscall.SIGUSR1))
	<-signals
}

func useThreads() {
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			runtime.LockOSThread()
			time.Sleep(time.Millisecond)
			runtime.GC()
		}()
	}
	group.Wait()
	<-time.After(time.Millisecond)
}

// useDescriptors makes calls that the standard library leaves to others.
func useDescriptors() {
	for name, call := range map[string][]uintptr{
		"memfd_create": {319, 0, 0}, "inotify_init1": {294, 0}, "eventfd2": {290, 0, 0}, "timerfd_create": {283, 1, 0},
		"signalfd4": {289, ^uintptr(0), 0, 8, 0}, "membarrier": {324, 0, 0}, "mlock": {149, 0, 0}, "close_range": {436, 900, 999, 0},
		"landlock_create_ruleset": {444, 0, 0, 1}, "pidfd_open": {434, uintptr(os.Getpid()), 0}, "io_setup": {206, 0, 0},
	} {
		var a [6]uintptr
		copy(a[:], call[1:])
		_, _, errno := syscall.Syscall6(call[0], a[0], a[1], a[2], a[3], a[4], a[5])
		if errno == syscall.EPERM {
			log.Fatal(name, ": ", errno)
		}
	}
}

func main() {
	dir := must(os.MkdirTemp("", "work"))
	defer os.RemoveAll(dir)
	check(pprof.StartCPUProfile(io.Discard))
	defer pprof.StopCPUProfile()
	echo("tcp", "127.0.0.1:0")
	echo("unix", filepath.Join(dir, "socket"))
	must(net.Interfaces())
	useFiles(dir)
	useProcesses()
	useThreads()
	useDescriptors()
	os.Stdout.WriteString("done\n")
}
