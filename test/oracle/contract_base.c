// SPDX-License-Identifier: MIT
/* contract_base - the kernel module that test/contract/modules/contract_base.ts is the likeness of. */
#include <linux/module.h>
int contract_base_value(void);
int contract_base_value(void) { return 7; }
EXPORT_SYMBOL_GPL(contract_base_value);
static int __init contract_base_init(void) { return 0; }
static void __exit contract_base_exit(void) { }
module_init(contract_base_init);
module_exit(contract_base_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A module that another one needs");
