/* threads - eight threads that call the machine without end, and one that interrupts, cancels and in the end kills them. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { THREADS = 8, ROUNDS = 200 };

static pthread_t threads[THREADS];
static pid_t tids[THREADS];

static void on_signal(int signal) { (void)signal; }

/* The machine has gone: so does this program. */
static void gone(void) { _exit(1); }

static void *work(void *arg) {
	tids[(intptr_t)arg] = syscall(SYS_gettid);
	for (int n = 0;; n++) {
		struct utsname name;
		if (syscall(600, n) != n + 1 || uname(&name) < 0) gone();
		if (syscall(601, n % 20) < 0 && errno == ENOSYS) gone();
		int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 31);
		if (fd < 0) gone();
		close(fd);
		pthread_testcancel();
	}
	return NULL;
}

static void start(intptr_t i) {
	if (pthread_create(&threads[i], NULL, work, (void *)i) != 0) _exit(2);
}

int main(int argc, char **argv) {
	struct sigaction action = {.sa_handler = on_signal};
	sigaction(SIGUSR1, &action, NULL);
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR2, &action, NULL);
	srand(argc > 1 ? atoi(argv[1]) : 1);
	for (intptr_t i = 0; i < THREADS; i++) start(i);
	for (int round = 0; round < ROUNDS; round++) {
		int i = rand() % THREADS;
		usleep(rand() % 3000);
		if (rand() % 10 == 0) {
			pthread_cancel(threads[i]);
			pthread_join(threads[i], NULL);
			start(i);
		} else if (tids[i] != 0) {
			syscall(SYS_tgkill, getpid(), tids[i], rand() % 2 ? SIGUSR1 : SIGUSR2);
		}
	}
	printf("%d rounds\n", ROUNDS);
	fflush(stdout);
	syscall(SYS_tgkill, getpid(), tids[rand() % THREADS], SIGKILL);
	pause();
	return 3;
}
