// Probe makes system calls that a sandbox should stop, and prints for each its name and errno (0: it worked).
// With the argument "i386" it makes one call in the way of 32-bit programs instead, and prints what it returned.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"
)

const (
	badPointer = 1
	upperBit   = 1 << 32 // dropped by the kernel where an argument is an int
	tiocsti    = 0x5412
	tioclinux  = 0x541c
)

func int80Getpid() int32

type probe struct {
	name string
	call func() syscall.Errno
}

func raw(number uintptr, args ...uintptr) func() syscall.Errno {
	var a [6]uintptr
	copy(a[:], args)
	return func() syscall.Errno {
		_, _, errno := syscall.RawSyscall6(number, a[0], a[1], a[2], a[3], a[4], a[5])
		return errno
	}
}

// copyOwnMemory reads or writes one word of this process through the call that is meant for others.
func copyOwnMemory(number uintptr) func() syscall.Errno {
	return func() syscall.Errno {
		from, to := uint64(42), uint64(0)
		local := syscall.Iovec{Base: (*byte)(unsafe.Pointer(&to)), Len: 8}
		remote := syscall.Iovec{Base: (*byte)(unsafe.Pointer(&from)), Len: 8}
		_, _, errno := syscall.RawSyscall6(number, uintptr(os.Getpid()),
			uintptr(unsafe.Pointer(&local)), 1, uintptr(unsafe.Pointer(&remote)), 1, 0)
		return errno
	}
}

func addKey() syscall.Errno {
	kind, name, data := []byte("user\x00"), []byte("probe\x00"), []byte("x")
	_, _, errno := syscall.RawSyscall6(248, uintptr(unsafe.Pointer(&kind[0])), uintptr(unsafe.Pointer(&name[0])),
		uintptr(unsafe.Pointer(&data[0])), 1, ^uintptr(1), 0) // KEY_SPEC_PROCESS_KEYRING
	return errno
}

func setupRing() syscall.Errno {
	var params [120]byte
	_, _, errno := syscall.RawSyscall(425, 1, uintptr(unsafe.Pointer(&params)), 0)
	return errno
}

func takeOwnDescriptor() syscall.Errno {
	pidfd, _, errno := syscall.RawSyscall(434, uintptr(os.Getpid()), 0, 0)
	if errno != 0 {
		return errno
	}
	_, _, errno = syscall.RawSyscall(438, pidfd, 1, 0)
	return errno
}

func cloneInto(flags uintptr) func() syscall.Errno {
	return func() syscall.Errno {
		cmd := exec.Command("/bin/true")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
		err := cmd.Run()
		if pathError, ok := err.(*os.PathError); ok {
			return pathError.Err.(syscall.Errno)
		}
		return 0
	}
}

// unshareUser runs in a single-threaded child, as the kernel refuses new user namespaces to threads.
func unshareUser() syscall.Errno {
	cmd := exec.Command("/bin/true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWUSER}
	if pathError, ok := cmd.Run().(*os.PathError); ok {
		return pathError.Err.(syscall.Errno)
	}
	return 0
}

var probes = []probe{
	{"process_vm_readv", copyOwnMemory(310)},
	{"process_vm_writev", copyOwnMemory(311)},
	{"pidfd_getfd", takeOwnDescriptor},
	{"kcmp", raw(312, uintptr(os.Getpid()), uintptr(os.Getpid()), 0, 1, 1)},
	{"add_key", addKey},
	{"keyctl", raw(250, 0, ^uintptr(1), 1)},
	{"request_key", raw(249, badPointer, badPointer, 0, 0)},
	{"bpf", raw(321, 0, badPointer, 1<<20)},
	{"perf_event_open", raw(298, badPointer, 0, ^uintptr(0), ^uintptr(0), 0)},
	{"io_uring_setup", setupRing},
	{"io_uring_enter", raw(426, 1, 0, 0, 0, 0)},
	{"io_uring_register", raw(427, 1, 0, 0, 0)},
	{"userfaultfd", raw(323, 1)},
	{"memfd_secret", raw(447, 0)},
	{"modify_ldt", raw(154, 0, 0, 0)},
	{"name_to_handle_at", raw(303, badPointer, badPointer, badPointer, badPointer, 0)},
	{"get_mempolicy", raw(239, 0, 0, 0, 0, 0)},
	{"move_pages", raw(279, 0, 0, 0, 0, 0, 0)},
	{"mount", raw(165, badPointer, badPointer, badPointer, 0, badPointer)},
	{"unshare", unshareUser},
	{"clone", cloneInto(syscall.CLONE_NEWUSER)},
	{"clone upper bit", raw(56, upperBit|syscall.CLONE_NEWNS|syscall.CLONE_FS)},
	{"clone3", raw(435, 0, 0)},
	{"adjtimex", raw(159, badPointer)},
	{"personality query", raw(135, 0xffffffff)},
	{"personality", raw(135, 0x0040000)}, // ADDR_NO_RANDOMIZE
	{"socket unix", raw(41, 1, 1, 0)},
	{"socket inet", raw(41, 2, 1, 0)},
	{"socket inet6", raw(41, 10, 2, 0)},
	{"socket vsock", raw(41, 40, 1, 0)},
	{"socket vsock upper bit", raw(41, upperBit|40, 1, 0)},
	{"socket alg", raw(41, 38, 5, 0)},
	{"socket netlink route", raw(41, 16, 3, 0)},
	{"socket netlink uevent", raw(41, 16, 3, 15)},
	{"socketpair tipc", raw(53, 30, 5, 0, 0)},
	{"ioctl sti", raw(16, 1, tiocsti, badPointer)},
	{"ioctl sti upper bit", raw(16, 1, upperBit|tiocsti, badPointer)},
	{"ioctl linux", raw(16, 1, tioclinux, badPointer)},
	{"x32", raw(0x40000000 + 39)},
	{"number 999", raw(999)},
	// Last: a traced process stops at signals.
	{"ptrace", raw(101, 0)},
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "i386" {
		fmt.Println("pid", int80Getpid())
		return
	}
	runtime.LockOSThread()
	text := ""
	for _, p := range probes {
		text += fmt.Sprintf("%s=%d\n", p.name, int(p.call()))
	}
	fmt.Print(text)
}
