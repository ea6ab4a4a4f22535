// SPDX-License-Identifier: MIT
/* contract_netlink - the kernel module that test/contract/modules/contract_netlink.ts is the likeness of. */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#define NETLINK_TEST 31
#define OBJECTS 1000
#define OBJECT_SIZE 44

enum { TEST_ECHO = 16, TEST_DUMP, TEST_CHANGE, TEST_OOPS, TEST_SLEEP, TEST_TELL };
enum { C_STRICT = 1, C_OLD, C_ADMIN, C_DUMP };
enum { A_TEXT = 1, A_NUMBER, A_NEST, A_END };
enum { A_INNER = 1 };

static struct sock *nl;
static unsigned int generation;

static struct sk_buff *copy_of(const struct nlmsghdr *request, int type)
{
	int length = nlmsg_len(request);
	struct sk_buff *skb = nlmsg_new(length, GFP_KERNEL);
	struct nlmsghdr *nlh;

	if (!skb)
		return NULL;
	nlh = nlmsg_put(skb, 0, request->nlmsg_seq, type, length, 0);
	memcpy(nlmsg_data(nlh), nlmsg_data(request), length);
	return skb;
}

static int dump_objects(struct sk_buff *skb, struct netlink_callback *cb)
{
	cb->seq = generation + 1;
	for (; cb->args[0] < OBJECTS; cb->args[0]++) {
		struct nlmsghdr *nlh = nlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, TEST_DUMP,
						 OBJECT_SIZE - NLMSG_HDRLEN, NLM_F_MULTI);

		if (!nlh)
			break;
		memset(nlmsg_data(nlh), 0, OBJECT_SIZE - NLMSG_HDRLEN);
		*(u32 *)nlmsg_data(nlh) = cb->args[0];
		nl_dump_check_consistent(cb, nlh);
	}
	return skb->len;
}

static int dump_done(struct netlink_callback *cb)
{
	pr_info("dump done\n");
	return 0;
}

static int receive_one(struct sk_buff *skb, struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	struct netlink_dump_control control = { .dump = dump_objects, .done = dump_done };
	struct sk_buff *answer;

	switch (nlh->nlmsg_type) {
	case TEST_ECHO:
		if (!nlmsg_len(nlh)) {
			NL_SET_ERR_MSG(extack, "empty message");
			return -EINVAL;
		}
		answer = copy_of(nlh, TEST_ECHO);
		return answer ? nlmsg_unicast(nl, answer, NETLINK_CB(skb).portid) : -ENOMEM;
	case TEST_DUMP:
		return netlink_dump_start(nl, skb, nlh, &control);
	case TEST_CHANGE:
		generation++;
		return 0;
	case TEST_OOPS:
		return -EIO;
	case TEST_SLEEP:
		msleep(1);
		return 0;
	case TEST_TELL:
		answer = copy_of(nlh, TEST_TELL);
		if (answer)
			nlmsg_multicast(nl, answer, 0, 2, GFP_KERNEL);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static void receive(struct sk_buff *skb) { netlink_rcv_skb(skb, receive_one); }

static struct genl_family family;

static const struct nla_policy nest_policy[] = { [A_INNER] = { .type = NLA_U32 } };
static const struct nla_policy policy[] = {
	[A_TEXT] = { .type = NLA_NUL_STRING, .len = 8 },
	[A_NUMBER] = { .type = NLA_U32 },
	[A_NEST] = NLA_POLICY_NESTED(nest_policy),
};

static int reply_with(struct genl_info *info, int cmd, bool header)
{
	struct sk_buff *skb = nlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *userhdr = genlmsg_put(skb, info->snd_portid, info->snd_seq, &family, 0, cmd);

	memset(userhdr, 0, family.hdrsize);
	if (header)
		memcpy(userhdr, genl_info_userhdr(info), family.hdrsize);
	if (info->attrs[A_TEXT])
		nla_put_string(skb, A_TEXT, nla_data(info->attrs[A_TEXT]));
	if (info->attrs[A_NUMBER])
		nla_put_u32(skb, A_NUMBER, nla_get_u32(info->attrs[A_NUMBER]));
	genlmsg_end(skb, userhdr);
	return genlmsg_reply(skb, info);
}

static int strict_doit(struct sk_buff *skb, struct genl_info *info) { return reply_with(info, C_STRICT, true); }
static int old_doit(struct sk_buff *skb, struct genl_info *info) { return reply_with(info, C_OLD, false); }

static int admin_doit(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb = nlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *userhdr = genlmsg_put(skb, info->snd_portid, info->snd_seq, &family, 0, C_ADMIN);

	memset(userhdr, 0, family.hdrsize);
	nla_put_u32(skb, A_NUMBER, 7);
	genlmsg_end(skb, userhdr);
	genl_notify(&family, skb, info, 1, GFP_KERNEL);
	return 0;
}

static int numbers_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	for (; cb->args[0] < 3; cb->args[0]++) {
		void *userhdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family, NLM_F_MULTI,
					    C_DUMP);

		if (!userhdr)
			return skb->len;
		memset(userhdr, 0, family.hdrsize);
		nla_put_u32(skb, A_NUMBER, cb->args[0] + 1);
		genlmsg_end(skb, userhdr);
	}
	return -ENODEV;
}

static const struct genl_ops ops[] = {
	{ .cmd = C_STRICT, .doit = strict_doit },
	{ .cmd = C_OLD, .doit = old_doit, .validate = GENL_DONT_VALIDATE_STRICT },
	{ .cmd = C_ADMIN, .doit = admin_doit, .flags = GENL_ADMIN_PERM },
	{ .cmd = C_DUMP, .dumpit = numbers_dumpit },
};

static const struct genl_multicast_group groups[] = { { .name = "first" }, { .name = "second" } };

static struct genl_family family = {
	.name = "contract_genl",
	.version = 3,
	.hdrsize = 4,
	.maxattr = A_END - 1,
	.policy = policy,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = C_OLD + 1,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

static int __init contract_netlink_init(void)
{
	struct netlink_kernel_cfg config = { .groups = 3, .input = receive };
	int error;

	nl = netlink_kernel_create(&init_net, NETLINK_TEST, &config);
	if (!nl)
		return -ENOMEM;
	error = genl_register_family(&family);
	if (error)
		netlink_kernel_release(nl);
	return error;
}

static void __exit contract_netlink_exit(void)
{
	genl_unregister_family(&family);
	netlink_kernel_release(nl);
}

module_init(contract_netlink_init);
module_exit(contract_netlink_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A netlink protocol and a family of generic netlink");
