/* syscalls - times system calls: the least of many short rounds, in nanoseconds, one line each: `NAME TIME`. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 200 };

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int devnull, generic;
static char buffer[8192];

static void do_getppid(void) { syscall(SYS_getppid); }
static void do_write(void) { (void)!write(devnull, buffer, 1); }
static void do_sendto(void) { sendto(devnull, buffer, 1, 0, 0, 0); }
static void do_own(void) { syscall(600); }
/* A request that is answered at once: no family has that number. */
static void do_netlink(void) {
	struct { struct nlmsghdr h; char genl[4]; } m = {{.nlmsg_len = 20, .nlmsg_type = 1000, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK}};
	send(generic, &m, 20, 0);
	recv(generic, buffer, sizeof buffer, MSG_DONTWAIT);
}
static void do_socket(void) { close(socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC)); }

static void measure(const char *name, int calls, void (*call)(void)) {
	double least = 1e18;
	for (int round = 0; round < ROUNDS; round++) {
		double start = now();
		for (int i = 0; i < calls; i++) call();
		double time = (now() - start) / calls;
		if (time < least) least = time;
	}
	printf("%s %.1f\n", name, least);
	fflush(stdout);
}

int main(void) {
	devnull = open("/dev/null", O_WRONLY);
	generic = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	measure("getppid", 500, do_getppid);
	measure("write", 500, do_write);
	measure("sendto", 500, do_sendto);
	measure("own", 20, do_own);
	measure("netlink", 20, do_netlink);
	measure("socket", 5, do_socket);
	return 0;
}
