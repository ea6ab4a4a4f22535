/*
 * greet31 - the user space application of protocol 31: one thread sends greetings to the kernel while another receives.
 *
 * greet31 NUMBER: so many greetings, of which every second one asks for a reply.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NETLINK_TEST 31
#define NLMSG_GREET 17
#define MAX_PAYLOAD 256

static int fd, number;

static void *receive(void *unused)
{
	int last = 0, replies = 0, wrong = 0;

	while (replies < number / 2) {
		char buffer[NLMSG_SPACE(MAX_PAYLOAD)];
		struct sockaddr_nl from;
		struct iovec iov = { buffer, sizeof(buffer) };
		struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t length = recvmsg(fd, &msg, 0);
		struct nlmsghdr *nlh = (struct nlmsghdr *)buffer;
		char expected[MAX_PAYLOAD];

		if (length < 0) {
			perror("recvmsg");
			exit(1);
		}
		for (; NLMSG_OK(nlh, length); nlh = NLMSG_NEXT(nlh, length)) {
			snprintf(expected, sizeof(expected),
				 "Message from user process with port id %u has been processed by the kernel", getpid());
			if (nlh->nlmsg_type != NLMSG_DONE || nlh->nlmsg_pid != 0 || from.nl_pid != 0 ||
			    nlh->nlmsg_len != NLMSG_LENGTH(MAX_PAYLOAD) || (int)nlh->nlmsg_seq <= last ||
			    nlh->nlmsg_seq % 2 || strcmp(NLMSG_DATA(nlh), expected))
				wrong++;
			last = nlh->nlmsg_seq;
			replies++;
		}
	}
	printf("%d replies, the last to number %d, %d wrong\n", replies, last, wrong);
	return NULL;
}

static void greet(int seq)
{
	char buffer[NLMSG_SPACE(MAX_PAYLOAD)] = { 0 };
	struct nlmsghdr *nlh = (struct nlmsghdr *)buffer;
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct iovec iov = { buffer };
	struct msghdr msg = { .msg_name = &kernel, .msg_namelen = sizeof(kernel), .msg_iov = &iov, .msg_iovlen = 1 };
	int length = snprintf(NLMSG_DATA(nlh), MAX_PAYLOAD, "greeting %d", seq) + 1;

	nlh->nlmsg_len = NLMSG_LENGTH(length);
	nlh->nlmsg_type = NLMSG_GREET;
	nlh->nlmsg_flags = NLM_F_REQUEST | (seq % 2 ? 0 : NLM_F_ACK);
	nlh->nlmsg_seq = seq;
	nlh->nlmsg_pid = getpid();
	iov.iov_len = NLMSG_SPACE(length);
	if (sendmsg(fd, &msg, 0) < 0) {
		perror("sendmsg");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_nl self = { .nl_family = AF_NETLINK, .nl_pid = getpid() };
	pthread_t receiver;

	number = argc > 1 ? atoi(argv[1]) : 2;
	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_TEST);
	if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof(self))) {
		printf("%s\n", strerror(errno));
		return 1;
	}
	pthread_create(&receiver, NULL, receive, NULL);
	for (int seq = 1; seq <= number; seq++)
		greet(seq);
	pthread_join(receiver, NULL);
	return 0;
}
