/* netlink31 - protocol 31: one thread sends what another receives the answers to; then what sockets can do. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ECHO = 16, DUMP = 17, MESSAGES = 2000 };

static struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

static int fail(const char *what) {
	printf("%s: %s\n", what, strerrorname_np(errno));
	return 1;
}

static int ask(int fd, unsigned seq) {
	struct nlmsghdr m = {.nlmsg_len = NLMSG_HDRLEN, .nlmsg_type = ECHO, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK, .nlmsg_seq = seq};
	return sendto(fd, &m, m.nlmsg_len, 0, (void *)&kernel, sizeof kernel) == (ssize_t)m.nlmsg_len ? 0 : -1;
}

static void *receive(void *arg) {
	int fd = *(int *)arg;
	static char buffer[8192];
	unsigned acks = 0, last = 0;
	while (acks < MESSAGES) {
		struct sockaddr_nl from;
		socklen_t length = sizeof from;
		int left = recvfrom(fd, buffer, sizeof buffer, 0, (void *)&from, &length);
		if (left < 0) { fail("recv"); break; }
		if (length != sizeof from || from.nl_pid != 0) { printf("from %u, %u bytes\n", from.nl_pid, length); break; }
		for (struct nlmsghdr *h = (void *)buffer; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type != NLMSG_ERROR) continue;
			if (h->nlmsg_seq != last + 1) printf("%u after %u\n", h->nlmsg_seq, last);
			last = h->nlmsg_seq;
			acks++;
		}
	}
	printf("%u answers\n", acks);
	return NULL;
}

static int answered(int fd) {
	char buffer[8192];
	struct pollfd p = {.fd = fd, .events = POLLIN};
	if (poll(&p, 1, 5000) != 1) return 0;
	return recv(fd, buffer, sizeof buffer, 0) > 0;
}

static int answers(int fd, unsigned seq) { return ask(fd, seq) == 0 && answered(fd); }

static void drain(int fd) {
	char buffer[8192];
	while (recv(fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0) {}
}

/* Objects of a dump that is asked for, and read a while later. */
static int dump(int fd) {
	static char buffer[32768];
	struct nlmsghdr m = {.nlmsg_len = NLMSG_HDRLEN, .nlmsg_type = DUMP, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP, .nlmsg_seq = 1};
	if (send(fd, &m, m.nlmsg_len, 0) < 0) return -1;
	usleep(20000);
	for (int objects = 0;;) {
		int left = recv(fd, buffer, sizeof buffer, 0);
		for (struct nlmsghdr *h = (void *)buffer; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == NLMSG_DONE) return objects;
			objects++;
		}
	}
}

int main(void) {
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 31);
	if (fd < 0) return fail("socket");
	pthread_t thread;
	pthread_create(&thread, NULL, receive, &fd);
	for (unsigned seq = 1; seq <= MESSAGES; seq++)
		if (ask(fd, seq) < 0) return fail("send");
	pthread_join(thread, NULL);

	struct sockaddr_nl a = {0};
	socklen_t length = sizeof a;
	int named = getsockname(fd, (void *)&a, &length);
	printf("named %d family %d own port %d length %u\n", named, a.nl_family, a.nl_pid == (unsigned)getpid(), length);
	length = 4;
	memset(&a, 0xff, sizeof a);
	getsockname(fd, (void *)&a, &length);
	printf("cut %d length %u\n", a.nl_pid == 0xffffffff, length);
	int value = 0;
	const int options[] = {SO_DOMAIN, SO_PROTOCOL, SO_TYPE};
	for (int i = 0; i < 3; i++) {
		length = sizeof value;
		getsockopt(fd, SOL_SOCKET, options[i], &value, &length);
		printf("option %d is %d\n", options[i], value);
	}
	char buffer[64];
	printf("empty %s\n", recv(fd, buffer, sizeof buffer, MSG_DONTWAIT) < 0 ? strerrorname_np(errno) : "");
	ask(fd, 1);
	ssize_t whole = recv(fd, buffer, 4, MSG_PEEK | MSG_TRUNC);
	printf("truncated %d\n", whole > 4);
	drain(fd);
	printf("dumps of %d and %d objects\n", dump(fd), dump(fd));
	for (int i = 0; i < MESSAGES; i++) ask(fd, i);
	drain(fd);
	printf("after an overrun: %d\n", answers(fd, 1));
	drain(fd);
	printf("bad address %s\n", sendto(fd, (void *)8, 64, 0, (void *)&kernel, sizeof kernel) < 0 ? strerrorname_np(errno) : "");
	printf("bad name %s\n", sendto(fd, buffer, 16, 0, (void *)8, sizeof kernel) < 0 ? strerrorname_np(errno) : "");

	int low = dup(fd);
	printf("dup is low %d: %d\n", low < 100, answers(low, 1));
	drain(fd);
	close(fd);
	printf("still open: %d\n", answers(low, 2));
	drain(low);
	pid_t child = fork();
	if (child == 0) {
		_exit(answers(low, 3) ? 0 : 1);
	}
	int status;
	waitpid(child, &status, 0);
	printf("child %d\n", WEXITSTATUS(status));
	close(low);

	int many[100], opened = 0;
	for (int i = 0; i < 100; i++) opened += (many[i] = socket(AF_NETLINK, SOCK_RAW, 31)) >= 0;
	printf("%d sockets, the last answers: %d\n", opened, answers(many[99], 1));
	for (int i = 0; i < 100; i++) close(many[i]);

	struct rlimit limit = {64, 64};
	setrlimit(RLIMIT_NOFILE, &limit);
	fd = socket(AF_NETLINK, SOCK_RAW, 31);
	printf("limited %d: %d\n", fd >= 0 && fd < 64, answers(fd, 1));
	struct sockaddr_nl twelve = {.nl_family = AF_NETLINK, .nl_pid = 4242};
	printf("bound %d\n", bind(fd, (void *)&twelve, sizeof twelve) < 0 ? errno == EINVAL : 0);
	return 0;
}
