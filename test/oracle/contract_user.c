// SPDX-License-Identifier: MIT
/* contract_user - the kernel module that test/contract/modules/contract_user.ts is the likeness of. */
#include <linux/module.h>
int contract_base_value(void);
static int __init contract_user_init(void) { return contract_base_value() == 7 ? 0 : -EINVAL; }
static void __exit contract_user_exit(void) { }
module_init(contract_user_init);
module_exit(contract_user_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A module that needs another one");
