/*
 * genl_hand - talks to the family CONTROL_EXMPL with nothing but sockets: finds its id, and says something to it, as a string, and
 * as a number, which it does not take.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DOC_EXMPL_C_ECHO 1
#define DOC_EXMPL_A_MSG 1

static struct {
	struct nlmsghdr nlh;
	struct genlmsghdr genl;
	char attributes[1024];
} request, answer;

static int fd;

static void begin(int type, int cmd, int seq)
{
	memset(&request, 0, sizeof(request));
	request.nlh = (struct nlmsghdr){ NLMSG_LENGTH(GENL_HDRLEN), type, NLM_F_REQUEST | NLM_F_ACK, seq, getpid() };
	request.genl = (struct genlmsghdr){ cmd, 1 };
}

static void attribute(int type, const void *data, int length)
{
	struct nlattr *nla = (struct nlattr *)((char *)&request + NLMSG_ALIGN(request.nlh.nlmsg_len));

	nla->nla_type = type;
	nla->nla_len = NLA_HDRLEN + length;
	memcpy((char *)nla + NLA_HDRLEN, data, length);
	request.nlh.nlmsg_len = NLMSG_ALIGN(request.nlh.nlmsg_len) + NLA_ALIGN(nla->nla_len);
}

static void receive(void)
{
	if (recv(fd, &answer, sizeof(answer), 0) < 0)
		perror("recv");
}

static void transmit(void)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (sendto(fd, &request, request.nlh.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		perror("sendto");
	receive();
}

/* The payload of an attribute of the answer. */
static void *find(int type)
{
	char *end = (char *)&answer + answer.nlh.nlmsg_len;

	for (struct nlattr *nla = (struct nlattr *)answer.attributes; (char *)nla < end;
	     nla = (struct nlattr *)((char *)nla + NLA_ALIGN(nla->nla_len)))
		if (nla->nla_type == type)
			return (char *)nla + NLA_HDRLEN;
	return "";
}

static int error(void)
{
	return answer.nlh.nlmsg_type == NLMSG_ERROR ? ((struct nlmsgerr *)NLMSG_DATA(&answer.nlh))->error : 1;
}

int main(void)
{
	struct sockaddr_nl self = { .nl_family = AF_NETLINK };
	int number = 0x2a2b2c2d, family;

	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof(self)))
		perror("socket");
	begin(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	attribute(CTRL_ATTR_FAMILY_NAME, "CONTROL_EXMPL", sizeof("CONTROL_EXMPL"));
	transmit();
	if (answer.nlh.nlmsg_type == NLMSG_ERROR) {
		printf("no family: %s\n", strerror(-error()));
		return 1;
	}
	family = *(unsigned short *)find(CTRL_ATTR_FAMILY_ID);
	printf("family %s\n", (char *)find(CTRL_ATTR_FAMILY_NAME));
	receive();

	begin(family, DOC_EXMPL_C_ECHO, 2);
	attribute(DOC_EXMPL_A_MSG, "hello world!", sizeof("hello world!"));
	transmit();
	printf("answer %u from %u: %s\n", answer.nlh.nlmsg_seq, answer.nlh.nlmsg_pid, (char *)find(DOC_EXMPL_A_MSG));
	receive();
	printf("acknowledged: %d\n", error());

	begin(family, DOC_EXMPL_C_ECHO, 3);
	attribute(DOC_EXMPL_A_MSG, &number, sizeof(number));
	transmit();
	printf("a number: %s\n", strerror(-error()));

	begin(family, 99, 4);
	transmit();
	printf("no command: %s\n", strerror(-error()));
	return 0;
}
