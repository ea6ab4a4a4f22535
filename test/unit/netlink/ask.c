/*
 * ask - sends datagrams to a real netlink protocol and writes down what came back.
 *
 * ask PROTOCOL [GROUP...]; another socket listens to the groups.
 * stdin: for each, u32 length, u8 options (1 NETLINK_EXT_ACK, 2 NETLINK_CAP_ACK, 4 NETLINK_GET_STRICT_CHK, 8 as nobody), the bytes.
 * stdout: s32 result (negative error number), u32 number of answers, and for each u32 length and the bytes; the same without a
 * result for what the groups heard.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void put32(uint32_t value) { fwrite(&value, 4, 1, stdout); }

static int open_socket(int protocol)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW, protocol);

	if (fd >= 0)
		bind(fd, (struct sockaddr *)&address, sizeof(address));
	return fd;
}

static void write_received(int fd)
{
	static char all[1 << 22], buffer[1 << 16];
	uint32_t count = 0, used = 0;

	for (;;) {
		ssize_t got = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		uint32_t size = got;

		if (got < 0 && errno != EAGAIN)
			continue;
		if (got < 0 || used + 4 + got > sizeof(all))
			break;
		memcpy(all + used, &size, 4);
		memcpy(all + used + 4, buffer, got);
		used += 4 + got;
		count++;
	}
	put32(count);
	fwrite(all, 1, used, stdout);
}

int main(int argc, char **argv)
{
	static const int option[] = { NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK };
	static char request[1 << 18];
	int protocol = atoi(argv[1]), listener = open_socket(protocol), on = 1;
	uint32_t length;
	uint8_t options;

	for (int i = 2; i < argc; i++) {
		int group = atoi(argv[i]);

		setsockopt(listener, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
	}
	while (fread(&length, 4, 1, stdin) == 1 && fread(&options, 1, 1, stdin) == 1) {
		struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
		ssize_t sent;
		int fd;

		if (options & 8 && setresuid(65534, 65534, 0))
			return 1;
		fd = open_socket(protocol);
		if (fd < 0 || length > sizeof(request) || fread(request, 1, length, stdin) != length)
			return 1;
		for (int i = 0; i < 3; i++)
			if (options & (1 << i))
				setsockopt(fd, SOL_NETLINK, option[i], &on, sizeof(on));
		sent = sendto(fd, request, length, 0, (struct sockaddr *)&kernel, sizeof(kernel));
		put32(sent < 0 ? -errno : sent);
		write_received(fd);
		write_received(listener);
		close(fd);
		if (setresuid(0, 0, 0))
			return 1;
	}
	return 0;
}
