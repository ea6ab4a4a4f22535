/* raw - system calls as a static program makes them, each with what it returned. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void say(const char *what, long result) {
	printf("%s %ld%s%s\n", what, result, result < 0 ? " " : "", result < 0 ? strerrorname_np(errno) : "");
	fflush(stdout);
}

static void on_alarm(int signal) { (void)signal; }

int main(void) {
	char text[32] = "hi kernel";
	say("exchange", syscall(548, text, 10));
	printf("kernel said %s\n", text);
	say("exchange of nowhere", syscall(548, 8, 10));
	say("nobody's number", syscall(600));
	say("io_uring_setup", syscall(SYS_io_uring_setup, 8, 8));
	say("uname of nowhere", uname((struct utsname *)8));
	say("x32", syscall(0x40000000 + 39));
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		long i386;
		__asm__ volatile("int $0x80" : "=a"(i386) : "a"(20) : "r8", "r9", "r10", "r11", "memory");
		_exit(i386 == -ENOSYS ? 0 : 1);
	}
	int status;
	waitpid(child, &status, 0);
	/* A kernel without the 32-bit calls knows no such interrupt. */
	printf("int 0x80 %d\n", status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV));
	int pair[2];
	say("socketpair", socketpair(AF_NETLINK, SOCK_RAW, 0, pair));
	say("protocol 5", socket(AF_NETLINK, SOCK_RAW, 5));
	say("protocol 99", socket(AF_NETLINK, SOCK_RAW, 99));
	say("stream", socket(AF_NETLINK, SOCK_STREAM, 31));

	struct sigaction interrupting = {.sa_handler = on_alarm}, restarting = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
	sigaction(SIGALRM, &interrupting, NULL);
	alarm(1);
	say("sleep", syscall(549, 10));
	sigaction(SIGALRM, &restarting, NULL);
	alarm(1);
	say("sleep that is started again", syscall(549, 2));
	return 0;
}
