// SPDX-License-Identifier: MIT
/* contract_params - the kernel module that test/contract/modules/contract_params.ts is the likeness of. */
#include <linux/module.h>
#include <linux/moduleparam.h>

static unsigned char p_byte = 1;
static short p_short = -2;
static unsigned short p_ushort = 3;
static int p_int = -4;
static unsigned int p_uint = 5;
static long p_long = -6;
static unsigned long p_ulong = 7;
static unsigned long long p_ullong = 8;
static unsigned int p_hexint = 0xab;
static bool p_bool;
static bool p_invbool;
static int p_bint;
static bool p_once;
static char *p_charp = "text";
static char *p_null;
static char p_string[8] = "abc";
static int p_array[3] = { 1, 2 };
static int p_array_num = 2;
static char *p_words[2];
static int p_words_num;
static int p_hidden = 9;
static int p_ro = 10;
static int p_wo = 11;
static int p_unsafe = 12;
static int p_even = 14;

module_param(p_byte, byte, 0644);
module_param(p_short, short, 0644);
module_param(p_ushort, ushort, 0644);
module_param(p_int, int, 0644);
module_param(p_uint, uint, 0644);
module_param(p_long, long, 0644);
module_param(p_ulong, ulong, 0644);
module_param(p_ullong, ullong, 0644);
module_param(p_hexint, hexint, 0644);
module_param(p_bool, bool, 0644);
module_param(p_invbool, invbool, 0644);
module_param(p_bint, bint, 0644);
module_param(p_once, bool_enable_only, 0644);
module_param(p_charp, charp, 0644);
module_param(p_null, charp, 0600);
module_param_string(p_string, p_string, sizeof(p_string), 0644);
module_param_array(p_array, int, &p_array_num, 0644);
module_param_array(p_words, charp, &p_words_num, 0644);
module_param(p_hidden, int, 0);
module_param(p_ro, int, 0444);
module_param(p_wo, int, 0200);
module_param_unsafe(p_unsafe, int, 0644);
MODULE_PARM_DESC(p_byte, "a byte");

static int even_set(const char *val, const struct kernel_param *kp)
{
	int value, ret = kstrtoint(val, 0, &value);

	if (ret)
		return ret;
	if (value & 1)
		return -EDOM;
	*(int *)kp->arg = value;
	return 0;
}

static int even_get(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, "even=%d", *(int *)kp->arg);
}

static const struct kernel_param_ops even_ops = { .set = even_set, .get = even_get };
static const struct kernel_param_ops set_ops = { .set = even_set };
static const struct kernel_param_ops get_ops = { .get = even_get };

module_param_cb(p_even, &even_ops, &p_even, 0644);
module_param_cb(p_noget, &set_ops, &p_even, 0644);
module_param_cb(p_noset, &get_ops, &p_even, 0644);

static int __init contract_params_init(void)
{
	return 0;
}

static void __exit contract_params_exit(void)
{
}

module_init(contract_params_init);
module_exit(contract_params_exit);
MODULE_LICENSE("GPL");
MODULE_VERSION("1.2");
MODULE_DESCRIPTION("A parameter of every type");
