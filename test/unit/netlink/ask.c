/*
 * ask - sends datagrams to the real generic netlink and writes down what came back.
 *
 * stdin: for each, u32 length, u8 options (1 NETLINK_EXT_ACK, 2 NETLINK_CAP_ACK), the bytes.
 * stdout: s32 result (negative error number), u32 number of answers, and for each u32 length and the bytes.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void put32(uint32_t value) { fwrite(&value, 4, 1, stdout); }

int main(void)
{
	static char request[1 << 18], answers[1 << 20], buffer[1 << 16];
	uint32_t length;
	uint8_t options;
	int on = 1;

	while (fread(&length, 4, 1, stdin) == 1 && fread(&options, 1, 1, stdin) == 1) {
		struct sockaddr_nl address = { .nl_family = AF_NETLINK };
		int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
		uint32_t count = 0, used = 0;
		ssize_t got, sent;

		if (fd < 0 || length > sizeof(request) || fread(request, 1, length, stdin) != length)
			return 1;
		bind(fd, (struct sockaddr *)&address, sizeof(address));
		if (options & 1)
			setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
		if (options & 2)
			setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
		sent = sendto(fd, request, length, 0, (struct sockaddr *)&address, sizeof(address));
		put32(sent < 0 ? -errno : sent);
		for (;;) {
			uint32_t size;

			got = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
			if (got < 0 && errno != EAGAIN)
				continue;
			if (got < 0 || used + 4 + got > sizeof(answers))
				break;
			size = got;
			for (int i = 0; i < 4; i++)
				answers[used++] = ((char *)&size)[i];
			for (int i = 0; i < got; i++)
				answers[used++] = buffer[i];
			count++;
		}
		put32(count);
		fwrite(answers, 1, used, stdout);
		close(fd);
	}
	return 0;
}
