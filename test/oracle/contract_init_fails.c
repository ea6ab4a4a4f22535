// SPDX-License-Identifier: MIT
/* contract_init_fails - the kernel module that test/contract/modules/contract_init_fails.ts is the likeness of. */
#include <linux/module.h>

static int __init contract_init_fails_init(void)
{
	return -ENODEV;
}

module_init(contract_init_fails_init);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A module whose init refuses");
