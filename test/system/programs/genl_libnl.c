/*
 * genl_libnl - talks to the family CONTROL_EXMPL by libnl.
 */
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdio.h>

#define DOC_EXMPL_C_ECHO 1
#define DOC_EXMPL_A_MSG 1

static int heard(struct nl_msg *message, void *unused)
{
	struct nlmsghdr *nlh = nlmsg_hdr(message);
	struct nlattr *attrs[DOC_EXMPL_A_MSG + 1];

	if (genlmsg_parse(nlh, 0, attrs, DOC_EXMPL_A_MSG, NULL) < 0 || !attrs[DOC_EXMPL_A_MSG])
		return NL_SKIP;
	printf("answer %d: %s\n", nlh->nlmsg_type, nla_get_string(attrs[DOC_EXMPL_A_MSG]));
	return NL_OK;
}

/* Sends text, or a number of three bytes where there is none, and says how it went. */
static void say(struct nl_sock *sk, int family, const char *text)
{
	struct nl_msg *message = nlmsg_alloc();
	int error;

	genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, 0, DOC_EXMPL_C_ECHO, 1);
	if (text)
		nla_put_string(message, DOC_EXMPL_A_MSG, text);
	else
		nla_put(message, DOC_EXMPL_A_MSG, 3, "\1\2\3");
	error = nl_send_auto(sk, message);
	nlmsg_free(message);
	if (error >= 0)
		error = nl_recvmsgs_default(sk);
	if (error >= 0 && text)
		error = nl_wait_for_ack(sk);
	printf("%s\n", error < 0 ? nl_geterror(error) : "acknowledged");
}

int main(void)
{
	struct nl_sock *sk = nl_socket_alloc();
	int family;

	/* The answer's number is one more than the request's, as the example has it. */
	nl_socket_disable_seq_check(sk);
	nl_socket_modify_cb(sk, NL_CB_VALID, NL_CB_CUSTOM, heard, NULL);
	if (genl_connect(sk)) {
		printf("no generic netlink\n");
		return 1;
	}
	printf("%s\n", nl_geterror(genl_ctrl_resolve(sk, "nosuch")));
	family = genl_ctrl_resolve(sk, "CONTROL_EXMPL");
	if (family < 0) {
		printf("%s\n", nl_geterror(family));
		return 1;
	}
	printf("family %d\n", family);
	say(sk, family, "hello from libnl");
	say(sk, family, NULL);
	nl_socket_free(sk);
	return 0;
}
