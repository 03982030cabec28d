// Native starts threads and a process from C, and prints "done".
package main

/*
#cgo LDFLAGS: -pthread
#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>

static void *noop(void *arg) { return arg; }

static int work(void) {
	pthread_t thread;
	char *argv[] = {"true", 0}, *env[] = {0};
	pid_t pid;
	int status;
	if (pthread_create(&thread, 0, noop, 0) || pthread_join(thread, 0)) return 1;
	if (posix_spawn(&pid, "/bin/true", 0, 0, argv, env)) return 2;
	return waitpid(pid, &status, 0) != pid || status;
}
*/
import "C"

import "os"

func main() {
	if code := C.work(); code != 0 {
		os.Exit(int(code))
	}
	os.Stdout.WriteString("done\n")
}
